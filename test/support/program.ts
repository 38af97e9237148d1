import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformWithOxc } from "vite";
import type { TestProject } from "vitest/node";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the program as it is installed, compiled from the sources as they are now. */
    readonly installedProgram: string;
  }
}

/**
 * Makes the program as it is installed, once for all tests: a build may be old, and the packer's
 * thread is there only in compiled code. Types are checked elsewhere.
 */
export default async function setup(project: TestProject): Promise<() => void> {
  const cache = join(REPOSITORY, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "mmar2mdai-installed-"));
  await install(folder);
  project.provide("installedProgram", folder);
  project.onTestsRerun(() => install(folder));
  return () => rmSync(folder, { recursive: true, force: true });
}

async function install(folder: string): Promise<void> {
  // Another user's processes run it, too.
  chmodSync(folder, 0o755);
  for (const name of ["bin", "package.json", "python", "schemas", "scripts", "templates"]) {
    cpSync(join(REPOSITORY, name), join(folder, name), { recursive: true });
  }
  await compile(join(REPOSITORY, "src"), join(folder, "dist"));
  // The viewer of reports comes from `npm run build`, which takes seconds.
  cpSync(join(REPOSITORY, "dist/viewer"), join(folder, "dist/viewer"), { recursive: true });
}

/** Takes the types out, as the tests' own sources are made to run: TypeScript takes seconds for it. */
async function compile(from: string, to: string): Promise<void> {
  for (const name of readdirSync(from, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts")) continue;
    const path = join(from, name);
    const { code } = await transformWithOxc(readFileSync(path, "utf8"), path, { target: "es2022" });
    const out = join(to, name.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, code);
  }
}
