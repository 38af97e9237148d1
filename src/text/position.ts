import type { Place } from "../findings/finding.js";

/** The place of an offset, in UTF-16 code units, in a file's text. */
export function placeAt(file: string, text: string, offset: number): Place {
  return { file, ...lineAndColumn(text, offset) };
}

/** Line and column of an offset in a text, both counted from 1. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
