import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import {
  type BatchItemResult,
  batch,
  type InspectOptions,
  inspect,
  pack,
  verify,
} from "../../src/index.js";
import { batchJson } from "../../src/report/batch-json.js";
import { failureJson, inspectionJson, packJson, verifyJson } from "../../src/report/json.js";
import { archiveOf } from "../files/archives.js";
import { covid, xray } from "../support/classifiers.js";
import { type BundleFiles, BY_HAND, writeZip } from "../support/handmade.js";
import { mmarMaker, REPOSITORY, scratch, type TestMmar } from "../support/mmars.js";

type Schema = { readonly [key: string]: unknown };

const read = (name: string): Schema =>
  JSON.parse(readFileSync(join(REPOSITORY, "schemas", `${name}.schema.json`), "utf8"));

/** The schema with no key more than those that it describes: what is printed is documented. */
const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.entries(schema).map(([key, value]) => [key, closed(value)]);
  const more = "properties" in schema && "type" in schema ? { additionalProperties: false } : {};
  return { ...Object.fromEntries(inner), ...more };
};

const output = read("output");

const compile = (schema: Schema) =>
  new Ajv({ strict: true, allowUnionTypes: true, allErrors: true })
    .addSchema(read("config_mdai"))
    .compile(schema);

const validate = compile(closed(output) as Schema);

/** Checks a result as it is printed. */
function expectValid(result: object): void {
  validate(JSON.parse(JSON.stringify(result)));
  expect(validate.errors ?? []).toEqual([]);
}

const make = mmarMaker();

async function* each<T>(values: readonly T[]): AsyncIterable<T> {
  yield* values;
}

const CASES: [name: string, mmar: () => TestMmar, options?: InspectOptions][] = [
  ["a good one", () => make()],
  ["without optional files", () => make().remove("commands/set_env.sh")],
  ["without weights", () => make().remove("models/model.ts")],
  ["without an environment", () => make().write("config/environment.json", "{")],
  ["without anything", () => make().remove("config")],
  ["with files to leave out", () => make().write("eval/x.nii.gz", "1")],
  ["of an unknown task", () => make().env("PROCESSING_TASK", "annotation")],
  ["of TensorFlow", () => make().write("models/model.trt.pb", "1").remove("models/model.ts")],
  [
    "of several channels",
    () =>
      make()
        .env("INPUT_CHANNELS", 2)
        .set("config/dataset_0.json", ["modality"], { "0": "T2", "1": "ADC" }),
  ],
  ["with overlapping classes", () => make("brain_channels")],
  ["on another grid", () => make("lung_resampled")],
  ["with two classes", () => make("liver_tumor_ct")],
  ["a classifier of pictures", () => xray(make())],
  [
    "a classifier of volumes",
    () => covid(make()),
    { lungMask: "builtin", negativeClass: "non-COVID" },
  ],
  [
    "with overrides",
    () => make(),
    { outClasses: 3, classNames: ["a", "b"], dataListKey: "training", device: "cpu" },
  ],
  ["with rules of the user's own", () => make(), { channel: ["image=SeriesDescription:~portal"] }],
];

