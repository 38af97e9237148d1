import { type StructuredPatchHunk, structuredPatch } from "diff";
import { escapeControls } from "../text/format.js";
import type { Paint } from "./paint.js";

/** Unchanged lines that are shown around a change. */
const CONTEXT = 3;

/**
 * Most lines that may differ before the search for the smallest set of changes is given up: time and
 * memory grow with the square of their number.
 */
const MOST_CHANGES = 2000;

/**
 * Two texts compared line by line, as `diff -u` shows it. Where they have more than some thousand
 * different lines, all that lies between the first and the last of them counts as changed.
 *
 * @returns an empty text where they are the same
 */
export function unifiedDiff(
  before: { readonly path: string; readonly text: string },
  after: { readonly path: string; readonly text: string },
  paint: Paint,
): string {
  const hunks = compare(splitLines(before.text), splitLines(after.text));
  if (hunks.length === 0) return "";
  const head = [paint("bold", `--- ${before.path}`), paint("bold", `+++ ${after.path}`)];
  return [...head, ...hunks.flatMap((hunk) => hunkText(hunk, paint))].join("\n");
}

const splitLines = (text: string): string[] => text.replace(/\r?\n$/, "").split(/\r?\n/);

function compare(before: readonly string[], after: readonly string[]): StructuredPatchHunk[] {
  const text = (lines: readonly string[]): string => `${lines.join("\n")}\n`;
  const options = { context: CONTEXT, maxEditLength: MOST_CHANGES };
  const patch = structuredPatch("", "", text(before), text(after), undefined, undefined, options);
  return patch?.hunks ?? [coarseHunk(before, after)];
}

/** One change of all lines but those that both texts begin and end with. */
function coarseHunk(before: readonly string[], after: readonly string[]): StructuredPatchHunk {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const [head, tail] = [Math.min(CONTEXT, start), Math.min(CONTEXT, end)];
  const oldEnd = before.length - end;
  const signed = (sign: string, lines: readonly string[]): string[] =>
    lines.map((line) => `${sign}${line}`);
  return {
    oldStart: start - head + 1,
    oldLines: oldEnd + tail - (start - head),
    newStart: start - head + 1,
    newLines: after.length - end + tail - (start - head),
    lines: [
      ...signed(" ", before.slice(start - head, start)),
      ...signed("-", before.slice(start, oldEnd)),
      ...signed("+", after.slice(start, after.length - end)),
      ...signed(" ", before.slice(oldEnd, oldEnd + tail)),
    ],
  };
}

function hunkText(hunk: StructuredPatchHunk, paint: Paint): string[] {
  const range = (start: number, count: number): string =>
    `${count === 0 ? start - 1 : start},${count}`;
  const { oldStart, oldLines, newStart, newLines, lines } = hunk;
  return [
    paint("cyan", `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`),
    ...lines.map((line) => paint(colorOf(line), escapeControls(line, "\t"))),
  ];
}

function colorOf(line: string): "dim" | "red" | "green" {
  if (line.startsWith("-")) return "red";
  return line.startsWith("+") ? "green" : "dim";
}
