import { isUtf8 } from "node:buffer";
import yauzl, { type Entry, type LocalFileHeader, type ZipFile } from "yauzl";
import { ArchiveFault } from "../errors.js";
import type { SharedBy } from "../findings/tables/archive.js";
import { formatBytes } from "../text/format.js";
import { MOST } from "../text/limits.js";
import {
  type ArchiveListing,
  archiveFault,
  archivePlace,
  EntryCollector,
  MOST_EXAMPLES,
  printable,
} from "./archive.js";
import { ArchiveFile } from "./archive-file.js";
import { readAll, type SourceFile } from "./source-file.js";
import { WindowReader } from "./window-reader.js";
import { DEFLATED, STORED } from "./zip-format.js";

// What the numbers mean stands in PKWARE's APPNOTE: 4.4.4 flags, 4.4.5 methods, 4.3 signatures.
const ENCRYPTED = 0x1;
const SIZES_BEHIND = 0x8;
const UTF8 = 0x800;
const METHODS: Readonly<Record<number, string>> = {
  9: "Deflate64",
  12: "bzip2",
  14: "LZMA",
  93: "Zstandard",
  95: "xz",
  98: "PPMd",
  99: "AES encryption",
};
/** Signatures of what follows the directory: its end, its Zip64 form, and a digital signature. */
const AFTER_DIRECTORY = [0x06054b50, 0x06064b50, 0x05054b50];
const ZIP64 = 0xffffffff;

/** Kinds of files in a Unix mode, which zip keeps in the upper half of the external attributes. */
const S_IFMT = 0o170000;
const KINDS: ReadonlyMap<number, string> = new Map([
  [0o010000, "a named pipe"],
  [0o020000, "a device"],
  [0o040000, "folder"],
  [0o060000, "a device"],
  [0o120000, "a symbolic link"],
  [0o140000, "a socket"],
]);

/** Bytes of the directory, or of local headers, that are read at once to both sides. */
const REACH = 64 * 1024;

/**
 * Lists a zip without unpacking it: the files are read where they lie. An archive that is broken,
 * contradicts itself, or holds what can't be taken, throws nothing: it gives findings.
 *
 * @throws {@link FileChangedError} or a system error if the archive can't be read
 */
export async function listZip(archive: SourceFile): Promise<ArchiveListing> {
  return new ZipLister(archive).list();
}

/**
 * The paths that a zip's directory names; undefined where it can't be read. Of a zip that is itself
 * deflated in an archive the rest would cost inflating it anew for each entry.
 *
 * @throws as {@link listZip}
 */
export async function zipPaths(archive: SourceFile): Promise<readonly string[] | undefined> {
  return new ZipLister(archive).paths();
}

class ZipLister {
  readonly #collector: EntryCollector<Entry>;
  #backslashes: SharedBy | undefined;

  constructor(private readonly archive: SourceFile) {
    this.#collector = new EntryCollector(archive);
  }

  async list(): Promise<ArchiveListing> {
    try {
      return this.#collector.finish(await this.#read(), this.#backslashes);
    } catch (error) {
      return this.#collector.abandon(this.#faultOf(error));
    }
  }

  async paths(): Promise<readonly string[] | undefined> {
    try {
      await this.#opened(async () => undefined);
    } catch (error) {
      this.#faultOf(error);
      return undefined;
    }
    return this.#collector.isFit ? [...this.#collector.kept.keys()] : undefined;
  }

