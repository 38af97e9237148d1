import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where the tests of the file that runs now have their folders; made when the first is asked for. */
let parent: string | undefined;

/** A folder of the test's own, removed after all tests of the file. */
export function scratch(): string {
  if (parent === undefined) {
    parent = mkdtempSync(join(tmpdir(), "mmar2mdai test-"));
    // Other users may look into it, as some tests ask.
    chmodSync(parent, 0o755);
  }
  return mkdtempSync(join(parent, "x-"));
}

/** Removes the folders; the next file's tests get others. */
export function removeFolders(): void {
  const old = parent;
  parent = undefined;
  if (old !== undefined) rmSync(old, { recursive: true, force: true });
}
