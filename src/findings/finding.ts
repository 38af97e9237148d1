import { type FindingArgs, type FindingCode, findingTable, type Severity } from "./table.js";

/** Where a finding was made. */
export interface Place {
  /** The file, relative to the root of the MMAR or bundle, with "/" between its parts. */
  readonly file: string;
  /** Line in the file, counted from 1. */
  readonly line?: number;
  /** Column in the line, counted from 1, in UTF-16 code units. */
  readonly column?: number;
  /** The key in the file, as a path: `evaluator.args.device`. */
  readonly key?: string;
}

/** One thing that was found, ready to be shown; the wording stands in the table of findings. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly place?: Place;
  /** One sentence: what is so, and why that matters. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/**
 * Makes a finding from its code and what the wording needs to know.
 *
 * @param code - a code of the table
 * @param args - what the code's wording takes
 * @param place - where it was found, if it has a place
 */
export function finding<C extends FindingCode>(
  code: C,
  args: FindingArgs<C>,
  place?: Place,
): Finding {
  const entry = findingTable[code];
  // The table ties every code to the arguments of its own wording; TypeScript can't follow
  // that link through an index by a type parameter.
  const word = (text: unknown): string => (text as (a: FindingArgs<C>) => string)(args);
  return {
    code,
    severity: entry.severity,
    message: word(entry.message),
    hint: word(entry.hint),
    ...(place === undefined ? {} : { place }),
  };
}

/** Whether any of the findings is an error, so that nothing may be packed. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some((f) => f.severity === "error");
}

/** Whether findings let a work pass: no error, and where it is `strict` no warning either. */
export function isFit(findings: readonly Finding[], strict = false): boolean {
  return !hasErrors(findings) && !(strict && findings.some((f) => f.severity === "warning"));
}

const RANK = { error: 0, warning: 1, info: 2 } as const;

/** Errors first; among equals the order in which they were found. */
export const ordered = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
