import type { Environment } from "../environment.js";
import { formatBytes, formatSeconds } from "../text/format.js";
import type { WriteProgress } from "../write/write.js";

/** A stream that may be a terminal. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A bar that is drawn over itself. */
export interface ProgressBar {
  update(progress: WriteProgress): void;
  /** Takes the bar off the screen. */
  clear(): void;
}

/** Redrawing more often only costs time. */
const INTERVAL_MS = 100;
const BAR_WIDTH = 24;

/** Whether a bar makes sense: on a terminal, and not in CI, whose logs keep every frame. */
export function wantsProgress(stream: Terminal, env: Environment): boolean {
  return stream.isTTY === true && !env.CI && env.TERM !== "dumb";
}

/** Draws the progress of writing, with rate and time left, on one line of a terminal. */
export function progressBar(stream: Terminal, now: () => number = Date.now): ProgressBar {
  const start = now();
  let drawn = -INTERVAL_MS;
  return {
    update(progress) {
      const elapsed = now() - start;
      if (elapsed - drawn < INTERVAL_MS) return;
      drawn = elapsed;
      const line = progressLine(progress, elapsed / 1000).slice(0, (stream.columns ?? 80) - 1);
      stream.write(`\r\u001b[2K${line}`);
    },
    clear() {
      if (drawn >= 0) stream.write("\r\u001b[2K");
    },
  };
}

/** One frame: bar, share, rate and time left. */
export function progressLine({ bytesDone, bytesTotal }: WriteProgress, seconds: number): string {
  const share = bytesTotal === 0 ? 1 : Math.min(1, bytesDone / bytesTotal);
  const full = Math.round(share * BAR_WIDTH);
  const bar = "█".repeat(full) + "░".repeat(BAR_WIDTH - full);
  const rate = seconds > 0 ? bytesDone / seconds : 0;
  const left = rate > 0 ? `, ${formatSeconds((bytesTotal - bytesDone) / rate)} left` : "";
  const done = `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`;
  return `${bar} ${Math.floor(share * 100)} % ${done}, ${formatBytes(Math.round(rate))}/s${left}`;
}
