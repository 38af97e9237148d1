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
  /** Whether `to` becomes a new item of a list, before the one at the index. */
  readonly insert?: boolean;
  readonly why: string;
}

/** A config's text with changes made in it: what is not changed stays, numbers to the digit. */
export interface EditedFile {
  /** The file as the MMAR has it. */
  readonly original: JsonFile;
  readonly text: string;
  readonly value: JsonObject;
  readonly changes: readonly ConfigChange[];
  /** Items that were taken out of lists or put in, in the order in which that was done. */
  readonly moves: readonly Move[];
}

/** An item that was taken out of a list, or put in, by its path. */
interface Move {
  readonly at: JSONPath;
  readonly isInserted: boolean;
}

/** A config in which nothing was changed yet. */
export function unedited(original: JsonFile): EditedFile {
  const { text, value } = original;
  return { original, text, value, changes: [], moves: [] };
}

/** Makes changes one after the other; each path holds for the text that the ones before left. */
export function editFile(file: EditedFile, edits: readonly Edit[]): EditedFile {
  return edits.reduce((before, edit) => {
    const { at, to, insert = false, why } = edit;
    const from = insert ? undefined : valueAt(before.value, at);
    if (JSON.stringify(from) === JSON.stringify(to)) return before;
    const text = editText(before.text, edit, before.value);
    const change = { at: keyPath(originalPath(at, before.moves)), from, to, why };
    const isItem = (insert || to === undefined) && typeof at.at(-1) === "number";
    return {
      original: before.original,
      text,
      value:
        parseJson(before.original.path, Buffer.from(text), Number.POSITIVE_INFINITY).file?.value ??
        {},
      changes: [...before.changes, change],
      moves: isItem ? [...before.moves, { at, isInserted: insert }] : before.moves,
    };
  }, file);
}

/** The edited text as a file of its own, whose places are those of the MMAR's file. */
export function asJsonFile(file: EditedFile): JsonFile {
  return {
    path: file.original.path,
    text: file.text,
    value: file.value,
    place: (at) => file.original.place(originalPath(at, file.moves)),
  };
}

/**
 * Makes one change in a text, in the layout of what stands around it; none where a plain value
 * stands in the way, as in `"args": 0`, which the check of the config finds.
 *
 * @param value - what the text holds, where that is known
 */
export function editText(
  text: string,
  { at, to, insert = false }: Edit,
  value: Json = parse(text) as Json,
): string {
  if (isBlocked(value, at)) return text;
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: "\n" };
  return applyEdits(text, modify(text, at, to, { formattingOptions, isArrayInsertion: insert }));
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

/** Where an item stood before items in front of it were taken out or put in. */
function originalPath(at: JSONPath, moves: readonly Move[]): JSONPath {
  return moves.reduceRight<JSONPath>((path, { at: moved, isInserted }) => {
    const depth = moved.length - 1;
    const [index, movedIndex] = [path[depth], moved[depth]];
    const isBeside = moved.slice(0, depth).every((key, level) => key === path[level]);
    if (!isBeside || typeof index !== "number" || typeof movedIndex !== "number") return path;
    if (index < movedIndex) return path;
    if (!isInserted) return path.with(depth, index + 1);
    // What was put in has no place of its own: its list is the nearest.
    return index === movedIndex ? path.slice(0, depth) : path.with(depth, index - 1);
  }, at);
}
