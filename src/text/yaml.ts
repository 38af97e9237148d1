import { type Event, getScalarValue, SCALAR_STYLE, YAMLException } from "js-yaml";
import type { Place } from "../findings/finding.js";
import { lineAndColumn } from "./position.js";
import { parseYamlText, type ScalarEvent, startOf, type YamlTree } from "./yaml-tree.js";

/** A value of a YAML file as PyYAML's safe_load reads it, with the way back to the text. */
export type YamlNode = YamlScalar | YamlMap | YamlList;

/** What PyYAML makes of a scalar (YAML 1.1). */
export interface YamlScalar {
  readonly kind: "str" | "int" | "float" | "bool" | "null" | "date";
  /** What Python's `str()` makes of it: `True` for yes, `1.1` for 1.10. */
  readonly text: string;
  /** What stands in the file, without quotes. */
  readonly written: string;
  readonly offset: number;
}

export interface YamlMap {
  readonly kind: "map";
  /** In the file's order; of a key that stands twice the last one counts, as in Python. */
  readonly entries: readonly YamlEntry[];
  readonly offset: number;
}

export interface YamlEntry {
  readonly key: string;
  readonly value: YamlNode;
  /** Where the key stands. */
  readonly offset: number;
}

export interface YamlList {
  readonly kind: "list";
  readonly items: readonly YamlNode[];
  readonly offset: number;
}

/** A YAML file that was read. */
export interface YamlFile {
  /** What it holds; undefined where it holds nothing. */
  readonly root: YamlNode | undefined;
  /** The place of an offset in its text. */
  place(offset: number, key?: string): Place;
}

/** What PyYAML's reader stops at. */
export interface YamlFault {
  readonly problem: string;
  readonly place: Place;
}

/** A config has a few lines; this is far from what would fill the memory. */
const LARGEST = 64 * 1024;

/**
 * Reads YAML as PyYAML's `safe_load` does: YAML 1.1, one document, plain types only, no tabs
 * between tokens.
 *
 * @param path - the path that places show
 */
export function readYaml(path: string, bytes: Uint8Array): YamlFile | YamlFault {
  if (bytes.length > LARGEST)
    return { problem: "it is far too large for a config", place: { file: path } };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { problem: "it is not UTF-8", place: { file: path } };
  }
  const place = (offset: number, key?: string): Place => ({
    file: path,
    ...lineAndColumn(text, offset),
    ...(key === undefined ? {} : { key }),
  });
  try {
    return { root: new Composer(text).compose(), place };
  } catch (error) {
    if (error instanceof RefusedYaml) return { problem: error.message, place: place(error.offset) };
    if (!(error instanceof YAMLException)) throw error;
    return { problem: error.reason, place: place(error.mark?.position ?? 0) };
  }
}

/** What is wrong at an offset of the text. */
class RefusedYaml extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

type Tagged = Extract<Event, { tagStart: number }>;

/** Makes nodes of what stands in the text: js-yaml's own values are not Python's. */
class Composer {
  readonly #anchors = new Map<string, YamlNode>();

  constructor(private readonly text: string) {}

  compose(): YamlNode | undefined {
    const { documents, root, scalars } = parseYamlText(this.text);
    const tab = strayTab(this.text, scalars);
    if (tab !== undefined) {
      throw new RefusedYaml("a tab stands here, where YAML allows only spaces", tab);
    }
    const [first, ...more] = documents;
    if (more.length > 0) {
      const starts = [...this.text.matchAll(/^---/gm)];
      const second = starts[first?.explicitStart ? 1 : 0]?.index ?? 0;
      throw new RefusedYaml("it has several documents, but only one is allowed", second);
    }
    return root === undefined ? undefined : this.#node(root);
  }

  #node(tree: YamlTree, isKey = false): YamlNode {
    const offset = startOf(tree);
    switch (tree.kind) {
      case "scalar":
        return this.#anchored(tree.event, this.#scalar(tree.event, isKey));
      case "list": {
        this.#checkTag(tree.event, offset, ["seq", "omap", "pairs"]);
        const items = tree.items.map((item) => this.#node(item));
        return this.#anchored(tree.event, { kind: "list", items, offset });
      }
      case "map": {
        this.#checkTag(tree.event, offset, ["map", "set"]);
        const entries = this.#entries(tree.entries);
        return this.#anchored(tree.event, { kind: "map", entries, offset });
      }
      case "alias":
        return this.#aliased(this.text.slice(offset, tree.event.anchorEnd), offset);
    }
  }

