import type { Stats } from "node:fs";
import type { Readable } from "node:stream";
import type { Archiver } from "archiver";
import { CHUNK_SIZE } from "../files/chunks.js";
import type { ArchiveFormat, Compression } from "../options/words.js";
import type { BundleEntry, BundlePlan } from "./plan-types.js";
import { AUTO_LEVEL, isWorthwhile, type Sample, sampleEntry } from "./sampling.js";

/** How an archive of a plan is compressed. */
export interface CompressionChoice {
  /** Level for what is deflated, 0 to 9. In a tar.gz the whole stream has it. */
  readonly level: number;
  /** For each entry of the plan, in order, whether it is deflated. */
  readonly compressed: readonly boolean[];
}

const MAX_LEVEL = 9;

/** The number of entries that in a zip without Zip64 means "see the Zip64 record". */
const ZIP_FULL_COUNT = 0xffff;

/** Zip makes such a buffer for each entry, and entries are many; a gzip stream makes few. */
const DEFLATE_CHUNK_SIZE = 64 * 1024;
const GZIP_CHUNK_SIZE = 256 * 1024;

/**
 * Decides what is deflated. `auto` samples each entry: zip entries are decided one by one; a tar.gz
 * is one stream, so all of it is deflated or, where that hardly shrinks the sum, none of it.
 */
export async function chooseCompression(
  plan: BundlePlan,
  format: ArchiveFormat,
  compression: Compression,
): Promise<CompressionChoice> {
  const { entries } = plan;
  const all = (compressed: boolean) =>
    entries.map(({ size }) => compressed && (format === "tar.gz" || size > 0));
  if (compression === "store") return { level: 0, compressed: all(false) };
  if (compression === "max") return { level: MAX_LEVEL, compressed: all(true) };
  const samples = await sampleAll(entries);
  if (format === "zip") {
    const compressed = samples.map((sample) => sample.plain > 0 && isWorthwhile(sample));
    return { level: AUTO_LEVEL, compressed };
  }
  const worthwhile = isWorthwhile(weigh(entries, samples));
  return { level: worthwhile ? AUTO_LEVEL : 0, compressed: all(worthwhile) };
}

async function sampleAll(entries: readonly BundleEntry[]): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const entry of entries) samples.push(await sampleEntry(entry));
  return samples;
}

/** What the whole would come to, each sample standing for all of its entry. */
function weigh(entries: readonly BundleEntry[], samples: readonly Sample[]): Sample {
  let plain = 0;
  let deflated = 0;
  entries.forEach(({ size }, i) => {
    const sample = samples[i];
    if (sample === undefined || sample.plain === 0) return;
    plain += size;
    deflated += (size * sample.deflated) / sample.plain;
  });
  return { plain, deflated };
}

/**
 * Makes the stream that entries are appended to. Archiver is loaded only here: it takes as long as a
 * small bundle, and a thread has begun to take checksums by then.
 */
export async function createArchive(
  plan: BundlePlan,
  format: ArchiveFormat,
  level: number,
): Promise<Archiver> {
  const { TarArchive, ZipArchive } = await import("archiver");
  const common = { highWaterMark: CHUNK_SIZE };
  if (format === "zip") {
    // Sizes over 4 GB need no telling. But archiver takes a full count for one that still fits.
    const forceZip64 = plan.entries.length >= ZIP_FULL_COUNT;
    const zlib = { level, chunkSize: DEFLATE_CHUNK_SIZE };
    return new ZipArchive({ ...common, forceZip64, zlib });
  }
  const gzipOptions = { level, chunkSize: GZIP_CHUNK_SIZE };
  return new TarArchive({ ...common, gzip: true, gzipOptions });
}

/** Hands one entry's content to the archive, with all that must not vary between machines set. */
export function appendEntry(
  archive: Archiver,
  entry: BundleEntry,
  content: Buffer | Readable,
  how: { readonly mtime: Date; readonly compressed: boolean },
): void {
  archive.append(content, {
    name: entry.path,
    mode: entry.mode,
    date: how.mtime,
    store: !how.compressed,
    // Of the stats archiver reads nothing but the size, which a tar header needs beforehand.
    stats: { size: entry.size } as Stats,
  });
}

/** Where a gzip header names the operating system, and the value that names none. */
const GZIP_OS_OFFSET = 9;
const GZIP_OS_UNKNOWN = 255;

/** Makes the gzip header the same on every system: zlib names in it the one it was built for. */
export async function* withoutSystem(archive: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let position = 0;
  for await (const chunk of archive) {
    const offset = GZIP_OS_OFFSET - position;
    if (offset >= 0 && offset < chunk.length) chunk[offset] = GZIP_OS_UNKNOWN;
    position += chunk.length;
    yield chunk;
  }
}
