import { type Automaton, automatonOf } from "./glob-automaton.js";
import { BadGlob, parseGlob } from "./glob-parse.js";
import { MOST } from "./limits.js";

// Libraries make regular expressions of globs, whose time may double with each `*`. This walks all
// ways to match at once, as grep does: its time grows with path and glob, and no faster.

/** Says whether a path, with "/" between its parts, is one that the globs mean. */
export type PathMatcher = (path: string) => boolean;

/**
 * What is wrong with a glob, to go on after it: "has 1000 characters; at most 500 are allowed".
 * Undefined where nothing is.
 */
export function globProblem(glob: string): string | undefined {
  if (glob.length > MOST.globLength) {
    return `has ${glob.length} characters; at most ${MOST.globLength} are allowed`;
  }
  try {
    automatonOf(parseGlob(glob));
    return undefined;
  } catch (error) {
    if (error instanceof BadGlob) return error.message;
    throw error;
  }
}

/** As {@link globProblem}, for a list of globs: each may be short and all together too long. */
export function globsProblem(globs: readonly string[]): string | undefined {
  const length = globs.reduce((sum, glob) => sum + glob.length, 0);
  if (length <= MOST.globsLength) return undefined;
  return `have ${length} characters together; at most ${MOST.globsLength} are allowed`;
}

/**
 * A matcher for globs: `*` and `?` within a name, `**` for any folders, `[a-z]`, `[!a-z]`, `{a,b}`,
 * `{1..3}`, `@(a|b)`, `?(a)`, `*(a)`, `+(a)`, and a backslash before what is meant as it is. Names
 * that begin with a dot are names like others.
 *
 * @param globs - globs in which {@link globProblem} finds nothing; one of them has to match
 */
export function globMatcher(globs: readonly string[]): PathMatcher {
  const literal = new Set(globs);
  const automata: readonly Automaton[] = globs.map((glob) => automatonOf(parseGlob(glob)));
  return (path) => literal.has(path) || automata.some((automaton) => automaton.matches(path));
}

/** Whether a text has anything in it that makes it a glob. */
export const isGlob = (text: string): boolean => /[*?[{]|[@+!]\(/.test(text);

/** The folders at a glob's start in which nothing is to be matched, and the rest of it. */
export function splitGlob(glob: string): { readonly base: string; readonly rest: string } {
  const parts = glob.split("/");
  // Braces may hold slashes: what begins with one is a glob, whatever it is.
  const first = parts.findIndex((part) => /[*?[{(]/.test(part));
  const start = first === -1 ? parts.length - 1 : first;
  const base = parts.slice(0, start).join("/").replace(/\\(.)/g, "$1");
  const rest = parts.slice(start).join("/");
  return { base: base === "" && glob.startsWith("/") ? "/" : base, rest };
}