describe("what --json prints fits its schema", () => {
  it.each(CASES)("for an MMAR %s", async (_, mmar, options = {}) => {
    const { path } = mmar();
    expectValid(inspectionJson(await inspect(path, options)));
    expectValid(packJson(await pack(path, { ...options, dryRun: true, strict: true })));
    expectValid(packJson(await pack(path, { ...options, out: scratch() })));
  });

  it("for all of the catalogue", async () => {
    const folder = join(REPOSITORY, "fixtures/catalogue");
    for (const name of readdirSync(folder)) {
      expectValid(inspectionJson(await inspect(join(folder, name))));
    }
  });

  it("for none at all, and for a tar.gz", async () => {
    const none = join(scratch(), "none");
    expectValid(inspectionJson(await inspect(none)));
    expectValid(packJson(await pack(none, { format: "tar.gz", out: scratch() })));
    expectValid(packJson(await pack(make().path, { format: "tar.gz", out: scratch() })));
  });

  it("for a batch, with all that can become of an MMAR", async () => {
    const [root, out] = [scratch(), scratch()];
    for (const [name, mmar] of [
      ["good", make()],
      ["bad", make().remove("models/model.ts")],
      ["refused", make()],
    ] as const) {
      cpSync(mmar.path, join(root, name), { recursive: true });
    }
    const data = scratch();
    writeFileSync(join(data, "x"), "1");
    await archiveOf("zip, deflated", data, join(root, "data"), false);
    writeFileSync(join(out, "refused.mdai.zip"), "of somebody else");
    const outcomes = new Set<string>();
    for (const options of [{ dryRun: true }, {}, {}]) {
      const models: BatchItemResult[] = [];
      const onResult = (model: BatchItemResult): void => void models.push(model);
      const result = await batch([root], { out, ...options }, { onResult });
      const pieces: string[] = [];
      for await (const piece of batchJson(result, each(models))) pieces.push(piece);
      expectValid(JSON.parse(pieces.join("")));
      for (const { outcome } of models) outcomes.add(outcome);
    }
    expect([...outcomes].sort()).toEqual([
      "current",
      "not fit",
      "packed",
      "passed over",
      "refused",
      "would pack",
    ]);
  });

  it("for bundles of any kind, and for what is none", async () => {
    const out = scratch();
    const { target } = await pack(make().path, { out });
    const tar = await pack(xray(make()).path, { out, format: "tar.gz" });
    const hand = (name: string, files: BundleFiles): string => writeZip(join(out, name), files);
    const config = "model/.mdai/config.yaml";
    const bundles = [
      target,
      tar.target,
      hand("hand.zip", BY_HAND),
      hand("gpu.zip", { ...BY_HAND, [config]: "base_image: py38\ndevice_type: gpu\n" }),
      hand("bad.zip", { ...BY_HAND, [config]: "base_image: py27\n" }),
      hand("empty.zip", {}),
      make().path,
      join(out, "none.zip"),
    ];
    for (const bundle of bundles) expectValid(verifyJson(await verify(bundle)));
  });

  it("for a failure", () => {
    for (const command of ["inspect", "pack", "verify", "batch"] as const) {
      const message = "The disk is full.";
      expectValid(failureJson(command, { kind: "machine", message, exitCode: 3 }));
    }
  });
});

describe("the schema", () => {
  it("refuses what is not printed", async () => {
    const good = JSON.parse(JSON.stringify(packJson(await pack(make().path, { dryRun: true }))));
    expect(validate(good)).toBe(true);
    for (const wrong of [
      { schema: 2 },
      { command: "unpack" },
      { ok: "yes" },
      { sha256: "abc" },
      { findings: [{}] },
      { derived: {} },
      { new: 1 },
      { config_mdai: {} },
    ]) {
      expect(validate({ ...good, ...wrong })).toBe(false);
    }
    const { entries: _, ...less } = good;
    expect(validate(less)).toBe(false);
  });

  it("as it is shipped takes keys that later versions may add", async () => {
    const good = JSON.parse(JSON.stringify(inspectionJson(await inspect(make().path))));
    const open = compile(output);
    expect([open({ ...good, later: 1 }), open({ ...good, schema: 2 })]).toEqual([true, false]);
  });

  it("describes every key", () => {
    const bare: string[] = [];
    const visit = (schema: unknown, at: string): void => {
      if (typeof schema !== "object" || schema === null) return;
      const { properties = {} } = schema as { properties?: Record<string, Schema> };
      for (const [key, property] of Object.entries(properties)) {
        if (property.description === undefined && property.$ref === undefined) {
          if (property.properties === undefined) bare.push(`${at}.${key}`);
        }
      }
      for (const [key, inner] of Object.entries(schema)) visit(inner, `${at}.${key}`);
    };
    visit(output, "");
    expect(bare).toEqual([]);
  });
});
