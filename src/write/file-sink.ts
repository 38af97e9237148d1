import type { FileHandle } from "node:fs/promises";
import { Writable } from "node:stream";
import { CHUNK_SIZE, giveBackChunk } from "../files/chunks.js";

/**
 * Writes a file from its beginning, and tells every now and then how long it has become. It is the
 * last to use what it writes: buffers that were read from a source go back to where they came from.
 */
export class FileSink extends Writable {
  #length = 0;
  #told = 0;

  constructor(
    private readonly handle: Pick<FileHandle, "writev">,
    private readonly onGrown: (length: number) => void,
  ) {
    super({ highWaterMark: CHUNK_SIZE });
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#append([chunk]).then(() => done(), done);
  }

  /** Archives are written in snippets of 2 or 4 bytes: they go to the disk many at a time. */
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error) => void): void {
    this.#append(chunks.map(({ chunk }) => chunk)).then(() => done(), done);
  }

  async #append(buffers: Buffer[]): Promise<void> {
    let rest = buffers.filter(({ length }) => length > 0);
    while (rest.length > 0) {
      const { bytesWritten } = await this.handle.writev(rest);
      this.#length += bytesWritten;
      rest = withoutFirst(rest, bytesWritten);
    }
    buffers.forEach(giveBackChunk);
    if (this.#length - this.#told >= CHUNK_SIZE) {
      this.#told = this.#length;
      this.onGrown(this.#length);
    }
  }
}

function withoutFirst(buffers: Buffer[], count: number): Buffer[] {
  const rest: Buffer[] = [];
  let skip = count;
  for (const buffer of buffers) {
    if (skip < buffer.length) rest.push(buffer.subarray(skip));
    skip = Math.max(0, skip - buffer.length);
  }
  return rest;
}
