import { escapeControls } from "./format.js";

/** Longer texts are cut: a report is to be read. */
const LONGEST_TEXT = 2000;

const cut = (text: string): string => {
  const characters = text.length > LONGEST_TEXT ? [...text].slice(0, LONGEST_TEXT - 1) : undefined;
  return characters === undefined ? text : `${characters.join("")}…`;
};

/**
 * A text as Markdown shows it unchanged, in a table, too: no mark-up, no HTML, no link of its own,
 * and nobody who is mentioned.
 */
export function prose(text: string): string {
  return escapeControls(cut(text))
    .replace(/[\\`*_{}[\]()<>#+!|~&$:]|(?<=www)\./gi, "\\$&")
    .replaceAll("@", "@&#8203;");
}

/** A text as code. Backticks in it need a longer fence around it. */
export function code(text: string): string {
  const shown = escapeControls(cut(text));
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  // A space at both ends is taken off again; it keeps a backtick from the fence.
  const pad = /^[` ]|[` ]$|^$/.test(shown) ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}
