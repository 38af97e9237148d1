import { asList, asObject, asString, type Json } from "../../text/json.js";
import type { BundleConfig } from "./config.js";
import { type Token, tokensOf } from "./python-tokens.js";

/** Packages whose functions a config may use as it likes. */
const FREE = new Set(["monai", "torch", "numpy"]);
/** What a config knows without importing it (bundle/config_parser.py). */
const GLOBALS: Readonly<Record<string, string>> = {
  monai: "monai",
  torch: "torch",
  np: "numpy",
  numpy: "numpy",
};

/** Names through which anything can be reached from a package that may be used. */
const DOORS =
  /^(os|sys|subprocess|shutil|importlib|builtins|pickle|ctypes|ctypeslib|f2py|socket|hub|cpp_extension|_C|ops|classes|runpy|pty|threading|multiprocessing|__\w+__)$/;

/** Functions of Python's own and of its library that only compute. */
const PLAIN = new Set([
  ...["abs", "all", "any", "bool", "dict", "divmod", "enumerate", "filter", "float", "frozenset"],
  ...["int", "isinstance", "len", "list", "map", "max", "min", "pow", "range", "reversed", "round"],
  ...["set", "slice", "sorted", "str", "sum", "tuple", "zip", "type", "print", "bytes", "complex"],
  ...["ValueError", "KeyError", "RuntimeError", "Exception"],
]);
const PLAIN_MODULES =
  /^(math|copy|itertools|functools|operator|collections|typing|numbers|re|os\.path|pathlib\.PurePath|pathlib\.PurePosixPath)(\.(?!os$)\w+)*$|^os\.(sep|path)$/;

/** Modules of Python's own library through which a config could do something; they are always there. */
export const STANDARD: ReadonlySet<string> = new Set([
  ...[
    "asyncio",
    "builtins",
    "codecs",
    "collections",
    "contextlib",
    "copy",
    "csv",
    "ctypes",
    "datetime",
  ],
  ...[
    "functools",
    "gc",
    "glob",
    "gzip",
    "hashlib",
    "http",
    "importlib",
    "inspect",
    "io",
    "itertools",
  ],
  ...[
    "json",
    "logging",
    "math",
    "multiprocessing",
    "operator",
    "os",
    "pathlib",
    "pickle",
    "platform",
  ],
  ...[
    "pty",
    "random",
    "re",
    "runpy",
    "shelve",
    "shutil",
    "signal",
    "site",
    "socket",
    "ssl",
    "string",
  ],
  ...["subprocess", "sys", "tarfile", "tempfile", "threading", "time", "types", "typing", "urllib"],
  ...["warnings", "webbrowser", "zipfile", "zlib"],
]);

const WORDS = new Set([
  ...["and", "or", "not", "in", "is", "if", "else", "for", "lambda", "True", "False", "None"],
  ...["await", "async", "yield", "from", "import", "as"],
]);

/** `$import pandas as pd`, `$from a import b as c`. */
const IMPORT = /^\$\s*import\s+([\w.]+)(?:\s+as\s+(\w+))?\s*$/;
const FROM = /^\$\s*from\s+([\w.]+)\s+import\s+(\w+)(?:\s+as\s+(\w+))?\s*$/;

/** What the import statements of a config name, by the names that expressions use. */
export function importsOf({ value }: BundleConfig): ReadonlyMap<string, string> {
  const imports = new Map<string, string>();
  const visit = (inner: Json | undefined): void => {
    const text = asString(inner);
    if (text !== undefined) {
      const [, module, alias] = IMPORT.exec(text) ?? [];
      if (module !== undefined)
        imports.set(
          alias ?? module.split(".")[0] ?? module,
          alias ? module : (module.split(".")[0] ?? module),
        );
      const [, from, name, as] = FROM.exec(text) ?? [];
      if (from !== undefined && name !== undefined) imports.set(as ?? name, `${from}.${name}`);
      return;
    }
    for (const item of asList(inner)) visit(item);
    for (const item of Object.values(asObject(inner) ?? {})) visit(item);
  };
  visit(value as Json);
  return imports;
}

