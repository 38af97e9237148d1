import { describe, expect, it } from "vitest";
import { paint, wantsColor } from "../../src/report/paint.js";
import { progressBar, progressLine, wantsProgress } from "../../src/report/progress.js";
import { SpeedMeter } from "../../src/report/rate.js";
import { countText, findingsText, placeText } from "../../src/report/text.js";
import {
  escapeControls,
  formatBytes,
  formatList,
  formatSeconds,
  withoutMiddle,
} from "../../src/text/format.js";
import { codesOf, mmarMaker } from "../support/mmars.js";

const TTY = { isTTY: true };

describe("a long text", () => {
  it.each([
    ["abcdef", 6, "abcdef"],
    ["abcdefg", 6, "abc…fg"],
    ["abcdefg", 5, "ab…fg"],
    ["😀".repeat(9), 3, "😀…😀"],
  ])("%s of at most %d characters is %s", (text, most, expected) =>
    expect(withoutMiddle(text, most)).toBe(expected),
  );

  it("is shortened where it is a place", () => {
    const file = `${"a/".repeat(3000)}model.pt`;
    const text = placeText({ file, line: 3, column: 5, key: "k.".repeat(300) });
    expect(text).toMatch(/^a\/a\/.*…(.*)\/model\.pt:3:5 \(k\.k.*…(.*)k\.\)$/);
    expect(text.length).toBeLessThan(500);
  });
});

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
    [3599, "59 min 59 s"],
    [7500, "2 h 5 min"],
    [168_349, "46 h 46 min"],
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
    const speed = { rate: 125, left: 6 };
    expect(progressLine(at(250), speed, 80)).toMatch(
      / 25 % 250 bytes of 1\.0 kB, 125 bytes\/s, 6 s left$/,
    );
    const nothing = { ...at(0), bytesTotal: 0 };
    expect(progressLine(nothing, { rate: undefined, left: undefined }, 80)).toMatch(/100 %/);
  });

  it("has less where the line is short, and each part whole", () => {
    const speed = { rate: 9.5e6, left: 4000 };
    const progress = { bytesDone: 38e9, bytesTotal: 76e9, path: "x" };
    const line = (width: number) => progressLine(progress, speed, width);
    expect(line(79)).toBe("████████████░░░░░░░░░░░░ 50 % 38 GB of 76 GB, 9.5 MB/s, 1 h 7 min left");
    expect(line(39)).toBe("█████░░░░░ 50 %, 1 h 7 min left");
    expect(line(19)).toBe("█████░░░░░ 50 %");
    expect(line(5)).toBe("50 %");
    expect(line(3)).toBe("");
    for (let width = 0; width < 90; width++) expect(line(width).length).toBeLessThanOrEqual(width);
  });

  it("tells no speed and no time before there is enough to tell", () => {
    const meter = new SpeedMeter();
    const none = { rate: undefined, left: undefined };
    expect(meter.at(0.2, 8100, 1.6e9)).toEqual(none);
    expect(meter.at(1.9, 10_000_000, 1.6e9)).toEqual(none);
    // Long enough, but next to nothing is done.
    const slow = new SpeedMeter();
    slow.at(0, 0, 1.6e9);
    expect(slow.at(4, 400_000, 1.6e9)).toEqual({ rate: 100_000, left: undefined });
    expect(slow.at(5, 400_000, 1.6e9).left).toBeUndefined();
  });

  it("goes by what was done in the last seconds", () => {
    const meter = new SpeedMeter();
    for (let s = 0; s <= 60; s++) meter.at(s, s * 1e6, 1e9);
    expect(meter.at(61, 61e6, 1e9)).toEqual({ rate: 1e6, left: 939 });
    for (let s = 62; s <= 80; s++) meter.at(s, 61e6 + (s - 61) * 10e6, 1e9);
    expect(meter.at(81, 261e6, 1e9)).toEqual({ rate: 10e6, left: 73.9 });
    for (let s = 82; s < 99; s++) meter.at(s, 261e6, 1e9);
    expect(meter.at(99, 261e6, 1e9)).toEqual({ rate: 0, left: undefined });
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
