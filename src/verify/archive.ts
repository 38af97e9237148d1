import { ArchiveFault } from "../errors.js";
import { giveBackChunk } from "../files/chunks.js";
import type { OpenedArchive } from "../files/open.js";
import { chunksOf, type SourceFile } from "../files/source-file.js";
import { type Finding, finding } from "../findings/finding.js";
import type { ArchiveFormat } from "../options/words.js";
import type { Manifest } from "../public-json/manifest.js";
import { formatOfName } from "../write/archive-format.js";
import { hashChunks } from "../write/file-hash.js";
import { compareArchive, compareEntries } from "./compare-manifest.js";
import { end, found, type Learnt, together } from "./learnt.js";

/** An archive that was listed. */
export type ListedArchive = Extract<OpenedArchive, { listing: unknown }>;

/**
 * Checks a bundle as an archive: its form and name, its entries, that every content is whole, and
 * what a manifest says of it.
 *
 * @throws {@link FileChangedError} or a system error if it can't be read
 */
export async function checkArchive(
  { archive, format, listing }: ListedArchive,
  location: string,
  manifest: Manifest | undefined,
  signal: AbortSignal | undefined,
): Promise<Learnt> {
  const { path, size } = archive;
  const sha256 = await hashChunks(archive.open(), signal);
  const differs = manifest ? compareArchive(manifest, { path, size, sha256 }) : [];
  const itself: Learnt = { known: { size, sha256 }, findings: differs };
  if (format === "tar") {
    const is = "it is a tar that is not compressed";
    return together([itself, end(finding("bundle-not-an-archive", { path: location, is }))]);
  }
  const named: Learnt = { known: { format }, findings: checkName(path, format) };
  if (listing.findings.length > 0) {
    return together([itself, named, { ...found(listing.findings), isEnd: true }]);
  }
  if (listing.backslashes !== undefined) {
    // MD.ai unpacks on Linux, where a backslash is a character like any other.
    const problem = "has a backslash, which some systems take for a folder's end";
    const args = { problem, ...listing.backslashes };
    return together([itself, named, end(finding("archive-entry-name", args, { file: path }))]);
  }
  const { files } = listing;
  const contentSize = files.reduce((sum, file) => sum + file.size, 0);
  const listed: Learnt = { known: { files: files.length, contentSize }, findings: [] };
  // The checksum of a tar.gz was compared when it was listed.
  const damage = format === "zip" ? await readContents(files, signal) : [];
  if (damage.length > 0) {
    return together([itself, named, listed, { ...found(damage), isEnd: true }]);
  }
  // If the archive's SHA-256 is the manifest's, so are its entries.
  const entries =
    manifest && differs.length > 0 ? await compareEntries(manifest, files, signal) : [];
  return together([itself, named, listed, found(entries)]);
}

function checkName(name: string, format: ArchiveFormat): Finding[] {
  if (formatOfName(name) === format) return [];
  return [finding("bundle-name", { wanted: `.${format}` }, { file: name })];
}

/** Where one entry is damaged there may be many: a few show what is wrong. */
const MOST_DAMAGE = 20;

/** Reads every content to its end, which compares it with its length and CRC-32. */
async function readContents(
  files: readonly SourceFile[],
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  const damage: Finding[] = [];
  for (const file of files) {
    try {
      for await (const chunk of chunksOf(file)) {
        signal?.throwIfAborted();
        giveBackChunk(chunk);
      }
    } catch (error) {
      if (!(error instanceof ArchiveFault)) throw error;
      damage.push(error.finding);
      if (damage.length === MOST_DAMAGE) break;
    }
  }
  return damage;
}
