import { basename } from "node:path";
import { escapeControls, formatBytes } from "../text/format.js";
import type { WriteProgress } from "../write/write.js";
import { progressLine, type Terminal } from "./progress.js";

/** Redrawing more often only costs time. */
const INTERVAL_MS = 100;

/** What a batch shows while it runs. */
export interface BatchDisplay {
  found(count: number, bytes: number): void;
  started(index: number, name: string): void;
  progressed(index: number, progress: WriteProgress): void;
  /** @param text - what is said of it, in whole lines */
  finished(index: number, text: string): void;
  /** Takes away what is drawn over. */
  clear(): void;
}

interface Running {
  readonly name: string;
  readonly start: number;
  progress?: WriteProgress;
}

/**
 * Shows a line for each MMAR that is done, and on a terminal below them one for each that is being
 * packed, which are drawn over.
 */
export function batchDisplay(
  stream: Terminal,
  isLive: boolean,
  now: () => number = Date.now,
): BatchDisplay {
  const running = new Map<number, Running>();
  let [count, done, drawnAt, drawnLines] = [0, 0, 0, 0];

  const clear = (): void => {
    // Up to the first of the lines, and away with all below it.
    if (drawnLines > 0) stream.write(`\u001b[${drawnLines}F\u001b[J`);
    drawnLines = 0;
  };
  const draw = (): void => {
    if (!isLive) return;
    clear();
    const lines = [...running.values()].map((one) => runningLine(one, now()));
    lines.push(`${done} of ${count} done`);
    const width = (stream.columns ?? 80) - 1;
    stream.write(lines.map((line) => `${line.slice(0, width)}\n`).join(""));
    drawnLines = lines.length;
    drawnAt = now();
  };
  return {
    found(models, bytes) {
      count = models;
      stream.write(`${models} MMAR${models === 1 ? "" : "s"}, ${formatBytes(bytes)}\n`);
    },
    started(index, name) {
      running.set(index, { name, start: now() });
      draw();
    },
    progressed(index, progress) {
      const one = running.get(index);
      if (one !== undefined) one.progress = progress;
      if (now() - drawnAt >= INTERVAL_MS) draw();
    },
    finished(index, text) {
      running.delete(index);
      done += 1;
      clear();
      const place = String(done).padStart(String(count).length);
      stream.write(`[${place}/${count}] ${text}\n`);
      draw();
    },
    clear,
  };
}

function runningLine({ name, start, progress }: Running, now: number): string {
  const told = progress === undefined ? "reading" : progressLine(progress, (now - start) / 1000);
  // The folders before it would leave no room for the bar.
  return `${escapeControls(basename(name))}: ${told}`;
}
