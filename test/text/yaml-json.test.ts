import { describe, expect, it } from "vitest";
import { parseYaml } from "../../src/text/yaml-json.js";

const read = (text: string, mostNodes?: number) =>
  parseYaml("configs/a.yaml", Buffer.from(text), mostNodes);

const value = (text: string): unknown => {
  const result = read(text);
  return "problem" in result ? result : result.file.value;
};

describe("YAML in the form of JSON", () => {
  it("has the values that PyYAML gives", () => {
    const text = `
a: 1
b: [1.5, yes, ~, "no", 0x10, -3, 1e3, 1.0e+3]
c: {d: "@x", e: $len(@y)}
f:
- g
-
  - 2
`;
    expect(value(text)).toEqual({
      a: 1,
      // YAML 1.1 wants a dot and a sign in a float.
      b: [1.5, true, null, "no", 16, -3, "1e3", 1000],
      c: { d: "@x", e: "$len(@y)" },
      f: ["g", [2]],
    });
  });

  it("merges, and follows aliases", () => {
    const text = "base: &b {x: 1, y: 2}\nmine:\n  <<: *b\n  y: 3\nagain: *b\n";
    expect(value(text)).toEqual({
      base: { x: 1, y: 2 },
      mine: { x: 1, y: 3 },
      again: { x: 1, y: 2 },
    });
  });

  it("knows where keys and items stand", () => {
    const result = read("a:\n  b:\n  - c: 1\n  - d: 2\n");
    if ("problem" in result) throw new Error(result.problem);
    const { place } = result.file;
    const at = { file: "configs/a.yaml" };
    expect(place(["a", "b"])).toEqual({ ...at, line: 2, column: 3, key: "a.b" });
    expect(place(["a", "b", 1, "d"])).toEqual({ ...at, line: 4, column: 5, key: "a.b[1].d" });
    // What is not there has the place of the nearest above it.
    expect(place(["a", "b", 1, "x"])).toEqual({ ...at, line: 4, column: 5, key: "a.b[1].x" });
    expect(place(["z"])).toEqual({ ...at, key: "z" });
    expect(place([])).toEqual(at);
  });

  it.each([
    ["a: [1", /./],
    ["- a\n", /keys and values/],
    ["", /empty/],
    ["a: 1\n---\nb: 2\n", /several documents/],
    ["a: !!python/object/apply:os.system ['id']\n", /tag .* is refused/],
    ["a:\tb\n", /a tab/],
  ])("is refused: %j", (text, problem) => {
    const result = read(text);
    expect("problem" in result && result.problem).toMatch(problem);
  });

  it("bounds what aliases stand for", () => {
    const doubled = Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`);
    const result = read(["a0: &a0 [1]", ...doubled, ""].join("\n"));
    expect("problem" in result && result.problem).toMatch(/more than 30000 keys and values/);
    expect("problem" in read("a: [1, 2, 3]\n", 5)).toBe(true);
  });
});
