import { isAbsolute, relative, sep } from "node:path";

/** Whether a path is a folder itself, or lies below it. Neither is looked up: links count as names. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
