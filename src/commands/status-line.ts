import { type Terminal, wantsProgress } from "../report/progress.js";

/** One line of a terminal that says what is being done; elsewhere each step is a line of its own. */
export interface StatusLine {
  show(text: string): void;
  /** A line of somebody else's output, above the status. */
  log(line: string): void;
  clear(): void;
}

/**
 * @param stream - stderr
 * @param isWanted - false shows nothing
 */
export function statusLine(stream: Terminal, isWanted: boolean): StatusLine {
  if (!isWanted) return { show: () => undefined, log: () => undefined, clear: () => undefined };
  const isLive = wantsProgress(stream, process.env);
  let current = "";
  let step = "";
  const draw = () => stream.write(`\r\u001b[2K${current.slice(0, (stream.columns || 80) - 1)}`);
  return {
    show(text) {
      if (isLive) {
        current = text;
        draw();
        return;
      }
      // A log keeps every line: a step is said once, not each of its counts.
      const name = text.replace(/ \d+( of \d+)?$/, "");
      if (name !== step) stream.write(`${name}\n`);
      step = name;
    },
    log(line) {
      if (!isLive) return void stream.write(`  ${line}\n`);
      stream.write(`\r\u001b[2K  ${line}\n`);
      draw();
    },
    clear() {
      if (isLive && current !== "") stream.write("\r\u001b[2K");
      current = "";
    },
  };
}
