import { basename } from "node:path";
import { escapeControls, formatBytes } from "../text/format.js";
import type { WriteProgress } from "../write/write.js";
import { INTERVAL_MS, progressLine, type Terminal, widthOf } from "./progress.js";
import { type Speed, SpeedMeter } from "./rate.js";

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
  readonly meter: SpeedMeter;
  progress?: WriteProgress;
  speed?: Speed;
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
    // Moves up to the first of the lines, and clears all below it.
    if (drawnLines > 0) stream.write(`\u001b[${drawnLines}F\u001b[J`);
    drawnLines = 0;
  };
  const draw = (): void => {
    if (!isLive) return;
    clear();
    const width = widthOf(stream);
    const lines = [...running.values()].map((one) => runningLine(one, width));
    lines.push(shortened(`${done} of ${count} done`, width));
    stream.write(lines.map((line) => `${line}\n`).join(""));
    drawnLines = lines.length;
    drawnAt = now();
  };
  return {
    found(models, bytes) {
      count = models;
      stream.write(`${models} MMAR${models === 1 ? "" : "s"}, ${formatBytes(bytes)}\n`);
    },
    started(index, name) {
      running.set(index, { name, start: now(), meter: new SpeedMeter() });
      draw();
    },
    progressed(index, progress) {
      const one = running.get(index);
      if (one !== undefined) one.progress = progress;
      if (now() - drawnAt < INTERVAL_MS) return;
      for (const each of running.values()) measure(each, now());
      draw();
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

function measure(one: Running, now: number): void {
  const { progress, meter, start } = one;
  if (progress === undefined) return;
  one.speed = meter.at((now - start) / 1000, progress.bytesDone, progress.bytesTotal);
}

const UNKNOWN: Speed = { rate: undefined, left: undefined };

/** Room for the least that is told of progress, with the colon before it: ": 100 %". */
const LEAST_TOLD = 7;
const LEAST_NAME = 8;

function runningLine({ name, progress, speed = UNKNOWN }: Running, width: number): string {
  // The folders before it would leave no room for the bar.
  const whole = escapeControls(basename(name));
  const shown = shortened(whole, Math.max(LEAST_NAME, Math.min(whole.length, width - LEAST_TOLD)));
  const room = width - shown.length - 2;
  const told = progress === undefined ? "reading" : progressLine(progress, speed, room);
  return told === "" || told.length > room ? shortened(shown, width) : `${shown}: ${told}`;
}

/** A text of at most so many characters, with a sign that it goes on. */
const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, Math.max(0, most - 1))}…`;
