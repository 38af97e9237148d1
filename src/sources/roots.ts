import { basename, resolve } from "node:path";
import type { OpenedInput } from "../files/open.js";
import type { Place } from "../findings/finding.js";
import type { Source } from "./source.js";
import { SOURCES } from "./sources.js";

/** The name by which findings call the archive that was given. */
export const archiveItself = ({ location }: OpenedInput): Place => ({
  file: basename(resolve(location)),
});

/** The kind of model that a folder looks like; undefined where it looks like none. */
export const sourceOf = (paths: readonly string[]): Source | undefined =>
  SOURCES.find((source) => source.looksLike(paths));

/**
 * Folders that look like models: the top (""), or else the ones right below it.
 *
 * @param paths - of files, with "/" between their parts
 */
export function modelRoots(paths: readonly string[]): string[] {
  if (sourceOf(paths) !== undefined) return [""];
  const below = new Map<string, string[]>();
  for (const path of paths) {
    const end = path.indexOf("/");
    if (end < 0) continue;
    const folder = path.slice(0, end);
    const inside = below.get(folder);
    if (inside === undefined) below.set(folder, [path.slice(end + 1)]);
    else inside.push(path.slice(end + 1));
  }
  return [...below].flatMap(([folder, inside]) => (sourceOf(inside) === undefined ? [] : [folder]));
}

/** Whether a model's own marks lie anywhere in a tree of files. */
export const holdsModel = (paths: readonly string[]): boolean =>
  innerRoots(paths).length > 0 || sourceOf(paths) !== undefined;

/** The folders, at whatever depth, that hold an MMAR's environment.json. */
export function innerRoots(paths: readonly string[]): string[] {
  const end = "/config/environment.json";
  return paths.filter((path) => path.endsWith(end)).map((path) => path.slice(0, -end.length));
}
