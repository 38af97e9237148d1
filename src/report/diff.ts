import type { Paint } from "./paint.js";

/** Unchanged lines that are shown around a change. */
const CONTEXT = 3;

interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
  /** Lines of both texts before this one. */
  readonly before: number;
  readonly after: number;
}

/**
 * Two texts compared line by line, as `diff -u` shows it.
 *
 * @returns an empty text where they are the same
 */
export function unifiedDiff(
  before: { readonly path: string; readonly text: string },
  after: { readonly path: string; readonly text: string },
  paint: Paint,
): string {
  const hunks = hunksOf(compare(splitLines(before.text), splitLines(after.text)));
  if (hunks.length === 0) return "";
  const head = [paint("bold", `--- ${before.path}`), paint("bold", `+++ ${after.path}`)];
  return [...head, ...hunks.flatMap((hunk) => hunkText(hunk, paint))].join("\n");
}

const splitLines = (text: string): string[] => text.replace(/\r?\n$/, "").split(/\r?\n/);

/** The lines of both texts in one order: a longest common subsequence stays. */
function compare(before: readonly string[], after: readonly string[]): Line[] {
  const lengths = commonLengths(before, after);
  const lines: Line[] = [];
  let [a, b] = [0, 0];
  const add = (sign: Line["sign"], text: string): void => {
    lines.push({ sign, text, before: a, after: b });
    if (sign !== "+") a++;
    if (sign !== "-") b++;
  };
  while (a < before.length || b < after.length) {
    const [left, right] = [before[a], after[b]];
    if (left !== undefined && left === right) add(" ", left);
    else if (left !== undefined && (right === undefined || longer(lengths, a, b))) add("-", left);
    else if (right !== undefined) add("+", right);
  }
  return lines;
}

/** Whether more lines are kept when the line of the first text is taken out. */
const longer = (lengths: readonly Uint32Array[], a: number, b: number): boolean =>
  (lengths[a + 1]?.[b] ?? 0) >= (lengths[a]?.[b + 1] ?? 0);

/** For all ends of both texts the length of their longest common subsequence. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array[] {
  const lengths = Array.from(
    { length: before.length + 1 },
    () => new Uint32Array(after.length + 1),
  );
  for (let a = before.length - 1; a >= 0; a--) {
    const [row, below] = [lengths[a], lengths[a + 1]];
    if (row === undefined || below === undefined) continue;
    for (let b = after.length - 1; b >= 0; b--) {
      row[b] =
        before[a] === after[b] ? (below[b + 1] ?? 0) + 1 : Math.max(below[b] ?? 0, row[b + 1] ?? 0);
    }
  }
  return lengths;
}

/** Changes with the lines around them; those that touch are one. */
function hunksOf(lines: readonly Line[]): Line[][] {
  const hunks: Line[][] = [];
  let end = 0;
  for (const [index, line] of lines.entries()) {
    if (line.sign === " ") continue;
    const from = Math.max(end, index - CONTEXT);
    const to = Math.min(lines.length, index + CONTEXT + 1);
    const last = hunks.at(-1);
    const shown = lines.slice(from, to);
    if (last !== undefined && from === end) last.push(...shown);
    else hunks.push(shown);
    end = to;
  }
  return hunks;
}

function hunkText(hunk: readonly Line[], paint: Paint): string[] {
  const [first] = hunk;
  if (first === undefined) return [];
  const range = (start: number, sign: Line["sign"]): string => {
    const count = hunk.filter((line) => line.sign !== sign).length;
    return `${count === 0 ? start : start + 1},${count}`;
  };
  const at = `@@ -${range(first.before, "+")} +${range(first.after, "-")} @@`;
  const colors = { " ": "dim", "-": "red", "+": "green" } as const;
  return [
    paint("cyan", at),
    ...hunk.map(({ sign, text }) => paint(colors[sign], `${sign}${text}`)),
  ];
}
