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
import ts from "typescript";
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
export default function setup(project: TestProject): () => void {
  const cache = join(REPOSITORY, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "mmar2mdai-installed-"));
  install(folder);
  project.provide("installedProgram", folder);
  project.onTestsRerun(() => install(folder));
  return () => rmSync(folder, { recursive: true, force: true });
}

function install(folder: string): void {
  // Another user's processes run it, too.
  chmodSync(folder, 0o755);
  for (const name of ["bin", "package.json", "python", "schemas", "scripts", "templates"]) {
    cpSync(join(REPOSITORY, name), join(folder, name), { recursive: true });
  }
  compile(join(REPOSITORY, "src"), join(folder, "dist"));
}

function compile(from: string, to: string): void {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  for (const name of readdirSync(from, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts")) continue;
    const text = readFileSync(join(from, name), "utf8");
    const out = join(to, name.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, ts.transpileModule(text, { compilerOptions }).outputText);
  }
}
