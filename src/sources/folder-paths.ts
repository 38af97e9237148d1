import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Folders that never hold models of the user's. */
export const NEVER = new Set([".git", "node_modules", "__pycache__", "__MACOSX", ".mmar2mdai"]);

/** What a folder holds, sorted, so that the order is that of no file system; undefined where it can't be read. */
export async function entriesOf(folder: string): Promise<Dirent[] | undefined> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return undefined;
  }
}

/**
 * The paths below a folder of the disk by which its kind is told: two levels of them, folders with
 * "/" at their ends.
 *
 * @returns undefined where its config/ or configs/ can't be read: then it may be a model
 */
export async function twoLevels(
  location: string,
  entries: readonly Dirent[],
): Promise<string[] | undefined> {
  const paths: string[] = [];
  for (const entry of entries) {
    if (!(await isFolder(location, entry)) || NEVER.has(entry.name)) {
      paths.push(entry.name);
      continue;
    }
    paths.push(`${entry.name}/`);
    const inside = await entriesOf(join(location, entry.name));
    if (inside === undefined && /^configs?$/.test(entry.name)) return undefined;
    paths.push(...(inside ?? []).map(({ name }) => `${entry.name}/${name}`));
  }
  return paths;
}

const isFolder = async (folder: string, entry: Dirent): Promise<boolean> =>
  entry.isDirectory() ||
  (entry.isSymbolicLink() &&
    (await stat(join(folder, entry.name)).catch(() => undefined))?.isDirectory() === true);
