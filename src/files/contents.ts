import { inputFinding } from "../errors.js";
import { type Finding, finding, ordered } from "../findings/finding.js";
import { archivePlace } from "./archive.js";
import { listFolder, type Oddity } from "./folder.js";
import { kindOf, listArchive, type ReadableFormat } from "./open.js";

/** A file of a folder or an archive, or what is there and is none. */
export interface ListedEntry {
  /** Path with "/" between its parts. */
  readonly path: string;
  /** Length in bytes; undefined for what is not read: a link that leads elsewhere, a socket. */
  readonly size: number | undefined;
  /** What it is besides a file, in a few words. */
  readonly note?: string;
}

/** What a folder or an archive holds. */
export interface Contents {
  /** Path of the folder or archive, as the user gave it. */
  readonly location: string;
  /** Undefined where there is nothing that can be listed. */
  readonly format: ReadableFormat | "folder" | undefined;
  /** Length of the archive in bytes; undefined for a folder. */
  readonly size: number | undefined;
  /** Ordered by path (code units). */
  readonly entries: readonly ListedEntry[];
  /** Why not all of it could be listed, errors first. */
  readonly findings: readonly Finding[];
}

/**
 * Lists what lies in a folder, a zip, a tar.gz or a tar, whatever it is. Contents are not read, but
 * those of a tar.gz, where they lie between the names.
 *
 * @param signal - stops inflating a tar.gz
 * @throws {@link MachineError} if it can't be read, or there is no room for temporary files
 */
export async function contentsOf(location: string, signal?: AbortSignal): Promise<Contents> {
  try {
    return await listed(location, signal);
  } catch (error) {
    signal?.throwIfAborted();
    return nothing(location, inputFinding(error, location));
  }
}

async function listed(location: string, signal: AbortSignal | undefined): Promise<Contents> {
  const kind = await kindOf(location);
  if (kind === "nothing") return nothing(location, finding("bundle-not-found", { path: location }));
  if (kind === "folder") return folderContents(location);
  if (kind === "other") return notListed(location, "it is neither a folder nor a file");
  const opened = await listArchive(location, signal);
  const { size } = opened.archive;
  if (opened.format === undefined) return { ...notListed(location, opened.is), size };
  const { archive, format, listing, close } = opened;
  await close();
  const { files, backslashes } = listing;
  const findings = [...listing.findings];
  if (backslashes !== undefined) {
    const args = { names: backslashes.entries };
    findings.push(finding("archive-backslashes", args, archivePlace(archive)));
  }
  const entries = files.map((file) => ({ path: file.path, size: file.size }));
  return { location, format, size, entries, findings: ordered(findings) };
}

async function folderContents(location: string): Promise<Contents> {
  const { files, oddities, problem } = await listFolder(location);
  const links = new Map(
    oddities.flatMap((odd) => (odd.kind === "symlink-inside" ? [[odd.path, odd.target]] : [])),
  );
  const entries: ListedEntry[] = files.map(({ path, size }) => {
    const target = links.get(path);
    return target === undefined ? { path, size } : { path, size, note: `link to ${target}` };
  });
  const others = oddities
    .filter(({ kind }) => kind !== "symlink-inside")
    .map((odd) => ({ path: odd.path, size: undefined, note: noteOn(odd) }));
  return {
    location,
    format: "folder",
    size: undefined,
    entries: [...entries, ...others].sort((a, b) => (a.path < b.path ? -1 : 1)),
    findings: problem === undefined ? [] : [finding("folder-too-large", { problem })],
  };
}

function noteOn(odd: Oddity): string {
  switch (odd.kind) {
    case "symlink-inside":
    case "symlink-folder":
    case "symlink-outside":
      return `link to ${odd.target}, not followed`;
    case "symlink-broken":
      return `link to ${odd.target}, which leads nowhere (${odd.code})`;
    case "unreadable":
      return `can't be read (${odd.code})`;
    case "special":
      return odd.what;
    case "bad-name":
      return `its name is not UTF-8: ${odd.hex}`;
  }
}

const nothing = (location: string, found: Finding): Contents => ({
  location,
  format: undefined,
  size: undefined,
  entries: [],
  findings: [found],
});

const notListed = (path: string, is: string): Contents =>
  nothing(path, finding("bundle-not-an-archive", { path, is }));
