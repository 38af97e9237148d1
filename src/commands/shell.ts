import { explain, type FailureKind } from "../errors.js";
import { onCommandLine } from "../options/names.js";
import type { FailureOutput } from "../public-json/output.js";
import { failureLine, withoutCommands } from "../report/github.js";
import { type Failure, failureJson } from "../report/json.js";
import { type Paint, paint, wantsColor } from "../report/paint.js";
import { escapeControls, safeJson } from "../text/format.js";
import { inActions } from "./github-actions.js";
import { type Ended, ended } from "./streams.js";

/** How the process ends; documented in the README. */
export const EXIT = { done: 0, notFit: 1, usage: 2, machine: 3 } as const;

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** False with `--no-color`. */
  readonly color: boolean;
  /** Reports to write, each as KIND=FILE. */
  readonly report?: string[];
  /** False with `--no-annotations`. */
  readonly annotations?: boolean;
}

/** Where a command writes: results to stdout, messages to stderr. */
export interface Terminals {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Writes a piece of a result as it is. */
  readonly piece: (text: string) => void;
  readonly outPaint: Paint;
  readonly errPaint: Paint;
}

/** A text that may be printed: to GitHub's runner none is a command. */
export const safe = (text: string): string =>
  inActions(process.env) ? withoutCommands(text) : text;

/** The process's own streams. */
export function terminals({ color }: CommonOptions): Terminals {
  const line = (stream: NodeJS.WriteStream) => (text: string) => {
    if (text !== "") stream.write(safe(text.endsWith("\n") ? text : `${text}\n`));
  };
  return {
    out: line(process.stdout),
    err: line(process.stderr),
    piece: (text) => void process.stdout.write(safe(text)),
    outPaint: paint(wantsColor(process.stdout, process.env, color)),
    errPaint: paint(wantsColor(process.stderr, process.env, color)),
  };
}

/**
 * Runs a command and turns what it throws into a message and an exit code; with `--json` stdout has
 * an object then, too.
 */
export async function exitCode(
  command: FailureOutput["command"],
  options: CommonOptions,
  run: () => Promise<Ended>,
): Promise<Ended> {
  try {
    return await run();
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    const { out, err } = terminals(options);
    err(`error: ${escapeControls(failure.message, "\n")}`);
    // All other failures are in the reports already.
    if (failure.kind === "usage" && options.annotations !== false && inActions(process.env)) {
      process.stderr.write(failureLine({ command }, failure.message));
    }
    if (options.json) out(safeJson(failureJson(command, failure), 2));
    return ended(failure.exitCode);
  }
}

/** How a command ends that something stopped. */
const EXIT_OF: Readonly<Record<FailureKind, Failure["exitCode"]>> = {
  usage: EXIT.usage,
  "target-exists": EXIT.usage,
  machine: EXIT.machine,
  verify: EXIT.machine,
  model: EXIT.notFit,
};

/** What the error tells the user, or undefined where it is a fault of this program. */
export function failureOf(error: unknown): Failure | undefined {
  const told = explain(error);
  if (told === undefined || told.kind === "finding") return undefined;
  return { ...told, message: onCommandLine(told.message), exitCode: EXIT_OF[told.kind] };
}

/** The number of SIGHUP. */
const HANGUP = 1;

/**
 * Runs something that SIGINT, SIGTERM and SIGHUP (a closed terminal) abort, so that it can clean up
 * after itself.
 *
 * @param message - what is said when it was aborted
 * @returns what it gave, or the exit code that tells the signal (128 and its number)
 */
export async function abortable<T>(
  run: (signal: AbortSignal) => Promise<T>,
  message = "Stopped. Nothing was written.",
): Promise<T | number> {
  const controller = new AbortController();
  let stopped: number | undefined;
  const stop = (number: number) => () => {
    // Who asks twice does not want to wait. A closed terminal asks twice of its own: the kernel
    // tells the program, and so does the shell.
    if (stopped !== undefined && number !== HANGUP) process.exit(128 + number);
    stopped ??= 128 + number;
    controller.abort();
  };
  const handlers = { SIGHUP: stop(HANGUP), SIGINT: stop(2), SIGTERM: stop(15) } as const;
  for (const [name, handler] of Object.entries(handlers)) process.on(name, handler);
  try {
    return await run(controller.signal);
  } catch (error) {
    if (stopped === undefined) throw error;
    process.stderr.write(`${message}\n`);
    return stopped;
  } finally {
    for (const [name, handler] of Object.entries(handlers)) process.off(name, handler);
  }
}
