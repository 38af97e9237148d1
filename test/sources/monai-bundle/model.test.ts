import { describe, expect, it } from "vitest";
import type { InspectOptions } from "../../../src/index.js";
import type { Json } from "../../../src/text/json.js";
import { codesOf, type TestMmar } from "../../support/mmars.js";
import {
  bundleMaker,
  config,
  IMAGE,
  INFERENCE,
  inYaml,
  METADATA,
  metadata,
  OUTPUT,
  POST,
  PRE,
  step,
} from "../../support/monai-bundles.js";

const make = bundleMaker();

const BRATS =
  "$lambda x: torch.where(x[[2]] > 0, 4, torch.where(x[[0]] > 0, 1, torch.where(x[[1]] > 0, 2, 0)))";

/** Makes a BraTS of it: four contrasts in, three overlapping regions out. */
function brats(bundle: TestMmar): TestMmar {
  config(bundle, ["network_def", "in_channels"], 4);
  config(bundle, ["network_def", "out_channels"], 3);
  config(bundle, [...POST, 0], step("Activationsd", { sigmoid: true }));
  config(bundle, [...POST, 2], step("AsDiscreted", { threshold: 0.5 }));
  metadata(bundle, [...IMAGE, "modality"], "MR");
  metadata(bundle, [...IMAGE, "format"], "magnitude");
  metadata(bundle, [...IMAGE, "num_channels"], 4);
  const channels = { "0": "T1c", "1": "T1", "2": "T2", "3": "FLAIR" };
  metadata(bundle, [...IMAGE, "channel_def"], channels);
  metadata(bundle, [...OUTPUT, "num_channels"], 3);
  const regions = { "0": "Tumor core", "1": "Whole tumor", "2": "Enhancing tumor" };
  return metadata(bundle, [...OUTPUT, "channel_def"], regions);
}

const spec = async (bundle: TestMmar, options: InspectOptions = {}) => {
  const inspection = await bundle.inspect(options);
  return { ...inspection, codes: codesOf(inspection) };
};

const classes = (inspection: Awaited<ReturnType<typeof spec>>): unknown =>
  inspection.model?.classes?.value.map(({ name, value }) => [name, value]);

