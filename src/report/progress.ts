import type { Environment } from "../environment.js";
import { formatBytes, formatSeconds } from "../text/format.js";
import type { WriteProgress } from "../write/write.js";
import { type Speed, SpeedMeter } from "./rate.js";

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
export const INTERVAL_MS = 100;
const BAR_WIDTHS = [24, 10] as const;

/** Whether a bar makes sense: on a terminal, and not in CI, whose logs keep every frame. */
export function wantsProgress(stream: Terminal, env: Environment): boolean {
  return stream.isTTY === true && !env.CI && env.TERM !== "dumb";
}

/** How many characters a line may have, so that it does not wrap. */
export const widthOf = ({ columns }: Terminal): number => (columns || 80) - 1;

/** Draws the progress of writing, with rate and time left, on one line of a terminal. */
export function progressBar(stream: Terminal, now: () => number = Date.now): ProgressBar {
  const start = now();
  const meter = new SpeedMeter();
  let drawn = -INTERVAL_MS;
  return {
    update(progress) {
      const elapsed = now() - start;
      if (elapsed - drawn < INTERVAL_MS) return;
      drawn = elapsed;
      const speed = meter.at(elapsed / 1000, progress.bytesDone, progress.bytesTotal);
      stream.write(`\r\u001b[2K${progressLine(progress, speed, widthOf(stream))}`);
    },
    clear() {
      if (drawn >= 0) stream.write("\r\u001b[2K");
    },
  };
}

/**
 * One frame: bar, share, bytes, rate and time left. Where a line is short it has less of these, but
 * each of them whole.
 *
 * @param width - characters that the line may have
 */
export function progressLine(
  { bytesDone, bytesTotal }: WriteProgress,
  { rate, left }: Speed,
  width: number,
): string {
  const share = bytesTotal === 0 ? 1 : Math.min(1, bytesDone / bytesTotal);
  const percent = `${Math.floor(share * 100)} %`;
  const [wide, narrow] = BAR_WIDTHS.map((length) => `${bar(share, length)} ${percent}`);
  const done = ` ${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`;
  const speed = rate === undefined ? "" : `, ${formatBytes(Math.round(rate))}/s`;
  const rest = left === undefined ? "" : `, ${formatSeconds(left)} left`;
  const forms = [
    `${wide}${done}${speed}${rest}`,
    `${wide}${done}${rest}`,
    `${narrow}${done}${rest}`,
    `${narrow}${rest}`,
    `${percent}${rest}`,
    narrow,
    percent,
  ];
  return forms.find((form) => form !== undefined && form.length <= width) ?? "";
}

function bar(share: number, length: number): string {
  const full = Math.round(share * length);
  return "█".repeat(full) + "░".repeat(length - full);
}
