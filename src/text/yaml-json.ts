import type { JSONPath } from "jsonc-parser";
import type { Place } from "../findings/finding.js";
import { asObject, type Json, type JsonFile, keyPath } from "./json.js";
import { MOST } from "./limits.js";
import { readYaml, type YamlFault, type YamlNode, type YamlScalar } from "./yaml.js";

/** A YAML file read as if it were JSON, with how many keys and values it has. */
export interface YamlAsJson {
  readonly file: JsonFile;
  readonly nodes: number;
}

/**
 * Reads YAML as PyYAML's `safe_load` does, and gives its values and places in the form of a JSON
 * file. A date is a text, as it stands there.
 *
 * @param path - the file that the bytes are of, for the places
 * @param mostNodes - how many keys and values it may have, those of aliases each time anew
 */
export function parseYaml(
  path: string,
  bytes: Uint8Array,
  mostNodes: number = MOST.jsonNodes,
): YamlAsJson | YamlFault {
  const read = readYaml(path, bytes);
  if ("problem" in read) return read;
  const { root } = read;
  if (root === undefined) return { problem: "it is empty", place: { file: path } };
  const budget = { left: mostNodes };
  const value = toJson(root, budget);
  if (value === undefined) {
    const problem = `it has more than ${mostNodes} keys and values`;
    return { problem, place: { file: path } };
  }
  const object = asObject(value);
  if (object === undefined)
    return { problem: "it must hold keys and values", place: read.place(root.offset) };
  const place = (keys: JSONPath): Place => {
    const offset = offsetOf(root, keys);
    const key = keys.length === 0 ? undefined : keyPath(keys);
    return offset === undefined
      ? { file: path, ...(key !== undefined && { key }) }
      : read.place(offset, key);
  };
  const text = Buffer.from(bytes).toString("utf8");
  return { file: { path, text, value: object, place }, nodes: mostNodes - budget.left };
}

function toJson(node: YamlNode, budget: { left: number }): Json | undefined {
  if (--budget.left < 0) return undefined;
  if (node.kind === "list") return listOf(node.items, budget);
  if (node.kind !== "map") return scalar(node);
  const entries: [string, Json][] = [];
  for (const { key, value } of node.entries) {
    budget.left--;
    const inner = toJson(value, budget);
    if (inner === undefined) return undefined;
    entries.push([key, inner]);
  }
  return Object.fromEntries(entries);
}

function listOf(items: readonly YamlNode[], budget: { left: number }): Json[] | undefined {
  const all: Json[] = [];
  for (const item of items) {
    const inner = toJson(item, budget);
    if (inner === undefined) return undefined;
    all.push(inner);
  }
  return all;
}

function scalar({ kind, text }: YamlScalar): Json {
  switch (kind) {
    case "null":
      return null;
    case "bool":
      return text === "True";
    case "int":
      return Number(text);
    case "float":
      return text === "nan" ? Number.NaN : Number(text.replace("inf", "Infinity"));
    default:
      return text;
  }
}

/** Where a key or item stands, or the nearest one above it. */
function offsetOf(root: YamlNode, keys: JSONPath): number | undefined {
  let node: YamlNode = root;
  let found: number | undefined;
  for (const key of keys) {
    if (node.kind === "list") {
      const item: YamlNode | undefined = typeof key === "number" ? node.items[key] : undefined;
      if (item === undefined) return found;
      found = item.offset;
      node = item;
    } else if (node.kind === "map") {
      // Of a key that stands twice the last one counts.
      const entry = node.entries.findLast((each) => each.key === String(key));
      if (entry === undefined) return found;
      found = entry.offset;
      node = entry.value;
    } else return found;
  }
  return found;
}
