import type { Readable } from "node:stream";
import yauzl from "yauzl";
import { readAll, type SourceFile } from "./source-file.js";

/**
 * Lets yauzl read an archive that is a file of a source. It reads in snippets, one after the other:
 * they are cut from a window that is read at once, since a snippet of a file that is itself
 * deflated in an archive would cost inflating all that lies before it.
 */
export class WindowReader extends yauzl.RandomAccessReader {
  #start = 0;
  #window: Buffer = Buffer.alloc(0);

  /** @param reach - bytes that are read before and behind the snippet that is asked for */
  constructor(
    private readonly file: SourceFile,
    private readonly reach: number,
  ) {
    super();
  }

  override _readStreamForRange(): Readable {
    throw new Error("Entries are not read by way of yauzl");
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null) => void,
  ): void {
    this.bytes(position, position + length).then(
      (bytes) => {
        bytes.copy(buffer, offset);
        done(null);
      },
      (error: Error) => done(error),
    );
  }

  /** Bytes from `start` up to, but not with, `end`; one call has to end before the next. */
  async bytes(start: number, end: number): Promise<Buffer> {
    // An offset beyond the file is a fault of the archive, not of the reading.
    if (end > this.file.size) throw new Error("unexpected end of the archive");
    if (start < this.#start || end > this.#start + this.#window.length) {
      this.#start = Math.max(0, start - this.reach);
      const range = { start: this.#start, end: Math.min(this.file.size, end + this.reach) };
      this.#window = await readAll(this.file, range);
    }
    return this.#window.subarray(start - this.#start, end - this.#start);
  }
}
