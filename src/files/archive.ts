import { ArchiveFault } from "../errors.js";
import { type Finding, finding, type Place } from "../findings/finding.js";
import type { FindingArgs, FindingCode } from "../findings/table.js";
import type { SharedBy } from "../findings/tables/archive.js";
import { formatBytes } from "../text/format.js";
import { MOST } from "../text/limits.js";
import { byPath } from "./paths.js";
import type { SourceFile } from "./source-file.js";

/** What an archive holds; `findings` say why it can't be taken, if so. */
export interface ArchiveListing {
  /** Regular files, ordered by path (code units). */
  readonly files: readonly SourceFile[];
  readonly findings: readonly Finding[];
  /** The entries whose names had "\\" in the place of "/", as Windows programs write them. */
  readonly backslashes: SharedBy | undefined;
}

/** Makes an {@link ArchiveFault} from a code of the table of findings. */
export function archiveFault<C extends FindingCode>(
  code: C,
  args: FindingArgs<C>,
  place: Place,
): ArchiveFault {
  return new ArchiveFault(finding(code, args, place));
}

/** Place of an entry, or of the archive itself. */
export function archivePlace(archive: SourceFile, entry?: string): Place {
  return entry === undefined
    ? { file: archive.path }
    : { file: archive.path, key: printable(entry) };
}

/** Files in an archive of PyTorch's, one for each tensor. */
export const MOST_ENTRIES = 50_000;

const GiB = 1024 ** 3;

/**
 * How much an archive of `size` bytes may hold, in bytes. Weights hardly shrink: to a half at most,
 * where deflate can reach a thousandth. What takes up little space is not a zip bomb, however well
 * it was compressed.
 */
export function mostContent(size: number): number {
  return Math.min(MOST.contentBytes, Math.max(GiB, MOST.contentRatio * size));
}

/** Where one entry is wrong there may be thousands: so many show what is wrong. */
export const MOST_EXAMPLES = 3;

/** Codes that are told once for all entries that have the same fault. */
type EntryCode =
  | "archive-entry-name"
  | "archive-entry-kind"
  | "archive-entry-twice"
  | "archive-method";

/** A fault that entries share: all that its finding says but for the entries. */
interface Fault {
  readonly make: (shared: SharedBy) => Finding;
  /** The first of the entries, as they can be shown. */
  readonly examples: string[];
  entries: number;
}

/** An entry as an archive's format gives it. */
export interface RawEntry {
  /** Its name, with replacement characters where it is not the UTF-8 that it should be. */
  readonly name: string;
  /** `file`, `folder`, or what else it is, in words. */
  readonly kind: string;
  /** Length of its content in bytes. */
  readonly size: number;
}

/** Takes an archive's entries one by one, and keeps a `T` for each file with a good name. */
export class EntryCollector<T> {
  readonly #kept = new Map<string, T>();
  readonly #faults = new Map<string, Fault>();
  #count = 0;
  #size = 0;
  #names = 0;

  constructor(private readonly archive: SourceFile) {}

  get isFit(): boolean {
    return this.#faults.size === 0;
  }

  /** What is kept, by its path in the archive. */
  get kept(): ReadonlyMap<string, T> {
    return this.#kept;
  }

  /**
   * @param keep - what to keep of it, given its path in the archive
   * @throws {@link ArchiveFault} where there are too many entries or bytes to go on
   */
  take(entry: RawEntry, keep: (path: string) => T): void {
    this.#weigh(entry);
    const { name, kind } = entry;
    const path = normalPath(name);
    const problem = entryNameProblem(name, path, kind);
    if (problem !== undefined) {
      this.note("archive-entry-name", { problem }, name);
    } else if (kind === "file") {
      this.#takeFile(path, keep);
    } else if (kind !== "folder") {
      this.note("archive-entry-kind", { is: kind }, name);
    }
  }

  /** Notes a fault of an entry; entries with the same fault come to one finding. */
  note<C extends EntryCode>(
    code: C,
    args: Omit<FindingArgs<C>, keyof SharedBy>,
    entry: string,
  ): void {
    const place = archivePlace(this.archive, entry);
    const make = (shared: SharedBy): Finding =>
      finding(code, { ...args, ...shared } as FindingArgs<C>, place);
    this.#note(JSON.stringify([code, args]), entry, make);
  }

