import type { Listed } from "./names.js";

/** An import, and what it may be used for. */
export interface Reference extends Listed {
  readonly kind: "reference";
  readonly module: string;
  readonly name: string;
}

/** What lies on the machine's stack, as far as it matters. */
export type Value =
  | { readonly kind: "mark" }
  /** A number, list, dictionary, or text that is too long to be a name. */
  | { readonly kind: "data" }
  /** What a call has made. */
  | { readonly kind: "made" }
  /** What a persistent id stands for. */
  | { readonly kind: "storage" }
  /** What was known once, and is forgotten. */
  | { readonly kind: "forgotten" }
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "tuple";
      /** Undefined for long ones. */
      readonly items: readonly Value[] | undefined;
      /** The first item that is a type, class or function of the list, or may be one. */
      readonly type: Value | undefined;
    }
  | Reference;

export const MARK: Value = { kind: "mark" };
export const DATA: Value = { kind: "data" };
export const MADE: Value = { kind: "made" };
export const STORAGE: Value = { kind: "storage" };
export const FORGOTTEN: Value = { kind: "forgotten" };

/** Longer tuples are no arguments whose items matter one by one. */
const MOST_ITEMS = 8;

/** A tuple of values. */
export function tupleOf(items: readonly Value[]): Value {
  const type = items.find(isTypeOrFunction);
  return { kind: "tuple", items: items.length <= MOST_ITEMS ? items : undefined, type };
}

const TYPES: ReadonlySet<string> = new Set(["type", "shell", "class", "function", "storage"]);

const isTypeOrFunction = (value: Value): boolean =>
  value.kind === "forgotten" || (value.kind === "reference" && TYPES.has(value.role));
