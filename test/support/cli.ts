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
import { execa } from "execa";
import ts from "typescript";
import { afterAll, beforeAll } from "vitest";
import { REPOSITORY } from "./mmars.js";

/** How the program is run, where the test's own way matters. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  /** A script of sh that runs the program as "$@". */
  readonly shell?: string;
}

/** The program, as a child process. */
export type Cli = (args: readonly string[], options?: RunOptions) => ReturnType<typeof start>;

const UNSET = {
  NO_COLOR: undefined,
  FORCE_COLOR: undefined,
  SOURCE_DATE_EPOCH: undefined,
  GITHUB_ACTIONS: undefined,
  GITHUB_WORKSPACE: undefined,
  GITHUB_STEP_SUMMARY: undefined,
};

function start(folder: string, args: readonly string[], options: RunOptions) {
  const { cwd = folder, env, shell, ...more } = options;
  const command = [process.execPath, join(folder, "bin/mmar2mdai.js"), ...args];
  const [file = "", ...rest] =
    shell === undefined ? command : ["sh", "-c", shell, "sh", ...command];
  return execa(file, rest, {
    reject: false,
    stdin: "ignore",
    stripFinalNewline: false,
    cwd,
    // No colours, no progress and no annotations but where a test asks for them.
    env: { ...UNSET, ...env },
    ...more,
  });
}

/** The program as it is installed. */
export function installedCli(): Cli {
  const folder = installedProgram();
  return (args, options = {}) => start(folder(), args, options);
}

/**
 * The folder of the program as it is installed, compiled from the sources for this file's tests: a
 * build may be old. Types are checked elsewhere.
 */
export function installedProgram(): () => string {
  let folder = "";
  beforeAll(() => {
    folder = install();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return () => folder;
}

function install(): string {
  const cache = join(REPOSITORY, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "mmar2mdai-cli-"));
  // Another user's processes run it, too.
  chmodSync(folder, 0o755);
  for (const name of ["bin", "package.json", "python", "schemas", "scripts", "templates"]) {
    cpSync(join(REPOSITORY, name), join(folder, name), { recursive: true });
  }
  compile(join(REPOSITORY, "src"), join(folder, "dist"));
  return folder;
}

/** Compiles a folder of sources into another one. Types are checked elsewhere. */
export function compile(from: string, to: string): void {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  for (const name of readdirSync(from, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts")) continue;
    const text = readFileSync(join(from, name), "utf8");
    const out = join(to, name.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, ts.transpileModule(text, { compilerOptions }).outputText);
  }
}
