import { execFileSync } from "node:child_process";

/**
 * Runs work on a small disk of its own, mounted at a folder: what it takes to fill one.
 *
 * @param at - an empty folder
 * @returns false where the system lets nobody mount: then the work was not done, and that is said
 */
export async function onSmallDisk(
  at: string,
  megabytes: number,
  work: (disk: string) => Promise<void>,
): Promise<boolean> {
  try {
    const size = `size=${megabytes}m`;
    execFileSync("mount", ["-t", "tmpfs", "-o", size, "none", at], { stdio: "ignore" });
  } catch {
    console.warn("LEFT OUT: a full disk. Mounting a tmpfs needs root; run as root to test it.");
    return false;
  }
  try {
    await work(at);
    return true;
  } finally {
    execFileSync("umount", [at]);
  }
}
