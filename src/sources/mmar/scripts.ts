/** What a script of an MMAR passes to Clara's entry points, as far as its text tells. */
export interface ScriptFacts {
  /** `KEY=VALUE` of `--set`, with the shell's variables put in; what can't be told is left out. */
  readonly set: ReadonlyMap<string, string>;
  /** The value of `--output_path` of the export. */
  readonly outputPath: string | undefined;
}

/**
 * Reads commands/infer.sh or export.sh without running it: assignments, `$NAME`, `${NAME}`,
 * `${NAME::-5}` and `${NAME%.json}`, as NVIDIA's own scripts use them. Whatever else a shell can do
 * makes a value unknown, and an unknown value is left out.
 *
 */
export function readScript(text: string): ScriptFacts {
  const variables = new Map<string, string>();
  const set = new Map<string, string>();
  let outputPath: string | undefined;
  for (const line of logicalLines(text)) {
    const words = wordsOf(line);
    const [first = ""] = words;
    const assigned = /^(?:export\s+)?([A-Za-z_]\w*)=(.*)$/s.exec(words.length === 1 ? first : "");
    if (assigned !== null) {
      const [, name = "", value = ""] = assigned;
      const known = expanded(value, variables);
      if (known === undefined) variables.delete(name);
      else variables.set(name, known);
      continue;
    }
    const at = words.indexOf("--set");
    for (const word of at < 0 ? [] : words.slice(at + 1)) {
      const [, key, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
      if (key === undefined || value === undefined) continue;
      const known = expanded(value, variables);
      if (known !== undefined) set.set(key, belowRoot(known));
    }
    const output = words.indexOf("--output_path");
    const known = output < 0 ? undefined : expanded(words[output + 1] ?? "", variables);
    if (known !== undefined) outputPath = belowRoot(known);
  }
  return { set, outputPath };
}

/** Lines without comments, with those that end in a backslash joined to the next. */
function logicalLines(text: string): string[] {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/\\\n/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** The words of a line, without their quotes; what follows a comment's sign is none. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    if (word.startsWith("#")) break;
    // A dollar sign in single quotes is no variable's.
    words.push(
      word
        .replace(/'([^']*)'/g, (_, inner: string) => inner.replace(/\$/g, "\0"))
        .replace(/"/g, ""),
    );
  }
  return words;
}

/** A longer value is no path and no setting; a script could double one on every line. */
const LONGEST_VALUE = 4096;

/** The root of the MMAR, as scripts call it. */
const ROOT = "\u0001";

/** A text with the shell's variables put in; undefined where one is not known. */
function expanded(text: string, variables: ReadonlyMap<string, string>): string | undefined {
  let isKnown = true;
  const unknown = (): string => {
    isKnown = false;
    return "";
  };
  if (/[`*?]|\$\(/.test(text)) return undefined;
  const value = text.replace(/\$(?:\{([^{}]*)\}|(\w+))/g, (_, braced?: string, bare?: string) => {
    const [, name = "", operation = ""] = /^(\w+)(.*)$/.exec(braced ?? bare ?? "") ?? [];
    if (name === "MMAR_ROOT" && operation === "") return ROOT;
    const held = variables.get(name);
    if (held === undefined) return unknown();
    const cut = /^::-(\d+)$/.exec(operation)?.[1];
    if (cut !== undefined) return held.slice(0, held.length - Number(cut));
    const ending = /^%%?([\w.]+)$/.exec(operation)?.[1];
    if (ending !== undefined) return held.endsWith(ending) ? held.slice(0, -ending.length) : held;
    return operation === "" ? held : unknown();
  });
  if (value.length > LONGEST_VALUE) return undefined;
  return isKnown && !value.includes("$") ? value.replaceAll("\0", "$") : undefined;
}

/** `$MMAR_ROOT/models/model.ts` → `models/model.ts` */
const belowRoot = (value: string): string =>
  value.startsWith(`${ROOT}/`) ? value.slice(2) : value.replaceAll(ROOT, "");
