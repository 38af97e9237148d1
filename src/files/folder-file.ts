import { type BigIntStats, constants } from "node:fs";
import type * as nodeFs from "node:fs/promises";
import { Readable } from "node:stream";
import { FileChangedError } from "../errors.js";
import { CHUNK_SIZE, takeChunk } from "./chunks.js";
import { HeldFile, readChecked } from "./held-file.js";
import { type ByteRange, SMALL, type SourceFile } from "./source-file.js";

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

/** Opens a listed file. */
async function openListed(
  path: string,
  location: string,
  fs: FolderFs,
): Promise<nodeFs.FileHandle> {
  try {
    return await fs.open(location, OPEN_FLAGS);
  } catch (error) {
    throw REPLACED.has(codeOf(error)) ? vanished(path, codeOf(error)) : error;
  }
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
    this.#handle = await openListed(this.path, this.absolute, this.fs);
    await this.#check(this.#handle);
  }

  async #check(handle: nodeFs.FileHandle): Promise<void> {
    checkSame(this.path, await handle.stat({ bigint: true }), this.listed);
  }

  /** Buffers are always filled: what is packed must not depend on how reads come back. */
  async #next(): Promise<Buffer | null> {
    const handle = this.#handle;
    if (handle === undefined) throw new Error(`${this.path} is not open`);
    const wanted = Math.min(CHUNK_SIZE, this.range.end - this.#position);
    if (wanted === 0) {
      await this.#check(handle);
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
function checkSame(path: string, now: BigIntStats, listed: BigIntStats): void {
  const same =
    now.isFile() &&
    now.size === listed.size &&
    now.mtimeNs === listed.mtimeNs &&
    now.ino === listed.ino &&
    now.dev === listed.dev;
  if (!same) throw new FileChangedError(path);
}

/** How many bytes of the small files of a folder are kept in memory, as each is read several times. */
export class KeptBytes {
  #left = 8 * 1024 * 1024;

  /** Whether a file of `size` bytes may be kept. */
  take(size: number): boolean {
    if (size > Math.min(SMALL, this.#left)) return false;
    this.#left -= size;
    return true;
  }
}

export class FolderFile implements SourceFile {
  readonly size: number;
  readonly executable: boolean;

  constructor(
    readonly path: string,
    readonly location: string,
    private readonly listed: BigIntStats,
    private readonly fs: FolderFs,
    private readonly kept?: KeptBytes,
  ) {
    this.size = Number(listed.size);
    this.executable = (listed.mode & 0o100n) !== 0n;
  }

  #held: HeldFile | undefined;
  /** All of it, where that is kept and was read. */
  #bytes: Buffer | undefined;

  /** Keeps the file open, for many small reads, until it is released. */
  async hold(): Promise<void> {
    const handle = await openListed(this.path, this.location, this.fs);
    this.#held = new HeldFile(handle, this.path, this.size, this.#check);
  }

  async release(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    await held?.close();
  }

  async readAtOnce({ start, end }: ByteRange): Promise<Buffer> {
    if (this.#held !== undefined) return this.#held.read({ start, end });
    if (this.#bytes !== undefined) await this.#checkLocation();
    else if (this.kept?.take(this.size)) this.#bytes = await this.#read(0, this.size);
    return this.#bytes?.subarray(start, end) ?? this.#read(start, end);
  }

  async #read(start: number, end: number): Promise<Buffer> {
    const handle = await openListed(this.path, this.location, this.fs);
    try {
      return await readChecked(handle, this.path, { start, end }, this.#check);
    } finally {
      await handle.close();
    }
  }

  readonly #check = (now: BigIntStats): void => checkSame(this.path, now, this.listed);

  async #checkLocation(): Promise<void> {
    try {
      this.#check(await this.fs.lstat(this.location, { bigint: true }));
    } catch (error) {
      if (error instanceof FileChangedError) throw error;
      throw REPLACED.has(codeOf(error)) ? vanished(this.path, codeOf(error)) : error;
    }
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
