import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { RunFailure } from "../errors.js";
import type { RunResult } from "./result.js";

/** What the Python side runs; see `Order` in python/mmar2mdai_run/protocol.py. */
export interface RunOrder {
  readonly bundle: string;
  readonly inputs: readonly string[];
  readonly out: string;
  readonly name: string;
  readonly scope: string;
  readonly series: readonly string[];
  readonly classes: readonly unknown[];
  readonly annotations: readonly unknown[];
  readonly args: Readonly<Record<string, unknown>>;
  readonly label: string | undefined;
}

/** How far a run is. */
export interface RunProgress {
  readonly step: string;
  readonly done: number | null;
  readonly of: number | null;
}

/** How a run is watched and stopped. */
export interface DriverHooks {
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
  /** Lines that the model writes to stdout or stderr. */
  readonly onLog?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Seconds after which the run is stopped. */
  readonly timeout?: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a line of the process says, or undefined where it is not one of its events. */
function eventOf(line: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isEvent = typeof value === "object" && value !== null && "event" in value;
    return isEvent ? (value as Event) : undefined;
  } catch {
    return undefined;
  }
}

type Event =
  | ({ readonly event: "progress" } & RunProgress)
  | { readonly event: "result"; readonly result: RunResult }
  | {
      readonly event: "error";
      readonly kind: "input" | "choice" | "model" | "machine";
      readonly message: string;
      readonly details: readonly string[];
    };

const SCRIPT = fileURLToPath(new URL("../../python/run_bundle.py", import.meta.url));

/** Lines of the log that an error shows where the process ended without a word. */
const LOG_SHOWN = 20;

/** How long a process has to end after it was asked to, milliseconds. */
const GRACE_MS = 3000;

/**
 * Runs a bundle in a process of its own, with all that it starts in one process group.
 *
 * @throws {@link RunFailure} where the run gives no result
 */
export async function runInPython(
  python: string,
  order: RunOrder,
  { onProgress, onLog, signal, timeout, env }: DriverHooks,
): Promise<RunResult> {
  signal?.throwIfAborted();
  const isPosix = process.platform !== "win32";
  // Without site packages of the user's, and writing nothing beside the modules.
  const settings = { PYTHONDONTWRITEBYTECODE: "1", PYTHONNOUSERSITE: "1", PYTHONUNBUFFERED: "1" };
  const child = spawn(python, [SCRIPT], {
    detached: isPosix,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...env, ...settings },
  });
  const log: string[] = [];
  let last: Event | undefined;
  let isLate = false;
  const kill = (name: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(isPosix ? -child.pid : child.pid, name);
    } catch {
      // It has ended already.
    }
  };
  const stop = () => {
    kill("SIGTERM");
    setTimeout(() => kill("SIGKILL"), GRACE_MS).unref();
  };
  signal?.addEventListener("abort", stop, { once: true });
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => {
          isLate = true;
          stop();
        }, timeout * 1000);
  const heard = (line: string) => {
    if (log.push(line) > LOG_SHOWN) log.shift();
    onLog?.(line);
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = eventOf(line);
    if (event === undefined) heard(line);
    else if (event.event === "progress") onProgress?.(event);
    else last = event;
  });
  createInterface({ input: child.stderr }).on("line", heard);
  child.stdin.on("error", () => undefined);
  child.stdin.end(JSON.stringify(order));
  const [code, ended] = await new Promise<[number | null, NodeJS.Signals | null]>(
    (resolve, reject) => {
      child.once("error", (error) =>
        reject(new RunFailure("machine", `Can't start ${python}: ${error.message}.`)),
      );
      child.once("close", (...end) => resolve(end));
      // What the model started may hold the pipes open for ever.
      child.once("exit", (...end) => {
        kill("SIGKILL");
        setTimeout(resolve, GRACE_MS, end).unref();
      });
    },
  ).finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    // What the model started and left behind.
    kill("SIGKILL");
    child.stdout.destroy();
    child.stderr.destroy();
  });
  signal?.throwIfAborted();
  if (isLate)
    throw new RunFailure("timeout", `The run took longer than ${timeout} s and was stopped.`);
  if (last?.event === "result") return last.result;
  if (last?.event === "error") throw new RunFailure(last.kind, last.message, last.details);
  const how = ended === null ? `exit code ${code}` : `signal ${ended}`;
  const memory = ended === "SIGKILL" ? " The system may have been out of memory." : "";
  throw new RunFailure("model", `The process of the model ended (${how}).${memory}`, log);
}
