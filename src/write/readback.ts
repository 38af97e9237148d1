import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { pipeline as callbackPipeline } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32, createGunzip, createInflateRaw, inflateRawSync } from "node:zlib";
import { extract, type Header } from "tar-stream";
import {
  type Entry,
  fromRandomAccessReaderPromise,
  type LocalFileHeader,
  type ZipFile,
} from "yauzl";
import { asMachineError, isSystemError, VerifyError } from "../errors.js";
import { CHUNK_SIZE, GUNZIP_CHUNK_SIZE } from "../files/chunks.js";
import { fileSource } from "../files/folder.js";
import { type ByteRange, SMALL, type SourceFile } from "../files/source-file.js";
import { WindowReader } from "../files/window-reader.js";
import { DEFLATED, S_IFREG, STORED } from "../files/zip-format.js";
import type { ArchiveFormat } from "../options/words.js";

/** Bytes that are read at once to both sides of a piece of the directory, or of a small content. */
const REACH = 64 * 1024;

/** What an archive must hold: these entries, in this order, and nothing else. */
export interface ExpectedArchive {
  readonly format: ArchiveFormat;
  /** The time of every entry, in milliseconds since 1970, UTC. */
  readonly mtime: number;
  readonly entries: readonly ExpectedEntry[];
}

export interface ExpectedEntry {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** Length of the content in bytes. */
  readonly size: number;
  /** CRC-32 of the content, taken while it was read from the source. */
  readonly crc32: number;
  /** Whether a zip entry is deflated. A tar entry has no compression of its own. */
  readonly compressed: boolean;
}

/**
 * Reads a finished archive back and compares it with what it must hold: number, order, names,
 * modes, times, sizes, kinds of compression, and the CRC-32 of every content, computed again.
 *
 * @param signal - ends the reading, which then fails with its reason
 * @throws VerifyError at the first difference
 * @throws MachineError where the system can't read the file
 */
export async function readBack(
  path: string,
  expected: ExpectedArchive,
  signal?: AbortSignal,
): Promise<void> {
  const read = expected.format === "zip" ? readZip : readTar;
  try {
    await read(path, expected, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (isSystemError(error)) throw asMachineError(error, "read", path);
    if (error instanceof VerifyError) throw error;
    throw new VerifyError(undefined, error instanceof Error ? error.message : String(error));
  }
}

async function readZip(
  path: string,
  expected: ExpectedArchive,
  signal?: AbortSignal,
): Promise<void> {
  const file = await fileSource(path, path);
  const handle = await open(path, "r");
  await file.hold();
  try {
    // The directory and the contents are far from each other: each is read through its own window.
    const zip = await opened(new WindowReader(file, REACH), file.size);
    const window = new WindowReader(file, REACH);
    const contents = await opened(window, file.size);
    compare(undefined, "number of entries", zip.entryCount, expected.entries.length);
    const rest = expected.entries.values();
    for await (const found of zip.eachEntry()) {
      const wanted = take(rest, found.fileName);
      compareZipEntry(found, wanted, expected.mtime);
      const { fileDataStart: start } = await localHeader(contents, found);
      const range = { start, end: start + found.compressedSize };
      const source = { file, handle, window };
      await compareContent(zipContent(found, range, source), wanted, signal);
    }
  } finally {
    await file.release();
    await handle.close();
  }
}

function opened(reader: WindowReader, size: number): Promise<ZipFile> {
  return fromRandomAccessReaderPromise(reader, size, { autoClose: false });
}

function compareZipEntry(found: Entry, wanted: ExpectedEntry, mtime: number): void {
  const { path } = wanted;
  const time = found.getLastModDate({ timezone: "UTC", forceDosFormat: true }).getTime();
  const method = wanted.compressed ? DEFLATED : STORED;
  compare(path, "mode", found.externalFileAttributes >>> 16, S_IFREG | wanted.mode);
  compare(path, "size", found.uncompressedSize, wanted.size);
  compare(path, "CRC-32 in the directory", found.crc32, wanted.crc32);
  compare(path, "compression method", found.compressionMethod, method);
  compare(path, "time", time, mtime);
}

async function localHeader(zip: ZipFile, entry: Entry): Promise<LocalFileHeader> {
  const local = await zip.readLocalFileHeaderPromise(entry);
  const { fileName, compressionMethod } = entry;
  compare(fileName, "local name", local.fileName.toString("utf8"), fileName);
  compare(fileName, "local compression method", local.compressionMethod, compressionMethod);
  return local;
}

/** A zip, by the ways in which it is read. */
interface ZipSource {
  readonly file: SourceFile;
  readonly handle: FileHandle;
  readonly window: WindowReader;
}

/** The content of a zip entry: a small one from the window, a large one straight from the file. */
async function* zipContent(
  { compressionMethod, uncompressedSize }: Entry,
  { start, end }: ByteRange,
  { file, handle, window }: ZipSource,
): AsyncGenerator<Uint8Array> {
  const isDeflated = compressionMethod === DEFLATED;
  if (Math.max(end - start, uncompressedSize) <= SMALL) {
    const bytes = await window.bytes(start, end);
    yield isDeflated ? inflateRawSync(bytes, { maxOutputLength: SMALL }) : bytes;
  } else if (isDeflated) {
    const inflate = createInflateRaw({ chunkSize: GUNZIP_CHUNK_SIZE });
    // An error in the source destroys the inflater, and so reaches its reader.
    callbackPipeline(file.open({ start, end }), inflate, () => undefined);
    yield* inflate;
  } else yield* readRange(handle, start, end);
}

/**
 * Reads the next chunk while the last one is used. Each is good only until the next one is asked
 * for: there are two buffers.
 */
async function* readRange(handle: FileHandle, start: number, end: number) {
  const size = Math.min(CHUNK_SIZE, end - start);
  let [buffer, other] = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)];
  const read = (into: Buffer, from: number) => {
    const reading = handle.read(into, 0, Math.min(size, end - from), from);
    // A reader that stops before the end does not await this.
    reading.catch(() => undefined);
    return reading;
  };
  let reading = read(buffer, start);
  for (let position = start; position < end; ) {
    const { bytesRead } = await reading;
    if (bytesRead === 0) return;
    position += bytesRead;
    reading = read(other, position);
    yield buffer.subarray(0, bytesRead);
    [buffer, other] = [other, buffer];
  }
}

