import type { Dirent } from "node:fs";
import { lstat, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../errors.js";
import { ARCHIVE_ENDING } from "../files/open.js";
import { entriesOf, NEVER, twoLevels } from "../sources/folder-paths.js";
import { knownTree } from "../sources/known-trees.js";
import { sourceOf } from "../sources/roots.js";
import { globMatcher, globProblem, splitGlob } from "../text/glob.js";

/** A folder or archive that may be an MMAR. */
export interface FoundInput {
  /** Its path, as it can be opened. */
  readonly location: string;
  /** Its path below what was searched, with "/" between its parts; "" for that itself. */
  readonly path: string;
  readonly isArchive: boolean;
  /** Bytes that it takes: of an archive its own, of a folder those of all files below it. */
  readonly size: number;
}

/** What this program makes is not packed again. */
const BUNDLE = /\.mdai\.(zip|tar\.gz)$/i;

/**
 * Finds the MMARs at and below a folder: folders that look like one, or like a model of another
 * form that is known, and all archives, in the order of their paths. It does not look into an MMAR for more, nor into an unpacked bundle.
 *
 * @param isLeftOut - whether a folder below is not to be looked into, by its real path
 */
export async function* searchFolder(
  root: string,
  isLeftOut: (path: string) => boolean,
): AsyncGenerator<FoundInput> {
  yield* new Search(isLeftOut).below(root, "");
}

class Search {
  /** Folders that were seen: links may lead to one twice, or in a circle. */
  readonly #seen = new Set<string>();

  constructor(private readonly isLeftOut: (path: string) => boolean) {}

  async *below(location: string, path: string): AsyncGenerator<FoundInput> {
    if (await this.#isSeen(location, path)) return;
    const entries = await entriesOf(location);
    // A folder that can't be read is left to pack, which reports it.
    if (entries === undefined || (await looksLikeModel(location, entries))) {
      yield { location, path, isArchive: false, size: await sizeOf(location) };
      return;
    }
    if (entries.some(({ name }) => name === ".mdai")) return;
    for (const { name } of entries) yield* this.#entry(location, path, name);
  }

  async *#entry(folder: string, folderPath: string, name: string): AsyncGenerator<FoundInput> {
    const location = join(folder, name);
    const path = folderPath === "" ? name : `${folderPath}/${name}`;
    const stats = await statOf(location);
    if (stats?.isDirectory() && !NEVER.has(name)) yield* this.below(location, path);
    if (stats?.isFile() && isArchiveName(name)) {
      yield { location, path, isArchive: true, size: stats.size };
    }
  }

  async #isSeen(location: string, path: string): Promise<boolean> {
    const real = await realpath(location);
    // A folder that the user named is searched, even one that a search would skip.
    const isSeen = this.#seen.has(real) || (path !== "" && this.isLeftOut(real));
    this.#seen.add(real);
    return isSeen;
  }
}

const isArchiveName = (name: string): boolean => ARCHIVE_ENDING.test(name) && !BUNDLE.test(name);

/** Whether a search would take the folder for a model. */
export const isModelFolder = async (location: string): Promise<boolean> =>
  looksLikeModel(location, (await entriesOf(location)) ?? []);

/** Whether it looks like a model, be it one that can be packed or one that has to be named. */
async function looksLikeModel(location: string, entries: readonly Dirent[]): Promise<boolean> {
  const paths = await twoLevels(location, entries);
  // A config/ that can't be read is left to packing, which says so.
  return paths === undefined || sourceOf(paths) !== undefined || knownTree(paths)?.root === "";
}

async function statOf(path: string) {
  return stat(path).catch(() => undefined);
}

/** Bytes of a file, or of all files below a folder; what can't be read counts nothing. */
export async function sizeOf(path: string): Promise<number> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats?.isDirectory()) return stats?.size ?? 0;
  let sum = 0;
  for (const { name } of (await entriesOf(path)) ?? []) sum += await sizeOf(join(path, name));
  return sum;
}

/**
 * The paths that a glob names, where the shell did not expand it: in the order of their paths.
 * Below a folder that matches it looks for no more.
 *
 * @throws {@link UsageError} if it is not a glob
 */
export async function* expandGlob(pattern: string): AsyncGenerator<string> {
  const problem = globProblem(pattern);
  if (problem !== undefined) throw new UsageError(`The glob "${cut(pattern)}" ${problem}.`);
  const { base, rest } = splitGlob(pattern);
  const matches = globMatcher([rest]);
  // As in a shell, names with a dot before them are only meant where the glob has the dot.
  const isMatch = (path: string): boolean =>
    matches(path) && (/(^|\/)\./.test(rest) || !/(^|\/)\./.test(path));
  yield* matchesBelow(base === "" ? "." : base, "", isMatch);
}

const cut = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

async function* matchesBelow(
  folder: string,
  path: string,
  isMatch: (path: string) => boolean,
): AsyncGenerator<string> {
  for (const entry of (await entriesOf(folder)) ?? []) {
    const location = join(folder, entry.name);
    const inner = path === "" ? entry.name : `${path}/${entry.name}`;
    if (isMatch(inner)) yield location;
    else if (entry.isDirectory() && !NEVER.has(entry.name)) {
      yield* matchesBelow(location, inner, isMatch);
    }
  }
}
