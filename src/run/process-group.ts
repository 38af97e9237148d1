import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How a program is run. */
export interface GroupOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What it reads from stdin; nothing if absent. */
  readonly input?: string;
  /** Sees each line of stdout first; those that it takes are not part of the log. */
  readonly takes?: (line: string) => boolean;
  readonly onLine?: ((line: string) => void) | undefined;
  /** How many lines of the log are kept. */
  readonly logLines: number;
  /** Stops it. */
  readonly signal?: AbortSignal | undefined;
  /** Seconds after which it is stopped. */
  readonly timeout?: number | undefined;
  /** Milliseconds that it has to end after it was asked to; without it it is killed at once. */
  readonly grace?: number;
}

/** How a program ended. */
export interface GroupEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started. */
  readonly error?: Error;
  /** Whether it was stopped after its timeout. */
  readonly isLate: boolean;
  /** The last lines that it wrote. */
  readonly log: readonly string[];
}

/** How long the pipes of a program that has ended are read, milliseconds. */
const PIPES_MS = 3000;

/**
 * Runs a program to its end, with all that it starts in one process group, none of which is left.
 *
 * @throws the signal's reason if it was aborted
 */
export async function runGroup(
  program: string,
  args: readonly string[],
  { env, input, takes, onLine, logLines, signal, timeout, grace }: GroupOptions,
): Promise<GroupEnd> {
  signal?.throwIfAborted();
  const isPosix = process.platform !== "win32";
  const stdin = input === undefined ? "ignore" : "pipe";
  const child = spawn(program, args, { detached: isPosix, stdio: [stdin, "pipe", "pipe"], env });
  const kill = (name: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(isPosix ? -child.pid : child.pid, name);
    } catch {
      // It has ended already.
    }
  };
  const stop = () => {
    kill(grace === undefined ? "SIGKILL" : "SIGTERM");
    if (grace !== undefined) setTimeout(kill, grace, "SIGKILL").unref();
  };
  let isLate = false;
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => {
          isLate = true;
          stop();
        }, timeout * 1000);
  signal?.addEventListener("abort", stop, { once: true });
  const log: string[] = [];
  const heard = (line: string) => {
    if (log.push(line) > logLines) log.shift();
    onLine?.(line);
  };
  const { stdout, stderr } = child;
  if (stdout) createInterface({ input: stdout }).on("line", (line) => takes?.(line) || heard(line));
  if (stderr) createInterface({ input: stderr }).on("line", heard);
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  const end = await new Promise<Pick<GroupEnd, "code" | "signal" | "error">>((resolve) => {
    const ended = (code: number | null, name: NodeJS.Signals | null) =>
      resolve({ code, signal: name });
    child.once("error", (error) => resolve({ code: null, signal: null, error }));
    child.once("close", ended);
    child.once("exit", (code, name) => {
      // What it started and left behind may hold the pipes open for ever.
      kill("SIGKILL");
      setTimeout(ended, PIPES_MS, code, name).unref();
    });
  });
  clearTimeout(timer);
  signal?.removeEventListener("abort", stop);
  stdout?.destroy();
  stderr?.destroy();
  signal?.throwIfAborted();
  return { ...end, isLate, log };
}
