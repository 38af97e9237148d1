import {
  createScanner,
  findNodeAtLocation,
  type JSONPath,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { type Finding, findingOf, type Place } from "../findings/finding.js";
import type { JsonFault } from "../findings/table.js";
import { MOST } from "./limits.js";
import { lineAndColumn, placeAt } from "./position.js";

/** A JSON value of which nothing is known yet. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object of which nothing is known yet. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** A JSON file that was read, with the way from its values back to lines and columns. */
export interface JsonFile {
  /** Path relative to the MMAR's root. */
  readonly path: string;
  /** The text as it stands in the file. */
  readonly text: string;
  /** What it holds. */
  readonly value: JsonObject;
  /** Where a key or item stands; the nearest one above it where it does not. */
  place(path: JSONPath): Place;
}

/** What reading a JSON file gave: the file if it can be used at all, and what is wrong with it. */
export interface JsonResult {
  readonly file: JsonFile | undefined;
  readonly findings: readonly Finding<JsonFault>[];
  /** How many keys and values the file has, where it could be read. */
  readonly nodes?: number;
}

/** More faults of one file tell nothing more. */
const MOST_FAULTS = 20;

/**
 * Reads JSON as strictly as Python's `json` does, which is what Clara reads it with: no byte order
 * mark, no comments, no trailing commas. A text with such faults is still understood, so that all
 * of its faults are found in one go.
 *
 * @param path - the file that the bytes are of, for the places of findings
 * @param mostNodes - how many keys and values it may have
 */
export function parseJson(
  path: string,
  bytes: Uint8Array,
  mostNodes: number = MOST.jsonNodes,
): JsonResult {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { file: undefined, findings: [findingOf("json-encoding", {}, { file: path })] };
  }
  const findings: Finding<JsonFault>[] = [];
  if (text.startsWith("\uFEFF")) {
    findings.push(findingOf("json-bom", {}, { file: path, line: 1, column: 1 }));
    text = text.slice(1);
  }
  const { plain, faults, tooDeep, tooMany, nodes } = scan(path, text, mostNodes);
  if (tooMany) {
    const limit = `${mostNodes} keys and values`;
    return {
      file: undefined,
      findings: [
        findingOf("json-too-large", { size: `more than ${limit}`, limit }, { file: path }),
      ],
    };
  }
  findings.push(...faults);
  if (tooDeep !== undefined) {
    const problem = `it is nested more than ${MOST.jsonDepth} levels deep`;
    findings.push(findingOf("json-syntax", { problem }, placeAt(path, text, tooDeep)));
    return { file: undefined, findings };
  }
  const errors: ParseError[] = [];
  const root = parseTree(plain, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (root === undefined || first !== undefined) {
    // What follows the first fault of syntax is a consequence of it.
    const problem = first === undefined ? "value expected" : wordsOf(first);
    const place = placeAt(path, text, first?.offset ?? 0);
    return {
      file: undefined,
      findings: [...findings, findingOf("json-syntax", { problem }, place)],
    };
  }
  for (const duplicate of duplicateKeys(path, text, root)) {
    if (findings.length >= MOST_FAULTS) break;
    findings.push(duplicate);
  }
  if (root.type !== "object") {
    const is = { array: "a list", null: "null" }[root.type as string] ?? `a ${root.type}`;
    findings.push(findingOf("json-not-an-object", { is }, placeAt(path, text, root.offset)));
    return { file: undefined, findings };
  }
  return { file: jsonFile(path, text, root, plain), findings, nodes };
}

function jsonFile(path: string, text: string, root: Node, plain: string): JsonFile {
  // The tree takes ten times the values' memory: it may go, and is made again where it is asked for.
  let kept = new WeakRef(root);
  const tree = (): Node => {
    const node = kept.deref() ?? treeOf(plain);
    kept = new WeakRef(node);
    return node;
  };
  const place = (keys: JSONPath): Place => {
    const root = tree();
    for (let length = keys.length; length > 0; length--) {
      const node = findNodeAtLocation(root, keys.slice(0, length));
      // A property's place is its key; an item of a list is its own place.
      const shown = node?.parent?.type === "property" ? node.parent : node;
      if (shown !== undefined) {
        return { ...placeAt(path, text, shown.offset), key: keyPath(keys) };
      }
    }
    return keys.length === 0 ? { file: path } : { file: path, key: keyPath(keys) };
  };
  return { path, text, value: toValue(root) as JsonObject, place };
}

/** The tree of a text that was read already. */
function treeOf(plain: string): Node {
  const root = parseTree(plain, [], { allowTrailingComma: true });
  if (root === undefined) throw new Error("A JSON text can't be read a second time");
  return root;
}

/** Writes a path of keys as people do: `pre_transforms[2].args.keys`. */
export function keyPath(keys: JSONPath): string {
  return keys.reduce<string>((all, key) => {
    if (typeof key === "number") return `${all}[${key}]`;
    return all === "" ? key : `${all}.${key}`;
  }, "");
}

/** The value of a node. Of a key that stands twice the last counts, as in Python. */
function toValue(node: Node): Json {
  if (node.type === "array") return (node.children ?? []).map(toValue);
  if (node.type !== "object") return node.value as Json;
  const entries = (node.children ?? []).flatMap((property) => {
    const [key, value] = property.children ?? [];
    return key === undefined || value === undefined
      ? []
      : [[key.value as string, toValue(value)] as const];
  });
  return Object.fromEntries(entries);
}

/** What can be said of a text token by token, whether it is JSON or not. */
interface Scan {
  /** The text, as long, with numbers for NaN and Infinity: Python reads these, JSON has none. */
  readonly plain: string;
  /** Comments and trailing commas. */
  readonly faults: readonly Finding<JsonFault>[];
  /** Offset of the first bracket that is too deep. */
  readonly tooDeep: number | undefined;
  /** Whether there are more keys and values than may be. */
  readonly tooMany: boolean;
  readonly nodes: number;
}

/** Values of SyntaxKind in jsonc-parser, whose enum can't be imported by isolated modules. */
const TOKEN = {
  open: [1, 3],
  close: [2, 4],
  comma: 5,
  comments: [12, 13],
  space: [14, 15],
  colon: 6,
  unknown: 16,
  end: 17,
};

/** How many keys and values a JSON text has. */
export const countNodes = (text: string): number => scan("", text, Number.POSITIVE_INFINITY).nodes;

/** Tokens that are neither a key nor a value, nor the beginning of one. */
const NO_NODES = new Set([...TOKEN.close, TOKEN.comma, TOKEN.colon]);

function scan(path: string, text: string, mostNodes: number): Scan {
  const scanner = createScanner(text, false);
  const faults: Finding<JsonFault>[] = [];
  const report = (code: "json-comment" | "json-trailing-comma", offset: number): void => {
    if (faults.length < MOST_FAULTS) faults.push(findingOf(code, {}, placeAt(path, text, offset)));
  };
  const numbers: { offset: number; length: number; as: string }[] = [];
  let depth = 0;
  let nodes = 0;
  let comma: number | undefined;
  for (let token: number = scanner.scan(); token !== TOKEN.end; token = scanner.scan()) {
    const offset = scanner.getTokenOffset();
    if (TOKEN.space.includes(token)) continue;
    if (TOKEN.comments.includes(token)) {
      report("json-comment", offset);
      continue;
    }
    if (TOKEN.open.includes(token)) depth++;
    if (TOKEN.close.includes(token)) {
      depth--;
      if (comma !== undefined) report("json-trailing-comma", comma);
    }
    if (depth > MOST.jsonDepth)
      return { plain: text, faults, tooDeep: offset, tooMany: false, nodes };
    if (!NO_NODES.has(token) && ++nodes > mostNodes) {
      return { plain: text, faults, tooDeep: undefined, tooMany: true, nodes };
    }
    comma = token === TOKEN.comma ? offset : undefined;
    const length = scanner.getTokenLength();
    const as = token === TOKEN.unknown ? asNumber(text, offset, length) : undefined;
    if (as !== undefined) numbers.push({ offset, length, as });
  }
  return { plain: withNumbers(text, numbers), faults, tooDeep: undefined, tooMany: false, nodes };
}

/** A number as long as NaN or Infinity, if that is what stands there. */
function asNumber(text: string, offset: number, length: number): string | undefined {
  const token = text.slice(offset, offset + length);
  const before = text.slice(Math.max(0, offset - 1), offset);
  if (token === "NaN" && !/[\w.+-]/.test(before)) return "0e0";
  if (token === "Infinity" && !/[\w.+]/.test(before)) return "1e999999";
  return undefined;
}

function withNumbers(
  text: string,
  numbers: readonly { offset: number; length: number; as: string }[],
): string {
  if (numbers.length === 0) return text;
  let end = 0;
  const pieces = numbers.map(({ offset, length, as }) => {
    const piece = text.slice(end, offset) + as;
    end = offset + length;
    return piece;
  });
  return pieces.join("") + text.slice(end);
}

function* duplicateKeys(path: string, text: string, node: Node): Generator<Finding<JsonFault>> {
  const first = new Map<string, number>();
  for (const child of node.children ?? []) {
    if (node.type !== "object") {
      yield* duplicateKeys(path, text, child);
      continue;
    }
    const [key, value] = child.children ?? [];
    if (key === undefined) continue;
    const name = key.value as string;
    const before = first.get(name);
    if (before === undefined) first.set(name, key.offset);
    else {
      const firstLine = lineAndColumn(text, before).line;
      yield findingOf(
        "json-duplicate-key",
        { key: name, firstLine },
        placeAt(path, text, key.offset),
      );
    }
    if (value !== undefined) yield* duplicateKeys(path, text, value);
  }
}

/** "PropertyNameExpected" → "property name expected". */
function wordsOf({ error }: ParseError): string {
  return printParseErrorCode(error)
    .replace(/(?<=.)([A-Z])/g, " $1")
    .toLowerCase();
}

/** The object in a value, or undefined where it is none. */
export function asObject(value: Json | undefined): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

/** The list in a value, or an empty one. */
export function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** The text in a value, or undefined where it is none. */
export function asString(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
