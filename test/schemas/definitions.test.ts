import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { batchListDefinition } from "../../src/batch/list-file.js";
import { configMdaiDefinition } from "../../src/model/config-mdai.js";
import { configFileDefinition } from "../../src/options/file-definition.js";
import { manifestDefinition } from "../../src/public-json/manifest.js";
import { outputDefinition } from "../../src/public-json/output.js";
import { jsonSchemaText } from "../support/json-schemas.js";
import { REPOSITORY } from "../support/mmars.js";

const DEFINITIONS = {
  output: outputDefinition,
  config_mdai: configMdaiDefinition,
  manifest: manifestDefinition,
  "config-file": configFileDefinition,
  "batch-list": batchListDefinition,
};

const shipped = (name: string): string =>
  readFileSync(join(REPOSITORY, "schemas", `${name}.schema.json`), "utf8");

describe.each(Object.entries(DEFINITIONS))("schemas/%s.schema.json", (name, definition) => {
  it("is what `npm run docs` makes of the definition", () => {
    expect(jsonSchemaText(definition, `${name}.schema.json`)).toBe(shipped(name));
  });
});

/** Whether a YAML text fits a shipped schema, as an editor would check it. */
function fits(name: string, yaml: string): boolean {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true });
  return ajv.validate(JSON.parse(shipped(name)) as object, load(yaml));
}

describe("the schema of the config file", () => {
  it.each([
    "device: gpu\nclass-names: [liver, tumour]\nenv: {MODEL_STAGE: test}\n",
    "checkpoint: false\nthreshold: [0.3, Nodule=0.4]\nsw-batch-size: 2\n",
    "{}",
    "$schema: ./schemas/config-file.schema.json\ndevice: cpu\n",
  ])("takes %j", (yaml) => expect(fits("config-file", yaml)).toBe(true));

  it.each([
    "devise: gpu",
    "device: tpu",
    "outClasses: 2",
    "include: x",
    "env: {'A B': x}",
    "[]",
    "$schema: 3",
  ])("refuses %j", (yaml) => expect(fits("config-file", yaml)).toBe(false));

  it("tells what each key is, and nothing of the command line's flags", () => {
    const { properties } = JSON.parse(shipped("config-file"));
    for (const [key, { description }] of Object.entries<{ description: string }>(properties)) {
      expect(description, key).toMatch(/^[A-Z].*\.$/);
    }
    expect(properties.checkpoint).toMatchObject({
      default: true,
      description: expect.stringMatching(/^If false, /),
    });
  });
});

describe("the schema of a list", () => {
  it("takes the example of docs/batch.md", () => {
    const page = readFileSync(join(REPOSITORY, "docs/batch.md"), "utf8");
    const [, example = ""] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    expect(example).toContain("# yaml-language-server: $schema=");
    expect(fits("batch-list", example)).toBe(true);
  });

  it("takes the key by which editors find it", () => {
    expect(fits("batch-list", "{$schema: ./x.json, models: [a]}")).toBe(true);
  });

  it("tells what each key is", () => {
    const { properties } = JSON.parse(shipped("batch-list"));
    const { models, defaults } = properties;
    const ofModel = models.items.anyOf.find((one: { properties?: object }) => one.properties);
    for (const each of [properties, defaults.properties, ofModel.properties]) {
      for (const [key, { description }] of Object.entries<{ description: string }>(each)) {
        expect(description, key).toMatch(/^[A-Z].*\.$/);
      }
    }
  });

  it.each([
    "models: [{mmar: a, $schema: x}]",
    "models: [3]",
    "modles: []",
    "models: [{mmar: a, force: true}]",
    "{defaults: {out: x.zip}, models: [a]}",
    "models: [{mmar: a, out: x/y.zip}]",
  ])("refuses %j", (yaml) => expect(fits("batch-list", yaml)).toBe(false));
});