  /** Notes that an entry is encrypted: then the archive is. */
  noteEncrypted(entry: string): void {
    const place = archivePlace(this.archive, entry);
    this.#note("encrypted", entry, () => finding("archive-encrypted", {}, place));
  }

  #note(fault: string, entry: string, make: Fault["make"]): void {
    const known = this.#faults.get(fault) ?? { make, examples: [], entries: 0 };
    this.#faults.set(fault, known);
    known.entries += 1;
    if (known.examples.length < MOST_EXAMPLES) known.examples.push(printable(entry));
  }

  get #findings(): Finding[] {
    return [...this.#faults.values()].map(({ make, entries, examples }) =>
      make({ entries, examples }),
    );
  }

  /** The listing, with the files that were made of what was kept. */
  finish(files: readonly SourceFile[], backslashes?: SharedBy): ArchiveListing {
    if (this.isFit) this.#noteFilesAndFolders();
    return { files: [...files].sort(byPath), findings: this.#findings, backslashes };
  }

  /** The listing of an archive whose reading ended with a fault. */
  abandon({ finding: end }: ArchiveFault): ArchiveListing {
    // Earlier findings on a damaged archive may come from the damage alone.
    const before = end.code === "archive-damaged" ? [] : this.#findings;
    return { files: [], findings: [...before, end], backslashes: undefined };
  }

  #takeFile(path: string, keep: (path: string) => T): void {
    if (this.#kept.has(path)) {
      this.note("archive-entry-twice", { is: "stands in the archive twice" }, path);
    } else {
      this.#kept.set(path, keep(path));
    }
  }

  #weigh({ name, size }: RawEntry): void {
    this.#count += 1;
    this.#size += size;
    this.#names += Buffer.byteLength(name);
    const most = mostContent(this.archive.size);
    const problem =
      this.#count > MOST.entries
        ? entriesProblem(MOST.entries)
        : this.#size > most
          ? contentProblem(most)
          : this.#names > MOST.pathBytes
            ? `has names of more than ${formatBytes(MOST.pathBytes)} together`
            : undefined;
    if (problem === undefined) return;
    throw archiveFault("archive-too-large", { problem }, archivePlace(this.archive));
  }

  #noteFilesAndFolders(): void {
    const folders = new Set<string>();
    for (const path of this.#kept.keys()) {
      for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
        folders.add(path.slice(0, at));
      }
    }
    for (const folder of folders) {
      if (!this.#kept.has(folder)) continue;
      this.note("archive-entry-twice", { is: "is a file and a folder at once" }, folder);
    }
  }
}

/** Says of an archive that it holds more entries than may be. */
export const entriesProblem = (most: number): string => `holds more than ${most} entries`;

/** Says of an archive that it holds more than {@link mostContent} bytes. */
export const contentProblem = (most: number): string =>
  `holds more than ${(most / 1e9).toFixed(1)} GB, which no model of its size does`;

/** `./a//b` is `a/b`. */
const normalPath = (name: string): string =>
  name
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");

/** Why an entry of an archive is not taken under its name, to go on after "the name". */
export function entryNameProblem(name: string, path: string, kind: string): string | undefined {
  if (name.includes("\ufffd")) return "is not UTF-8";
  if (name.includes("\0")) return "has a NUL character";
  if (name.includes("\\")) return "has a backslash, which some systems take for a folder's end";
  if (name.startsWith("/")) return "is an absolute path";
  if (/^[A-Za-z]:/.test(name)) return "starts with the letter of a drive";
  const parts = name.split("/");
  if (parts.includes("..")) return "leads out of the archive";
  if (Buffer.byteLength(name) > MOST.entryNameBytes) return "is longer than any system takes";
  if (parts.length > MOST.entryDepth) return `lies more than ${MOST.entryDepth} folders deep`;
  return path === "" && kind !== "folder" ? "is not a file name" : undefined;
}

/** A name as it can be shown: an archive's author must not write to the user's terminal. */
export function printable(name: string): string {
  const short = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  return short.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
