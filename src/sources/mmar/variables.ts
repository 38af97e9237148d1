import { asObject, type Json, type JsonObject } from "../../text/json.js";
import { MOST } from "../../text/limits.js";

/** `{NAME}`, the form in which configs name a variable (Clara Train documentation, MMAR). */
const VARIABLE = /\{([A-Za-z_]\w*)\}/g;

/** Variables that name each other several times could else grow without end. */
const LONGEST_VALUE = 65_536;

/** Replaces the variables in the values of a config. */
export interface Variables {
  /**
   * The value with its variables replaced. A string that is one variable and nothing else takes
   * the variable's own type; an unknown variable stays as it is.
   */
  expand(value: Json | undefined): Json | undefined;
  /** Names of the variables in a value that nothing sets. */
  unknown(value: Json | undefined): string[];
  /** The variables in a value that are set, and stay as they are all the same. */
  stuck(value: Json | undefined): StuckVariable[];
}

/** A variable that is not replaced. */
export interface StuckVariable {
  readonly name: string;
  /** Whether its value names it again, by itself or through others; else there is no room for it. */
  readonly isRing: boolean;
}

/**
 * The variables that a config sees: its own top-level values, then those of environment.json,
 * which win (Clara Train documentation: config, environment.json, then `--set`).
 */
export function variables(config: JsonObject, environment: JsonObject): Variables {
  const known = new Map<string, Json>();
  for (const scope of [config, environment]) {
    for (const [name, value] of Object.entries(scope)) {
      if (value !== undefined && !isStructure(value)) known.set(name, value);
    }
  }
  let room: number = MOST.expandedLength;
  // A variable's value may name another one; a ring of them ends at this depth.
  const expand = (value: Json | undefined, depth = 8): Json | undefined => {
    if (typeof value === "string") {
      const expanded = replace(value, known);
      if (typeof expanded === "string") room -= Math.max(0, expanded.length - value.length);
      // Many values that name a long one could fill the memory: what is too much stays as it is.
      if (room < 0) return value;
      return expanded === value || depth === 0 ? expanded : expand(expanded, depth - 1);
    }
    if (Array.isArray(value)) {
      const expanded = value.map((item: Json) => expand(item, depth) ?? null);
      return expanded.every((item, i) => item === value[i]) ? value : expanded;
    }
    const object = asObject(value);
    if (object === undefined) return value;
    const keys = Object.keys(object);
    const expanded = keys.map((key) => expand(object[key], depth));
    // Most have no variables in them, and may be large.
    if (keys.every((key, i) => object[key] === expanded[i])) return object;
    return Object.fromEntries(keys.map((key, i) => [key, expanded[i]]));
  };
  const expandAll = (value: Json | undefined): Json | undefined => {
    room = MOST.expandedLength;
    return expand(value);
  };
  let last: { readonly of: Json | undefined; readonly names: string[] } | undefined;
  const left = (value: Json | undefined): string[] => {
    if (last === undefined || last.of !== value) {
      last = { of: value, names: namedIn(expandAll(value)) };
    }
    return last.names;
  };
  return {
    expand: expandAll,
    unknown: (value) => left(value).filter((name) => !known.has(name)),
    stuck: (value) =>
      [...new Set(left(value))]
        .filter((name) => known.has(name))
        .map((name) => ({ name, isRing: isInRing(name, known) })),
  };
}

/** Whether a variable is reached again from its own value, or from one that its value names. */
function isInRing(name: string, known: ReadonlyMap<string, Json>): boolean {
  const open = new Set<string>();
  const done = new Set<string>();
  const meetsAgain = (one: string): boolean => {
    if (open.has(one)) return true;
    if (done.has(one)) return false;
    open.add(one);
    const found = namedIn(known.get(one)).some(meetsAgain);
    open.delete(one);
    done.add(one);
    return found;
  };
  return meetsAgain(name);
}

const isStructure = (value: Json): boolean => typeof value === "object" && value !== null;

function replace(text: string, known: ReadonlyMap<string, Json>): Json {
  const whole = /^\{([A-Za-z_]\w*)\}$/.exec(text)?.[1];
  if (whole !== undefined) return known.get(whole) ?? text;
  const expanded = text.replace(VARIABLE, (match, name: string) => {
    const value = known.get(name);
    return value === undefined ? match : String(value);
  });
  return expanded.length > LONGEST_VALUE ? text : expanded;
}

/** Names of the variables in a value. */
function namedIn(value: Json | undefined): string[] {
  const names: string[] = [];
  const collect = (inner: Json | undefined): void => {
    if (typeof inner === "string") {
      // Braces in Python code are dicts and sets, not variables.
      if (/^\s*(#|lambda\b)/.test(inner)) return;
      for (const match of inner.matchAll(VARIABLE)) names.push(match[1] as string);
    } else if (typeof inner === "object" && inner !== null) {
      for (const each of Object.values(inner)) collect(each as Json);
    }
  };
  collect(value);
  return names;
}
