import { type ExecFileException, execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import type { WriteOptions } from "../../src/write/write.js";
import { compile } from "../support/cli.js";
import { fill } from "./support.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Compiles the sources, as the packer's thread is there only in compiled code, and children of the
 * tests need it. Types are checked elsewhere.
 */
export function compileSources(): string {
  const cache = join(ROOT, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const out = mkdtempSync(join(cache, "mmar2mdai-"));
  afterAll(() => rmSync(out, { recursive: true, force: true }));
  compile(join(ROOT, "src"), out);
  fill(out, { "package.json": '{ "type": "module" }' });
  return out;
}

/** What `child.mjs` is told to do. */
export interface ChildTask {
  readonly compiled: string;
  readonly folder: string;
  readonly options: Omit<WriteOptions, "mtime" | "signal" | "onProgress">;
  /** Sabotages the run: flips a byte of what is written, or stands still at a share of the way. */
  readonly flip?: boolean;
  readonly haltAt?: number;
}

/** What it answers with, as a line of JSON. */
export interface ChildResult {
  readonly sha256?: string;
  readonly size?: number;
  readonly threads: number;
  /** Peak of the memory held, in bytes. */
  readonly peak: number;
  readonly error?: { readonly name: string; readonly message: string };
}

export const CHILD = fileURLToPath(new URL("./child.mjs", import.meta.url));

/** Runs `writeBundle`, compiled, in a process of its own, started by a shell after `setup`. */
export async function packInChild(
  task: ChildTask,
  { env = {}, setup = ":" }: { env?: Record<string, string>; setup?: string } = {},
): Promise<ChildResult> {
  const script = `${setup} && exec "$@"`;
  const args = ["-c", script, "sh", process.execPath, CHILD, JSON.stringify(task)];
  const options = { env: { ...process.env, ...env }, encoding: "utf8" } as const;
  const output = await new Promise<string>((resolve, reject) => {
    execFile("sh", args, options, (error: ExecFileException | null, stdout, stderr) => {
      if (error) reject(new Error(`The child failed: ${error.message}\n${stderr}`));
      else resolve(stdout);
    });
  });
  return JSON.parse(output) as ChildResult;
}
