import type { Place } from "../findings/finding.js";

/** The place of an offset, in UTF-16 code units, in a file's text. */
export function placeAt(file: string, text: string, offset: number): Place {
  return { file, ...lineAndColumn(text, offset) };
}

/** Line and column of an offset in a text, both counted from 1. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let at = 0; at < offset; at++) {
    const code = text.charCodeAt(at);
    const isBreak =
      code === LF || (code === CR && (at + 1 === offset || text.charCodeAt(at + 1) !== LF));
    if (!isBreak) continue;
    line += 1;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}

const LF = 10;
const CR = 13;
