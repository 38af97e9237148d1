import { pipeline, Readable } from "node:stream";
import { crc32, createInflateRaw, inflateRawSync } from "node:zlib";
import { archiveFault, archivePlace } from "./archive.js";
import { CHUNK_SIZE, takeChunk } from "./chunks.js";
import { type ByteRange, readAll, SMALL, type SourceFile } from "./source-file.js";

/** Where the content of an entry lies in its archive, and how. */
export interface Extent {
  /** The archive, or what it was unpacked to. */
  readonly archive: SourceFile;
  /** Where the content begins, in bytes. */
  readonly start: number;
  /** Length of the content as it lies there, in bytes. */
  readonly length: number;
  readonly deflated: boolean;
  /** What the content's CRC-32 has to be, in formats that have one. */
  readonly crc32: number | undefined;
}

/** More is hardly faster. */
const INFLATE_CHUNK_SIZE = 256 * 1024;

/**
 * A file in an archive, read where it lies. Its streams fail with {@link FileChangedError} where
 * the archive is no longer the one listed, and with {@link ArchiveFault} where the content is not
 * what the archive says of it: its length, and its CRC-32 where all of it is read.
 */
export class ArchiveFile implements SourceFile {
  constructor(
    readonly path: string,
    readonly size: number,
    readonly executable: boolean,
    private readonly extent: Extent,
  ) {}

  get sequential(): boolean {
    return this.extent.deflated || this.extent.archive.sequential === true;
  }

  get crc32(): number | undefined {
    return this.extent.crc32;
  }

  open(range: ByteRange = { start: 0, end: this.size }): Readable {
    if (range.start < 0 || range.end > this.size || range.start > range.end) {
      throw new RangeError(`${this.path} has no bytes ${range.start} to ${range.end}`);
    }
    const chunks = this.extent.deflated
      ? filled(this.#inflated(range), range.end - range.start)
      : this.#stored(range);
    return Readable.from(this.#isSmall ? this.#whole(range) : this.#explained(chunks), {
      objectMode: false,
      highWaterMark: CHUNK_SIZE,
    });
  }

  get #isSmall(): boolean {
    return Math.max(this.size, this.extent.length) <= SMALL;
  }

  /** A small content is read and inflated at once. */
  get readAtOnce(): ((range: ByteRange) => Promise<Buffer>) | undefined {
    return this.#isSmall ? (range) => this.#bytes(range) : undefined;
  }

  async *#whole(range: ByteRange): AsyncGenerator<Buffer> {
    const bytes = await this.#bytes(range);
    if (bytes.length > 0) yield bytes;
  }

  async #bytes(range: ByteRange): Promise<Buffer> {
    const { archive, start, length, deflated, crc32: wanted } = this.extent;
    try {
      const packed = await readAll(archive, { start, end: start + length });
      const content = deflated ? this.#inflateSmall(packed) : packed;
      if (content.length < this.size) throw this.#damaged("is shorter than the archive says");
      if (wanted !== undefined && this.#isAll(range)) this.#compare(crc32(content), wanted);
      return content.subarray(range.start, range.end);
    } catch (error) {
      throw await this.#explain(error);
    }
  }

  #inflateSmall(packed: Buffer): Buffer {
    try {
      const content = inflateRawSync(packed, { maxOutputLength: this.size + 1 });
      if (content.length > this.size) throw this.#damaged("is longer than the archive says");
      return content;
    } catch (error) {
      const isLonger =
        error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
      throw isLonger ? this.#damaged("is longer than the archive says") : error;
    }
  }

  async *#stored(range: ByteRange): AsyncGenerator<Buffer> {
    const { archive, start, crc32: wanted } = this.extent;
    let crc = 0;
    for await (const chunk of archive.open({
      start: start + range.start,
      end: start + range.end,
    })) {
      crc = crc32(chunk, crc);
      yield chunk;
    }
    if (wanted !== undefined && this.#isAll(range)) this.#compare(crc, wanted);
  }

  async *#inflated(range: ByteRange): AsyncGenerator<Buffer> {
    const { archive, start, length, crc32: wanted } = this.extent;
    const inflate = createInflateRaw({ chunkSize: INFLATE_CHUNK_SIZE });
    // An error in any stream destroys the last one, which is the one that is read.
    pipeline(archive.open({ start, end: start + length }), inflate, () => undefined);
    let position = 0;
    let crc = 0;
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      const from = Math.max(0, range.start - position);
      const to = Math.max(0, range.end - position);
      position += chunk.length;
      if (position > this.size) throw this.#damaged("is longer than the archive says");
      crc = crc32(chunk, crc);
      if (to > from && from < chunk.length) yield chunk.subarray(from, to);
      if (position >= range.end && range.end < this.size) return;
    }
    if (position < this.size) throw this.#damaged("is shorter than the archive says");
    if (wanted !== undefined) this.#compare(crc, wanted);
  }

  async *#explained(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      yield* chunks;
    } catch (error) {
      throw await this.#explain(error);
    }
  }

  /**
   * Turns what a damaged archive raises into a fault.
   *
   * @throws {@link FileChangedError} where it has changed under our hands
   */
  async #explain(error: unknown): Promise<unknown> {
    await readAll(this.extent.archive, { start: 0, end: 0 });
    return isZlibError(error) ? this.#damaged(`can't be inflated (${error.message})`) : error;
  }

  #isAll({ start, end }: ByteRange): boolean {
    return start === 0 && end === this.size;
  }

  #compare(crc: number, wanted: number): void {
    if (crc !== wanted) throw this.#damaged("does not have the CRC-32 that the archive says");
  }

  #damaged(what: string): Error {
    const problem = `the content of an entry ${what}`;
    return archiveFault(
      "archive-damaged",
      { problem },
      archivePlace(this.extent.archive, this.path),
    );
  }
}

/**
 * Cuts `size` bytes into full chunks, whatever chunks they come in: what is packed must not depend on
 * those.
 */
async function* filled(chunks: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let rest = size;
  const next = (): Buffer => (rest >= CHUNK_SIZE ? takeChunk() : Buffer.allocUnsafeSlow(rest));
  let buffer = next();
  let length = 0;
  for await (const chunk of chunks) {
    for (let taken = 0; taken < chunk.length; ) {
      const copied = chunk.copy(buffer, length, taken);
      taken += copied;
      length += copied;
      if (length < buffer.length) continue;
      yield buffer;
      rest -= length;
      buffer = next();
      length = 0;
    }
  }
}

/** Whether zlib raised the error: its codes are Z_DATA_ERROR and the like. */
export function isZlibError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}
