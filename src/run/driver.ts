import { fileURLToPath } from "node:url";
import { RunFailure } from "../errors.js";
import type { Click } from "../options/schema.js";
import { runGroup } from "./process-group.js";
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
  readonly clicks: readonly OrderedClick[];
  readonly args: Readonly<Record<string, unknown>>;
  readonly label: string | undefined;
}

/** A click; see `Click` in python/mmar2mdai_run/clicks.py. */
export interface OrderedClick extends Click {
  readonly background: boolean;
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
  // Without site packages of the user's, and writing nothing beside the modules.
  const settings = { PYTHONDONTWRITEBYTECODE: "1", PYTHONNOUSERSITE: "1", PYTHONUNBUFFERED: "1" };
  let last: Event | undefined;
  const takes = (line: string): boolean => {
    const event = eventOf(line);
    if (event?.event === "progress") onProgress?.(event);
    else if (event !== undefined) last = event;
    return event !== undefined;
  };
  const end = await runGroup(python, [SCRIPT], {
    env: { ...env, ...settings },
    input: JSON.stringify(order),
    takes,
    onLine: onLog,
    logLines: LOG_SHOWN,
    signal,
    timeout,
    grace: GRACE_MS,
  });
  if (end.error) {
    throw new RunFailure("machine", `Can't start ${python}: ${end.error.message}.`);
  }
  if (end.isLate)
    throw new RunFailure("timeout", `The run took longer than ${timeout} s and was stopped.`);
  if (last?.event === "result") return last.result;
  if (last?.event === "error") throw new RunFailure(last.kind, last.message, last.details);
  const how = end.signal === null ? `exit code ${end.code}` : `signal ${end.signal}`;
  const memory = end.signal === "SIGKILL" ? " The system may have been out of memory." : "";
  throw new RunFailure("model", `The process of the model ended (${how}).${memory}`, end.log);
}