  #read(): Promise<SourceFile[]> {
    return this.#opened(async (zip, directory) =>
      this.#collector.isFit ? this.#locate(zip, directory) : [],
    );
  }

  /** Reads the directory, and gives the zip and where that begins to `use`. */
  async #opened<T>(use: (zip: ZipFile, directory: number) => Promise<T>): Promise<T> {
    const reader = new WindowReader(this.archive, REACH);
    const options = { decodeStrings: false, autoClose: false, validateEntrySizes: true };
    const zip = await yauzl.fromRandomAccessReaderPromise(reader, this.archive.size, options);
    // Errors reach the code that waits for an entry; one in between must not end the process.
    zip.on("error", () => undefined);
    try {
      // The types call the cursor a boolean.
      const directory = Number(zip.readEntryCursor);
      await this.#readDirectory(zip);
      return await use(zip, directory);
    } finally {
      zip.close();
    }
  }

  async #readDirectory(zip: ZipFile): Promise<void> {
    if (zip.entryCount > MOST.entries) {
      const problem = `holds ${zip.entryCount} entries, more than ${MOST.entries}`;
      throw archiveFault("archive-too-large", { problem }, archivePlace(this.archive));
    }
    const entries: NamedEntry[] = [];
    let length = 0;
    for await (const entry of zip.eachEntry()) {
      entries.push({ entry, name: zipEntryName(entry) });
      length += entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
      if (length <= MOST.zipDirectoryBytes) continue;
      const problem = `has a directory of more than ${formatBytes(MOST.zipDirectoryBytes)}`;
      throw archiveFault("archive-too-large", { problem }, archivePlace(this.archive));
    }
    this.#backslashes = consistentBackslashes(entries);
    for (const entry of entries) this.#take(entry);
    const end = Math.min(this.archive.size, Number(zip.readEntryCursor));
    const range = { start: end, end: Math.min(this.archive.size, end + 4) };
    const signature = await readAll(this.archive, range);
    if (signature.length === 4 && AFTER_DIRECTORY.includes(signature.readUInt32LE())) return;
    throw this.#contradiction("its directory does not end with the last entry that it counts");
  }

  #take({ entry, name: raw }: NamedEntry): void {
    const name = this.#backslashes ? raw.replaceAll("\\", "/") : raw;
    const kind = zipEntryKind(entry, name);
    this.#collector.take({ name, kind, size: entry.uncompressedSize }, (path) => {
      this.#checkContent(entry, path);
      return entry;
    });
  }

  #checkContent({ generalPurposeBitFlag, compressionMethod }: Entry, path: string): void {
    if (generalPurposeBitFlag & ENCRYPTED) {
      this.#collector.noteEncrypted(path);
    } else if (compressionMethod !== STORED && compressionMethod !== DEFLATED) {
      const method = METHODS[compressionMethod] ?? `method ${compressionMethod}`;
      this.#collector.note("archive-method", { method }, path);
    }
  }

  /** Finds where the entries' contents lie: each in a place of its own before the directory. */
  async #locate(zip: ZipFile, directory: number): Promise<SourceFile[]> {
    const files: SourceFile[] = [];
    let free = 0;
    for (const [path, entry] of byOffset(this.#collector.kept)) {
      const local = await zip.readLocalFileHeaderPromise(entry);
      const difference = localDifference(entry, local);
      if (difference !== undefined) {
        throw this.#contradiction(`an entry has ${difference} in the archive's directory`, path);
      }
      const end = local.fileDataStart + entry.compressedSize;
      if (entry.relativeOffsetOfLocalHeader < free || end > directory) {
        throw this.#contradiction("an entry lies over another one", path);
      }
      free = end;
      files.push(this.#file(path, entry, local.fileDataStart));
    }
    return files;
  }

  #file(path: string, entry: Entry, start: number): SourceFile {
    const executable = (modeOf(entry) & 0o100) !== 0;
    return new ArchiveFile(path, entry.uncompressedSize, executable, {
      archive: this.archive,
      start,
      length: entry.compressedSize,
      deflated: entry.compressionMethod === DEFLATED,
      crc32: entry.crc32,
    });
  }

  #contradiction(problem: string, entry?: string): ArchiveFault {
    return archiveFault("archive-inconsistent", { problem }, archivePlace(this.archive, entry));
  }

  /** What yauzl raises are plain errors; all others go on their way. */
  #faultOf(error: unknown): ArchiveFault {
    if (error instanceof ArchiveFault) return error;
    if (!(error instanceof Error) || Object.getPrototypeOf(error) !== Error.prototype) throw error;
    if ("code" in error) throw error;
    const place = archivePlace(this.archive);
    if (error.message.includes("encryption")) return archiveFault("archive-encrypted", {}, place);
    const problem = error.message.startsWith("End of central directory")
      ? "its end is not there, as after a download that broke off"
      : error.message.replace(/\.$/, "");
    return archiveFault("archive-damaged", { problem }, place);
  }
}

const byOffset = (entries: ReadonlyMap<string, Entry>): [string, Entry][] =>
  [...entries].sort(
    ([, a], [, b]) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader,
  );

const modeOf = (entry: Entry): number => entry.externalFileAttributes >>> 16;

/** An entry, and its name as the archive has it. */
interface NamedEntry {
  readonly entry: Entry;
  readonly name: string;
}

/**
 * The names with backslashes, where no name has a slash: then they stand between folders, as some
 * Windows programs write them (.NET before 4.6.1; APPNOTE 4.4.17.1 wants slashes).
 */
function consistentBackslashes(entries: readonly NamedEntry[]): SharedBy | undefined {
  if (entries.some(({ name }) => name.includes("/"))) return undefined;
  const names = entries.map(({ name }) => name).filter((name) => name.includes("\\"));
  if (names.length === 0) return undefined;
  return { entries: names.length, examples: names.slice(0, MOST_EXAMPLES).map(printable) };
}

function zipEntryKind(entry: Entry, name: string): string {
  const told = KINDS.get(modeOf(entry) & S_IFMT) ?? "file";
  const kind = told === "file" && name.endsWith("/") ? "folder" : told;
  return kind === "folder" && entry.uncompressedSize > 0 ? "a folder with a content" : kind;
}

/**
 * The name, from its bytes and a Unicode Path field if there is one. Without a flag they are of
 * code page 437, but macOS writes UTF-8 all the same; that other text looks like it is unlikely.
 */
function zipEntryName({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  const flags = isUtf8(fileNameRaw) ? generalPurposeBitFlag | UTF8 : generalPurposeBitFlag;
  return yauzl.getFileNameLowLevel(flags, fileNameRaw, extraFields, true);
}

/** In what the header before an entry's content differs from the directory, in words. */
function localDifference(entry: Entry, local: LocalFileHeader): string | undefined {
  if (!local.fileName.equals(entry.fileNameRaw)) {
    return `the name ${printable(local.fileName.toString("utf8"))} before its content, but another`;
  }
  if (local.compressionMethod !== entry.compressionMethod) return "another compression method";
  if ((local.generalPurposeBitFlag ^ entry.generalPurposeBitFlag) & ENCRYPTED) {
    return "another encryption";
  }
  if (local.generalPurposeBitFlag & SIZES_BEHIND) return undefined;
  const differs = (here: number, there: number): boolean => here !== ZIP64 && here !== there;
  if (differs(local.compressedSize, entry.compressedSize)) return "another length";
  if (differs(local.uncompressedSize, entry.uncompressedSize)) return "another length";
  return local.crc32 === entry.crc32 ? undefined : "another CRC-32";
}
