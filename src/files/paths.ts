import { isAbsolute, posix, relative, sep } from "node:path";

/** Whether a path is a folder itself, or lies below it. Neither is looked up: links count as names. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/**
 * A path that the MMAR names, as a path relative to its root in normal form; undefined where it
 * leaves the MMAR. The one guard for every path that comes from a config.
 */
export function insidePath(path: string): string | undefined {
  const normal = posix.normalize(path).replace(/(?<=.)\/+$/, "");
  const leaves = posix.isAbsolute(normal) || normal === ".." || normal.startsWith("../");
  return leaves || /^[A-Za-z]:|\\/.test(path) ? undefined : normal;
}

/** Orders by path, in UTF-16 code units, for `sort`. */
export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