  #entries(entries: readonly (readonly [key: YamlTree, value: YamlTree])[]): YamlEntry[] {
    const merged: YamlEntry[] = [];
    const own: YamlEntry[] = [];
    for (const [keyTree, valueTree] of entries) {
      const key = this.#node(keyTree, true);
      const value = this.#placed(this.#node(valueTree), keyTree);
      if (key.kind === "map" || key.kind === "list") {
        throw new RefusedYaml("a key is not a plain value", key.offset);
      }
      if (key.written === "<<" && value.kind === "map") merged.push(...value.entries);
      else own.push({ key: key.text, value, offset: key.offset });
    }
    return [...merged.filter(({ key }) => !own.some((entry) => entry.key === key)), ...own];
  }

  /** A value in its place: one that is left out, which has none, stands behind its key's colon. */
  #placed(value: YamlNode, key: YamlTree): YamlNode {
    if (value.offset >= 0 || key.kind !== "scalar") return value;
    const colon = this.text.indexOf(":", key.event.valueEnd);
    return { ...value, offset: colon < 0 ? key.event.valueEnd : colon + 1 };
  }

  #scalar(event: ScalarEvent, isKey: boolean): YamlScalar {
    const offset = event.valueStart;
    const tag = this.#checkTag(event, offset, [
      "str",
      "int",
      "float",
      "bool",
      "null",
      "timestamp",
      "binary",
    ]);
    const written = getScalarValue(this.text, event);
    const isPlain = event.style === SCALAR_STYLE.PLAIN;
    if (isPlain && (written === "=" || (written === "<<" && !isKey))) {
      throw new RefusedYaml(`a lone ${written} is refused by safe_load`, offset);
    }
    const isText = !isPlain || tag === "str" || tag === "!";
    return { ...(isText ? { kind: "str", text: written } : resolved(written)), written, offset };
  }

  /** The name of a node's tag, which must be one of those that safe_load knows for its kind. */
  #checkTag(event: Tagged, offset: number, known: readonly string[]): string | undefined {
    if (event.tagStart < 0) return undefined;
    const tag = this.text.slice(event.tagStart, event.tagEnd);
    const name = tag.replace(/^!!|^!<tag:yaml\.org,2002:(.*)>$/, "$1");
    if (tag === "!" || known.includes(name)) return name;
    throw new RefusedYaml(
      `the tag ${tag} is refused by safe_load`,
      Math.min(event.tagStart, offset),
    );
  }

  #anchored<T extends YamlNode>(
    { anchorStart, anchorEnd }: { readonly anchorStart: number; readonly anchorEnd: number },
    node: T,
  ): T {
    if (anchorStart >= 0) this.#anchors.set(this.text.slice(anchorStart, anchorEnd), node);
    return node;
  }

  #aliased(name: string, offset: number): YamlNode {
    const node = this.#anchors.get(name);
    if (node === undefined)
      throw new RefusedYaml(`the alias *${name} has no anchor before it`, offset);
    return node;
  }
}

/** The implicit types of PyYAML (its resolver.py), in its order. */
const BOOL = /^(?:yes|no|true|false|on|off|Yes|No|True|False|On|Off|YES|NO|TRUE|FALSE|ON|OFF)$/;
const FLOAT =
  /^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const INT =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][\d_]*)|[-+]?0x[\da-fA-F_]+|[-+]?[1-9][\d_]*(?::[0-5]?\d)+)$/;
const NULL = /^(?:~|null|Null|NULL|)$/;
const DATE = /^\d{4}-\d\d?-\d\d?(?:(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d\S*(?:[ \t]*\S+)?)?$/;

function resolved(written: string): Pick<YamlScalar, "kind" | "text"> {
  if (BOOL.test(written)) {
    return { kind: "bool", text: /^(yes|true|on)$/i.test(written) ? "True" : "False" };
  }
  if (FLOAT.test(written)) return { kind: "float", text: floatText(written) };
  if (INT.test(written)) return { kind: "int", text: intText(written) };
  if (NULL.test(written)) return { kind: "null", text: "None" };
  return { kind: DATE.test(written) ? "date" : "str", text: written };
}

/** A float as Python's `repr` writes it, as far as versions and settings go. */
function floatText(written: string): string {
  const plain = written.replaceAll("_", "").toLowerCase();
  const special = /^([-+]?)\.(inf|nan)$/.exec(plain);
  if (special !== null) return `${special[1] === "-" ? "-" : ""}${special[2]}`;
  const value = plain.includes(":") ? base60(plain) : Number(plain);
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
}

function intText(written: string): string {
  const plain = written.replaceAll("_", "").toLowerCase();
  if (plain.includes(":")) return String(base60(plain));
  const [, sign = "", digits = ""] = /^([-+]?)(.*)$/.exec(plain) ?? [];
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  const value = BigInt(octal);
  return String(sign === "-" ? -value : value);
}

/** `1:30` is 90 in YAML 1.1. */
function base60(plain: string): number {
  const sign = plain.startsWith("-") ? -1 : 1;
  const parts = plain.replace(/^[-+]/, "").split(":");
  return sign * parts.reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** The first tab outside of quotes, blocks and comments: js-yaml takes them, PyYAML stops. */
function strayTab(text: string, all: readonly ScalarEvent[]): number | undefined {
  const scalars = all.filter(({ style }) => style !== SCALAR_STYLE.PLAIN);
  let next = 0;
  const inScalar = (at: number): boolean => {
    while ((scalars[next]?.valueEnd ?? Number.POSITIVE_INFINITY) <= at) next++;
    return at >= (scalars[next]?.valueStart ?? Number.POSITIVE_INFINITY);
  };
  let comment = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "\n" || char === "\r") comment = false;
    if (comment || (char !== "#" && char !== "\t") || inScalar(at)) continue;
    if (char === "\t") return at;
    comment = at === 0 || /\s/.test(text[at - 1] ?? "");
  }
  return undefined;
}
