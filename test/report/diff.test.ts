import { describe, expect, test } from "vitest";
import { unifiedDiff } from "../../src/report/diff.js";
import { paint } from "../../src/report/paint.js";

const diff = (before: string, after: string): string =>
  unifiedDiff({ path: "a", text: before }, { path: "b", text: after }, paint(false));
const lines = (...all: (string | number)[]): string => `${all.join("\n")}\n`;

describe("a unified diff", () => {
  test("of the same text is empty", () => {
    expect(diff("1\n2\n", "1\n2\n")).toBe("");
    expect(diff("1\r\n2", "1\n2\n")).toBe("");
  });

  test("shows three lines around a change", () => {
    expect(diff(lines(1, 2, 3, 4, 5, 6, 7, 8, 9), lines(1, 2, 3, 4, "x", 6, 7, 8, 9))).toBe(
      "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8",
    );
  });

  test("joins changes that are near each other, and parts those that are not", () => {
    const before = lines(...Array.from({ length: 30 }, (_, index) => index + 1));
    const near = diff(before, before.replace("\n5\n", "\n").replace("\n11\n", "\nx\n"));
    expect(near.match(/@@ .* @@/g)).toEqual(["@@ -2,13 +2,12 @@"]);
    const far = diff(before, before.replace("\n5\n", "\n").replace("\n20\n", "\nx\n"));
    expect(far.match(/@@ .* @@/g)).toEqual(["@@ -2,7 +2,6 @@", "@@ -17,7 +16,7 @@"]);
  });

  test.each<[what: string, before: string, after: string, shown: string]>([
    ["lines at the start", lines(2), lines(1, 2), "@@ -1,1 +1,2 @@\n+1\n 2"],
    ["lines at the end", lines(1), lines(1, 2), "@@ -1,1 +1,2 @@\n 1\n+2"],
    ["lines that went", lines(1, 2), lines(2), "@@ -1,2 +1,1 @@\n-1\n 2"],
  ])("%s", (_, before, after, shown) => {
    expect(diff(before, after)).toBe(`--- a\n+++ b\n${shown}`);
  });
});

describe("a diff of texts that have nothing in common", () => {
  const numbered = (sign: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${sign}${index}`);

  test("replaces all that lies between what both begin and end with", () => {
    const [old, made] = [numbered("a", 3000), numbered("b", 2000)];
    const ends = [1, 2, 3, 4, 5];
    const shown = diff(lines(...ends, ...old, ...ends), lines(...ends, ...made, ...ends));
    const removed = old.map((line) => `-${line}`);
    const added = made.map((line) => `+${line}`);
    const kept = [" 3", " 4", " 5", ...removed, ...added, " 1", " 2", " 3"];
    expect(shown).toBe(["--- a", "+++ b", "@@ -3,3006 +3,2006 @@", ...kept].join("\n"));
  });

  test("begins at the first line, and ends at the last", () => {
    const shown = diff(lines(...numbered("a", 3000)), lines(...numbered("b", 3000)));
    expect(shown).toContain("@@ -1,3000 +1,3000 @@\n-a0\n");
    expect(shown.endsWith("\n+b2999")).toBe(true);
  });

  test("counts no line twice where one text is the other's beginning and end", () => {
    const half = numbered("x", 2500);
    const twice = [...half, ...half];
    expect(diff(lines(...twice), lines(...half))).toContain("@@ -2498,2503 +2498,3 @@");
    expect(diff(lines(...half), lines(...twice))).toContain("@@ -2498,3 +2498,2503 @@");
  });
});
