import fc from "fast-check";
import { expect, it } from "vitest";
import { violations } from "../../src/schemas.js";
import type { Json } from "../../src/text/json.js";
import { parseJson } from "../../src/text/json.js";
import { changed, type Keys, mmarMaker } from "../support/mmars.js";

const make = mmarMaker();
const FILES = ["environment", "config_inference", "dataset_0", "config_aiaa", "config_train"].map(
  (name) => `config/${name}.json`,
);

/** The paths of all values in a document. */
function pathsIn(value: Json, at: Keys = []): Keys[] {
  const inner = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [at, ...inner.flatMap(([key, child]) => pathsIn(child as Json, [...at, key]))];
}

/** What somebody, or something, might have put in the place of a value. */
const junk = fc.oneof(
  fc.constantFrom<(Json | undefined)[]>(
    ...[
      undefined,
      null,
      true,
      "",
      " ",
      "{x}",
      "{MMAR_CKPT}",
      "@x",
      "#1",
      "lambda x: x",
      "../x",
      "cuda",
    ],
    ...[
      0,
      -1,
      1,
      2,
      1.5,
      1e300,
      65536,
      4294967296,
      [],
      {},
      [[]],
      [null],
      { name: "X" },
      "constructor",
    ],
    ...["__proto__", "pred", ["pred", "image"], { name: "SaveImaged" }, { disabled: true }],
  ),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
);

it("whatever stands in the configs, there is a verdict, and what is planned fits the schemas", async () => {
  const mmar = make();
  const originals = FILES.map((file) => [file, JSON.parse(mmar.read(file)) as Json] as const);
  const change = fc
    .constantFrom(...originals)
    .chain(([file, value]) =>
      fc.tuple(fc.constant(file), fc.constantFrom(...pathsIn(value)), junk),
    );
  let planned = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      for (const [file, value] of originals) {
        const mine = changes.filter((c) => c[0] === file);
        const to = mine.reduce((before, [, keys, put]) => {
          try {
            return changed(before, keys, put);
          } catch {
            return before;
          }
        }, value);
        mmar.write(file, JSON.stringify(to) ?? "");
      }
      const { plan, configMdai, derivedConfig, findings } = await mmar.inspect({ device: "cpu" });
      expect(plan === undefined).toBe(findings.some((f) => f.severity === "error"));
      if (plan === undefined) return;
      planned++;
      expect(violations("config_mdai", configMdai)).toEqual([]);
      expect(parseJson("derived", Buffer.from(derivedConfig?.text ?? "")).findings).toEqual([]);
    }),
    { numRuns: 150 },
  );
  expect(planned).toBeGreaterThan(0);
});
