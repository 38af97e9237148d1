// Builds the program where that was not done, or the sources have changed since.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What a build ends with. */
const LAST = join(ROOT, "dist/viewer/viewer.js");

const timeOf = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

const newest = () =>
  Math.max(
    ...readdirSync(join(ROOT, "src"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => timeOf(join(entry.parentPath, entry.name))),
  );

/** @throws if the build fails */
export function ensureBuilt() {
  if (timeOf(LAST) >= newest()) return;
  const options = { cwd: ROOT, stdio: "inherit", shell: process.platform === "win32" };
  const { status } = spawnSync("npm", ["run", "build"], options);
  if (status !== 0) throw new Error("The build failed.");
}
