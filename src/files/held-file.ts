import type { BigIntStats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { FileChangedError } from "../errors.js";
import { type ByteRange, SMALL } from "./source-file.js";

/** Fails where a file is no longer the one that was listed, by what the system says of it now. */
export type Check = (now: BigIntStats) => void;

/** So many bytes are read ahead where short ranges are read one after the other. */
const AHEAD = 256 * 1024;

/**
 * Reads a range of an open file, and checks behind it that the file is still the one listed.
 *
 * @throws {@link FileChangedError} where it is not, or has fewer bytes
 */
export async function readChecked(
  handle: FileHandle,
  path: string,
  { start, end }: ByteRange,
  check: Check,
): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(end - start);
  try {
    for (let filled = 0; filled < buffer.length; ) {
      const rest = buffer.length - filled;
      const { bytesRead } = await handle.read(buffer, filled, rest, start + filled);
      if (bytesRead === 0) throw new FileChangedError(path);
      filled += bytesRead;
    }
  } finally {
    // What has become a folder can be opened, but not read.
    check(await handle.stat({ bigint: true }));
  }
  return buffer;
}

/**
 * A file that is held open for many reads. Short ranges that follow one another closely, as the
 * contents of an archive's entries do, come from one larger read.
 */
export class HeldFile {
  #start = 0;
  #window: Buffer = Buffer.alloc(0);
  /** Where the last short range ended. */
  #last = 0;

  constructor(
    private readonly handle: FileHandle,
    private readonly path: string,
    private readonly size: number,
    private readonly check: Check,
  ) {}

  async read({ start, end }: ByteRange): Promise<Buffer> {
    const length = end - start;
    if (length === 0 || length > SMALL) return this.#readChecked({ start, end });
    const at = start - this.#start;
    const isNext = start >= this.#last && start < this.#last + SMALL;
    this.#last = end;
    if (at >= 0 && at + length <= this.#window.length) {
      this.check(await this.handle.stat({ bigint: true }));
      return this.#window.subarray(at, at + length);
    }
    if (!isNext) return this.#readChecked({ start, end });
    this.#window = await this.#readChecked({ start, end: Math.min(this.size, start + AHEAD) });
    this.#start = start;
    return this.#window.subarray(0, length);
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  #readChecked(range: ByteRange): Promise<Buffer> {
    return readChecked(this.handle, this.path, range, this.check);
  }
}
