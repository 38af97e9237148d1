import { Readable } from "node:stream";

/** One regular file of an MMAR, whatever holds the MMAR. */
export interface SourceFile {
  /** Path relative to the MMAR's root, with "/" between its parts. */
  readonly path: string;
  /** Length in bytes, when the source was listed. */
  readonly size: number;
  /** Whether its owner may run it. */
  readonly executable: boolean;
  /** Whether reading from the middle takes as long as reading all that lies before it. */
  readonly sequential?: boolean;
  /** Absolute path of the file, where it is one of the disk that holds these bytes and no others. */
  readonly location?: string;
  /** CRC-32 of the content, where the source knows it: a stream of other bytes then fails. */
  readonly crc32?: number | undefined;
  /**
   * Streams the bytes from `start` up to, but not with, `end` (all of them by default).
   * The stream fails with {@link FileChangedError} where the file is no longer the one listed.
   */
  open(range?: ByteRange): Readable;
  /**
   * Reads a few bytes at once, which costs far less than a stream. It fails as a stream does. The
   * bytes may be shared: nobody writes to them.
   */
  readonly readAtOnce?: ((range: ByteRange) => Promise<Buffer>) | undefined;
}

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Up to so many bytes are read at once: a stream for each of thousands of files takes seconds. */
export const SMALL = 64 * 1024;

/** The bytes of a file, or of a range of it, in pieces: few of them in one, without a stream. */
export async function* chunksOf(file: SourceFile, range?: ByteRange): AsyncGenerator<Buffer> {
  const { start, end } = range ?? { start: 0, end: file.size };
  if (file.readAtOnce === undefined || end - start > SMALL) yield* file.open(range);
  else {
    const bytes = await file.readAtOnce({ start, end });
    if (bytes.length > 0) yield bytes;
  }
}

/** Reads a whole file, or a range of it, into memory. For small files only. */
export async function readAll(file: SourceFile, range?: ByteRange): Promise<Buffer> {
  if (file.readAtOnce !== undefined) return file.readAtOnce(range ?? { start: 0, end: file.size });
  const chunks: Buffer[] = [];
  for await (const chunk of file.open(range)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The same file with its bytes in memory, for small ones that are read several times. */
export async function inMemory(file: SourceFile): Promise<SourceFile> {
  const bytes = await readAll(file);
  const part = ({ start, end }: ByteRange = { start: 0, end: bytes.length }): Buffer =>
    bytes.subarray(start, end);
  return {
    path: file.path,
    size: bytes.length,
    executable: file.executable,
    open: (range) => Readable.from([part(range)], { objectMode: false }),
    readAtOnce: async (range) => part(range),
  };
}
