import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { configMdaiDefinition } from "../../src/model/config-mdai.js";
import { IMAGE_FORMS, OUTPUT_FORMS, SCORES, WINDOWS } from "../../src/options/words.js";
import { jsonSchema } from "../support/json-schemas.js";
import { REPOSITORY } from "../support/mmars.js";

const TEMPLATES = join(REPOSITORY, "templates");
const modules = readdirSync(TEMPLATES, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".py"))
  .map((name) => ({ name, text: readFileSync(join(TEMPLATES, name), "utf8") }));

/** Every key of an object anywhere in a JSON Schema. */
function keysOf(schema: unknown): Set<string> {
  if (typeof schema !== "object" || schema === null) return new Set();
  const { properties = {} } = schema as { properties?: object };
  const inner = Object.values(schema).flatMap((value) => [...keysOf(value)]);
  return new Set([...Object.keys(properties), ...inner]);
}

const defined = keysOf(jsonSchema(configMdaiDefinition, "config_mdai.schema.json"));

/**
 * Keys that Python's code reads from config_mdai.json, whichever module it stands in. A `component`
 * is one of an inference config, and so is what has a key such as `_target_`.
 */
const read = new Set(
  modules
    .filter(({ name, text }) => text.includes('raw["') || /_config\.py$/.test(name))
    .flatMap(({ text }) =>
      [...text.matchAll(/(?<!\bcomponent)(?<=[\w)\]])(?:\["(\w+)"\]|\.get\("(\w+)"\))/g)].map(
        ([, a, b]) => a ?? b ?? "",
      ),
    )
    .filter((key) => !/^_\w+_$/.test(key)),
);

/** What the deploy code takes as given: it is written for one form and one engine. */
const NOT_READ = ["schema", "name", "trust"];

describe("the Python that reads config_mdai.json", () => {
  it("reads no key that is not defined", () => {
    expect(read.size).toBeGreaterThan(15);
    expect([...read].filter((key) => !defined.has(key))).toEqual([]);
  });

  it("reads every key that is defined, but for the form's version, the engine's name and what verify reads", () => {
    const missed = [...defined].filter((key) => !read.has(key) && !NOT_READ.includes(key));
    expect(missed).toEqual([]);
  });

  it.each([
    ["OutputForm", OUTPUT_FORMS],
    ["ImageForm", IMAGE_FORMS],
    ["Scores", SCORES],
    ["Window", WINDOWS],
  ] as const)("knows the words of %s", (_, words) => {
    const all = modules.map(({ text }) => text).join("\n");
    const literals = [...all.matchAll(/Literal\[([^\]]*)\]/g)].map(([, inner = ""]) =>
      [...inner.matchAll(/"([^"]*)"/g)].map(([, word = ""]) => word),
    );
    // Of the types that name some of the words, the widest names all of them, and no other.
    const known: readonly string[] = words;
    const [widest = []] = literals
      .filter((literal) => literal.some((word) => known.includes(word)))
      .sort((a, b) => b.length - a.length);
    if (widest.length > 0) expect([...widest].sort()).toEqual([...words].sort());
    const named = words.filter((word) => all.includes(`"${word}"`));
    expect(named.length).toBeGreaterThan(0);
  });
});
