import { type BigIntStats, constants, type Dirent } from "node:fs";
import * as nodeFs from "node:fs/promises";
import { join } from "node:path";
import { formatBytes } from "../text/format.js";
import { MOST } from "../text/limits.js";
import { codeOf, FolderFile, type FolderFs, KeptBytes } from "./folder-file.js";
import { byPath, isInside } from "./paths.js";
import type { SourceFile } from "./source-file.js";

/** What a folder holds: the files that can be packed, and all that can't be taken as it is. */
interface FolderListing {
  /** Regular files, and links to such files inside the folder, ordered by path (code units). */
  readonly files: readonly SourceFile[];
  /** Facts for the checks, ordered by path. */
  readonly oddities: readonly Oddity[];
  /** Why it was not listed to its end, to go on after "the folder"; undefined where it was. */
  readonly problem: string | undefined;
}

/** Something in the folder that is not simply a readable file with a good name. */
export type Oddity =
  /** A symbolic link to a regular file inside the folder. It is among the files, as that file. */
  | { readonly kind: "symlink-inside"; readonly path: string; readonly target: string }
  /** A symbolic link that leaves the folder. Not followed. */
  | {
      readonly kind: "symlink-outside";
      readonly path: string;
      readonly target: string;
      readonly pointsTo: "file" | "folder" | "other";
    }
  /** A symbolic link to a folder inside the folder. Not followed: it may be a loop. */
  | { readonly kind: "symlink-folder"; readonly path: string; readonly target: string }
  /** A symbolic link to nothing (`ENOENT`), to itself (`ELOOP`), or to what can't be reached. */
  | {
      readonly kind: "symlink-broken";
      readonly path: string;
      readonly target: string;
      readonly code: string;
    }
  /** The system won't let it be read. `path` is "." for the folder itself. */
  | {
      readonly kind: "unreadable";
      readonly path: string;
      readonly what: "file" | "folder";
      readonly code: string;
    }
  /** Neither file nor folder nor link. */
  | { readonly kind: "special"; readonly path: string; readonly what: SpecialKind }
  /** A name that is not UTF-8; `path` shows it with replacement characters. Not entered. */
  | { readonly kind: "bad-name"; readonly path: string; readonly hex: string };

type SpecialKind = "fifo" | "socket" | "device";

/**
 * Lists a folder and all below it. Links are never followed out of it, nor into folders. A folder
 * that is not fit, or not there, throws nothing: what is wrong stands in `oddities`.
 */
export async function listFolder(root: string, fs: FolderFs = nodeFs): Promise<FolderListing> {
  return new Lister(root, fs).list();
}

/**
 * One regular file as a source. Links to it are followed.
 *
 * @param path - the path that the source shows
 * @throws a system error if it is not there
 */
export async function fileSource(path: string, location: string): Promise<FolderFile> {
  const absolute = await nodeFs.realpath(location);
  const stats = await nodeFs.stat(absolute, { bigint: true });
  return new FolderFile(path, absolute, stats, nodeFs);
}

class Lister {
  readonly #files: SourceFile[] = [];
  readonly #oddities: Oddity[] = [];
  readonly #kept = new KeptBytes();
  #realRoot = "";
  #count = 0;
  #names = 0;

  constructor(
    private readonly root: string,
    private readonly fs: FolderFs,
  ) {}

  async list(): Promise<FolderListing> {
    try {
      this.#realRoot = await this.fs.realpath(this.root);
    } catch (error) {
      this.#note({ kind: "unreadable", path: ".", what: "folder", code: codeOf(error) });
      return this.#listing();
    }
    const folders = [""];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const inner of await this.#listOne(folder)) folders.push(inner);
      if (this.#problem() !== undefined) break;
    }
    this.#files.sort(byPath);
    this.#oddities.sort(byPath);
    return this.#listing();
  }

  #listing(): FolderListing {
    return { files: this.#files, oddities: this.#oddities, problem: this.#problem() };
  }

