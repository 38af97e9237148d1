import { type ExecFileException, execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { WriteOptions } from "../../src/write/write.js";
import { INSTALLED } from "../support/cli.js";

/** The compiled sources. */
export const COMPILED = join(INSTALLED, "dist");

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
  task: Omit<ChildTask, "compiled">,
  { env = {}, setup = ":" }: { env?: Record<string, string>; setup?: string } = {},
): Promise<ChildResult> {
  const script = `${setup} && exec "$@"`;
  const args = [
    "-c",
    script,
    "sh",
    process.execPath,
    CHILD,
    JSON.stringify({ ...task, compiled: COMPILED }),
  ];
  const options = { env: { ...process.env, ...env }, encoding: "utf8" } as const;
  const output = await new Promise<string>((resolve, reject) => {
    execFile("sh", args, options, (error: ExecFileException | null, stdout, stderr) => {
      if (error) reject(new Error(`The child failed: ${error.message}\n${stderr}`));
      else resolve(stdout);
    });
  });
  return JSON.parse(output) as ChildResult;
}
