import { type BigIntStats, constants } from "node:fs";
import type * as nodeFs from "node:fs/promises";
import { Readable } from "node:stream";
import { FileChangedError } from "../errors.js";
import { CHUNK_SIZE, takeChunk } from "./chunks.js";
import type { ByteRange, SourceFile } from "./source-file.js";

/** A file that has become a link is not followed; one that has become a pipe must not block. */
export const OPEN_FLAGS =
  constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What opening fails with when the listed file has given way to nothing or to something else. */
const REPLACED = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENXIO", "EISDIR"]);

function vanished(path: string, code: string): FileChangedError {
  const error = new FileChangedError(path);
  const how = code === "ENOENT" || code === "ENOTDIR" ? "vanished" : "was replaced";
  error.message = `${path} ${how} before it was read`;
  return error;
}

/** Reads a range of a file, and fails where the file is not, or no longer, the one listed. */
class CheckedRange extends Readable {
  #handle: nodeFs.FileHandle | undefined;
  #position: number;

  constructor(
    private readonly path: string,
    private readonly absolute: string,
    private readonly listed: BigIntStats,
    private readonly range: ByteRange,
    private readonly fs: FolderFs,
  ) {
    super({ highWaterMark: CHUNK_SIZE });
    this.#position = range.start;
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.#open().then(() => done(), done);
  }

  override _read(): void {
    this.#next().then(
      (chunk) => this.push(chunk),
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const closed = this.#handle?.close() ?? Promise.resolve();
    closed.then(
      () => done(error),
      (failure: Error) => done(error ?? failure),
    );
  }

  async #open(): Promise<void> {
    try {
      this.#handle = await this.fs.open(this.absolute, OPEN_FLAGS);
    } catch (error) {
      throw REPLACED.has(codeOf(error)) ? vanished(this.path, codeOf(error)) : error;
    }
    await checkSame(this.path, this.#handle, this.listed);
  }

  /** Buffers are always filled: what is packed must not depend on how reads come back. */
  async #next(): Promise<Buffer | null> {
    const handle = this.#handle;
    if (handle === undefined) throw new Error(`${this.path} is not open`);
    const wanted = Math.min(CHUNK_SIZE, this.range.end - this.#position);
    if (wanted === 0) {
      await checkSame(this.path, handle, this.listed);
      return null;
    }
    const buffer = wanted === CHUNK_SIZE ? takeChunk() : Buffer.allocUnsafeSlow(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await handle.read(buffer, filled, wanted - filled, this.#position);
      if (bytesRead === 0) throw new FileChangedError(this.path);
      filled += bytesRead;
      this.#position += bytesRead;
    }
    return buffer;
  }
}

/** @throws {@link FileChangedError} where a file is not, or no longer, the one listed */
async function checkSame(
  path: string,
  handle: nodeFs.FileHandle,
  listed: BigIntStats,
): Promise<void> {
  const now = await handle.stat({ bigint: true });
  const same =
    now.isFile() &&
    now.size === listed.size &&
    now.mtimeNs === listed.mtimeNs &&
    now.ino === listed.ino &&
    now.dev === listed.dev;
  if (!same) throw new FileChangedError(path);
}

export class FolderFile implements SourceFile {
  readonly size: number;
  readonly executable: boolean;

  constructor(
    readonly path: string,
    readonly location: string,
    private readonly listed: BigIntStats,
    private readonly fs: FolderFs,
  ) {
    this.size = Number(listed.size);
    this.executable = (listed.mode & 0o100n) !== 0n;
  }

  #held: nodeFs.FileHandle | undefined;
  /** Bytes of it, where it is held open. */
  readAtOnce: ((range: ByteRange) => Promise<Buffer>) | undefined;

  /** Keeps the file open, for many small reads, until it is released. */
  async hold(): Promise<void> {
    const handle = await this.fs.open(this.location, OPEN_FLAGS);
    this.#held = handle;
    this.readAtOnce = async ({ start, end }) => {
      const buffer = Buffer.allocUnsafeSlow(end - start);
      for (let filled = 0; filled < buffer.length; ) {
        const rest = buffer.length - filled;
        const { bytesRead } = await handle.read(buffer, filled, rest, start + filled);
        if (bytesRead === 0) throw new FileChangedError(this.path);
        filled += bytesRead;
      }
      await checkSame(this.path, handle, this.listed);
      return buffer;
    };
  }

  async release(): Promise<void> {
    this.readAtOnce = undefined;
    await this.#held?.close();
    this.#held = undefined;
  }

  open(range: ByteRange = { start: 0, end: this.size }): Readable {
    if (range.start < 0 || range.end > this.size || range.start > range.end) {
      throw new RangeError(`${this.path} has no bytes ${range.start} to ${range.end}`);
    }
    return new CheckedRange(this.path, this.location, this.listed, range, this.fs);
  }
}

/** The system's name of the error. What the system did not raise is a bug, and goes on its way. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && "syscall" in error && "code" in error) return String(error.code);
  throw error;
}

/** The calls by which the folder is read; tests hand in ones that fail. */
export type FolderFs = Pick<
  typeof nodeFs,
  "access" | "lstat" | "stat" | "open" | "readdir" | "readlink" | "realpath"
>;
