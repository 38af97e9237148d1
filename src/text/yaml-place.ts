import { getScalarValue } from "js-yaml";
import { lineAndColumn } from "./position.js";
import { parseYamlText, startOf, type YamlTree } from "./yaml-tree.js";

/** A path to a value: keys of mappings, and places in lists, from 0. */
export type YamlPath = readonly PropertyKey[];

/**
 * Where in a YAML text a path leads to, or as much of it as is there: `3:5`, line and column
 * counted from 1. For a key of a mapping that is the key.
 *
 * @param text - YAML that can be read
 */
export function yamlPosition(text: string, path: YamlPath): string {
  const { root } = parseYamlText(text);
  const offset = root === undefined ? 0 : offsetOf(text, root, path);
  const { line, column } = lineAndColumn(text, offset);
  return `${line}:${column}`;
}

function offsetOf(text: string, node: YamlTree, path: YamlPath): number {
  const [step, ...rest] = path;
  if (node.kind === "list") {
    const item = typeof step === "number" ? node.items[step] : undefined;
    return item === undefined ? startOf(node) : offsetOf(text, item, rest);
  }
  if (node.kind !== "map") return startOf(node);
  // Of a key that stands twice the last one counts.
  const entry = node.entries.findLast(
    ([key]) => key.kind === "scalar" && getScalarValue(text, key.event) === step,
  );
  if (entry === undefined) return startOf(node);
  const [key, value] = entry;
  return rest.length === 0 ? startOf(key) : offsetOf(text, value, rest);
}
