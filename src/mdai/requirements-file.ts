import { type Finding, finding } from "../findings/finding.js";
import type { Requirement } from "./pep508.js";
import {
  checkClashes,
  checkRequirements,
  type RequirementLine,
  type RequirementsContext,
} from "./requirements.js";

/** The requirements of a bundle, and what is wrong or doubtful about them. */
export interface RequirementsFile {
  readonly requirements: readonly Requirement[];
  readonly findings: readonly Finding[];
}

/**
 * Reads a bundle's requirements.txt as pip does.
 *
 * @param path - the path that places show
 */
export function checkRequirementsFile(
  bytes: Uint8Array,
  path: string,
  context: RequirementsContext,
): RequirementsFile {
  const text = decode(bytes);
  if (text === undefined) {
    const args = { requirement: "", problem: "the file is neither UTF-8 nor UTF-16" };
    return {
      requirements: [],
      findings: [finding("requirement-unparseable", args, { file: path })],
    };
  }
  const { requirements, findings } = checkRequirements(readLines(text, path), context);
  return {
    requirements: [...requirements.keys()],
    findings: [...findings, ...checkClashes([], requirements)],
  };
}

/** pip takes UTF-16 with a byte order mark, too, which PowerShell's `>` writes. */
function decode(bytes: Uint8Array): string | undefined {
  const mark = [...bytes.subarray(0, 2)].join();
  const encoding = { "255,254": "utf-16le", "254,255": "utf-16be" }[mark] ?? "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * The lines of a requirements file that hold something, without comments. A backslash at the end of
 * one goes on in the next.
 *
 * @param file - the path that places show; without it lines have no place
 */
export function readLines(text: string, file?: string): RequirementLine[] {
  const lines: RequirementLine[] = [];
  for (const { line, number } of logicalLines(text)) {
    const bare = line
      .replace(/\s+/g, " ")
      .replace(/(^|\s)#.*$/, "")
      .trim();
    if (bare === "") continue;
    const [, text = bare, options] = /^(.*?) (--\w.*)$/.exec(bare) ?? [];
    const place = file === undefined ? undefined : { file, line: number, column: 1 };
    lines.push({ text, ...(options && { options }), ...(place && { place }) });
  }
  return lines;
}

/** Where Python's `splitlines` breaks lines, and with it pip. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they break lines
const LINE_BREAK = /\r\n|[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]/;

/** Lines as pip joins them. */
function* logicalLines(text: string): Generator<{ line: string; number: number }> {
  let line = "";
  let number = 0;
  for (const [index, piece] of text.split(LINE_BREAK).entries()) {
    if (line === "") number = index + 1;
    const goesOn = piece.endsWith("\\") && !/^\s*#/.test(piece);
    line += goesOn ? `${piece.slice(0, -1)} ` : piece;
    if (goesOn) continue;
    yield { line, number };
    line = "";
  }
  if (line !== "") yield { line, number };
}
