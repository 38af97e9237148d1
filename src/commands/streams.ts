/** How a command ended. */
export interface Ended {
  readonly exitCode: number;
  /** What was done, in whole sentences, for where the result itself can't be printed. */
  readonly done: string;
}

/** How a command ended. */
export const ended = (exitCode: number, done = ""): Ended => ({ exitCode, done });

/** What became of stdout. */
export interface OutputWatch {
  /** Waits until all is written; the system's name of what stopped it: `ENOSPC`. */
  fault(): Promise<string | undefined>;
}

/**
 * Takes faults of the process's streams for what they are: who reads the output may stop before its
 * end, as in `mmar2mdai inspect x | head -1`, which is no fault; a full disk behind stdout is one,
 * to be told when the work is done; and of stderr nobody can be told.
 */
export function watchOutput(): OutputWatch {
  let code: string | undefined;
  const { stdout, stderr } = process;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") code ??= error.code ?? "EIO";
  });
  stderr.on("error", () => undefined);
  return {
    async fault() {
      await new Promise<void>((resolve) => stdout.write("", () => resolve()));
      return code;
    },
  };
}
