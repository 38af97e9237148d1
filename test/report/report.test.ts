import { describe, expect, it } from "vitest";
import { paint, wantsColor } from "../../src/report/paint.js";
import { progressBar, progressLine, wantsProgress } from "../../src/report/progress.js";
import { countText, findingsText, placeText } from "../../src/report/text.js";
import { escapeControls, formatBytes, formatList, formatSeconds } from "../../src/text/format.js";
import { codesOf, mmarMaker } from "../support/mmars.js";

const TTY = { isTTY: true };

describe("words for people", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1000, "1.0 kB"],
    [9949, "9.9 kB"],
    [9950, "10 kB"],
    [999_499, "999 kB"],
    [999_500, "1.0 MB"],
    [36_900_000, "37 MB"],
    [4_300_000_000, "4.3 GB"],
    [5e15, "5000 TB"],
  ])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0, "0 s"],
    [59.4, "59 s"],
    [59.6, "1 min 0 s"],
    [80, "1 min 20 s"],
    [-1, "0 s"],
  ])("%d seconds are %s", (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

  it("lists", () => {
    expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(formatList)).toEqual([
      "",
      "a",
      "a and b",
      "a, b and c",
    ]);
  });

  it("writes out what would steer a terminal", () => {
    expect(escapeControls("a\u001b[31m\n\u0085\u2028\u202eé脾🫀")).toBe(
      "a\\u001b[31m\\u000a\\u0085\\u2028\\u202eé脾🫀",
    );
  });
});

describe("colours", () => {
  it.each([
    [TTY, {}, true, true],
    [{}, {}, true, false],
    [TTY, {}, false, false],
    [TTY, { NO_COLOR: "1" }, true, false],
    [TTY, { NO_COLOR: "" }, true, true],
    [TTY, { TERM: "dumb" }, true, false],
  ])("on %j with %j and --color %s: %s", (stream, env, option, wanted) => {
    expect(wantsColor(stream, env, option)).toBe(wanted);
  });

  it("colour the finding, and change nothing else", async () => {
    const { findings } = await mmarMaker()().remove("models/model.ts").inspect();
    expect(codesOf({ findings })).toEqual(["weights-missing"]);
    const colored = findingsText(findings, (_, text) => `<${text}>`);
    expect(colored).toMatch(
      /^<error> config\/environment\.json:12:3 \(MMAR_TORCHSCRIPT\) <\[weights-missing\]>\n/,
    );
    expect(colored.replace(/[<>]/g, "")).toBe(findingsText(findings, paint(false)));
  });
});

describe("the progress", () => {
  const write = (written: string[]) => ({
    ...TTY,
    columns: 60,
    write: (text: string) => written.push(text),
  });
  const at = (bytesDone: number) => ({ bytesDone, bytesTotal: 1000, path: "x" });

  it("is drawn on terminals outside of CI only", () => {
    const stream = write([]);
    expect(wantsProgress(stream, {})).toBe(true);
    expect(wantsProgress(stream, { CI: "true" })).toBe(false);
    expect(wantsProgress(stream, { TERM: "dumb" })).toBe(false);
    expect(wantsProgress({ write: stream.write }, {})).toBe(false);
  });

  it("shows share, rate and time left", () => {
    expect(progressLine(at(250), 2)).toMatch(/ 25 % 250 bytes of 1\.0 kB, 125 bytes\/s, 6 s left$/);
    expect(progressLine({ ...at(0), bytesTotal: 0 }, 0)).toMatch(/100 %/);
  });

  it("is one line that is taken away at the end", () => {
    const written: string[] = [];
    let now = 0;
    const bar = progressBar(write(written), () => now);
    for (const bytes of [0, 1, 2, 3]) {
      bar.update(at(bytes));
      now += 60;
    }
    bar.clear();
    expect(written).toHaveLength(3);
    for (const text of written) {
      expect(text).toMatch(/^\r\p{Cc}\[2K[^\r\n]*$/u);
      expect(text.length).toBeLessThanOrEqual(60 + 5);
    }
    expect(written.at(-1)).toBe("\r\u001b[2K");
  });
});

it("counts and places", () => {
  const one = { code: "unreadable", args: { problem: "" } } as const;
  const all = [
    { ...one, severity: "error" },
    { ...one, severity: "error" },
    { ...one, severity: "warning" },
  ] as const;
  expect(countText(all)).toBe("2 errors, 1 warning");
  expect(countText([])).toBe("");
  expect(placeText({ file: "a", line: 1, column: 2, key: "b.c" })).toBe("a:1:2 (b.c)");
  expect(placeText({ file: "a" })).toBe("a");
});
