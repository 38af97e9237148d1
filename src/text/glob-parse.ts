import { MOST } from "./limits.js";

/** Says whether a character, by its code point, may stand at a place. */
export type CharacterTest = (code: number) => boolean;

/** A part of a glob. */
export type GlobPart =
  /** One character that stands as it is written. */
  | { readonly kind: "one"; readonly test: CharacterTest }
  /** One character of some. */
  | { readonly kind: "class"; readonly test: CharacterTest }
  /** One of these, so often. */
  | { readonly kind: "any"; readonly of: readonly Glob[]; readonly times: "1" | "?" | "*" | "+" };

/** What stands in a glob, from its start to its end. */
export type Glob = readonly GlobPart[];

/** Text that is not a glob; the message goes on after it. */
export class BadGlob extends Error {}

const SLASH = "/".charCodeAt(0);
/** All but the border of names. */
const inName: CharacterTest = (code) => code !== SLASH;
const anything: CharacterTest = () => true;

const one = (character: string): GlobPart => {
  const wanted = character.codePointAt(0);
  return { kind: "one", test: (code) => code === wanted };
};
const literally = (text: string): Glob => [...text].map(one);
const maybe = (of: Glob): GlobPart => ({ kind: "any", of: [of], times: "?" });
const often = (of: Glob): GlobPart => ({ kind: "any", of: [of], times: "*" });

/** Any characters of one name. */
const STAR = often([{ kind: "class", test: inName }]);
/** Any names, and the slashes between them. */
const ANYTHING = often([{ kind: "class", test: anything }]);
/** Any folders, each with its slash. */
const FOLDERS = maybe([ANYTHING, one("/")]);
/** What lies in a folder, or the folder itself. */
const CONTENT = maybe([one("/"), ANYTHING]);

/** More items of a range, as in `{1..1000}`, are a mistake. */
const MOST_ITEMS = 1000;

/**
 * Reads a glob.
 *
 * @throws {@link BadGlob}
 */
export function parseGlob(glob: string): Glob {
  if (glob.startsWith("!")) {
    throw new BadGlob(
      'begins with "!", but globs can\'t be negated (for a file of that name: \\!)',
    );
  }
  return new Parser(glob, true, true).parse();
}

class Parser {
  readonly #parts: GlobPart[] = [];
  #at = 0;

  /**
   * @param isStart - whether a name begins where the text does
   * @param isEnd - whether a name ends where the text does
   */
  constructor(
    private readonly text: string,
    private readonly isStart: boolean,
    private readonly isEnd: boolean,
  ) {}

