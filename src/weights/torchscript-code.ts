/*
 * TorchScript's code is source text, in which operators are reached by `torch.name`, by
 * `ops.namespace.name`, and as methods of any value (torch/csrc/jit/serialization/
 * import_source.cpp, frontend/sugared_value.cpp). Modules can be given other names there, so every
 * attribute counts, whatever it is of.
 */

/** Operators of PyTorch's own namespace that read or write files. All else there only computes. */
const SIDE_EFFECTS: ReadonlySet<string> = new Set(["save", "from_file"]);

/**
 * Namespaces whose operators compute with their arguments and do nothing else. Those of libraries
 * do whatever they like; PyTorch's own others talk to processes, devices and compilers.
 */
const NAMESPACES: ReadonlySet<string> = new Set([
  "aten",
  "prim",
  "quantized",
  "prepacked",
  "mkldnn_prepacked",
]);

/** Of the namespace prim: calls to other machines, and into Python. */
const PRIM = /^(rpc_\w*|Python\w*|load)$/;

/** An operator in code that may do more than to compute. */
export interface Operator {
  /** As Python calls it: `torch.ops.aten.save`. */
  readonly name: string;
  /** Where it stands, in characters. */
  readonly at: number;
}

/**
 * Operators in a TorchScript's code that are not known to do nothing but compute, in the order in
 * which they stand.
 *
 * @returns undefined where a text has no end, so that PyTorch can't read the code either
 */
export function operatorsWithEffects(code: string): Operator[] | undefined {
  const found: Operator[] = [];
  /** Words with dots between; the first one is "" where they are attributes of an expression. */
  let chain: string[] = [];
  let start = 0;
  let before: Token | undefined;
  let depth = 0;
  /** At which depths of brackets the arguments of a getattr stand. */
  const getattrs: number[] = [];
  const finish = (): void => {
    for (const name of effectsOf(chain)) found.push({ name, at: start });
    chain = [];
  };
  for (const token of tokens(code)) {
    if (token === undefined) return undefined;
    const { kind, text, at } = token;
    if (kind === "word" && before?.text === "." && chain.length > 0) chain.push(text);
    else if (text === "." && kind === "mark") {
      if (before?.kind !== "word") finish();
      if (chain.length === 0) [chain, start] = [[""], at];
    } else {
      finish();
      if (kind === "word") [chain, start] = [[text], at];
    }
    if (kind === "text" && getattrs.at(-1) === depth) {
      // Texts side by side are one.
      const isOdd = before?.kind === "text" || !/^\w+$/.test(text) || SIDE_EFFECTS.has(text);
      if (isOdd) found.push({ name: `torch.ops.aten.${text}`, at });
    }
    if (kind === "mark" && "([{".includes(text)) {
      depth += 1;
      if (before?.text === "getattr") getattrs.push(depth);
    } else if (kind === "mark" && ")]}".includes(text)) {
      if (getattrs.at(-1) === depth) getattrs.pop();
      depth -= 1;
    }
    before = token;
  }
  finish();
  return found;
}

function effectsOf([first, ...rest]: readonly string[]): string[] {
  const effects = rest
    .filter((name) => SIDE_EFFECTS.has(name))
    .map((name) => `torch.ops.aten.${name}`);
  const [namespace = "", name = "", ...classes] = rest;
  if (first === "ops") {
    const isKnown = NAMESPACES.has(namespace) && name !== "";
    if (!isKnown || (namespace === "prim" && PRIM.test(name))) {
      effects.push(["torch.ops", namespace, name].filter((part) => part !== "").join("."));
    }
  }
  // Classes of libraries, whose objects may do anything.
  const isClass = first === "__torch__" && namespace === "torch" && name === "classes";
  if (isClass && classes[0] !== "quantized") {
    effects.push(["torch.classes", ...classes.slice(0, 2)].join("."));
  }
  return effects;
}

interface Token {
  readonly kind: "word" | "mark" | "text";
  /** Of a text, what stands between its quotes. */
  readonly text: string;
  readonly at: number;
}

/** Blanks, comments and joined lines are passed over (frontend/lexer.h). */
const SKIPPED = /\s+|\\\r?\n|#[^\n]*/y;
const WORD = /[A-Za-z_]\w*/y;

/** The code's words, marks and texts; undefined, and no more, where a text has no end. */
function* tokens(code: string): Generator<Token | undefined> {
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(code)?.[0];
  };
  while (at < code.length) {
    const character = code[at] as string;
    const isSkipped = /[\s#\\]/.test(character) ? take(SKIPPED) : undefined;
    if (isSkipped !== undefined) {
      at += isSkipped.length;
    } else if (character === '"' || character === "'") {
      const end = endOfText(code, at);
      if (end === undefined) {
        yield undefined;
        return;
      }
      yield { kind: "text", text: code.slice(at, end).replace(/^['"]+|['"]+$/g, ""), at };
      at = end;
    } else {
      const word = take(WORD);
      yield { kind: word === undefined ? "mark" : "word", text: word ?? character, at };
      at += (word ?? character).length;
    }
  }
}

/** Where a text ends: it has one quote or three on each side, and lines only within three. */
function endOfText(code: string, start: number): number | undefined {
  const quote = code[start] as string;
  const marks = code.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
  for (let at = start + marks.length; at < code.length; at += 1) {
    if (code.startsWith(marks, at)) return at + marks.length;
    if (code[at] === "\n" && marks.length === 1) return undefined;
    if (code[at] === "\\") at += 1;
  }
  return undefined;
}
