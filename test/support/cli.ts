import { join } from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { inject } from "vitest";

/** The folder of the program as it is installed. */
export const INSTALLED = inject("installedProgram");

/** How the program is run, where the test's own way matters. */
export interface RunOptions {
  /** The working folder; the program's own if absent. */
  readonly cwd?: string;
  /** Variables that are set besides those of the tests. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What only a process of its own can have. */
export interface ProcessOptions extends RunOptions {
  readonly uid?: number;
  /** A script of sh that runs the program as "$@". */
  readonly shell?: string;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Main = (argv: readonly string[]) => Promise<number>;

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs the command line in this process: the compiled program, with streams, working folder and
 * environment of its own, which is what tests of it need but for `cliProcess`'s. One run follows
 * the other, as a process has one working folder.
 */
export function cli(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const run = last.then(() => runHere(args, options));
  last = run.catch(() => undefined);
  return run;
}

async function runHere(
  args: readonly string[],
  { cwd = INSTALLED, env = {} }: RunOptions,
): Promise<RunResult> {
  const file = join(INSTALLED, "dist/cli.js");
  const { main } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { main: Main };
  const [stdout, stderr] = [new Captured(), new Captured()];
  const restore = [put("stdout", stdout), put("stderr", stderr), move(cwd), setEnv(env)];
  try {
    const exitCode = await main([process.execPath, join(INSTALLED, "bin/mmar2mdai.js"), ...args]);
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    for (const undo of restore) undo();
  }
}

/** A stream that is no terminal, as a pipe is. */
class Captured extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}

function put(name: "stdout" | "stderr", stream: Writable): () => void {
  const before = Object.getOwnPropertyDescriptor(process, name);
  Object.defineProperty(process, name, { configurable: true, value: stream });
  return () => Object.defineProperty(process, name, before ?? {});
}

function move(cwd: string): () => void {
  const before = process.cwd();
  process.chdir(cwd);
  return () => process.chdir(before);
}

function setEnv(env: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

/**
 * Runs the program as a process of its own, which costs half a second of a processor: for exit
 * codes as a shell sees them, signals, other users, limits, pipes, and what is set at the start.
 */
export function cliProcess(args: readonly string[], options: ProcessOptions = {}) {
  const { cwd = INSTALLED, shell, ...more } = options;
  const command = [process.execPath, join(INSTALLED, "bin/mmar2mdai.js"), ...args];
  const [file = "", ...rest] =
    shell === undefined ? command : ["sh", "-c", shell, "sh", ...command];
  return execa(file, rest, {
    reject: false,
    stdin: "ignore",
    stripFinalNewline: false,
    cwd,
    ...more,
  });
}
