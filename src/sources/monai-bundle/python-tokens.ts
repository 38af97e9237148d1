/** A piece of a Python expression. */
export interface Token {
  readonly kind: "name" | "number" | "text" | "sign" | "reference";
  /** What it says: a text without its quotes, a reference without its `@` or `%`. */
  readonly value: string;
}

type Kind = Token["kind"] | "space";

/** What may stand where an operand may not: after `x`, `)` and the like a `%` is the operator. */
const KINDS: readonly (readonly [kind: Kind, pattern: RegExp])[] = [
  ["space", /\s+/y],
  [
    "text",
    /[rRbBuUfF]{0,2}(?:"""([\s\S]*?)"""|'''([\s\S]*?)'''|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)')/y,
  ],
  // MONAI's references to other parts of a config: `@a#b#0`, `@a::b` (bundle/reference_resolver.py).
  ["reference", /@(#*\w*(?:(?:#|::)\w+)*)/y],
  ["name", /[A-Za-z_]\w*/y],
  ["number", /(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?/y],
  ["sign", /\*\*|\/\/|==|!=|<=|>=|:=|->|[-+*/%()[\]{},.:=<>&|^~;]/y],
];

/** Characters of an expression; those of public bundles have some hundred. */
const LONGEST = 10_000;

/** The fields of an f-string are code. */
const FORMATTED = /^[rRbBuU]?[fF][^{]*\{/;

/**
 * Takes a Python expression apart. MONAI puts in its references before Python reads the text, so
 * that an `@` never is the operator.
 *
 * @returns undefined where something stands there that is not understood, an f-string with fields
 *   among it, or where it is far too long
 */
export function tokensOf(text: string): readonly Token[] | undefined {
  if (text.length > LONGEST) return undefined;
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const found = tokenAt(text, at);
    if (found === undefined) return undefined;
    at = found.end;
    if (found.kind !== "space") tokens.push({ kind: found.kind, value: found.value });
  }
  return tokens;
}

function tokenAt(text: string, at: number): { kind: Kind; value: string; end: number } | undefined {
  for (const [kind, pattern] of KINDS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) continue;
    const end = at + match[0].length;
    if (kind === "text") {
      if (FORMATTED.test(match[0])) return undefined;
      const raw = match.slice(1).find((part) => part !== undefined) ?? "";
      return { kind, value: raw.replace(/\\(['"\\])/g, "$1"), end };
    }
    const value = kind === "reference" ? (match[1] ?? "").replaceAll("::", "#") : match[0];
    return { kind, value, end };
  }
  return undefined;
}
