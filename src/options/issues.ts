import { closestMatch } from "leven";
import type { z } from "zod";

/** What is wrong with one option. */
export interface OptionIssue {
  /** The option's key, and the way to the value in it; empty where all of the options are meant. */
  readonly path: readonly PropertyKey[];
  /** `must be a whole number`, without a full stop. */
  readonly problem: string;
  /** Keys that are not options. */
  readonly unknown?: readonly string[];
}

/** What is expected of a value, by zod's names of types. */
const EXPECTED: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping of names to values",
  record: "a mapping of names to values",
};

type RawIssue = z.core.$ZodRawIssue;

/**
 * The wording of all that zod finds, where the schema itself says nothing better. For use as
 * `error` of a parse: no sentence of zod's reaches a user.
 */
export function wording(issue: RawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "is missing"
        : `must be ${EXPECTED[issue.expected] ?? issue.expected}`;
    case "invalid_union":
      return `must be ${alternatives(issue.errors ?? [])}`;
    case "invalid_value":
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return issue.origin === "number" || issue.origin === "int"
        ? `must be ${issue.minimum} or more`
        : "must not be empty";
    case "too_big":
      return `must be ${issue.maximum} or less`;
    case "invalid_key":
      return "has a name that is not allowed";
    case "unrecognized_keys":
      return "has unknown keys";
    default:
      return "has the wrong form";
  }
}

/** `a number, text or a list` */
function alternatives(branches: readonly (readonly z.core.$ZodIssue[])[]): string {
  const kinds = [...new Set(branches.flat().flatMap(expectedOf))];
  const last = kinds.pop();
  if (last === undefined) return "of another form";
  return kinds.length === 0 ? last : `${kinds.join(", ")} or ${last}`;
}

function expectedOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "invalid_union") return issue.errors.flat().flatMap(expectedOf);
  return issue.code === "invalid_type" ? [EXPECTED[issue.expected] ?? issue.expected] : [];
}

/** What zod found, as issues of options: of a union the faults of the branch that was meant. */
export const optionIssues = (issues: readonly z.core.$ZodIssue[]): OptionIssue[] =>
  issues.flatMap((issue) => issuesOf(issue, []));

function issuesOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): OptionIssue[] {
  const path = [...above, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return [{ path, problem: "has unknown keys", unknown: issue.keys }];
  }
  if (issue.code === "invalid_union") {
    const meant = issue.errors.find((errors) => errors.some((inner) => !isOtherType(inner)));
    return meant?.flatMap((inner) => issuesOf(inner, path)) ?? [{ path, problem: issue.message }];
  }
  if (issue.code === "invalid_key" && issue.issues[0] !== undefined) {
    return [{ path, problem: issue.issues[0].message }];
  }
  const isQuoted = issue.code === "custom" && typeof path.at(-1) === "number";
  // A message of our own about an item of a list names the item by itself.
  return [{ path: isQuoted ? path.slice(0, -1) : path, problem: issue.message }];
}

/** Whether an issue only says that the value as a whole is of another type. */
const isOtherType = (issue: z.core.$ZodIssue): boolean =>
  issue.path.length === 0 &&
  (issue.code === "invalid_type" ||
    (issue.code === "invalid_union" && issue.errors.flat().every(isOtherType)));

/** The way to a value below an option, as a person counts: ` A`, ` item 2`. */
export const innerPath = (path: readonly PropertyKey[]): string =>
  path.map((key) => (typeof key === "number" ? ` item ${key + 1}` : ` ${String(key)}`)).join("");

/**
 * The name that was probably meant: `outClasses` for `out_classes` or `outClases`.
 *
 * @returns undefined where none is like it
 */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const known = new Map(names.map((each) => [plain(each), each]));
  const wanted = plain(name);
  const positive = known.get(wanted) ?? known.get(wanted.replace(/^no/, ""));
  if (positive !== undefined) return positive;
  const maxDistance = Math.max(1, Math.floor(wanted.length / 3));
  return known.get(closestMatch(wanted, [...known.keys()], { maxDistance }) ?? "");
}
