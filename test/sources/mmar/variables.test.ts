import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { variables } from "../../../src/sources/mmar/variables.js";
import type { Json } from "../../../src/text/json.js";

const name = fc.stringMatching(/^[A-Za-z_]\w{0,5}$/);
const plain = fc.string({ maxLength: 5 }).map((text) => text.replace(/[{}]/g, ""));
const scalar = fc.oneof(plain, fc.integer(), fc.boolean());
const scope = fc.dictionary(name, scalar, { maxKeys: 4, noNullPrototype: true });

describe("variables", () => {
  it("are replaced, those of environment.json winning over the config's", () => {
    fc.assert(
      fc.property(scope, scope, name, plain, plain, (config, environment, key, before, after) => {
        const known: Record<string, Json> = { ...config, ...environment };
        const expected = Object.hasOwn(known, key) ? known[key] : `{${key}}`;
        const { expand, unknown } = variables(config, environment);
        expect(expand(`{${key}}`)).toEqual(expected);
        const around = `x${before}{${key}}${after}`;
        expect(expand([{ a: around }])).toEqual([{ a: `x${before}${expected}${after}` }]);
        expect(unknown(`{${key}}`)).toEqual(Object.hasOwn(known, key) ? [] : [key]);
      }),
    );
  });

  it.each([
    ["a number keeps its type", "{n}", 3],
    ["a flag keeps its type", "{yes}", true],
    ["in a text it becomes text", "out_{n}_{yes}", "out_3_true"],
    ["through another", "{through}", 3],
    ["a list is no variable", "{list}", "{list}"],
    ["Python's braces stay", "#{'a': 1}", "#{'a': 1}"],
    ["no name", "{}{ n }{1}", "{}{ n }{1}"],
  ])("%s", (_, text, expected) => {
    const scope = { n: 3, yes: true, through: "{n}", list: [1] };
    expect(variables(scope, {}).expand(text)).toEqual(expected);
  });

  it("end where they name each other in a ring, or grow", () => {
    const ring = variables({ a: "{b}", b: "{a}" }, {});
    expect(ring.expand("{a}")).toMatch(/^\{[ab]\}$/);
    const growing = variables({ a: "{a}".repeat(1000) }, {});
    expect(String(growing.expand("{a}")).length).toBeLessThan(100_000);
  });

  it("that stay though they are set are told from those that nothing sets", () => {
    const { unknown, stuck } = variables(
      { a: "{b}", b: "{a}", c: "{a}", long: "x".repeat(40_000), fine: 1 },
      {},
    );
    expect(stuck(["{c}", "{fine}", "{none}"])).toMatchObject([{ isRing: true }]);
    expect(unknown(["{c}", "{fine}", "{none}"])).toEqual(["none"]);
    expect(stuck("{long}{long}")).toEqual([{ name: "long", isRing: false }]);
    expect(unknown("{long}{long}")).toEqual([]);
    const most = Array.from({ length: 100 }, () => "x{long}");
    expect(stuck(most)).toEqual([{ name: "long", isRing: false }]);
    expect(unknown(most)).toEqual([]);
  });

  it("in Python code are not missed", () => {
    const { unknown } = variables({}, {});
    expect(unknown(["#{x}", "lambda x: {y}", " # {z}", { a: ["{w}", "p_{v}"] }])).toEqual([
      "w",
      "v",
    ]);
  });
});
