import { describe, expect, it } from "vitest";
import { readYaml, type YamlNode } from "../../src/text/yaml.js";
import { pythonWith, runPython } from "../support/python.js";

const python = pythonWith("yaml");
if (python === undefined) console.warn("No PyYAML: its reading is not compared.");

/** What both make of a text: `str()` of each value, or that it can't be read. */
type Reading = string | Readonly<Record<string, string>>;

const SAFE_LOAD = `
import yaml
def text(value):
    return type(value).__name__ if isinstance(value, (dict, list, set)) else str(value)
def load(source):
    try:
        value = yaml.safe_load(source)
    except Exception:
        return "fault"
    if isinstance(value, dict):
        return {str(key): text(inner) for key, inner in value.items()}
    return text(value)
json.dump([load(source) for source in json.load(sys.stdin)], sys.stdout)
`;

function textOf(node: YamlNode | undefined): string {
  if (node === undefined) return "None";
  if (node.kind === "map") return "dict";
  return node.kind === "list" ? "list" : node.text;
}

function read(source: string): Reading {
  const file = readYaml("config.yaml", Buffer.from(source));
  if ("problem" in file) return "fault";
  const { root } = file;
  if (root?.kind !== "map") return textOf(root);
  return Object.fromEntries(root.entries.map(({ key, value }) => [key, textOf(value)]));
}

const SCALARS = [
  ...["4.0", "4.1.0", "11.10", "1e3", "1.5e+3", "010", "0o10", "1:30", "1:30.5", "1_000", "0x1F"],
  ...["-0b11", "09", ".5", "1.", "-.inf", ".NaN", "1.0e400", "12345678901234567890", "-0", "+1"],
  ...[
    "+1.5",
    "100000.0",
    "0.1",
    "yes",
    "y",
    "Off",
    "oN",
    "~",
    "",
    "null",
    "2020-01-01",
    "2020-1-1",
  ],
  ...["'4.0'", '"a\\u00e9\\n"', "!!str 4.0", "!!int '3'", "! 4", "!foo b", "!!python/name:os.x b"],
  ...["{b: c}", "[1, 2]", "b: c", "@x", "`x", "%x", "'x", "[1", "b#c", "b #c", "=", "<<", "- b"],
  ...[
    "|\n  b\n  c",
    ">\n  b\n  c",
    "|\n  b\tc",
    "'b\tc'",
    "http://b:80/c",
    "*b",
    "&b 1",
    "x,y",
    "?x",
  ],
];
const DOCUMENTS = [
  ...["", "# a", "---", "---\na: 1", "---\na: 1\n...", "a: 1\n---\nb: 1", "- 1", "text", "1: a"],
  ...["yes: a", "? [1]\n: 2", "? a\n: 2", "a: 1\na: 2", "{a: 1, b: 2}", "{a: 1", "a : b", "a:b"],
  ...["a: &x 1\nb: *x", "<<: {a: 1}\nb: 2", "a: &x {c: 1}\nb: 1\n<<: *x", "%YAML 1.1\n---\na: 1"],
  ...[
    "\ufeffa: 1",
    "a: é",
    " a: 1\nb: 2",
    "a: b\n  c: d",
    "a:\n  b: 1\n  c:\n  - 1",
    "!!map {a: 1}",
  ],
  ...[
    "a:\tb",
    "a\tb: c",
    "a: b\tc",
    "\ta: 1",
    "a: 1\t# c",
    "a: 1 # c\tc",
    "\t\na: 1",
    "a: [1,\t2]",
  ],
];

describe.runIf(python !== undefined)("YAML", () => {
  it("is read as PyYAML's safe_load does", () => {
    const sources = [...SCALARS.map((scalar) => `a: ${scalar}`), ...DOCUMENTS].map((s) => `${s}\n`);
    const theirs = runPython<Reading[]>(python ?? "", SAFE_LOAD, sources);
    expect(sources.map((source) => [source, read(source)])).toEqual(
      sources.map((source, index) => [source, theirs[index]]),
    );
  });
});
