import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { type Finding, finding } from "../findings/finding.js";
import { type ArchiveListing, archivePlace } from "./archive.js";
import { describeStart } from "./describe-start.js";
import { fileSource, listFolder, type Oddity } from "./folder.js";
import type { JsonBudget } from "./read-json.js";
import { type ByteRange, readAll, type SourceFile } from "./source-file.js";
import { listTar } from "./tar.js";
import { listZip, zipPaths } from "./zip.js";

/** A folder, or an archive instead of one, that a model may be read from. */
export interface OpenedInput {
  /** Path of the folder or archive, as the user gave it. */
  readonly location: string;
  readonly isArchive: boolean;
  /** Name of what lies there, and where that comes from, in words. */
  readonly name: string;
  readonly nameFrom: string;
  /** Files by paths relative to the folder or the archive's top, ordered by path (code units). */
  readonly files: readonly SourceFile[];
  readonly oddities: readonly Oddity[];
  /** What its JSON files may hold; by default as much as those of a model that is packed. */
  readonly jsonBudget?: JsonBudget;
  /** Findings on the archive. */
  readonly findings: readonly Finding[];
  /** Lets go of what the files are read from: they can't be read any more. */
  close(): Promise<void>;
}

/** What was opened, or the findings that say why nothing was. */
export type OpenResult =
  | { readonly input: OpenedInput }
  | {
      readonly input: undefined;
      readonly findings: readonly Finding[];
      /** Path of what could not be opened, as the user gave it. */
      readonly location: string;
      /** The file that was given, where it is one. */
      readonly file?: SourceFile;
    };

/**
 * Opens what a model is to be read from: a folder, a zip or a tar (gzipped or not).
 *
 * @param signal - stops inflating a tar.gz
 * @throws {@link FileChangedError} or a system error if it can't be read
 * @throws {@link MachineError} if there is no room for temporary files
 */
export async function openInput(location: string, signal?: AbortSignal): Promise<OpenResult> {
  const kind = await kindOf(location);
  if (kind === "nothing") return failed(location, finding("mmar-not-found", { path: location }));
  if (kind === "folder") return openFolder(location);
  if (kind === "other") return notAnArchive(location, "it is neither a folder nor a file");
  return openArchive(location, signal);
}

/** How the names of archives end that may hold a model. */
export const ARCHIVE_ENDING = /\.(zip|tar\.gz|tgz|tar)$/i;

/** Name of the model that lies at a path: without the ending, if that is an archive. */
export async function inputName(location: string): Promise<string> {
  const name = basename(resolve(location));
  return (await kindOf(location)) === "file" ? archiveStem(name) : name;
}

const archiveStem = (name: string): string => name.replace(ARCHIVE_ENDING, "") || name;

async function openFolder(location: string): Promise<OpenResult> {
  const { problem, ...listing } = await listFolder(location);
  if (problem !== undefined) return failed(location, finding("folder-too-large", { problem }));
  return {
    input: {
      location,
      isArchive: false,
      name: basename(resolve(location)),
      nameFrom: "the folder's name",
      ...listing,
      findings: [],
      close: async () => undefined,
    },
  };
}

async function openArchive(location: string, signal: AbortSignal | undefined): Promise<OpenResult> {
  const opened = await listArchive(location, signal);
  if (opened.format === undefined) {
    return { ...notAnArchive(location, opened.is), file: opened.archive };
  }
  const { archive, listing, close } = opened;
  if (listing.findings.length > 0) {
    await close();
    return { input: undefined, location, findings: listing.findings, file: archive };
  }
  return {
    input: {
      location,
      isArchive: true,
      name: archiveStem(archive.path),
      nameFrom: "the archive's name",
      files: listing.files,
      oddities: [],
      findings: backslashesNoted(archive, listing),
      close,
    },
  };
}

function backslashesNoted(archive: SourceFile, { backslashes }: ArchiveListing): Finding[] {
  if (backslashes === undefined) return [];
  return [finding("archive-backslashes", { names: backslashes.entries }, archivePlace(archive))];
}

