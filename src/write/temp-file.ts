import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { type FileHandle, link, lstat, open, readdir, rename, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import {
  asMachineError,
  isSystemError,
  MachineError,
  TargetExistsError,
  UsageError,
} from "../errors.js";
import { option } from "../options/names.js";

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
 * @throws UsageError where it is a symbolic link, which is not replaced with `force` either
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
  if (!stats.isSymbolicLink()) return;
  // Neither the link nor what it leads to is surely what is to be replaced.
  throw new UsageError(
    `${target} is a symbolic link. Name the file that it leads to with ${option("out")}, or remove the link.`,
  );
}

/** Creates the temporary file for `target`, and removes those that killed runs left beside it. */
export async function createTemp(target: string): Promise<TempFile> {
  await removeAbandoned(dirname(target));
  // A hidden name of bounded length: the target's own may be as long as the system allows.
  const name = `.${shortHash(basename(target))}-${machine()}-${process.pid}-${randomBytes(6).toString("hex")}${SUFFIX}`;
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
 * Unfinished files that nobody has changed for so long are no one's, whatever machine they are of:
 * a run writes to its file many times a second, and even reading a bundle back that takes hours and
 * waiting for a slow disk come to an end within a day.
 */
export const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/** `.<target>-<machine>-<process>-<random>.mmar2mdai-partial`: see {@link createTemp}. */
const TEMP_NAME = /^\.[0-9a-f]{8}-([0-9a-f]{8})-(\d+)-[0-9a-f]{12}\.mmar2mdai-partial$/;

/**
 * Removes the unfinished files that killed runs left in a folder, whatever their targets: at once
 * those of this machine whose process is gone, and all that are older than
 * {@link ABANDONED_AFTER_MS}. A younger one of another machine, or of another container, may be of
 * a run that is alive.
 */
export async function removeAbandoned(folder: string): Promise<void> {
  const here = machine();
  for (const name of await readdir(folder).catch(() => [])) {
    const [, of, pid] = TEMP_NAME.exec(name) ?? [];
    if (of === undefined) continue;
    const path = join(folder, name);
    const isGone = of === here && !isAlive(Number(pid));
    if (isGone || (await isOld(path))) await unlink(path).catch(() => undefined);
  }
}

async function isOld(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_AFTER_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(isSystemError(error) && error.code === "ESRCH");
  }
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
