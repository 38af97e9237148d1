import fc from "fast-check";
import { expect, it } from "vitest";
import { entryNameProblem } from "../../src/files/archive.js";
import { modelNameProblem } from "../../src/files/names.js";
import { pack, verify } from "../../src/index.js";
import { mmarMaker, scratch } from "../support/mmars.js";

const make = mmarMaker();

/** Names as systems may have them, and as attackers make them. */
const character = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(..."abA1 .-_:*?\"<>|'$`\\é\u0301\u{1f600}") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ..."\u0001\n\u009b\u202e\u2066\u200f\u2028\u200b\u200d\ufeff\ufffd\u{e0041}",
    ),
  },
);
const name = fc
  .array(character, { minLength: 1, maxLength: 12 })
  .map((all) => all.join(""))
  .filter((text) => !/^\.{1,2}$/.test(text));
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((all) => all.join("/"));

it("a name that pack takes is one that verify takes, in a bundle's folders", () => {
  const long = fc
    .tuple(path, fc.nat(100), fc.nat(4000))
    .map(([start, depth, length]) => `${"d/".repeat(depth)}${start}${"x".repeat(length)}`);
  const property = fc.property(fc.oneof(path, long), (text) => {
    if (modelNameProblem(text) !== undefined) return;
    const inBundle = `model/workspace/${"r".repeat(200)}/${text}`;
    expect(entryNameProblem(inBundle, inBundle, "file")).toBe(undefined);
  });
  fc.assert(property, { numRuns: 5000 });
});

it("what pack writes verify accepts, whatever its files are called", async () => {
  const some = fc.array(path, { minLength: 1, maxLength: 5 });
  const formats = fc.constantFrom("zip", "tar.gz");
  let packed = 0;
  const property = fc.asyncProperty(some, formats, async (paths, format) => {
    const mmar = make();
    for (const each of paths) {
      try {
        mmar.write(`docs/more/${each}`, each);
      } catch {
        // One of the names is a folder of another.
      }
    }
    const result = await pack(mmar.path, { out: scratch(), format: format as "zip" });
    if (!result.ok) return;
    packed += 1;
    const { findings } = await verify(result.target);
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });
  await fc.assert(property, { numRuns: 15 });
  expect(packed).toBeGreaterThan(0);
});
