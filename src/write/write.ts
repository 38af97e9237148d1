import { createHash, type Hash } from "node:crypto";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import type { Archiver } from "archiver";
import { asMachineError, FileChangedError, VerifyError } from "../errors.js";
import { CHUNK_SIZE } from "../files/chunks.js";
import type { ArchiveFormat, Compression } from "../options/words.js";
import {
  appendEntry,
  type CompressionChoice,
  chooseCompression,
  createArchive,
  withoutSystem,
} from "./archive.js";
import { Checksums, readChecksum } from "./checksums.js";
import { collect, readContent } from "./entry-content.js";
import { FileSink } from "./file-sink.js";
import { type Follower, follow } from "./follower.js";
import type { BundleEntry, BundlePlan } from "./plan-types.js";
import { type ExpectedEntry, readBack } from "./readback.js";
import { announceStored } from "./stored-entry.js";
import { checkTarget, createTemp, discard, putInPlace, type TempFile } from "./temp-file.js";

export { MachineError, TargetExistsError, VerifyError } from "../errors.js";
export { entryTime } from "./entry-time.js";

export interface WriteOptions {
  /** Path of the bundle. Its folder must exist. */
  readonly target: string;
  readonly format: ArchiveFormat;
  readonly compression: Compression;
  /** Whether an existing target is replaced. */
  readonly force: boolean;
  /** The one time that all entries carry; see {@link entryTime}. */
  readonly mtime: Date;
  /** Whether the SHA-256 of each entry's content is taken, too; not by default. */
  readonly hashes?: boolean;
  /** Told of each piece read from the source. */
  readonly onProgress?: (progress: WriteProgress) => void;
  /** Ends the work: nothing is left behind, and the promise fails with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told of the finished archive before it gets its name; where it fails, nothing is put in place. */
  readonly beforePlacing?: (written: WriteResult) => Promise<void>;
}

export interface WriteProgress {
  /** Bytes read from the source so far. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** The entry being written. */
  readonly path: string;
}

export interface WriteResult {
  readonly target: string;
  /** Length of the archive in bytes. */
  readonly size: number;
  /** SHA-256 of the archive, in hexadecimal digits. */
  readonly sha256: string;
  readonly entries: readonly WrittenEntry[];
}

export interface WrittenEntry {
  readonly path: string;
  /** Length of the content in bytes. */
  readonly size: number;
  /** Whether it was deflated. In a tar.gz all entries are, or none. */
  readonly compressed: boolean;
  /** SHA-256 of the content, in hexadecimal digits, where {@link WriteOptions.hashes} asks for it. */
  readonly sha256?: string;
}

/** An entry as it was written, with all that is known of it then. */
interface ReadEntry extends ExpectedEntry, WrittenEntry {}

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

  get(): Pick<ReadEntry, "crc32" | "sha256"> {
    const checksum = this.announced ?? this.#crc32;
    const sha256 = this.#sha256?.digest("hex");
    return { crc32: checksum, ...(sha256 !== undefined && { sha256 }) };
  }
}

/**
 * Writes the bundle, reads it back, and only then gives it its name: until that moment an older
 * target stays as it was, and after an error, an abort or a crash it still does.
 *
 * The same plan and options give the same bytes, whatever the folder's times, the umask, the time
 * zone or the locale. One limit: deflated entries are what the zlib inside Node makes of them. Node
 * 20, 22 and 24 were found to make the same on one x86-64 machine, but nothing promises that later
 * releases do, or other processors, by which zlib picks its routines. What is stored is the same
 * everywhere.
 *
 * @throws TargetExistsError where the target exists, or appears meanwhile, without `force`
 * @throws FileChangedError where a source file is no longer the one that was listed
 * @throws VerifyError where the archive, read back, is not what was written
 * @throws MachineError where the system fails: full disk, missing permission
 */
export async function writeBundle(plan: BundlePlan, options: WriteOptions): Promise<WriteResult> {
  const { target, force, signal } = options;
  checkPlan(plan);
  await checkTarget(target, force);
  signal?.throwIfAborted();
  const temp = await createTemp(target);
  try {
    const written = await fill(temp, plan, options);
    signal?.throwIfAborted();
    await options.beforePlacing?.({ target, ...written });
    await putInPlace(temp, target, force);
    return { target, ...written };
  } catch (error) {
    await discard(temp);
    throw error;
  }
}

/** A plan that no archive can hold as it stands is a bug of the planner, found before any work. */
function checkPlan({ entries }: BundlePlan): void {
  const paths = new Set<string>();
  for (const { path, size, content } of entries) {
    const parts = path.split("/");
    const odd = parts.some((part) => part === "" || part === "." || part === "..");
    if (odd || /[\\\0]|^\w+:/.test(path)) throw new Error(`No archive can hold the path ${path}`);
    if (paths.has(path)) throw new Error(`The plan has two entries ${path}`);
    const actual = content.kind === "bytes" ? content.bytes.length : content.file.size;
    if (actual !== size) throw new Error(`The plan gives ${path} ${size} bytes, it has ${actual}`);
    paths.add(path);
  }
}

/** Writes the archive into the temporary file, brings it to the disk and reads it back. */
async function fill(
  temp: TempFile,
  plan: BundlePlan,
  options: WriteOptions,
): Promise<Omit<WriteResult, "target">> {
  const { target, format, compression, mtime, signal } = options;
  // First of all, as the thread takes its time to start.
  const follower = follow(temp.path, plan.totalSize);
  try {
    const choice = await chooseCompression(plan, format, compression);
    const sink = new FileSink(temp.handle, (length) => follower.grown(length));
    const entries = await new Filling(plan, choice, options, follower).run(sink);
    const expected = { format, mtime: mtime.getTime(), entries };
    const checks = Promise.all([
      follower.finish(sink.length),
      readBack(temp.path, expected, signal).catch((error) => blame(error, plan, entries, signal)),
      sync(temp, target),
    ]);
    const [sha256] = await unlessAborted(checks, signal);
    return { size: sink.length, sha256, entries: entries.map(summarize) };
  } finally {
    await follower.stop();
  }
}

