import type { JSONPath } from "jsonc-parser";
import type { Place } from "../../findings/finding.js";
import {
  asList,
  asObject,
  asString,
  type Json,
  type JsonFile,
  type JsonObject,
} from "../../text/json.js";
import { evaluate } from "./evaluate.js";

/** A component of a config: what has a `_target_`. */
export interface Component {
  /** Its place: `postprocessing#transforms#2`. */
  readonly id: string;
  /** `_target_` as it stands there: `monai.transforms.Invertd`, `Invertd`. */
  readonly target: string;
  /** The last part of the target. */
  readonly name: string;
  /** Its arguments as they stand there. */
  readonly args: JsonObject;
}

/** The id under which MONAI keeps metadata.json (ConfigParser.meta_key). */
const META = "_meta_";

/** Transforms of a list, which has some dozens. */
const MOST_ITEMS = 1000;

/** References are followed so many times; a circle has no end. */
const DEEPEST = 20;

/** An inference config of a MONAI bundle: one file, or several in the order in which they count. */
export class BundleConfig {
  /** What all files hold together: of a key the last file counts. */
  readonly value: JsonObject;
  readonly #origins = new Map<string, JsonFile>();
  readonly #known = new Map<string, Json | undefined>();

  /** @param metadata - metadata.json, to which a config may refer as `@_meta_` */
  constructor(
    readonly files: readonly [JsonFile, ...JsonFile[]],
    private readonly metadata?: JsonFile,
  ) {
    const value: Record<string, Json | undefined> = {};
    for (const file of files) {
      for (const [key, inner] of Object.entries(file.value)) {
        value[key] = inner;
        this.#origins.set(key, file);
      }
    }
    // Whatever stands there, it is set to where the bundle lies; from there paths are relative.
    this.value = {
      ...value,
      bundle_root: ".",
      ...(metadata !== undefined && { [META]: metadata.value }),
    };
  }

  /** The first file's path. */
  get path(): string {
    return this.files[0].path;
  }

  /** What stands at an id, `a#b#0`, as it stands there. */
  at(id: string): Json | undefined {
    return pathOf(id).reduce<Json | undefined>(
      (inner, key) => asList(inner)[Number(key)] ?? asObject(inner)?.[key],
      this.value,
    );
  }

  /** Where an id stands, or the nearest one above it. */
  place(id: string): Place {
    const [top = "", ...rest] = pathOf(id);
    if (top === META && this.metadata !== undefined) return this.metadata.place(rest);
    const file = this.#origins.get(top) ?? this.files[0];
    let inner: Json | undefined = file.value[top];
    const keys: JSONPath = [top];
    for (const key of rest) {
      const isItem: boolean = Array.isArray(inner);
      keys.push(isItem ? Number(key) : key);
      inner = isItem ? asList(inner)[Number(key)] : asObject(inner)?.[key];
    }
    return file.place(keys);
  }

  /** What a value comes to, its references followed; undefined where that is not known. */
  resolve(value: Json | undefined, from: string, depth = 0): Json | undefined {
    if (value === undefined || depth > DEEPEST) return undefined;
    if (Array.isArray(value)) {
      const items = value.map((item, index) => this.resolve(item, `${from}#${index}`, depth + 1));
      return items.every((item) => item !== undefined) ? items : undefined;
    }
    const text = asString(value);
    if (text === undefined) return value;
    const lookup = (id: string): Json | undefined => this.#resolved(absolute(id, from), depth + 1);
    if (text.startsWith("$")) return evaluate(text.slice(1), lookup);
    const [, reference] = /^[@%]([\w#:]+)$/.exec(text) ?? [];
    return reference === undefined ? text : lookup(reference.replaceAll("::", "#"));
  }

  /** What stands at an id, resolved. */
  valueOf(id: string): Json | undefined {
    return this.#resolved(id, 0);
  }

  /** The same; each id is resolved once, so that many references to one cost nothing. */
  #resolved(id: string, depth: number): Json | undefined {
    if (this.#known.has(id)) return this.#known.get(id);
    // A circle comes back to an id that is not known.
    this.#known.set(id, undefined);
    const value = this.resolve(this.at(id), id, depth);
    this.#known.set(id, value);
    return value;
  }

  /** An argument of a component, resolved. */
  arg({ id, args }: Component, name: string): Json | undefined {
    return this.resolve(args[name], `${id}#${name}`);
  }

  /** The component at an id, references followed; undefined where there is none, or it is disabled. */
  component(id: string, depth = 0): Component | undefined {
    const value = this.at(id);
    const reference = soleReference(asString(value));
    if (reference !== undefined && depth < DEEPEST) {
      return this.component(absolute(reference, id), depth + 1);
    }
    const object = asObject(value);
    const target = asString(object?._target_);
    if (object === undefined || target === undefined) return undefined;
    if (isTrue(this.resolve(object._disabled_, id))) return undefined;
    return { id, target, name: target.split(".").at(-1) ?? target, args: object };
  }

  /**
   * The components of a `Compose` that are not disabled, wherever its list of transforms lies:
   * `"@transforms"`, `"$@first + @second"`.
   *
   * @returns undefined where it is no Compose, or its list is made by code
   */
  transforms(id: string): Component[] | undefined {
    const compose = this.component(id);
    if (compose === undefined) return undefined;
    if (compose.name !== "Compose") return [compose];
    return this.#items(`${compose.id}#transforms`)?.flatMap((item) => {
      const component = this.component(item);
      return component === undefined ? [] : [component];
    });
  }

  /** The ids of a list's items. */
  #items(id: string, depth = 0): string[] | undefined {
    const value = this.at(id);
    if (Array.isArray(value)) return value.map((_, index) => `${id}#${index}`);
    const text = asString(value)?.trim() ?? "";
    const lists = text.replace(/^\$/, "").split("+").map(soleReference);
    if (depth > DEEPEST || lists.length === 0) return undefined;
    const all: string[] = [];
    for (const list of lists) {
      const items = list === undefined ? undefined : this.#items(absolute(list, id), depth + 1);
      if (items === undefined) return undefined;
      all.push(...items);
      if (all.length > MOST_ITEMS) return undefined;
    }
    return all;
  }
}

/** The id of a text that is one reference: `@a#b`, `$@a`. */
export function soleReference(text: string | undefined): string | undefined {
  return /^\s*\$?\s*@([\w#:]+)\s*$/.exec(text ?? "")?.[1]?.replaceAll("::", "#");
}

/** MONAI takes flags as texts, too. */
export const isTrue = (value: Json | undefined): boolean =>
  value === true || value === "true" || value === "True";

const pathOf = (id: string): string[] => (id === "" ? [] : id.split("#"));

/** A relative id in full: each # in front goes one level up from what holds it. */
export function absolute(id: string, from: string): string {
  const [, ups = "", rest = ""] = /^(#*)(.*)$/.exec(id) ?? [];
  if (ups === "") return rest;
  const above = pathOf(from).slice(0, -ups.length);
  return [...above, rest].join("#");
}

/** The keys of a dictionary transform, resolved; given as one name or a list. */
export function keysOf(config: BundleConfig, component: Component): string[] {
  const keys = config.arg(component, "keys");
  const all = typeof keys === "string" ? [keys] : asList(keys);
  return all.filter((key): key is string => typeof key === "string" && key !== "");
}

/** MONAI gives each dictionary transform three names: SaveImaged, SaveImageD, SaveImageDict. */
export const isNamed = ({ name }: Component, base: string): boolean =>
  ["d", "D", "Dict"].some((end) => name === base + end);
