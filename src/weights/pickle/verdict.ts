import { ALLOWED, DANGERS, EVERYDAY } from "./names.js";

/** What is to be thought of an import. */
export type Verdict =
  | { readonly kind: "allowed" }
  /** What it can do, in words, to go on after "can". */
  | { readonly kind: "dangerous"; readonly can: string }
  | { readonly kind: "unknown" };

const ALLOW: Verdict = { kind: "allowed" };
const UNKNOWN: Verdict = { kind: "unknown" };

/** Modules that Python 3 reads under another name in pickles of Python 2 (Lib/_compat_pickle.py). */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ["__builtin__", "builtins"],
  ["copy_reg", "copyreg"],
]);

/** What each dangerous path can do. */
const CAN: ReadonlyMap<string, string> = new Map(
  DANGERS.flatMap(({ can, paths }) => paths.map((path) => [path, can] as const)),
);

/** Methods and attributes of Python's own, like `__globals__`, from which everything is reached. */
const INTERNAL = /^__\w+__$/;
const INTERNAL_CAN = "reach into Python's own workings, and from there any function";

/** Judges an import by its names alone. */
export function verdictOn(module: string, name: string): Verdict {
  const from = RENAMED.get(module) ?? module;
  if (ALLOWED.some(({ modules, names }) => modules.test(from) && names.test(name))) return ALLOW;
  const can = dangerOf(from, name.split("."));
  return can === undefined ? UNKNOWN : { kind: "dangerous", can };
}

/**
 * Since protocol 4 a name with dots is looked up attribute by attribute, and modules are attributes
 * of whatever imports them: `torch.serialization` and `os.system` are `os.system`.
 */
function dangerOf(module: string, name: readonly string[]): string | undefined {
  const direct = dangerAt([...module.split("."), ...name]);
  if (direct !== undefined) return direct;
  if (name.some((part) => INTERNAL.test(part))) return INTERNAL_CAN;
  for (let i = 0; i < name.length; i += 1) {
    const rest = name.slice(i);
    // `import os as _os` is usual.
    const first = rest[0]?.replace(/^_+/, "") ?? "";
    const isWord = rest.length === 1 && EVERYDAY.has(first);
    const danger = isWord ? undefined : (dangerAt(rest) ?? dangerAt([first, ...rest.slice(1)]));
    if (danger !== undefined) return danger;
  }
  return undefined;
}

/** What a path can do, if it or what holds it is dangerous. */
function dangerAt(path: readonly string[]): string | undefined {
  for (let end = 1; end <= path.length; end += 1) {
    const can = CAN.get(path.slice(0, end).join("."));
    if (can !== undefined) return can;
  }
  return undefined;
}
