import { onCommandLine } from "../options/names.js";
import type { Finding } from "./finding.js";
import { type FindingArgs, type FindingCode, rowOf } from "./table.js";

export interface FindingWords {
  /** One sentence, or two: what is so, and why that matters. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/**
 * Puts a finding into words, in English. They may change with any version; a finding's code does
 * not. Options are named as the library names them: `` `outClasses` ``. Names of files and keys are
 * as they were found: escape them where you show them.
 */
export function describeFinding(finding: Finding): FindingWords {
  const { message, hint } = rowOf(finding.code);
  return { message: message(finding.args), hint: hint(finding.args) };
}

/** A finding in the words of the command line, for terminals and reports: `--out-classes`. */
export function findingOnCommandLine(finding: Finding): FindingWords {
  const { message, hint } = describeFinding(finding);
  return { message: onCommandLine(message), hint: onCommandLine(hint) };
}

/** A text that a code's findings may have. */
export interface DocumentedText {
  readonly text: string;
  /** The cases in which they have it, to go on after "If "; none where they always have it. */
  readonly when: readonly string[];
}

/** How a code's findings read, whatever they name: texts of the row's examples, each once. */
export interface DocumentedWords {
  readonly title: string;
  readonly messages: readonly DocumentedText[];
  readonly hints: readonly DocumentedText[];
}

/** The words of a code for documentation and the rules of reports, as the command line says them. */
export function documentedWords(code: FindingCode): DocumentedWords {
  const { title, message, hint } = rowOf(code);
  return {
    title: onCommandLine(title),
    messages: distinct(code, message),
    hints: distinct(code, hint),
  };
}

function distinct<C extends FindingCode>(
  code: C,
  wording: (args: FindingArgs<C>) => string,
): DocumentedText[] {
  const cases = new Map<string, string[]>();
  for (const { when, args } of rowOf(code).examples) {
    const text = onCommandLine(wording(args));
    cases.set(text, [...(cases.get(text) ?? []), ...(when === undefined ? [] : [when])]);
  }
  return [...cases].map(([text, when]) => ({ text, when: cases.size === 1 ? [] : when }));
}
