import { once } from "node:events";
import type { Stats } from "node:fs";
import { Readable } from "node:stream";
import type { Archiver } from "archiver";
import { CHUNK_SIZE } from "../files/chunks.js";
import type { ArchiveEntry, ArchiveOptions } from "./archive-entry.js";

const GZIP_CHUNK_SIZE = 256 * 1024;

/** Writes a tar.gz, piece by piece. Archiver is loaded only here: that takes its time. */
export async function* tarGzBytes(
  entries: AsyncIterable<ArchiveEntry>,
  { level, mtime }: ArchiveOptions,
): AsyncGenerator<Uint8Array> {
  const { TarArchive } = await import("archiver");
  const gzipOptions = { level, chunkSize: GZIP_CHUNK_SIZE };
  const archive = new TarArchive({ highWaterMark: CHUNK_SIZE, gzip: true, gzipOptions });
  const stop = new AbortController();
  const fail = (error: unknown): void => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  };
  feed(archive, entries, mtime, stop.signal).catch(fail);
  try {
    yield* withoutSystem(archive);
  } finally {
    stop.abort();
    archive.destroy();
  }
}

/** Appends the entries one by one, with all that must not vary between machines set. */
async function feed(
  archive: Archiver,
  entries: AsyncIterable<ArchiveEntry>,
  date: Date,
  signal: AbortSignal,
): Promise<void> {
  for await (const { path: name, mode, size, content } of entries) {
    const appended = once(archive, "entry", { signal });
    const source = content instanceof Uint8Array ? Buffer.from(content) : streamOf(content);
    // archiver reads only the size of the stats, which a tar header needs beforehand.
    const stats = { size } as Stats;
    try {
      if (source instanceof Readable) source.once("error", (error) => archive.destroy(error));
      archive.append(source, { name, mode, date, stats });
      await appended;
    } finally {
      if (source instanceof Readable) source.destroy();
    }
  }
  await archive.finalize();
}

const streamOf = (content: AsyncIterable<Uint8Array>): Readable =>
  Readable.from(content, { objectMode: false, highWaterMark: CHUNK_SIZE });

/** Where a gzip header names the operating system, and the value that names none. */
const GZIP_OS_OFFSET = 9;
const GZIP_OS_UNKNOWN = 255;

/** Makes the gzip header the same on every system: zlib names in it the one it was built for. */
async function* withoutSystem(archive: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let position = 0;
  for await (const chunk of archive) {
    const offset = GZIP_OS_OFFSET - position;
    if (offset >= 0 && offset < chunk.length) chunk[offset] = GZIP_OS_UNKNOWN;
    position += chunk.length;
    yield chunk;
  }
}