describe("a MONAI bundle", () => {
  it("is read with where each fact is from", async () => {
    const { model, source, runtime, runtimeWhy, codes } = await spec(make());
    expect(codes).toEqual([]);
    expect(source?.source).toBe("monai-bundle");
    expect(source?.generation).toEqual({
      generation: "monai-bundle",
      title: "MONAI bundle, made with MONAI 1.5.2 and PyTorch 2.5.1",
      evidence: ["version 0.2.1 by configs/metadata.json", "licence: LICENSE"],
    });
    expect([runtime, runtimeWhy]).toEqual(["monai", "chosen since a MONAI bundle runs on MONAI"]);
    expect(model?.task).toEqual({
      value: "segmentation",
      from: `SaveImaged in postprocessing of ${INFERENCE}`,
    });
    expect(model?.outClasses).toEqual({
      value: 2,
      from: `the network's out_channels in ${INFERENCE}`,
    });
    expect(model?.classes).toEqual({
      value: [{ classIndex: 0, name: "spleen", value: 1 }],
      from: `outputs.pred.channel_def in ${METADATA}`,
    });
    expect(model?.modalities).toEqual({
      value: ["CT"],
      from: `inputs.image.modality in ${METADATA}`,
    });
    expect(model?.output).toMatchObject({
      form: "label_map",
      from: `argmax in postprocessing in ${INFERENCE}`,
    });
    expect(model?.weights).toEqual([
      { role: "TorchScript", path: { value: "models/model.ts", from: "the bundle has it" } },
    ]);
  });

  it("is the same in YAML", async () => {
    const [json, yaml] = [await spec(make()), await spec(inYaml(make()))];
    const inJson = JSON.stringify(json.configMdai).replaceAll(".json", "");
    const inOther = JSON.stringify(yaml.configMdai).replace(".yaml", "").replaceAll(".json", "");
    expect(inOther).toBe(inJson);
    expect(yaml.codes).toEqual([]);
  });

  it("has its channels in the network's order by the rules that there are", async () => {
    const { model, codes } = await spec(brats(make()));
    expect(codes).toEqual([]);
    expect(model?.input.channels.from).toBe(`inputs.image.channel_def in ${METADATA}`);
    const shown = model?.input.channels.value.map(({ name, contrast }) => [name, contrast]);
    expect(shown).toEqual([
      ["T1c", "T1c"],
      ["T1", "T1"],
      ["T2", "T2"],
      ["FLAIR", "FLAIR"],
    ]);
    expect(model?.output?.form).toBe("channels");
  });

  it("needs the user's channels where it names none that are known", async () => {
    const bundle = metadata(brats(make()), [...IMAGE, "channel_def"], { "0": "image" });
    expect((await spec(bundle)).codes).toEqual(["channels-unknown"]);
    const channel = ["a", "b", "c", "d"].map((name) => `${name}=SeriesDescription:~${name}`);
    const { model, codes } = await spec(bundle, { channel });
    expect(codes).toEqual([]);
    expect(model?.input.channels.value.map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
  });

  it("has classes whose values are those of its merged label map", async () => {
    const bundle = brats(make());
    const items = (JSON.parse(bundle.read(INFERENCE)) as { postprocessing: { transforms: Json[] } })
      .postprocessing.transforms;
    items.splice(3, 0, step("Lambdad", { func: BRATS }));
    const inspection = await spec(config(bundle, POST, items));
    expect(inspection.model?.output?.form).toBe("label_map");
    expect(classes(inspection)).toEqual([
      ["Tumor core", 1],
      ["Whole tumor", 2],
      ["Enhancing tumor", 4],
    ]);
    expect(inspection.codes).toEqual(["classes-merged", "classes-merged"]);
  });

  it("leaves a background out of overlapping channels where one is named", async () => {
    const inspection = await spec(
      metadata(brats(make()), [...OUTPUT, "channel_def"], {
        "0": "background",
        "1": "artery",
        "2": "vein",
      }),
    );
    expect(classes(inspection)).toEqual([
      ["artery", 1],
      ["vein", 2],
    ]);
  });

  it.each<[string, string, Json]>([
    ["label_def of the output", METADATA, { "0": "background", "1": "liver" }],
    ["labels of the config", INFERENCE, { background: 0, liver: 1 }],
    ["labels of the config by their values", INFERENCE, { "0": "background", "1": "liver" }],
  ])("takes names from %s where channel_def is absent", async (_, file, names) => {
    const bundle = metadata(make(), [...OUTPUT, "channel_def"], undefined);
    bundle.set(file, file === METADATA ? [...OUTPUT, "label_def"] : ["labels"], names);
    expect(classes(await spec(bundle))).toEqual([["liver", 1]]);
  });

  it("numbers classes that nothing names, and takes the user's", async () => {
    const bundle = metadata(make(), [...OUTPUT, "channel_def"], undefined);
    const without = await spec(bundle);
    expect(classes(without)).toEqual([["class 1", 1]]);
    expect(without.codes).toEqual(["class-names-unknown"]);
    const named = await spec(bundle, { classNames: "spleen" });
    expect([classes(named), named.codes]).toEqual([[["spleen", 1]], []]);
  });

  it.each<[string, Json[], string]>([
    ["softmax", [step("Activationsd", { softmax: true })], "one_hot"],
    ["sigmoid", [step("Activationsd", { sigmoid: true })], "channels"],
    ["argmax", [step("AsDiscreted", { argmax: true })], "label_map"],
    ["argmax and to_onehot", [step("AsDiscreted", { argmax: true, to_onehot: 2 })], "one_hot"],
    ["an expression", [step("AsDiscreted", { argmax: "$len(@names) > 1" })], "label_map"],
    [
      "keys by reference",
      [{ ...(step("AsDiscreted", { argmax: true }) as object), keys: "$@k" }],
      "label_map",
    ],
    ["nothing", [], "one_hot"],
    ["a disabled argmax", [step("AsDiscreted", { argmax: true, _disabled_: true })], "one_hot"],
    ["another name of it", [step("monai.transforms.AsDiscreteD", { argmax: true })], "label_map"],
  ])("has the output's form by %s", async (_, transforms, form) => {
    const bundle = config(make(), ["names"], ["a", "b"]).set(INFERENCE, ["k"], "pred");
    const invert = step("Invertd", { transform: "@preprocessing", nearest_interp: true });
    const { model } = await spec(config(bundle, POST, [...transforms, invert]));
    expect(model?.output?.form).toBe(form);
  });

  it("follows lists of transforms to where they lie", async () => {
    const { preprocessing, postprocessing } = JSON.parse(make().read(INFERENCE)) as Record<
      string,
      { transforms: Json[] }
    >;
    const bundle = config(make(), ["first"], preprocessing?.transforms.slice(0, 2) ?? []);
    config(bundle, ["second"], preprocessing?.transforms.slice(2) ?? []);
    config(bundle, PRE, "$@first + @second");
    config(
      bundle,
      ["mine"],
      [step("AsDiscreted", { argmax: true }), postprocessing?.transforms[1] ?? null],
    );
    config(bundle, POST, "@mine");
    const { configMdai, codes } = await spec(bundle);
    expect(codes).toEqual(["post-order-mended"]);
    expect(configMdai?.engine).toMatchObject({
      overrides: { "mine#1#nearest_interp": true, "inferer#sw_batch_size": 1 },
    });
  });

  it.each<[string, Json[], string | undefined, Json]>([
    ["Invertd", [step("Invertd", { nearest_interp: false })], "1#nearest_interp", true],
    ["Invertd by itself", [step("Invertd")], undefined, null],
    ["Resized", [step("Resized", { spatial_size: [8, 8, 8] })], "1#mode", "nearest"],
    ["Resized to the nearest", [step("Resized", { mode: "nearest" })], undefined, null],
    ["Resized by a list", [step("Resized", { mode: ["area"] })], "1#mode", "nearest"],
    ["a saver that interpolates", [step("SaveImaged", { mode: "bilinear" })], "1#mode", "nearest"],
    ["a saver", [step("SaveImaged")], undefined, null],
    [
      "Invertd in front of argmax",
      [step("Invertd", { nearest_interp: false }), step("AsDiscreted", { argmax: true })],
      undefined,
      null,
    ],
    [
      "Invertd behind one-hot",
      [step("AsDiscreted", { to_onehot: 2 }), step("Invertd", { nearest_interp: false })],
      undefined,
      null,
    ],
  ])("has labels that nothing interpolates: %s", async (name, transforms, id, value) => {
    const isBefore = name.includes("front");
    const argmax = isBefore ? [] : [step("AsDiscreted", { argmax: true })];
    const { configMdai, codes } = await spec(config(make(), POST, [...argmax, ...transforms]));
    const engine = configMdai?.engine;
    expect(engine?.name === "monai-bundle" && engine.overrides).toEqual({
      ...(id !== undefined && { [`postprocessing#transforms#${id}`]: value }),
      "inferer#sw_batch_size": 1,
    });
    expect(codes).toEqual(id === undefined ? [] : ["post-order-mended"]);
  });

  it("keeps what holds for other keys where labels are not interpolated", async () => {
    const keys = ["pred", "label"];
    const invert = { ...(step("Invertd", { nearest_interp: [false, true] }) as object), keys };
    const argmax = step("AsDiscreted", { argmax: true });
    const { configMdai } = await spec(config(make(), POST, [argmax, invert]));
    expect(configMdai?.engine).toMatchObject({
      overrides: { "postprocessing#transforms#1#nearest_interp": [true, true] },
    });
  });

  it("passes labels over, which MD.ai does not send", async () => {
    const bundle = config(make(), [...PRE, 0, "keys"], ["@image_key", "label"]);
    config(bundle, [...POST, 2, "keys"], ["pred", "label"]);
    const { configMdai, codes } = await spec(bundle);
    expect(codes).toEqual([]);
    expect(configMdai?.engine).toMatchObject({
      image_key: "image",
      overrides: {
        "preprocessing#transforms#0#allow_missing_keys": true,
        "postprocessing#transforms#2#allow_missing_keys": true,
      },
    });
  });

  it.each([
    "Segmentation of renal cell carcinoma on CT",
    "Lesion detection and segmentation",
    "Segmentation after registration",
    "Generation of organ segmentations",
  ])("is not refused for words beside what it does: %s", async (task) => {
    expect((await spec(metadata(make(), ["task"], task))).codes).toEqual([]);
  });

  it("counts by the config where metadata.json says something else, and tells", async () => {
    const bundle = metadata(make(), [...OUTPUT, "num_channels"], 5);
    const { model, codes } = await spec(bundle);
    expect([model?.outClasses?.value, codes]).toEqual([2, ["metadata-wrong"]]);
  });

  it("takes one image of a network with channels for clicks", async () => {
    const bundle = config(make(), ["network_def", "in_channels"], 3);
    const guidance = step("AddGuidanceSignalDeepEditd", { number_intensity_ch: 1 });
    config(bundle, [...PRE, 4], { ...(guidance as object), keys: "@image_key" });
    const { model, codes } = await spec(bundle);
    expect([model?.input.count.value, codes]).toEqual([1, ["bundle-clicks"]]);
  });
});