  #problem(): string | undefined {
    if (this.#count > MOST.entries) return `holds more than ${MOST.entries} files and folders`;
    if (this.#names <= MOST.pathBytes) return undefined;
    return `holds names of more than ${formatBytes(MOST.pathBytes)} together`;
  }

  /** Takes one folder's entries, and returns the paths of the folders among them. */
  async #listOne(folder: string): Promise<string[]> {
    const inner: string[] = [];
    for (const entry of await this.#entriesOf(folder)) {
      this.#count += 1;
      this.#names += folder.length + 1 + entry.name.length;
      if (this.#problem() !== undefined) return [];
      const name = utf8(entry.name);
      if (name === undefined) {
        const path = joinPath(folder, entry.name.toString("utf8"));
        this.#note({ kind: "bad-name", path, hex: entry.name.toString("hex") });
        continue;
      }
      const path = joinPath(folder, name);
      if (entry.isDirectory()) inner.push(path);
      else await this.#take(path);
    }
    return inner;
  }

  async #entriesOf(folder: string): Promise<Dirent<Buffer>[]> {
    const options = { withFileTypes: true, encoding: "buffer" } as const;
    try {
      return await this.fs.readdir(this.#absolute(folder), options);
    } catch (error) {
      const path = folder === "" ? "." : folder;
      this.#note({ kind: "unreadable", path, what: "folder", code: codeOf(error) });
      return [];
    }
  }

  async #take(path: string): Promise<void> {
    try {
      const absolute = this.#absolute(path);
      const stats = await this.fs.lstat(absolute, { bigint: true });
      if (stats.isSymbolicLink()) await this.#takeLink(path);
      else if (stats.isFile()) await this.#takeFile(path, absolute, stats);
      else this.#note({ kind: "special", path, what: specialKind(stats) });
    } catch (error) {
      this.#note({ kind: "unreadable", path, what: "file", code: codeOf(error) });
    }
  }

  async #takeFile(path: string, absolute: string, stats: BigIntStats): Promise<void> {
    await this.fs.access(absolute, constants.R_OK);
    this.#files.push(new FolderFile(path, absolute, stats, this.fs, this.#kept));
  }

  async #takeLink(path: string): Promise<void> {
    const absolute = this.#absolute(path);
    const target = await this.fs.readlink(absolute);
    let real: string;
    let stats: BigIntStats;
    try {
      real = await this.fs.realpath(absolute);
      stats = await this.fs.stat(real, { bigint: true });
    } catch (error) {
      this.#note({ kind: "symlink-broken", path, target, code: codeOf(error) });
      return;
    }
    if (!isInside(this.#realRoot, real)) {
      this.#note({ kind: "symlink-outside", path, target, pointsTo: statsKind(stats) });
    } else if (stats.isDirectory()) {
      this.#note({ kind: "symlink-folder", path, target });
    } else if (stats.isFile()) {
      this.#note({ kind: "symlink-inside", path, target });
      await this.#takeFile(path, real, stats);
    } else {
      this.#note({ kind: "special", path, what: specialKind(stats) });
    }
  }

  #note(oddity: Oddity): void {
    this.#oddities.push(oddity);
  }

  #absolute(path: string): string {
    return join(this.#realRoot, path);
  }
}

function joinPath(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** The name as text, or nothing where its bytes are not UTF-8. */
function utf8(name: Buffer): string | undefined {
  const text = name.toString("utf8");
  return Buffer.from(text, "utf8").equals(name) ? text : undefined;
}

function statsKind(stats: BigIntStats): "file" | "folder" | "other" {
  if (stats.isFile()) return "file";
  return stats.isDirectory() ? "folder" : "other";
}

function specialKind(stats: BigIntStats): SpecialKind {
  if (stats.isFIFO()) return "fifo";
  return stats.isSocket() ? "socket" : "device";
}
