import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { type Finding, finding } from "../findings/finding.js";
import { type ArchiveListing, archivePlace, printable } from "./archive.js";
import { describeStart } from "./describe-start.js";
import { fileSource, listFolder, type Oddity } from "./folder.js";
import { type ByteRange, readAll, type SourceFile } from "./source-file.js";
import { listTar } from "./tar.js";
import { listZip } from "./zip.js";

/** What an MMAR is read from: a folder, or an archive in the place of one. */
export interface OpenSource {
  /** Path of the folder or archive, as the user gave it. */
  readonly location: string;
  readonly isArchive: boolean;
  /** Name of the MMAR, and where that comes from, in words. */
  readonly name: string;
  readonly nameFrom: string;
  /** Files by paths relative to the MMAR's root, ordered by path (code units). */
  readonly files: readonly SourceFile[];
  readonly oddities: readonly Oddity[];
  /** What is worth knowing of the archive. */
  readonly findings: readonly Finding[];
  /** Lets go of what the files are read from: they can't be read any more. */
  close(): Promise<void>;
}

/** A source, or the findings that say why there is none. */
export type OpenResult =
  | { readonly source: OpenSource }
  | { readonly source: undefined; readonly findings: readonly Finding[] };

/**
 * Opens what an MMAR is to be read from: a folder, a zip or a tar (gzipped or not). In an archive
 * the MMAR's root may be the top or one folder below it, as in downloads from NGC.
 *
 * @param signal - stops inflating a tar.gz
 * @throws {@link FileChangedError} or a system error if it can't be read
 * @throws {@link MachineError} if there is no room for temporary files
 */
export async function openSource(location: string, signal?: AbortSignal): Promise<OpenResult> {
  const kind = await kindOf(location);
  if (kind === "nothing") return failed(finding("mmar-not-found", { path: location }));
  if (kind === "folder") return { source: await openFolder(location) };
  if (kind === "other") return notAnArchive(location, "it is neither a folder nor a file");
  return openArchive(location, signal);
}

/** How the names of archives end that may hold an MMAR. */
export const ARCHIVE_ENDING = /\.(zip|tar\.gz|tgz|tar)$/i;

/** Name of the MMAR that lies at a path: without the ending, if that is an archive. */
export async function sourceName(location: string): Promise<string> {
  const name = basename(resolve(location));
  return (await kindOf(location)) === "file" ? archiveStem(name) : name;
}

const archiveStem = (name: string): string => name.replace(ARCHIVE_ENDING, "") || name;

async function openFolder(location: string): Promise<OpenSource> {
  return {
    location,
    isArchive: false,
    name: basename(resolve(location)),
    nameFrom: "the folder's name",
    ...(await listFolder(location)),
    findings: [],
    close: async () => undefined,
  };
}

async function openArchive(location: string, signal: AbortSignal | undefined): Promise<OpenResult> {
  const opened = await listArchive(location, signal);
  if (opened.format === undefined) return notAnArchive(location, opened.is);
  return rooted(location, opened.archive, opened.listing, opened.close);
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
    return { archive, format, listing: await listZip(archive), close: async () => undefined };
  }
  const tar =
    format === undefined ? undefined : await listTar(archive, format === "tar.gz", signal);
  if (format !== undefined && tar !== undefined) {
    return { archive, format, listing: tar, close: tar.close };
  }
  const is = archive.size === 0 ? "it has no bytes" : `it starts with ${describeStart(head)}`;
  return { archive, format: undefined, is };
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

/** The source below the MMAR's root in an archive; closed where there is none. */
async function rooted(
  location: string,
  archive: SourceFile,
  { files, findings }: ArchiveListing,
  close: () => Promise<void>,
): Promise<OpenResult> {
  const roots = rootsOf(files);
  const [root] = roots;
  if (findings.length > 0 || root === undefined || roots.length > 1) {
    await close();
    if (findings.length > 0) return { source: undefined, findings };
    const names = roots.map(printable).join(", ");
    return failed(finding("archive-several-mmars", { names }, archivePlace(archive)));
  }
  const prefix = root === "" ? "" : `${root}/`;
  return {
    source: {
      location,
      isArchive: true,
      name: root === "" ? archiveStem(archive.path) : root,
      nameFrom: root === "" ? "the archive's name" : "the folder's name",
      files: files.filter(({ path }) => path.startsWith(prefix)).map((f) => moved(f, prefix)),
      oddities: [],
      findings: besides(archive, files, prefix),
      close,
    },
  };
}

const CONFIG = /^(?:([^/]+)\/)?config\/(environment|config_\w+)\.json$/;

/** Folders that look like MMARs: the top (""), or else the ones below it; "" if there is none. */
export function rootsOf(files: readonly SourceFile[]): string[] {
  const found = new Set<string>();
  for (const { path } of files) {
    const match = CONFIG.exec(path);
    if (match !== null) found.add(match[1] ?? "");
  }
  return found.has("") || found.size === 0 ? [""] : [...found];
}

/** What systems put into archives on their own. */
export const DROPPINGS = /(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/;

function besides(archive: SourceFile, files: readonly SourceFile[], prefix: string): Finding[] {
  const outside = files.filter(({ path }) => !path.startsWith(prefix) && !DROPPINGS.test(path));
  const [first] = outside;
  if (first === undefined) return [];
  const args = { root: prefix, files: outside.length, example: printable(first.path) };
  return [finding("archive-beside", args, archivePlace(archive))];
}

/** A file whose path is shorter by a prefix, which it has. */
export const moved = (file: SourceFile, prefix: string): SourceFile => ({
  path: file.path.slice(prefix.length),
  size: file.size,
  executable: file.executable,
  sequential: file.sequential === true,
  open: (range?: ByteRange) => file.open(range),
});

const failed = (only: Finding): OpenResult => ({ source: undefined, findings: [only] });

const notAnArchive = (path: string, is: string): OpenResult =>
  failed(finding("mmar-not-a-folder", { path, is }));

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