  parse(): Glob {
    while (this.#at < this.text.length) this.#next();
    return this.#parts;
  }

  #next(): void {
    const [character = ""] = this.text.slice(this.#at, this.#at + 2);
    const isTaken =
      this.#takeGroup(character) ||
      this.#takeFolders() ||
      (character === "[" && this.#takeClass()) ||
      (character === "{" && this.#takeBraces());
    if (isTaken) return;
    this.#at += character.length;
    if (character === "*") {
      if (this.#parts.at(-1) !== STAR) this.#parts.push(STAR);
    } else if (character === "?") this.#parts.push({ kind: "class", test: inName });
    else if (character === "\\" && this.#at < this.text.length) this.#escaped();
    else this.#parts.push(one(character));
  }

  #escaped(): void {
    const [character = ""] = this.text.slice(this.#at, this.#at + 2);
    this.#at += character.length;
    this.#parts.push(one(character));
  }

  /** `**` where it stands for folders: between slashes, or at an end. Elsewhere it is a `*`. */
  #takeFolders(): boolean {
    const rest = this.text.slice(this.#at);
    const stars = /^(\/?)\*{2,}(?:\/\*{2,})*(?=\/|$)/.exec(rest);
    if (stars === null) return false;
    const [whole, slash = ""] = stars;
    const after = rest.slice(whole.length);
    if (slash === "" && !this.#isAtStart()) return false;
    if (after === "") {
      if (!this.isEnd) return false;
      // "docs/**" means docs as well, where that is a link; "*/**" does not mean all files.
      const isBelow = slash !== "" && this.#parts.at(-1) === STAR;
      if (isBelow) this.#parts.push(one("/"));
      this.#parts.push(slash === "" || isBelow ? ANYTHING : CONTENT);
      this.#at += whole.length;
      return true;
    }
    if (slash !== "") this.#parts.push(one("/"));
    this.#parts.push(FOLDERS);
    // The slash behind it is part of the folders.
    this.#at += whole.length + 1;
    return true;
  }

  #isAtStart(): boolean {
    return this.#at === 0 ? this.isStart : this.text[this.#at - 1] === "/";
  }

  /** `@(a|b)` and the like. */
  #takeGroup(character: string): boolean {
    if (!"@?*+!".includes(character) || this.text[this.#at + 1] !== "(") return false;
    const end = closing(this.text, this.#at + 1, "(", ")");
    if (end === undefined) return false;
    if (character === "!") throw new BadGlob("has !(…), but globs can't be negated");
    const texts = split(this.text.slice(this.#at + 2, end), "|");
    const times = character === "@" ? "1" : (character as "?" | "*" | "+");
    this.#takeAny(texts, end + 1, times);
    return true;
  }

  /** `{a,b}` or `{1..3}`. */
  #takeBraces(): boolean {
    const end = closing(this.text, this.#at, "{", "}");
    if (end === undefined) return false;
    const inside = this.text.slice(this.#at + 1, end);
    const items = rangeItems(inside) ?? split(inside, ",");
    if (items.length < 2) return false;
    this.#takeAny(items, end + 1, "1");
    return true;
  }

  #takeAny(texts: readonly string[], end: number, times: "1" | "?" | "*" | "+"): void {
    const isStart = this.#isAtStart();
    const isEnd = end === this.text.length ? this.isEnd : this.text[end] === "/";
    const of = texts.map((text) => new Parser(text, isStart, isEnd).parse());
    this.#parts.push({ kind: "any", of, times });
    this.#at = end;
  }

  /** `[a-z]`; names that have these very characters are meant as well. */
  #takeClass(): boolean {
    const match = /^\[([!^]?)(\]?(?:\[:\w+:\]|\\[\s\S]|[^\]\\/])*)\]/.exec(
      this.text.slice(this.#at),
    );
    if (match === null) return false;
    const [whole, not = "", inside = ""] = match;
    if (inside === "") return false;
    const isIn = classTest(inside);
    const test: CharacterTest = (code) => code !== SLASH && isIn(code) !== (not !== "");
    const either = [[{ kind: "class", test } as const], literally(whole)];
    this.#parts.push({ kind: "any", of: either, times: "1" });
    this.#at += whole.length;
    return true;
  }
}

const NAMED_CLASSES: Readonly<Record<string, RegExp>> = {
  alpha: /\p{L}/u,
  digit: /\d/,
  alnum: /[\p{L}\d]/u,
  upper: /\p{Lu}/u,
  lower: /\p{Ll}/u,
  space: /\s/,
  punct: /[!-/:-@[-`{-~]/,
  xdigit: /[\da-fA-F]/,
  word: /\w/,
};

/** What stands between the brackets of a class. */
function classTest(inside: string): CharacterTest {
  const tests: CharacterTest[] = [];
  const token = /\[:(\w+):\]|(\\[\s\S]|[\s\S])(?:-(\\[\s\S]|[\s\S]))?/gu;
  for (const [, name, first = "", last = first] of inside.matchAll(token)) {
    if (name !== undefined) {
      const named = NAMED_CLASSES[name];
      if (named === undefined) throw new BadGlob(`has [:${name}:], which is not a known class`);
      tests.push((code) => named.test(String.fromCodePoint(code)));
      continue;
    }
    const [low, high] = [bare(first), bare(last)];
    tests.push((code) => code >= low && code <= high);
  }
  return (code) => tests.some((test) => test(code));
}

const bare = (character: string): number => character.replace(/^\\(?=.)/su, "").codePointAt(0) ?? 0;

/** Where a bracket is closed that opens at a place; undefined where it is not. */
function closing(text: string, start: number, open: string, close: string): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === open) depth++;
    else if (text[at] === close && --depth === 0) return at;
  }
  return undefined;
}

/** Splits at a separator, but not within brackets. */
function split(text: string, separator: string): string[] {
  const pieces: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "\\") at++;
    else if ("{(".includes(character)) depth++;
    else if ("})".includes(character)) depth--;
    else if (character === separator && depth === 0) {
      pieces.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...pieces, text.slice(start)];
}

/** The items of `1..3` or `a..e`, in the order in which they are written. */
function rangeItems(inside: string): string[] | undefined {
  const numbers = /^(-?\d{1,9})\.\.(-?\d{1,9})$/.exec(inside);
  const letters = /^([A-Za-z])\.\.([A-Za-z])$/.exec(inside);
  const [, from = "", to = ""] = numbers ?? letters ?? [];
  if (from === "") return undefined;
  const value = (text: string): number => (numbers ? Number(text) : text.charCodeAt(0));
  const [low, high] = [value(from), value(to)].sort((a, b) => a - b) as [number, number];
  if (high - low >= MOST_ITEMS) throw new BadGlob(`has {${inside}}, which are too many`);
  const all = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  return all.map((item) => (numbers ? String(item) : String.fromCharCode(item)));
}

/** How many characters and ways a glob may come to. */
export const MOST_STATES = 20 * MOST.globLength;
