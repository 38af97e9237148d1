import { createHash, type Hash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import { asMachineError } from "../errors.js";
import { CHUNK_SIZE } from "../files/chunks.js";
import type { ArchiveFormat } from "../options/words.js";
import { unlessAborted } from "./abort.js";
import { archiveBytes } from "./archive.js";
import type { ArchiveEntry } from "./archive-entry.js";
import type { BundleEntry, BundlePlan } from "./bundle-plan.js";
import { Checksums } from "./checksums.js";
import type { CompressionChoice } from "./compression.js";
import { collect, readContent } from "./entry-content.js";
import type { FileSink } from "./file-sink.js";
import type { Follower } from "./follower.js";
import type { ExpectedEntry } from "./readback.js";

/** What is asked for, as far as the archive's bytes go. */
export interface FillOptions {
  /** Path of the bundle. Its folder must exist. */
  readonly target: string;
  readonly format: ArchiveFormat;
  /** The one time that all entries carry; see `entryTime`. */
  readonly mtime: Date;
  /** Whether the SHA-256 of each entry's content is taken, too; not by default. */
  readonly hashes?: boolean;
  /** Called for each piece that was read from the source. */
  readonly onProgress?: (progress: WriteProgress) => void;
  /** Ends the work: nothing is left behind, and the promise fails with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface WriteProgress {
  /** Bytes read from the source so far. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** The entry being written. */
  readonly path: string;
}

/** An entry as it was written, with all that is known of it then. */
export interface ReadEntry extends ExpectedEntry {
  /** SHA-256 of the content, in hexadecimal digits, where it was asked for. */
  readonly sha256?: string;
}

/** What is known of an entry's content when it was read for writing. */
class Sums {
  readonly #sha256: Hash | undefined;
  #crc32 = 0;

  constructor(
    private readonly announced: number | undefined,
    hashes: boolean,
  ) {
    this.#sha256 = hashes ? createHash("sha256") : undefined;
  }

  /** A checksum that was announced is not taken once more: reading back compares it. */
  add(chunk: Uint8Array): void {
    if (this.announced === undefined) this.#crc32 = crc32(chunk, this.#crc32);
    this.#sha256?.update(chunk);
  }

  /** Of what was added so far, or what was announced. */
  get crc32(): number {
    return this.announced ?? this.#crc32;
  }

  get(): Pick<ReadEntry, "crc32" | "sha256"> {
    const sha256 = this.#sha256?.digest("hex");
    return { crc32: this.crc32, ...(sha256 !== undefined && { sha256 }) };
  }
}

/** One pass over a plan, from the sources through an archive into the sink. */
export class Filling {
  /** Ends what is read ahead when the pass ends, for whatever reason. */
  readonly #stop = new AbortController();
  readonly #read: ReadEntry[] = [];
  #bytesDone = 0;

  constructor(
    private readonly plan: BundlePlan,
    private readonly choice: CompressionChoice,
    private readonly options: FillOptions,
    private readonly follower: Follower,
  ) {}

  async run(sink: FileSink): Promise<ReadEntry[]> {
    const { format, mtime, signal, target } = this.options;
    const stop = () => this.#stop.abort(signal?.reason);
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
    const bytes = archiveBytes(format, this.#entries(), { level: this.choice.level, mtime });
    try {
      const written = pipeline(bytes, sink, { signal: this.#stop.signal });
      // A source that does not answer must not hold this up.
      await unlessAborted(written, signal);
      return this.#read;
    } catch (error) {
      signal?.throwIfAborted();
      throw asMachineError(error, "write", target);
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#stop.abort();
    }
  }

  /**
   * The entries one by one, so that no more than two sources are open: the one that is written, and
   * the one whose checksum is taken meanwhile.
   */
  async *#entries(): AsyncGenerator<ArchiveEntry> {
    const { hashes = false } = this.options;
    const announced = this.#announced();
    const checksums = new Checksums(announced, this.follower, this.#stop.signal);
    for (const [i, entry] of this.plan.entries.entries()) {
      const { path, mode, size } = entry;
      const compressed = this.choice.compressed[i] === true;
      const sums = new Sums(announced.has(entry) ? await checksums.next() : undefined, hashes);
      const counted = this.#counted(entry, sums);
      const content = isLarge(entry) ? counted : await collect(counted);
      yield { path, mode, size, compressed, content, crc32: () => sums.crc32 };
      this.#read.push({ path, mode, size, compressed, ...sums.get() });
    }
  }

  /** The entries whose checksums must be known before they are written: a zip's large stored ones. */
  #announced(): ReadonlySet<BundleEntry> {
    const isStored = (i: number) =>
      this.options.format === "zip" && this.choice.compressed[i] !== true;
    return new Set(this.plan.entries.filter((entry, i) => isLarge(entry) && isStored(i)));
  }

  async *#counted(entry: BundleEntry, sums: Sums): AsyncGenerator<Uint8Array> {
    const { onProgress } = this.options;
    for await (const chunk of readContent(entry)) {
      this.#stop.signal.throwIfAborted();
      sums.add(chunk);
      this.#bytesDone += chunk.length;
      onProgress?.({
        bytesDone: this.#bytesDone,
        bytesTotal: this.plan.totalSize,
        path: entry.path,
      });
      yield chunk;
    }
  }
}

/** Whether an entry is read piece by piece, not at once. */
const isLarge = ({ size }: BundleEntry): boolean => size > CHUNK_SIZE;