/** Tells an archive that is bad from one whose source was not the same when it was read again. */
async function blame(
  error: unknown,
  { entries }: BundlePlan,
  read: readonly ReadEntry[],
  signal: AbortSignal | undefined,
): Promise<never> {
  const i = error instanceof VerifyError ? read.findIndex(({ path }) => path === error.entry) : -1;
  const entry = entries[i];
  if (entry !== undefined && (await readChecksum(entry, signal)) !== read[i]?.crc32) {
    throw new FileChangedError(origin(entry));
  }
  throw error;
}

async function sync({ handle }: TempFile, target: string): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    throw asMachineError(error, "sync", target);
  }
}

/** What `work` comes to, or the signal's reason as soon as it is aborted. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  work.catch(() => undefined);
  const done = new AbortController();
  const aborted = once(signal, "abort", { signal: done.signal }).then(
    () => signal.throwIfAborted(),
    () => undefined,
  );
  try {
    signal.throwIfAborted();
    await Promise.race([work, aborted]);
    return await work;
  } finally {
    done.abort();
  }
}

function summarize({ path, size, compressed, sha256 }: ReadEntry): WrittenEntry {
  return { path, size, compressed, ...(sha256 !== undefined && { sha256 }) };
}

/** One pass over a plan, from the sources through archiver into the sink. */
class Filling {
  /** Whatever fails first, source, archive or sink, ends the rest with its error as the reason. */
  readonly #stop = new AbortController();
  /** Entries whose checksums are known before they are written; see `announceStored`. */
  readonly #announced: ReadonlySet<BundleEntry>;
  #bytesDone = 0;

  constructor(
    private readonly plan: BundlePlan,
    private readonly choice: CompressionChoice,
    private readonly options: WriteOptions,
    private readonly follower: Follower,
  ) {
    const isStored = (i: number) => options.format === "zip" && choice.compressed[i] !== true;
    this.#announced = new Set(plan.entries.filter((entry, i) => isLarge(entry) && isStored(i)));
  }

  async run(sink: FileSink): Promise<ReadEntry[]> {
    const { signal, format, target } = this.options;
    const abort = () => this.#fail(signal?.reason);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    const checksums = new Checksums(this.#announced, this.follower, this.#stop.signal);
    const archive = await createArchive(this.plan, format, this.choice.level);
    const bytes = format === "zip" ? archive : Readable.from(withoutSystem(archive));
    const written = pipeline(bytes, sink, { signal: this.#stop.signal }).catch((error) =>
      this.#fail(asMachineError(error, "write", target)),
    );
    try {
      const entries = await this.#feed(archive, checksums);
      await written;
      this.#stop.signal.throwIfAborted();
      return entries;
    } catch (error) {
      this.#fail(error);
      await written;
      throw this.#stop.signal.reason;
    } finally {
      signal?.removeEventListener("abort", abort);
      archive.destroy();
    }
  }

  /**
   * Appends the entries one by one, so that no more than two sources are open: the one that is
   * written, and the one whose checksum is taken meanwhile.
   */
  async #feed(archive: Archiver, checksums: Checksums): Promise<ReadEntry[]> {
    const read: ReadEntry[] = [];
    for (const [i, entry] of this.plan.entries.entries()) {
      const compressed = this.choice.compressed[i] === true;
      const { path, mode, size } = entry;
      const announced = this.#announced.has(entry) ? await checksums.next() : undefined;
      const sums = await this.#append(archive, entry, compressed, announced);
      read.push({ path, mode, size, compressed, ...sums });
    }
    archive.finalize().catch((error) => this.#fail(error));
    return read;
  }

  /** Appends one entry, and returns the sums of what was read for it. */
  async #append(
    archive: Archiver,
    entry: BundleEntry,
    compressed: boolean,
    announced: number | undefined,
  ): Promise<Pick<ReadEntry, "crc32" | "sha256">> {
    const { mtime, hashes = false } = this.options;
    const sums = new Sums(announced, hashes);
    const counted = this.#counted(entry, sums);
    const content = isLarge(entry) ? this.#stream(counted) : await collect(counted);
    const appended = once(archive, "entry", { signal: this.#stop.signal });
    try {
      if (announced !== undefined) {
        announceStored(archive, { size: entry.size, crc32: announced });
      }
      appendEntry(archive, entry, content, { mtime, compressed });
      await appended;
    } finally {
      if (content instanceof Readable) content.destroy();
    }
    return sums.get();
  }

  #stream(counted: AsyncGenerator<Buffer>): Readable {
    const stream = Readable.from(counted, { objectMode: false, highWaterMark: CHUNK_SIZE });
    return stream.once("error", (error) => this.#fail(error));
  }

  async *#counted(entry: BundleEntry, sums: Sums): AsyncGenerator<Buffer> {
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
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    }
  }

  #fail(error: unknown): void {
    this.#stop.abort(error);
  }
}

/** Whether an entry is read piece by piece, not at once. */
const isLarge = ({ size }: BundleEntry): boolean => size > CHUNK_SIZE;

/** The file that an entry comes from, by its path in the source. */
function origin({ path, content }: BundleEntry): string {
  return content.kind === "file" ? content.file.path : path;
}
