import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { type FileHandle, link, lstat, open, readdir, rename, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { asMachineError, isSystemError, MachineError, TargetExistsError } from "../errors.js";

/** What an unfinished bundle's name ends with, so that nobody takes it for a bundle. */
const SUFFIX = ".mmar2mdai-partial";

/** An archive in the making, in the folder of its target. */
export interface TempFile {
  readonly path: string;
  readonly handle: FileHandle;
}

/**
 * Refuses a target that can't be had.
 *
 * @throws TargetExistsError where it exists and may not be replaced
 * @throws MachineError where it is a folder, or can't be looked at
 */
export async function checkTarget(target: string, force: boolean): Promise<void> {
  const stats = await lstat(target).catch((error: unknown) => {
    if (isSystemError(error) && error.code === "ENOENT") return undefined;
    throw asMachineError(error, "create", target);
  });
  if (stats === undefined) return;
  if (stats.isDirectory()) throw new MachineError("EISDIR", "create", target);
  if (!force) throw new TargetExistsError(target);
}

/** Creates the temporary file for `target`, and removes those that killed runs left for it. */
export async function createTemp(target: string): Promise<TempFile> {
  await removeStale(target);
  const name = `${namePrefix(target)}${process.pid}-${randomBytes(6).toString("hex")}${SUFFIX}`;
  const path = join(dirname(target), name);
  try {
    return { path, handle: await open(path, "wx") };
  } catch (error) {
    throw asMachineError(error, "create", target);
  }
}

/** Closes and removes the file, whatever state it is in. Never throws: it runs after errors. */
export async function discard({ path, handle }: TempFile): Promise<void> {
  await handle.close().catch(() => undefined);
  await unlink(path).catch(() => undefined);
}

/**
 * Gives the finished file its final name, in one step, and makes that last through a power cut.
 *
 * @throws TargetExistsError where the target has appeared meanwhile and may not be replaced
 */
export async function putInPlace(temp: TempFile, target: string, force: boolean): Promise<void> {
  try {
    await temp.handle.close();
    await (force ? rename(temp.path, target) : renameNew(temp.path, target));
    await syncFolder(dirname(target));
  } catch (error) {
    throw asMachineError(error, "put in place", target);
  }
}

/** Renames, but never over another file: `link` fails where the new name is taken. */
async function renameNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === "EEXIST") throw new TargetExistsError(to);
    if (!NO_HARD_LINKS.has(error.code)) throw error;
    return renameOverPlaceholder(from, to);
  }
  await unlink(from);
}

/** What `link` fails with on file systems without hard links: exFAT, some network shares. */
const NO_HARD_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL"]);

/** Takes the name with an empty file, which fails where it is taken, and renames over that. */
async function renameOverPlaceholder(from: string, to: string): Promise<void> {
  const placeholder = await open(to, "wx").catch((error: unknown) => {
    throw isSystemError(error) && error.code === "EEXIST" ? new TargetExistsError(to) : error;
  });
  await placeholder.close();
  try {
    await rename(from, to);
  } catch (error) {
    await unlink(to).catch(() => undefined);
    throw error;
  }
}

/** Not every system lets a folder be opened or synced (Windows): the rename is done by then. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  try {
    await handle?.sync();
  } catch (error) {
    if (isSystemError(error) && error.code === "EIO") throw error;
  } finally {
    await handle?.close();
  }
}

/**
 * Removes what runs for the same target left behind when they were killed. Only those of this
 * machine whose process is gone: a run on another machine, or in another container, may be alive.
 */
async function removeStale(target: string): Promise<void> {
  const prefix = namePrefix(target);
  await removeAbandoned(dirname(target), (name) => name.startsWith(prefix));
}

/** Removes what killed runs of this machine left in a folder, whatever their targets. */
export async function removeAbandoned(
  folder: string,
  isMeant: (name: string) => boolean = () => true,
): Promise<void> {
  const here = `-${machine()}-`;
  for (const name of await readdir(folder).catch(() => [])) {
    const at = name.indexOf(here);
    if (at === -1 || !name.startsWith(".") || !name.endsWith(SUFFIX) || !isMeant(name)) continue;
    const pid = Number.parseInt(name.slice(at + here.length), 10);
    if (pid > 0 && !isAlive(pid)) await unlink(join(folder, name)).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(isSystemError(error) && error.code === "ESRCH");
  }
}

/** A hidden name of bounded length: the target's own may be as long as the system allows. */
function namePrefix(target: string): string {
  return `.${shortHash(basename(target))}-${machine()}-`;
}

/** Names the space in which a process id means one process: machine, and container in it. */
function machine(): string {
  const id = attempt(() => readFileSync("/etc/machine-id", "utf8"));
  const container = attempt(() => readlinkSync("/proc/self/ns/pid"));
  return shortHash([hostname(), id, container].join("\n"));
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
