import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { UsageError } from "../errors.js";
import { formatBytes } from "../text/format.js";
import { MOST } from "../text/limits.js";

/** A pipe that nobody writes to must not hold up the program. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Reads a text file that the user named, or that lies beside what he named: a regular file of
 * UTF-8, a byte order mark before it or not, and not longer than `most`. Links are followed.
 *
 * @param name - the file as messages call it, with its path
 * @param most - its longest length in bytes
 * @throws {@link UsageError} if it can't be read, or is anything else
 */
export async function readUserFile(
  path: string,
  name: string,
  most: number = MOST.userFileBytes,
): Promise<string> {
  const text = await readUserFileIfThere(path, name, most);
  if (text === undefined) throw new UsageError(`${name} can't be read (ENOENT). Check the path.`);
  return text;
}

/** As {@link readUserFile}, but undefined where there is no such file. */
export async function readUserFileIfThere(
  path: string,
  name: string,
  most: number = MOST.userFileBytes,
): Promise<string | undefined> {
  let bytes: Buffer;
  try {
    const handle = await open(path, OPEN_FLAGS);
    try {
      bytes = await readBytes(handle, name, most);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    // What is there and can't be opened as a file: a socket, or a device without a driver.
    if (code === "ENXIO") throw notAFile(name, "a socket or a device");
    throw new UsageError(`${name} can't be read (${code ?? "unknown error"}). Check the path.`);
  }
  return decoded(bytes, name);
}

async function readBytes(handle: FileHandle, name: string, most: number): Promise<Buffer> {
  const stats = await handle.stat();
  if (stats.isDirectory()) throw notAFile(name, "a folder");
  if (stats.isFIFO()) throw notAFile(name, "a pipe");
  if (!stats.isFile()) throw notAFile(name, "a device");
  if (stats.size > most) throw tooLarge(name, formatBytes(stats.size), most);
  // It may grow meanwhile, and some file systems give 0 as the length of every file.
  const chunks: Buffer[] = [];
  for (let length = 0; ; ) {
    const chunk = Buffer.allocUnsafe(Math.min(most + 1, 64 * 1024));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length);
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, bytesRead));
    length += bytesRead;
    if (length > most) throw tooLarge(name, "more", most);
  }
}

function decoded(bytes: Buffer, name: string): string {
  const mark = bytes.toString("latin1", 0, 2);
  if (mark === "\xff\xfe" || mark === "\xfe\xff") {
    throw new UsageError(`${name} is UTF-16, as PowerShell writes it. Save it as UTF-8.`);
  }
  try {
    // A byte order mark is no part of the text.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${name} is not UTF-8. Save it as UTF-8.`);
  }
}

const notAFile = (name: string, is: string): UsageError =>
  new UsageError(`${name} is ${is}. Name a regular file.`);

const tooLarge = (name: string, has: string, most: number): UsageError =>
  new UsageError(
    `${name} is too large: it has ${has}, and at most ${formatBytes(most)} are read. Check the path.`,
  );
