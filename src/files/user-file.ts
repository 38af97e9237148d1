import { readFile } from "node:fs/promises";
import { UsageError } from "../errors.js";

/**
 * Reads a text file that the user named.
 *
 * @param name - the file as messages call it, with its path
 * @throws {@link UsageError} if it can't be read
 */
export async function readUserFile(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw unreadable(name, error);
  }
}

/** Says of a file that the user named that the system can't read it. */
export function unreadable(name: string, error: unknown): UsageError {
  const { code } = error as NodeJS.ErrnoException;
  return new UsageError(`${name} can't be read (${code}). Check the path.`);
}
