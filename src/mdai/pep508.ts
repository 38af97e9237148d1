import { isClause, type VersionClause } from "./pep440.js";

/** A line of a requirements file: a package with its versions, or something else that pip takes. */
export interface Requirement {
  /** The line, without comment and white space around it. */
  readonly text: string;
  /** The package's name in its normal form (PEP 503), where the line names one. */
  readonly name: string | undefined;
  readonly clauses: readonly VersionClause[];
  /** Whether it is taken from a URL: `name @ https://…`. */
  readonly isDirect: boolean;
}

const NAME = /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?/;
const EXTRAS = /^\s*\[\s*(?:[\w.-]+(?:\s*,\s*[\w.-]+)*)?\s*\]/;
const CLAUSE = /^\s*(===|==|~=|!=|<=|>=|<|>)\s*([\w.*+!-]+)\s*/;

/**
 * Reads a requirement as pip does (PEP 508).
 *
 * @param text - one line, without a comment
 * @returns the requirement, or why pip can't read it
 */
export function parseRequirement(text: string): Requirement | string {
  const name = NAME.exec(text)?.[0];
  if (name === undefined) {
    return text.startsWith("-")
      ? "this option is not allowed here"
      : "it does not start with the name of a package";
  }
  const [rest = "", ...markers] = text.slice(name.length).replace(EXTRAS, "").split(";");
  if (markers.length > 0 && !isMarker(markers.join(";"))) {
    return "what follows the ; is not a marker";
  }
  const isDirect = /^\s*@/.test(rest);
  const clauses = isDirect ? urlClauses(rest) : readClauses(rest);
  return typeof clauses === "string"
    ? clauses
    : { text, name: normalName(name), clauses, isDirect };
}

/** Names compare without case and with all separators alike (PEP 503). */
const normalName = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, "-");

/** A URL stands instead of versions. */
const urlClauses = (rest: string): [] | string =>
  /^\s*@\s*\S+\s*$/.test(rest) ? [] : "there is no URL after the @";

/** The clauses of `>=1, <2`, which may stand in brackets, or why pip can't read them. */
function readClauses(versions: string): VersionClause[] | string {
  let rest = versions.trim().replace(/^\((.*)\)$/, "$1");
  const clauses: VersionClause[] = [];
  while (rest.trim() !== "") {
    const [whole = "", operator = "", version = ""] = CLAUSE.exec(rest) ?? [];
    if (whole === "") return clauseProblem(rest.trim());
    if (!isClause({ operator, version })) return `"${operator}${version}" is not a valid version`;
    clauses.push({ operator, version });
    rest = rest.slice(whole.length);
    if (rest === "") break;
    if (!rest.startsWith(",")) return `"${rest.trim()}" is unexpected`;
    // A comma may stand behind the last one, too.
    rest = rest.slice(1);
  }
  return clauses;
}

function clauseProblem(text: string): string {
  if (/^=[^=]/.test(text)) return "versions are compared with two equals signs (==)";
  return /^(?:[=<>]=?|===|[~!]=)$/.test(text)
    ? "a version is missing"
    : `"${text}" is not a version specifier such as ==1.2 or >=1.2`;
}

const MARKER_TOKEN =
  /\s*(?:(\()|(\))|((?:and|or)\b)|((?:===|==|~=|!=|<=|>=|<|>|not\s+in\b|in\b))|("[^"]*"|'[^']*'|[a-z_][\w.]*))/y;

/** Whether a text is a marker of PEP 508: comparisons, joined by `and` and `or`, in brackets. */
function isMarker(text: string): boolean {
  const kinds: string[] = [];
  const names = ["(", ")", "join", "compare", "value"];
  const whole = text.trimEnd();
  MARKER_TOKEN.lastIndex = 0;
  while (MARKER_TOKEN.lastIndex < whole.length) {
    const token = MARKER_TOKEN.exec(whole);
    if (token === null) return false;
    kinds.push(names[token.slice(1).findIndex((part) => part !== undefined)] ?? "");
  }
  let form = kinds.join(" ");
  for (let before = ""; before !== form; ) {
    before = form;
    form = form
      .replaceAll("value compare value", "test")
      .replaceAll("( test )", "test")
      .replaceAll("test join test", "test");
  }
  return form === "test";
}
