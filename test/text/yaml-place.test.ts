import fc from "fast-check";
import { dump } from "js-yaml";
import { describe, expect, it } from "vitest";
import { type YamlPath, yamlPosition } from "../../src/text/yaml-place.js";

const TEXT = `# a list
a: 1
b:
  - x
  - c: &anchor [1, {d: 2}]
    "e f": >
      folded
  - *anchor
g: {h: , i: [[5]]}
`;

describe("yamlPosition", () => {
  it.each<[YamlPath, string]>([
    [[], "2:1"],
    [["a"], "2:1"],
    [["b", 0], "4:5"],
    [["b", 1, "c"], "5:5"],
    [["b", 1, "c", 1, "d"], "5:21"],
    [["b", 1, "e f"], "6:6"],
    [["b", 2], "8:6"],
    [["g", "h"], "9:5"],
    [["g", "i", 0, 0], "9:15"],
    // Of what is not there, as much as is.
    [["b", 7], "4:3"],
    [["a", "z"], "2:4"],
    [["z"], "2:1"],
  ])("of %j is %s", (path, position) => {
    expect(yamlPosition(TEXT, path)).toBe(position);
  });

  it("of nothing is the beginning", () => {
    for (const text of ["", "# nothing", "\n\n"]) expect(yamlPosition(text, ["a"])).toBe("1:1");
  });

  it("of any key of any YAML lies where the key is", () => {
    const keys = fc.stringMatching(/^[a-z]{1,8}$/);
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.integer(),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(keys, tie("value"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(value, (made) => {
        const text = dump(made);
        const lines = text.split("\n");
        for (const path of pathsOf(made)) {
          const [line = 0, column = 0] = yamlPosition(text, path).split(":").map(Number);
          expect(lines[line - 1]?.slice(column - 1)).toMatch(
            new RegExp(`^${String(path.at(-1))}['"]?:`),
          );
        }
      }),
    );
  });
});

/** The paths to all keys of mappings. */
function pathsOf(value: unknown): YamlPath[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const step = Array.isArray(value) ? Number(key) : key;
    const own = Array.isArray(value) ? [] : [[step]];
    return [...own, ...pathsOf(inner).map((path) => [step, ...path])];
  });
}
