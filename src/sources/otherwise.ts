import { basename, dirname, join, resolve } from "node:path";
import { printable } from "../files/archive.js";
import { ARCHIVE_ENDING, archivePaths, type OpenedInput, SYSTEM_FILES } from "../files/open.js";
import type { SourceFile } from "../files/source-file.js";
import { type Finding, finding } from "../findings/finding.js";
import { entriesOf, twoLevels } from "./folder-paths.js";
import { tellImage, tellTorch } from "./known-files.js";
import { knownTree } from "./known-trees.js";
import { archiveItself, innerRoots, modelRoots, sourceOf } from "./roots.js";

/** How many MMARs a finding names. */
const MOST_NAMED = 10;
/** How many archives in the input are looked into for MMARs, and how many files for images. */
const MOST_ARCHIVES = 10;
const MOST_IMAGES = 20;
/** How many folders up from its weights an MMAR's root may be. */
const MOST_UP = 3;

/** A way to tell what an input is that is no model: the finding, where it is that. */
type Teller = (input: OpenedInput, signal?: AbortSignal) => Promise<Finding | undefined>;

/** The ways, in the order in which they are tried: the surer ones first. */
const TELLERS: readonly Teller[] = [
  async (input) => {
    const tree = treeOf(input);
    return tree?.root === "" ? tree.finding(input.location, input.isArchive) : undefined;
  },
  async ({ isArchive, location, files }) => {
    const is = isArchive ? tellTorch(files.map(({ path }) => path)) : undefined;
    if (is === undefined) return undefined;
    return finding("lone-weights", { path: location, is, mmar: await mmarAbove(location) });
  },
  partOfMmar,
  mmarsBelow,
  async (input) => treeOf(input)?.finding(input.location, input.isArchive),
  images,
];

/** Names an input that is no model. */
export async function otherwise(input: OpenedInput, signal?: AbortSignal): Promise<Finding> {
  for (const tell of TELLERS) {
    const found = await tell(input, signal);
    if (found !== undefined) return found;
  }
  const { location: path, isArchive } = input;
  return finding("not-an-mmar", { path, better: null, isArchive });
}

/** Says of an archive that it holds several MMARs. */
export const severalIn = (input: OpenedInput, roots: readonly string[]): Finding =>
  finding(
    "archive-several-mmars",
    { names: roots.map(printable).join(", ") },
    archiveItself(input),
  );

/** The MMAR that a file lies in, by its path; null where it lies in none. */
export async function mmarAbove(location: string): Promise<string | null> {
  let folder = location;
  for (let up = 0; up < MOST_UP; up++) {
    folder = above(folder);
    if (await isModel(folder)) return folder;
  }
  return null;
}

const treeOf = ({ files }: OpenedInput) => knownTree(files.map(({ path }) => path));

/** The folder above, as the user would give it: of `config` that is `.`, of `.` it is `..`. */
const above = (path: string): string =>
  /(^|[\\/])\.{0,2}[\\/]*$/.test(path) ? join(path, "..") : dirname(path);

const isModel = async (folder: string): Promise<boolean> => (await kindOf(folder)) !== undefined;

/** What kind of model a folder looks like. */
async function kindOf(folder: string): Promise<string | undefined> {
  const paths = await twoLevels(folder, (await entriesOf(folder)) ?? []);
  return paths && sourceOf(paths)?.title;
}

/** Folders of a model that are given in its place. */
const PARTS = new Set(["config", "models", "commands", "configs", "scripts"]);

async function partOfMmar({
  location,
  isArchive,
  files,
}: OpenedInput): Promise<Finding | undefined> {
  const part = basename(resolve(location));
  if (!isArchive && PARTS.has(part)) {
    const root = above(location);
    const kind = await kindOf(root);
    if (kind !== undefined) return finding("mmar-part", { path: location, part, root, kind });
  }
  const has = (pattern: RegExp): boolean => files.some(({ path }) => pattern.test(path));
  if (!has(/^environment\.json$/) || !has(/^config_\w+\.json$/)) return undefined;
  return finding("mmar-part", { path: location, part: "config", root: null, kind: "MMAR" });
}

async function mmarsBelow(input: OpenedInput, signal?: AbortSignal): Promise<Finding | undefined> {
  const { location: path, isArchive, files } = input;
  const folders = innerRoots(files.map((file) => file.path));
  const archives = await archivesWithMmars(files, signal);
  const all = [...folders, ...archives];
  const [first] = all;
  if (first === undefined) return undefined;
  if (all.length > 1) {
    if (isArchive) return severalIn(input, all);
    const mmars = all.slice(0, MOST_NAMED).map((inner) => join(path, inner));
    return finding("several-mmars", { path, mmars, count: all.length });
  }
  if (folders.length === 1) {
    return finding("not-an-mmar", { path, better: join(path, first), isArchive });
  }
  const inner = isArchive ? printable(first) : join(path, first);
  return finding("archive-inside", { path, inner, isArchive });
}

/** The archives among the files that hold an MMAR, at their top or one folder below. */
async function archivesWithMmars(
  files: readonly SourceFile[],
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const archives = files.filter(
    ({ path }) => ARCHIVE_ENDING.test(path) && !SYSTEM_FILES.test(path),
  );
  const found: string[] = [];
  for (const archive of archives.slice(0, MOST_ARCHIVES)) {
    const paths = await archivePaths(archive, signal);
    if (paths !== undefined && modelRoots(paths).length > 0) found.push(archive.path);
  }
  return found;
}

async function images({ location, isArchive, files }: OpenedInput): Promise<Finding | undefined> {
  const candidates = files.filter(({ path }) => !SYSTEM_FILES.test(path)).slice(0, MOST_IMAGES);
  for (const file of candidates) {
    const what = await tellImage(file);
    if (what === undefined) continue;
    const is = `${isArchive ? "an archive" : "a folder"} with ${what}s`;
    return finding("image-given", { path: location, is });
  }
  return undefined;
}
