import { pipeline } from "node:stream";
import { promisify } from "node:util";
import { createDeflateRaw, deflateRaw } from "node:zlib";
import type { ArchiveEntry, ArchiveOptions } from "./archive-entry.js";
import {
  descriptor,
  directoryEnd,
  directoryHeader,
  dosTime,
  localHeader,
  type ZipRecord,
} from "./zip-records.js";

/** One is made for each large entry, and entries may be many. */
const DEFLATE_CHUNK_SIZE = 64 * 1024;

const deflateAtOnce = promisify(deflateRaw);

/**
 * Writes a zip, piece by piece (PKWARE's APPNOTE.TXT 6.3.10); Zip64 only where something is too large
 * for less. Entries have complete local headers, so that the zip can be read as it arrives: where
 * stored content ends a reader could not tell otherwise, and some refuse it (Java's ZipInputStream).
 * Only those that are deflated as streams have CRC-32 and sizes behind the content.
 */
export async function* zipBytes(
  entries: AsyncIterable<ArchiveEntry>,
  { level, mtime }: ArchiveOptions,
): AsyncGenerator<Uint8Array> {
  const time = dosTime(mtime);
  const directory: Buffer[] = [];
  let offset = 0;
  for await (const entry of entries) {
    const pieces = entryBytes(entry, { level, time, offset });
    try {
      let next = await pieces.next();
      while (next.done !== true) {
        offset += next.value.length;
        yield next.value;
        next = await pieces.next();
      }
      directory.push(directoryHeader(next.value, time));
    } finally {
      // Where writing fails, the entry's source is open.
      await pieces.return(undefined as never);
    }
  }
  const records = Buffer.concat(directory);
  yield records;
  yield directoryEnd(directory.length, records.length, offset);
}

/** Where and how an entry is written. */
interface EntryOptions {
  readonly level: number;
  readonly time: number;
  readonly offset: number;
}

/** Writes an entry, and returns what the directory says of it. */
async function* entryBytes(
  entry: ArchiveEntry,
  { level, time, offset }: EntryOptions,
): AsyncGenerator<Uint8Array, ZipRecord> {
  const { path, mode, size, compressed, content } = entry;
  const name = Buffer.from(path);
  const before = { name, mode, size, compressed, offset };
  if (compressed && !(content instanceof Uint8Array)) {
    const header = { ...before, described: true, packed: 0, crc32: 0 };
    yield localHeader(header, time);
    const packed = yield* deflated(content, level);
    const record = { ...header, packed, crc32: entry.crc32() };
    yield descriptor(record);
    return record;
  }
  const packed =
    compressed && content instanceof Uint8Array ? await deflateAtOnce(content, { level }) : content;
  const length = packed instanceof Uint8Array ? packed.length : size;
  const record = { ...before, described: false, packed: length, crc32: entry.crc32() };
  yield localHeader(record, time);
  if (packed instanceof Uint8Array) yield packed;
  else yield* packed;
  return record;
}

/** Deflates a stream, and returns its length then. */
async function* deflated(
  content: AsyncIterable<Uint8Array>,
  level: number,
): AsyncGenerator<Uint8Array, number> {
  const deflate = createDeflateRaw({ level, chunkSize: DEFLATE_CHUNK_SIZE });
  // An error in the source destroys the deflater, and so reaches its reader.
  pipeline(content, deflate, () => undefined);
  let length = 0;
  for await (const piece of deflate as AsyncIterable<Uint8Array>) {
    length += piece.length;
    yield piece;
  }
  return length;
}
