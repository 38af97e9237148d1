import { applyEdits, type JSONPath, modify, parse } from "jsonc-parser";
import {
  asList,
  asObject,
  type Json,
  type JsonFile,
  type JsonObject,
  keyPath,
  parseJson,
} from "./json.js";

/** One difference between a config of the MMAR and the one derived from it. */
export interface ConfigChange {
  /** Where, as a path of keys in the MMAR's own file. */
  readonly at: string;
  /** What stood there; undefined where nothing did. */
  readonly from: Json | undefined;
  /** What stands there now; undefined where the key was taken out. */
  readonly to: Json | undefined;
  readonly why: string;
}

/** A change to make: a value to set, or with `undefined` a key or item to take out. */
export interface Edit {
  /** Where. The index one behind a list's last item appends to it. */
  readonly at: JSONPath;
  readonly to: Json | undefined;
  readonly why: string;
}

/** A config's text with changes made in it: what is not changed stays, numbers to the digit. */
export interface EditedFile {
  /** The file as the MMAR has it. */
  readonly original: JsonFile;
  readonly text: string;
  readonly value: JsonObject;
  readonly changes: readonly ConfigChange[];
  /** Items that were taken out of lists, in the order of their removal. */
  readonly removed: readonly JSONPath[];
}

/** A config in which nothing was changed yet. */
export function unedited(original: JsonFile): EditedFile {
  const { text, value } = original;
  return { original, text, value, changes: [], removed: [] };
}

/** Makes changes one after the other; each path holds for the text that the ones before left. */
export function editFile(file: EditedFile, edits: readonly Edit[]): EditedFile {
  return edits.reduce((before, { at, to, why }) => {
    const from = valueAt(before.value, at);
    if (JSON.stringify(from) === JSON.stringify(to)) return before;
    const text = editText(before.text, { at, to, why });
    const change = { at: keyPath(originalPath(at, before.removed)), from, to, why };
    const isItem = to === undefined && typeof at.at(-1) === "number";
    return {
      original: before.original,
      text,
      value: parseJson(before.original.path, Buffer.from(text)).file?.value ?? {},
      changes: [...before.changes, change],
      removed: isItem ? [...before.removed, at] : before.removed,
    };
  }, file);
}

/** The edited text as a file of its own, whose places are those of the MMAR's file. */
export function asJsonFile(file: EditedFile): JsonFile {
  return {
    path: file.original.path,
    text: file.text,
    value: file.value,
    place: (at) => file.original.place(originalPath(at, file.removed)),
  };
}

/**
 * Makes one change in a text, in the layout of what stands around it; none where a plain value
 * stands in the way, as in `"args": 0`, which the check of the config finds.
 */
export function editText(text: string, { at, to }: Edit): string {
  if (isBlocked(parse(text) as Json, at)) return text;
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: "\n" };
  return applyEdits(text, modify(text, at, to, { formattingOptions }));
}

function isBlocked(value: Json | undefined, [key, ...rest]: JSONPath): boolean {
  if (key === undefined || value === undefined) return false;
  const fits = typeof key === "number" ? Array.isArray(value) : asObject(value) !== undefined;
  return !fits || isBlocked(valueAt(value, [key]), rest);
}

/** What stands at a path, or undefined where nothing does. */
export function valueAt(value: Json | undefined, at: JSONPath): Json | undefined {
  return at.reduce<Json | undefined>((inner, key) => {
    if (typeof key === "number") return asList(inner)[key];
    return asObject(inner)?.[key];
  }, value);
}

/** Where an item stood before items in front of it were taken out. */
function originalPath(at: JSONPath, removed: readonly JSONPath[]): JSONPath {
  return removed.reduceRight<JSONPath>((path, gone) => {
    const depth = gone.length - 1;
    const [index, goneIndex] = [path[depth], gone[depth]];
    const isBeside = gone.slice(0, depth).every((key, level) => key === path[level]);
    if (!isBeside || typeof index !== "number" || typeof goneIndex !== "number") return path;
    return index < goneIndex ? path : path.with(depth, index + 1);
  }, at);
}