/** The forms of archives that are read. */
export type ReadableFormat = "zip" | "tar.gz" | "tar";

/** An archive that was listed, whose files can be read until it is closed; or what it is instead. */
export type OpenedArchive = { readonly archive: SourceFile } & (
  | {
      readonly format: ReadableFormat;
      readonly listing: ArchiveListing;
      close(): Promise<void>;
    }
  | { readonly format: undefined; readonly is: string }
);

/**
 * Lists the archive that lies at a path, whatever its name ends in.
 *
 * @param signal - stops inflating a tar.gz
 * @throws {@link FileChangedError} or a system error if it can't be read
 * @throws {@link MachineError} if there is no room for temporary files
 */
export async function listArchive(location: string, signal?: AbortSignal): Promise<OpenedArchive> {
  const archive = await fileSource(basename(resolve(location)), location);
  const head = await readAll(archive, { start: 0, end: Math.min(HEAD, archive.size) });
  const format = formatOf(head);
  if (format === "zip") {
    await archive.hold();
    try {
      const listing = await listZip(archive);
      return { archive, format, listing, close: () => archive.release() };
    } catch (error) {
      await archive.release();
      throw error;
    }
  }
  const tar =
    format === undefined ? undefined : await listTar(archive, format === "tar.gz", signal);
  if (format !== undefined && tar !== undefined) {
    return { archive, format, listing: tar, close: tar.close };
  }
  const is = archive.size === 0 ? "it has no bytes" : `it starts with ${describeStart(head)}`;
  return { archive, format: undefined, is };
}

/**
 * The paths that an archive holds, wherever the archive lies; undefined where it is none that can be
 * read.
 *
 * @throws as {@link listArchive}
 */
export async function archivePaths(
  archive: SourceFile,
  signal?: AbortSignal,
): Promise<readonly string[] | undefined> {
  const format = formatOf(await readAll(archive, { start: 0, end: Math.min(HEAD, archive.size) }));
  if (format === undefined) return undefined;
  if (format === "zip") return zipPaths(archive);
  const listing = await listTar(archive, format === "tar.gz", signal);
  await listing?.close();
  return listing?.files.map(({ path }) => path);
}

/** Enough to see the mark of a tar, which stands in its first header. */
const HEAD = 512;
const TAR_MARK = 257;

/** The form of an archive, by its first bytes. */
function formatOf(head: Buffer): ReadableFormat | undefined {
  const start = head.toString("latin1", 0, 4);
  if (start === "PK\x03\x04" || start === "PK\x05\x06") return "zip";
  if (start.startsWith("\x1f\x8b")) return "tar.gz";
  return head.toString("latin1", TAR_MARK, TAR_MARK + 5) === "ustar" ? "tar" : undefined;
}

/** What systems put into archives on their own. */
export const SYSTEM_FILES = /(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/;

/** A file whose path is shorter by a prefix, which it has. */
export const moved = (file: SourceFile, prefix: string): SourceFile => ({
  path: file.path.slice(prefix.length),
  size: file.size,
  executable: file.executable,
  sequential: file.sequential === true,
  open: (range?: ByteRange) => file.open(range),
  readAtOnce: file.readAtOnce && ((range: ByteRange) => readAll(file, range)),
});

type Unopened = Extract<OpenResult, { input: undefined }>;

const failed = (location: string, only: Finding): Unopened => ({
  input: undefined,
  location,
  findings: [only],
});

const notAnArchive = (path: string, is: string): Unopened =>
  failed(path, finding("mmar-not-a-folder", { path, is }));

/** What lies at a path; links are followed. */
export async function kindOf(location: string): Promise<"nothing" | "file" | "folder" | "other"> {
  try {
    const stats = await stat(location);
    if (stats.isDirectory()) return "folder";
    return stats.isFile() ? "file" : "other";
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return "nothing";
    throw error;
  }
}
