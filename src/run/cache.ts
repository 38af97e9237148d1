import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Environment } from "../environment.js";
import { asMachineError } from "../errors.js";

/** Written last: an environment without it is not whole. */
const MARK = "mmar2mdai.json";

/** What stands in it. An environment that another version made otherwise is made anew. */
const WHOLE = { made: 2 };

/** How often a lock is looked at, milliseconds. */
const LOCK_MS = 500;

/** The folder of the environments that were made on this machine. */
export function cacheFolder(env: Environment, platform = process.platform): string {
  const home = env.HOME ?? homedir();
  const base =
    env.XDG_CACHE_HOME ||
    (platform === "darwin"
      ? join(home, "Library", "Caches")
      : platform === "win32"
        ? (env.LOCALAPPDATA ?? join(home, "AppData", "Local"))
        : join(home, ".cache"));
  return join(base, "mmar2mdai", "environments");
}

/** The name of an environment: another one where anything of it differs. */
export const environmentKey = (parts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);

/** Path of the Python in a virtual environment. */
export const pythonIn = (folder: string, platform = process.platform): string =>
  platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");

/** Whether an environment was made to its end. */
export async function isWhole(folder: string): Promise<boolean> {
  try {
    const mark: unknown = JSON.parse(await readFile(join(folder, MARK), "utf8"));
    return JSON.stringify(mark) === JSON.stringify(WHOLE);
  } catch {
    return false;
  }
}

/**
 * Makes a folder once, whoever else wants it at the same time; what an earlier attempt left is
 * removed first, and nothing is left where it fails.
 *
 * @param make - fills the folder, which does not exist yet
 * @throws what `make` throws, or {@link MachineError}
 */
export async function makeOnce(
  folder: string,
  make: () => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const unlock = await lock(`${folder}.lock`, signal);
  try {
    if (await isWhole(folder)) return;
    await rm(folder, { recursive: true, force: true });
    try {
      await make();
      signal?.throwIfAborted();
      await writeFile(join(folder, MARK), JSON.stringify(WHOLE));
    } catch (error) {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      throw asMachineError(error, "write", folder);
    }
  } finally {
    await unlock();
  }
}

/** Takes a lock that a process which has ended no longer holds. */
async function lock(path: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  const holder = join(path, "pid");
  try {
    await mkdir(join(path, ".."), { recursive: true });
  } catch (error) {
    throw asMachineError(error, "create", join(path, ".."));
  }
  for (;;) {
    signal?.throwIfAborted();
    try {
      await mkdir(path);
      await writeFile(holder, String(process.pid));
      return () => rm(path, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        await rm(path, { recursive: true, force: true }).catch(() => undefined);
        throw asMachineError(error, "create", path);
      }
    }
    if (await isAbandoned(path, holder)) await removeAbandoned(path);
    else await wait(LOCK_MS, undefined, { ...(signal && { signal }) });
  }
}

/** Removes a lock; where another has taken it in this moment, it gets it back. */
async function removeAbandoned(path: string): Promise<void> {
  const away = `${path}.${process.pid}`;
  const isMoved = await rename(path, away).then(
    () => true,
    () => false,
  );
  if (!isMoved) return;
  if (await isAbandoned(away, join(away, "pid"))) await rm(away, { recursive: true, force: true });
  else await rename(away, path).catch(() => rm(away, { recursive: true, force: true }));
}

/** Forgets that an environment is whole, so that it is made anew. */
export const spoil = (folder: string): Promise<void> => rm(join(folder, MARK), { force: true });

/** Whether the process that took a lock is gone. */
async function isAbandoned(path: string, holder: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(holder, "utf8"));
    if (!(pid > 0)) throw new RangeError("no process");
    process.kill(pid, 0);
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPERM") return false;
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return true;
    // Between making the folder and writing the number is a moment.
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    return age > 10 * LOCK_MS;
  }
}

/**
 * Removes the environments.
 *
 * @returns how many there were
 * @throws {@link MachineError} if one can't be removed
 */
export async function cleanCache(folder: string): Promise<number> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw asMachineError(error, "read", folder);
  }
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    throw asMachineError(error, "write", folder);
  }
  return names.filter((name) => !name.includes(".lock")).length;
}