async function readTar(
  path: string,
  expected: ExpectedArchive,
  signal?: AbortSignal,
): Promise<void> {
  const entries = extract();
  const source = createReadStream(path, { highWaterMark: CHUNK_SIZE });
  const unpacking = pipeline(source, createGunzip({ chunkSize: GUNZIP_CHUNK_SIZE }), entries);
  unpacking.catch(() => undefined);
  let count = 0;
  const rest = expected.entries.values();
  for await (const entry of entries) {
    const wanted = take(rest, entry.header.name);
    compareTarHeader(entry.header, wanted, expected.mtime);
    await compareContent(entry as AsyncIterable<Uint8Array>, wanted, signal);
    count += 1;
  }
  await unpacking;
  compare(undefined, "number of entries", count, expected.entries.length);
}

function compareTarHeader(found: Header, wanted: ExpectedEntry, mtime: number): void {
  const { path } = wanted;
  compare(path, "type", found.type, "file");
  compare(path, "mode", found.mode, wanted.mode);
  compare(path, "size", found.size, wanted.size);
  compare(path, "time", found.mtime.getTime(), mtime);
  compare(path, "owner", `${found.uid}:${found.gid} ${found.uname}:${found.gname}`, "0:0 :");
}

/** The next expected entry, whose name must be `name`. */
function take(rest: Iterator<ExpectedEntry>, name: string): ExpectedEntry {
  const next = rest.next();
  if (next.done === true) throw new VerifyError(name, "the plan has no such entry");
  compare(next.value.path, "name", name, next.value.path);
  return next.value;
}

async function compareContent(
  content: AsyncIterable<Uint8Array>,
  wanted: ExpectedEntry,
  signal?: AbortSignal,
): Promise<void> {
  let size = 0;
  let crc = 0;
  for await (const chunk of content) {
    signal?.throwIfAborted();
    size += chunk.length;
    crc = crc32(chunk, crc);
  }
  compare(wanted.path, "length of the content", size, wanted.size);
  compare(wanted.path, "CRC-32 of the content", crc, wanted.crc32);
}

function compare<T extends number | string>(
  entry: string | undefined,
  what: string,
  found: T,
  wanted: T,
): void {
  if (found === wanted) return;
  throw new VerifyError(entry, `its ${what} is ${found}, not ${wanted}`);
}
