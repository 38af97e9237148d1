import { describe, expect, it } from "vitest";
import type { WriteProgress } from "../../src/index.js";
import { batchDisplay } from "../../src/report/batch-progress.js";

const ESCAPE = "\u001b\\[";
const MOVES = new RegExp(`(${ESCAPE}\\d*[FJ]|\\n)`);
const UP = new RegExp(`^${ESCAPE}(\\d+)F$`);

/** A screen that understands what the display writes, and nothing else. */
class Screen {
  readonly columns: number = 80;
  lines: string[] = [""];

  write(text: string): void {
    for (const part of text.split(MOVES)) {
      const up = UP.exec(part)?.[1];
      // Lines above the cursor stay; it stands on the last, as all that is below was taken away.
      if (up !== undefined) this.lines = [...this.lines.slice(0, -1 - Number(up)), ""];
      else if (part === "\n") this.lines.push("");
      else if (part !== "\u001b[J") this.lines[this.lines.length - 1] += part;
    }
  }
}

const half: WriteProgress = { bytesDone: 5e6, bytesTotal: 10e6, path: "x" };

describe("on a terminal", () => {
  it("what is done stays, and what is going on is drawn over", () => {
    const screen = new Screen();
    let now = 0;
    const display = batchDisplay(screen, true, () => now);
    display.found(3, 2_000_000);
    display.started(0, "models/a");
    display.started(1, "models/b");
    expect(screen.lines).toEqual([
      "3 MMARs, 2.0 MB",
      "a: reading",
      "b: reading",
      "0 of 3 done",
      "",
    ]);
    now = 1000;
    display.progressed(1, half);
    expect(screen.lines[2]).toMatch(/^b: █+░+ 50 % 5\.0 MB of 10 MB$/);
    now = 3000;
    display.progressed(1, { ...half, bytesDone: 7.5e6 });
    expect(screen.lines[2]).toMatch(/^b: █+░+ 75 % 7\.5 MB of 10 MB, 1\.3 MB\/s, 2 s left$/);
    expect(screen.lines.every((line) => line.length < screen.columns)).toBe(true);
    display.finished(0, "packed a");
    display.started(2, "models/c");
    display.finished(1, "not fit b\n    why");
    display.finished(2, "packed c");
    display.clear();
    expect(screen.lines).toEqual([
      "3 MMARs, 2.0 MB",
      "[1/3] packed a",
      "[2/3] not fit b",
      "    why",
      "[3/3] packed c",
      "",
    ]);
  });

  it("is not redrawn for every piece that is read", () => {
    let writes = 0;
    const display = batchDisplay({ write: () => (writes += 1) }, true, () => 1000);
    display.found(1, 1);
    display.started(0, "a");
    const before = writes;
    for (let i = 0; i < 1000; i++) display.progressed(0, half);
    expect(writes).toBe(before);
  });

  it.each([
    [40, "a_long_name_of_a_model_that_goe…: 50 %"],
    [20, "a_long_name…: 50 %"],
    [12, "a_long_…"],
  ])("at %d columns nothing is cut in mid-word", (columns, line) => {
    const screen = Object.assign(new Screen(), { columns });
    let now = 0;
    const display = batchDisplay(screen, true, () => now);
    display.found(1, 1);
    display.started(0, `models/a_long_name_of_a_model_that_${"goes_on_".repeat(4)}`);
    now = 5000;
    display.progressed(0, half);
    expect(screen.lines[1]).toBe(line);
    expect(screen.lines[1]?.length).toBeLessThan(columns);
    const short = batchDisplay(screen, true, () => now);
    short.started(1, "models/b");
    now = 6000;
    short.progressed(1, half);
    expect(screen.lines.at(-3)).toBe(
      columns === 12 ? "b: 50 %" : `b: █████░░░░░ 50 %${columns === 40 ? " 5.0 MB of 10 MB" : ""}`,
    );
  });

  it("no name steers it", () => {
    const screen = new Screen();
    const display = batchDisplay(screen, true, () => 0);
    display.found(1, 1);
    display.started(0, "a\u001b[2Jb\nc");
    expect(screen.lines[1]).toBe("a\\u001b[2Jb\\u000ac: reading");
  });
});

it("elsewhere there is a line for each that is done", () => {
  let text = "";
  const stream = { write: (more: string) => (text += more) };
  const display = batchDisplay(stream, false, () => 0);
  display.found(10, 1000);
  for (let i = 0; i < 10; i++) display.started(i, `m${i}`);
  display.progressed(0, half);
  display.finished(0, "packed a");
  display.clear();
  expect(text).toBe("10 MMARs, 1.0 kB\n[ 1/10] packed a\n");
});
