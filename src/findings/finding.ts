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

/**
 * One thing that was found, as data: `code` tells the kinds of findings apart, and with it the type
 * of `args`. `describeFinding` puts it into words.
 */
export type Finding<C extends FindingCode = FindingCode> = {
  readonly [K in C]: {
    readonly code: K;
    readonly severity: Severity;
    /** What the finding is about, as JSON can hold it: `{path: "models/model.ts", …}`. */
    readonly args: FindingArgs<K>;
    readonly place?: Place;
  };
}[C];

/**
 * Makes a finding.
 *
 * @param code - a code of the table
 * @param args - what the code's row asks for
 * @param place - where it was found, if it has a place
 */
export const finding: <C extends FindingCode>(
  code: C,
  args: FindingArgs<C>,
  place?: Place,
) => Finding = (code, args, place) => findingOf(code, args, place) as Finding;

/** As {@link finding}, for callers that ask for the arguments: its type knows the code. */
export function findingOf<C extends FindingCode>(
  code: C,
  args: FindingArgs<C>,
  place?: Place,
): Finding<C> {
  const { severity } = findingTable[code];
  const found = { code, severity, args, ...(place === undefined ? {} : { place }) };
  // The parameters' types tie the arguments to the code.
  return found as unknown as Finding<C>;
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