/**
 * The full names that an expression uses and that are neither MONAI's, PyTorch's and NumPy's nor
 * plain functions of Python: `os.system`, `builtins.open`, `scripts.my_transforms.Smooth`.
 *
 * @param imports - modules by the names that the expression has for them
 * @param isTarget - whether it is the name of a class: one without a module is MONAI's
 * @returns undefined where the expression can't be read
 */
export function namesIn(
  text: string,
  imports: ReadonlyMap<string, string>,
  isTarget = false,
): string[] | undefined {
  if (isTarget) {
    const isName = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(text);
    if (!isName) return undefined;
    return text.includes(".") ? outside(text) : [];
  }
  if (/^\s*(import|from)\s/.test(text)) return [];
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  const bound = boundNames(tokens);
  const names = new Set<string>();
  for (let at = 0; at < tokens.length; at++) {
    const chain = chainAt(tokens, at);
    if (chain === undefined) continue;
    at = chain.end;
    for (const name of outsideOf(chain, bound, imports)) names.add(name);
  }
  return [...names];
}

/** A name with its attributes; `after` is what they are of, where it is no name. */
interface Chain {
  readonly parts: readonly string[];
  readonly isAttribute: boolean;
  readonly end: number;
}

function chainAt(tokens: readonly Token[], start: number): Chain | undefined {
  const first = tokens[start];
  if (first?.kind !== "name" || (WORDS.has(first.value) && tokens[start - 1]?.value !== "."))
    return undefined;
  const next = tokens[start + 1];
  const before = tokens[start - 1];
  // `f(key=value)` names an argument.
  const isKeyword = next?.value === "=" && (before?.value === "(" || before?.value === ",");
  if (isKeyword) return undefined;
  const parts = [first.value];
  let end = start;
  while (tokens[end + 1]?.value === "." && tokens[end + 2]?.kind === "name") {
    parts.push(tokens[end + 2]?.value ?? "");
    end += 2;
  }
  return { parts, isAttribute: before?.value === "." && before.kind === "sign", end };
}

function outsideOf(
  { parts, isAttribute }: Chain,
  bound: ReadonlySet<string>,
  imports: ReadonlyMap<string, string>,
): string[] {
  const [first = "", ...rest] = parts;
  // An attribute of a value: only those that lead out of it count.
  const doors = (isAttribute ? parts : rest).filter((part) => /^__\w+__$/.test(part));
  const hidden = doors.map((part) => `object.${part}`);
  if (isAttribute || bound.has(first)) return hidden;
  const module = imports.get(first) ?? GLOBALS[first];
  if (module !== undefined) return [...hidden, ...outside([module, ...rest].join("."))];
  return PLAIN.has(first) ? hidden : [...hidden, `builtins.${first}`];
}

/** A full name, where it is outside of what may be used. */
function outside(name: string): string[] {
  if (PLAIN_MODULES.test(name)) return [];
  const [root = "", ...rest] = name.split(".");
  if (root === "builtins" && rest.length === 1 && PLAIN.has(rest[0] ?? "")) return [];
  return FREE.has(root) && !rest.some((part) => DOORS.test(part)) ? [] : [name];
}

/** Names that the expression itself gives: parameters of lambdas, targets of `for` and `:=`. */
function boundNames(tokens: readonly Token[]): ReadonlySet<string> {
  const bound = new Set<string>();
  for (const [index, token] of tokens.entries()) {
    const isWord = token.kind === "name";
    if (isWord && (token.value === "lambda" || token.value === "for")) {
      const end = token.value === "lambda" ? ":" : "in";
      for (let at = index + 1; at < tokens.length && tokens[at]?.value !== end; at++) {
        const inner = tokens[at];
        // `lambda x=y:` takes y from outside.
        if (inner?.kind === "name" && tokens[at - 1]?.value !== "=") bound.add(inner.value);
      }
    }
    const before = tokens[index - 1];
    if (token.value === ":=" && before?.kind === "name") bound.add(before.value);
  }
  return bound;
}
