import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placeText } from "../../src/report/text.js";
import { parseJson } from "../../src/text/json.js";
import { pythonWith, runPython } from "../support/python.js";
import { messageOf } from "../support/words.js";

const python = pythonWith();
if (python === undefined) console.warn("No python3: JSON is not compared with Python's reader.");

/** What Python's reader refuses; that a key stands twice, or no object, is a matter of the MMAR. */
const REFUSED = /^json-(encoding|bom|comment|trailing-comma|syntax)$/;

const read = (text: string | Uint8Array) =>
  parseJson("a.json", typeof text === "string" ? Buffer.from(text) : text);
const isRefused = (bytes: Uint8Array): boolean =>
  read(bytes).findings.some(({ code }) => REFUSED.test(code));

/** Pieces of JSON, and of what is taken for it. */
const piece = fc.constantFrom(
  ...'{}[],,::"" \t\n\r\f\v\\/\'#-+.eE019'.split(""),
  ...["NaN", "Infinity", "-Infinity", "-NaN", "true", "false", "null", "True", "None", "nul"],
  ...["//", "/*", "*/", "// x\n", "/* x */", '"a":', '"a"', "{}", "[]", "1.5", "1e-5", "01", "0x1"],
  ...["\\u12", "\\ud83d", "\\x", "\u0000", "\u00a0", "\u2028", "\uFEFF", "é", "𝒳"],
);
const soup = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
const value = fc.jsonValue({ depthSize: "small" });
const laidOut = fc
  .tuple(value, fc.constantFrom(undefined, 2, "\t"))
  .map(([v, space]) => JSON.stringify({ a: v }, null, space));
/** JSON into which something was put, or of which something was taken. */
const broken = fc
  .tuple(laidOut, fc.nat(), fc.nat(3), fc.oneof(piece, fc.constant("")))
  .map(([text, at, length, put]) => {
    const start = at % (text.length + 1);
    return text.slice(0, start) + put + text.slice(start + length);
  });
const bytes = fc.oneof(
  { weight: 4, arbitrary: broken.map((text) => new Uint8Array(Buffer.from(text))) },
  { weight: 3, arbitrary: soup.map((text) => new Uint8Array(Buffer.from(text))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }) },
);

describe("reading JSON", () => {
  it.skipIf(python === undefined)("refuses what Python's json refuses, and nothing else", () => {
    const samples = fc.sample(bytes, 5000);
    const code = `
def reads(data):
    try:
        json.loads(bytes.fromhex(data).decode("utf-8"))
        return True
    except ValueError:
        return False
print(json.dumps([reads(data) for data in json.load(sys.stdin)]))`;
    const inputs = samples.map((sample) => Buffer.from(sample).toString("hex"));
    const accepted = runPython<boolean[]>(python ?? "", code, inputs);
    expect(accepted).toContain(true);
    expect(accepted).toContain(false);
    const differ = samples.filter((sample, i) => isRefused(sample) === accepted[i]);
    expect(differ.map((sample) => Buffer.from(sample).toString())).toEqual([]);
  });

  it("gives the value, with the place of each key", () => {
    fc.assert(
      fc.property(laidOut, (text) => {
        const { file, findings } = read(text);
        expect(findings).toEqual([]);
        expect(JSON.stringify(file?.value)).toBe(JSON.stringify(JSON.parse(text)));
        const { line, column, key } = file?.place(["a"]) ?? {};
        expect(text.split("\n")[(line ?? 0) - 1]?.slice((column ?? 0) - 1)).toMatch(/^"a"/);
        expect(key).toBe("a");
      }),
    );
  });

  it("takes NaN and Infinity as Python does", () => {
    const { file, findings } = read('{"a": [NaN, -Infinity, "NaN"], "b": Infinity, "c": "x"}');
    expect(findings).toEqual([]);
    expect(file?.value).toMatchObject({ b: Infinity, c: "x" });
    expect(file?.text).toContain("[NaN, -Infinity");
  });

  it.each([
    [
      "all faults at once",
      '{\n "a": 1, // x\n "a": [2,],\n}',
      [
        "2:10 json-comment",
        "3:9 json-trailing-comma",
        "3:11 json-trailing-comma",
        "3:2 json-duplicate-key",
      ],
    ],
    ["CRLF", '{\r\n "a": 1\r\n "b": 2\r\n}', ["3:2 json-syntax"]],
    ["lone CR", '{\r "a": 1\r "b": 2\r}', ["3:2 json-syntax"]],
    ["wide characters before it", '{"𝒳é": 1,}', ["1:10 json-trailing-comma"]],
    [
      "a byte order mark and another fault",
      '\uFEFF{"a": 1,}',
      ["1:1 json-bom", "1:8 json-trailing-comma"],
    ],
    ["nothing", " \n ", ["2:2 json-syntax"]],
    ["two values", "{} {}", ["1:4 json-syntax"]],
    ["a text", '"a"', ["1:1 json-not-an-object"]],
    ["a key twice, one level down", '{"a": {"b": 1,\n"b": 2}}', ["2:1 json-duplicate-key"]],
    ["an end that never comes", '{"a": "b', ["1:7 json-syntax"]],
    ["a comment in a text", '{"a": "/* no */ // no"}', []],
  ])("places %s", (_, text, expected) => {
    const shown = read(text).findings.map(({ place, code }) => {
      return `${place === undefined ? "" : placeText(place).replace("a.json:", "")} ${code}`;
    });
    expect(shown).toEqual(expected);
  });

  it("ends at a depth that Python may not reach, whatever brackets", () => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      const nested = (levels: number) => `{"a": ${open.repeat(levels)}1${close.repeat(levels)}}`;
      expect(read(nested(400)).findings).toEqual([]);
      expect(messageOf(read(nested(600)).findings[0])).toMatch(/more than 500 levels deep/);
      expect(read(`{"a": ${open.repeat(1_000_000)}`).findings).toHaveLength(1);
    }
  });

  it("does not drown in faults", () => {
    for (const fault of ["/**/", "[1,],", '{"a":1,"a":1},']) {
      const { findings } = read(`{"a": [${fault.repeat(200_000)} 0]}`);
      expect(findings.length).toBeGreaterThan(0);
      expect(findings.length).toBeLessThanOrEqual(20);
    }
  });

  it("keeps a key that JavaScript has a meaning for", () => {
    const { file } = read('{"__proto__": {"x": 1}, "constructor": 2}');
    expect(Object.keys(file?.value ?? {})).toEqual(["__proto__", "constructor"]);
  });
});
