import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type InspectOptions, inspect, type PackOptions, pack } from "../../../../src/index.js";
import { paint } from "../../../../src/report/paint.js";
import { inspectionText, packText } from "../../../../src/report/text.js";
import { violations } from "../../../../src/schemas.js";
import type { Json } from "../../../../src/text/json.js";
import { covid, metric, SAVER, xray } from "../../../support/classifiers.js";
import { codesOf, mmarMaker, REAL_MMARS, type TestMmar } from "../../../support/mmars.js";
import { messageOf } from "../../../support/words.js";

const make = mmarMaker();
const XRAY = "config/config_inference.json";

/** What of a classifier is derived, as config_mdai.json says it. */
async function derived(mmar: TestMmar, options: InspectOptions = {}) {
  const { configMdai, findings } = await mmar.inspect(options);
  const codes = findings.map((f) => f.code).filter((code) => code !== "needed-file-excluded");
  if (configMdai === undefined) return { codes };
  expect(violations("config_mdai", configMdai)).toEqual([]);
  if (configMdai.type !== "classification") throw new Error(configMdai.type);
  const { engine, input, output, classes } = configMdai;
  if (engine.name !== "clara") throw new Error(engine.name);
  const { item, image_key, result } = engine;
  const thresholds = Object.fromEntries(classes.map((c) => [c.name, c.threshold]));
  const indices = classes.map((c) => [c.class_index, c.value]);
  return { item, image_key, ...input, ...result, ...output, thresholds, indices, codes };
}

describe("a classifier of pictures", () => {
  it("is read from its configs", async () => {
    expect(await derived(xray(make()))).toEqual({
      item: "string",
      image_key: "image",
      form: "png16",
      range: null,
      window: "none",
      mask: null,
      file: "predictions.csv",
      delimiter: ",",
      scores: "sigmoid",
      thresholds: { Nodule: 0.5, Mass: 0.5 },
      indices: [
        [0, 0],
        [1, 1],
      ],
      codes: [],
    });
  });

  it("writes its scores where the request's output goes, an image at a time", async () => {
    const { derivedConfig } = await xray(make()).inspect();
    const config = JSON.parse(derivedConfig?.text ?? "");
    expect(config.handlers[0].args.output_dir).toBe("{MMAR_EVAL_OUTPUT_PATH}");
    expect(config.dataloader.args).toMatchObject({ batch_size: 1, num_workers: 0 });
  });

  it("has its own output_dir replaced", async () => {
    const mmar = xray(make()).config(["handlers", 0, "args", "output_dir"], "/results");
    const { derivedConfig } = await mmar.inspect();
    expect(derivedConfig?.changes.map((change) => change.at)).toContain(
      "handlers[0].args.output_dir",
    );
  });
});

describe("a classifier of volumes", () => {
  it("is read from its configs, and says that it wants a mask", async () => {
    expect(await derived(covid(make()))).toMatchObject({
      item: "object",
      form: "nifti",
      mask: { key: "label_image", builtin: false },
      scores: "softmax",
      thresholds: { "non-COVID": 0.5, COVID: 0.5 },
      codes: ["lung-mask-wanted"],
    });
  });

  it("takes the built-in mask where the user says so", async () => {
    const options = { lungMask: "builtin" } as const;
    expect(await derived(covid(make()), options)).toMatchObject({
      mask: { key: "label_image", builtin: true },
      codes: [],
    });
  });
});

describe("the form of the image", () => {
  const AS_CHANNEL = { name: "AsChannelFirstd", args: { keys: "image" } };
  const ADD_CHANNEL = { name: "AddChanneld", args: { keys: "image" } };
  const scale = (a_max: number) => ({
    name: "ScaleIntensityRanged",
    args: { keys: "image", a_max },
  });
  const resize = (...spatial_size: number[]) => ({
    name: "Resized",
    args: { keys: "image", spatial_size },
  });
  const from = (mmar: TestMmar, ...paths: string[]) =>
    mmar.set("config/dataset_0.json", ["test"], paths);
  const instead = (mmar: TestMmar, ...steps: ReturnType<typeof scale | typeof resize>[]) =>
    mmar.config(["pre_transforms", 1], steps[0]);

  it.each<[string, string, string, (mmar: TestMmar) => TestMmar]>([
    ["JPEG files", "png16", "none", (m) => from(m, "a.jpg")],
    ["NIfTI files", "nifti", "none", (m) => from(m, "a.nii.gz")],
    ["up to 255", "png8", "dicom", (m) => instead(m, scale(255))],
    ["up to 65535", "png16_full", "none", (m) => instead(m, scale(65535))],
    ["up to 4095", "png16", "none", (m) => instead(m, scale(4095))],
    ["a channel axis moved", "rgb8", "dicom", (m) => m.config(["pre_transforms", 1], AS_CHANNEL)],
    ["a channel axis added", "png16", "none", (m) => m.config(["pre_transforms", 1], ADD_CHANNEL)],
    ["a size of two", "png16", "none", (m) => instead(from(m), resize(256, 256))],
    ["a size of three", "nifti", "none", (m) => instead(from(m), resize(192, 192, 64))],
    [
      "PILReader",
      "png16",
      "none",
      (m) => from(m).config(["pre_transforms", 0, "args", "reader"], "PILReader"),
    ],
    [
      "a network of two dimensions",
      "png16",
      "none",
      (m) => from(m).set("config/config_train.json", ["train", "model", "args", "spatial_dims"], 2),
    ],
  ])("%s: %s, window %s", async (_, form, window, change) => {
    expect(await derived(change(xray(make())))).toMatchObject({ form, window, codes: [] });
  });

  const step = (name: string, args: Readonly<Record<string, Json>>) => ({
    name,
    args: { keys: "image", ...args },
  });
  const range = (low: number, high: number) => ({ low, high });
  const CLEAR: readonly string[] = [];
  const UNCLEAR: readonly string[] = ["image-range-unclear"];

  it.each<[string, object, string, object | null, readonly string[]]>([
    ["up to 255", scale(255), "png8", range(0, 255), CLEAR],
    ["up to 200", scale(200), "png8", range(0, 200), CLEAR],
    ["up to 1023", scale(1023), "png16", range(0, 1023), CLEAR],
    ["up to 4095", scale(4095), "png16", range(0, 4095), CLEAR],
    ["up to 4000", scale(4000), "png16", range(0, 4000), CLEAR],
    ["up to 65535", scale(65535), "png16_full", range(0, 65535), CLEAR],
    [
      "from below 0",
      step("ScaleIntensityRanged", { a_min: -1024, a_max: 1024 }),
      "png16",
      range(0, 1024),
      UNCLEAR,
    ],
    [
      "a part of a range",
      step("ScaleIntensityRanged", { a_min: 500, a_max: 3000 }),
      "png16",
      range(500, 3000),
      UNCLEAR,
    ],
    ["up to 1", scale(1), "png16", null, UNCLEAR],
    ["up to a million", scale(1e6), "png16", null, UNCLEAR],
    ["the image's own range", step("ScaleIntensityd", {}), "png16", null, CLEAR],
    [
      "a factor only",
      step("ScaleIntensityd", { minv: null, maxv: null, factor: 0.1 }),
      "png16",
      null,
      UNCLEAR,
    ],
    ["the image's own mean", step("NormalizeIntensityd", {}), "png16", null, CLEAR],
    [
      "the image's own percentiles",
      step("ScaleIntensityRangePercentilesd", { lower: 1, upper: 99 }),
      "png16",
      null,
      CLEAR,
    ],
    [
      "to -1 and 1",
      step("NormalizeIntensityd", { subtrahend: 2047.5, divisor: 2047.5 }),
      "png16",
      range(0, 4095),
      CLEAR,
    ],
    [
      "to 0 and 1",
      step("NormalizeIntensityd", { subtrahend: 0, divisor: 65535 }),
      "png16_full",
      range(0, 65535),
      CLEAR,
    ],
    [
      "a mean and a deviation of 8 bits",
      step("NormalizeIntensityd", { subtrahend: [123.7, 116.3, 103.5], divisor: [58, 57, 57] }),
      "png8",
      range(0, 255),
      UNCLEAR,
    ],
    [
      "a mean and a deviation of 14 bits",
      step("NormalizeIntensityd", { subtrahend: 8000, divisor: 3000 }),
      "png16",
      range(0, 16383),
      UNCLEAR,
    ],
    [
      "a mean and a deviation of nothing",
      step("NormalizeIntensityd", { subtrahend: 0.485, divisor: 0.229 }),
      "png16",
      null,
      UNCLEAR,
    ],
    ["a mean only", step("NormalizeIntensityd", { subtrahend: 2000 }), "png16", null, UNCLEAR],
    [
      "a division",
      step("Lambdad", { func: "lambda x: x / 4095." }),
      "png16",
      range(0, 4095),
      CLEAR,
    ],
    ["some code", step("Lambdad", { func: "lambda x: f(x)" }), "png16", null, UNCLEAR],
    ["a type of 8 bits", step("CastToTyped", { dtype: "uint8" }), "png8", range(0, 255), CLEAR],
    ["a fixed shift", step("ShiftIntensityd", { offset: -100 }), "png16", null, UNCLEAR],
    [
      "the user's own transform",
      { path: "my.Clahe", args: { keys: "image" } },
      "png16",
      null,
      UNCLEAR,
    ],
    ["nothing that scales", step("Resized", { spatial_size: [64, 64] }), "png16", null, UNCLEAR],
  ])("has the range of %s", async (_, first, form, wanted, codes) => {
    const mmar = xray(make())
      .config(["pre_transforms", 3], undefined)
      .config(["pre_transforms", 1], first as Json)
      .write("custom/my.py", "");
    const found = await derived(mmar);
    expect(found).toMatchObject({ form, range: wanted });
    expect(found.codes.filter((code) => code.startsWith("image-"))).toEqual(codes);
  });

  it("has the range of the first transform that scales", async () => {
    const mmar = xray(make()).config(["pre_transforms", 1], scale(4095));
    mmar.config(
      ["pre_transforms", 2],
      step("NormalizeIntensityd", { subtrahend: 0.5, divisor: 1 }),
    );
    expect(await derived(mmar)).toMatchObject({ range: range(0, 4095), codes: [] });
    mmar.config(["pre_transforms", 1], step("ScaleIntensityd", {}));
    expect(await derived(mmar)).toMatchObject({ form: "png16", range: null, codes: [] });
  });

  it.each(["a.jpg", "a.jpeg", "a.bmp"])("has 8 bits where training has %s", async (path) => {
    const mmar = from(xray(make()), path).config(["pre_transforms", 3], undefined);
    expect(await derived(mmar)).toMatchObject({ form: "png8", range: range(0, 255), codes: [] });
  });

  it("has 8 bits where the loader converts to them", async () => {
    const mmar = xray(make()).config(["pre_transforms", 3], undefined);
    mmar.config(["pre_transforms", 0, "args", "converter"], '#lambda i: i.convert("L")');
    expect(await derived(mmar)).toMatchObject({ form: "png8", range: range(0, 255), codes: [] });
  });

  it.each([
    ["png8", range(0, 255)],
    ["rgb8", range(0, 255)],
    ["png10", range(0, 1023)],
    ["png12", range(0, 4095)],
    ["png14", range(0, 16383)],
    ["png16_full", range(0, 65535)],
    ["png16", null],
  ] as const)("has the range of %s, where the user says so", async (imageForm, wanted) => {
    const mmar = xray(make()).config(["pre_transforms", 3], undefined);
    const found = await derived(mmar, { imageForm });
    expect(found).toMatchObject({ form: imageForm, range: wanted, codes: [] });
  });

  it("is what the user says", async () => {
    const options = { imageForm: "png8", window: "none" } as const;
    expect(await derived(xray(make()), options)).toMatchObject({ form: "png8", window: "none" });
  });
});

describe("the scores", () => {
  const activation = (args: Record<string, boolean>) => ({
    name: "Activationsd",
    args: { keys: "pred", ...args },
  });
  const loss = (name: string) => (mmar: TestMmar) =>
    mmar
      .config(["post_transforms"], [])
      .set("config/config_train.json", ["train", "loss"], { name, args: {} });

  it.each<[string, string, readonly string[], (mmar: TestMmar) => TestMmar]>([
    [
      "softmax",
      "softmax",
      [],
      (m) => m.config(["post_transforms", 0], activation({ softmax: true })),
    ],
    [
      "the last activation",
      "softmax",
      [],
      (m) =>
        m.config(
          ["post_transforms"],
          [activation({ sigmoid: true }), activation({ softmax: true })],
        ),
    ],
    [
      "a loss of logits",
      "sigmoid_of_logits",
      ["scores-unclear"],
      loss("torch.nn.BCEWithLogitsLoss"),
    ],
    ["another", "softmax_of_logits", ["scores-unclear"], loss("CrossEntropyLoss")],
    [
      "the saver's own code",
      "sigmoid",
      [],
      (m) =>
        m
          .config(["post_transforms"], [])
          .config(["handlers", 0, "args", "output_transform"], "#lambda x: torch.sigmoid(x)"),
    ],
  ])("%s: %s", async (_, scores, codes, change) => {
    expect(await derived(change(xray(make())))).toMatchObject({ scores, codes });
  });

  it("are what the user says", async () => {
    const mmar = loss("DiceLoss")(xray(make()));
    expect(await derived(mmar)).toEqual({ codes: ["scores-unknown"] });
    expect(await derived(mmar, { scores: "softmax" })).toMatchObject({ scores: "softmax" });
  });

  it("stand in the file that the saver names", async () => {
    const mmar = xray(make()).config(["handlers", 0, "args", "filename"], "scores.csv");
    mmar.config(["handlers", 0, "args", "delimiter"], "\t");
    expect(await derived(mmar)).toMatchObject({ file: "scores.csv", delimiter: "\t" });
  });
});

describe("the names of a classifier's classes", () => {
  const train = "config/config_train.json";
  it.each<[string, readonly string[], string, (mmar: TestMmar) => TestMmar]>([
    ["metrics of the validation", ["Nodule", "Mass"], "config_validation.json", (m) => m],
    [
      "metrics with a class_index",
      ["Cyst", "Scar"],
      XRAY,
      (m) =>
        m.config(
          ["additional_metrics"],
          [
            { name: "ROCAUC", args: { name: "all" } },
            { name: "ROCAUC", args: { name: "Scar", class_index: 1 } },
            { name: "ROCAUC", args: { name: "Cyst", class_index: 0 } },
          ],
        ),
    ],
    [
      "metrics of slices of the prediction",
      ["Scar", "Cyst"],
      "config_validation.json",
      (m) =>
        m.set(
          "config/config_validation.json",
          ["additional_metrics"],
          [
            { name: "ROCAUC", log_label: "both", args: { output_transform: "lambda x: x[0:2]" } },
            { name: "ROCAUC", log_label: "Scar", args: { output_transform: "lambda x: x[0:1]" } },
            { name: "ROCAUC", log_label: "Cyst", args: { output_transform: "lambda x: x[1:2]" } },
          ],
        ),
    ],
    [
      "metrics of the training's validation",
      ["Edema", "COPD"],
      train,
      (m) =>
        m
          .set("config/config_validation.json", ["additional_metrics"], undefined)
          .set(train, ["validate"], { metrics: [metric("Edema", 0), metric("COPD", 1)] }),
    ],
    [
      "config_aiaa.json",
      ["a", "b"],
      "config_aiaa.json",
      (m) =>
        m
          .set("config/config_validation.json", ["additional_metrics"], undefined)
          .write("config/config_aiaa.json", '{"labels": ["a", "b"]}'),
    ],
  ])("%s", async (_, names, from, change) => {
    const { model } = await change(xray(make())).inspect();
    expect(model?.classes?.value.map((c) => c.name)).toEqual(names);
    expect(model?.classes?.from).toContain(from);
  });

  it("are NGC's for NGC's chest X-ray model", async () => {
    const mmar = xray(make("spleen_ct", "clara_pt_chest_xray_classification_1"))
      .set("config/config_validation.json", ["additional_metrics"], undefined)
      .env("OUTPUT_CHANNELS", 15);
    const { model } = await mmar.inspect();
    expect(model?.classes?.value).toHaveLength(15);
    expect(model?.classes?.value.at(-1)).toMatchObject({ classIndex: 14, name: "COPD" });
  });
});

describe("thresholds", () => {
  it.each<[InspectOptions, Record<string, number | null>]>([
    [{ threshold: 0.3 }, { Nodule: 0.3, Mass: 0.3 }],
    [{ threshold: ["0.3", "mass=0.8"] }, { Nodule: 0.3, Mass: 0.8 }],
    [{ threshold: ["Mass=1", "Mass=0"] }, { Nodule: 0.5, Mass: 0 }],
    [{ negativeClass: "nodule" }, { Nodule: null, Mass: 0.5 }],
  ])("%j", async (options, thresholds) => {
    expect(await derived(xray(make()), options)).toMatchObject({ thresholds, codes: [] });
  });

  it.each(["1.2", "-0.1", "Mass=", "Mass=x", "=0.4", ""])("%j is none", async (threshold) => {
    await expect(xray(make()).inspect({ threshold: [threshold] })).rejects.toThrow(
      /`threshold`: ".*" must be a number from 0 to 1/,
    );
  });
});

it("tells apart a mask from a label, which nobody supplies", async () => {
  const keys = ["image", "label_image", "label"];
  const mmar = covid(make()).config(["pre_transforms", 2, "args", "keys"], keys);
  expect(codesOf(await mmar.inspect())).toContain("needs-more-than-image");
  mmar.config(["pre_transforms", 2, "args", "allow_missing_keys"], true);
  expect(codesOf(await mmar.inspect())).not.toContain("needs-more-than-image");
});

it("has masks made for volumes only", async () => {
  const mmar = covid(make()).set("config/dataset_0.json", ["testing"], [{ image: "a.png" }]);
  expect(codesOf(await mmar.inspect())).toContain("needs-more-than-image");
});

it("gets a saver where there is a validation config only", async () => {
  const mmar = xray(make())
    .copy("config/config_inference.json", "config/config_validation.json")
    .remove("config/config_inference.json")
    .set("config/config_validation.json", ["handlers"], undefined)
    .set("config/config_validation.json", ["evaluator", "args", "val_handlers"], undefined)
    .set("config/config_validation.json", ["additional_metrics"], [metric("A", 0), metric("B", 1)])
    .set("config/config_validation.json", ["evaluator", "args", "additional_metrics"], "@x");
  expect(await derived(mmar)).toMatchObject({
    scores: "sigmoid",
    thresholds: { A: 0.5, B: 0.5 },
    codes: ["inference-config-made"],
  });
  const config = JSON.parse((await mmar.inspect()).derivedConfig?.text ?? "");
  expect(config.handlers).toEqual([SAVER]);
  expect(config.evaluator.args.val_handlers).toBe("@handlers");
  expect(JSON.stringify(config)).not.toContain("SaveImaged");
});

const CHEXPERT = join(REAL_MMARS, "chexpert-3.1");

it.skipIf(!existsSync(CHEXPERT))("is refused if it is TensorFlow's", async () => {
  const { findings, plan } = await inspect(CHEXPERT);
  expect(plan).toBeUndefined();
  expect(findings.map((f) => f.code)).toEqual(["generation-tensorflow"]);
  expect(messageOf(findings[0])).toMatch(/TensorFlow/);
});

describe("what is shown", () => {
  const shown = async (mmar: TestMmar, options: PackOptions = {}) => {
    const result = await pack(mmar.path, { ...options, out: `${mmar.path}.zip` });
    const plain = paint(false);
    return `${inspectionText(result, plain)}\n${packText(result, plain)}`;
  };

  it("is the steps for pictures", async () => {
    const text = await shown(xray(make()), { threshold: ["Mass=0.4"] });
    expect(text).toMatch(/class_index 1 +Mass, over 0.4 /);
    expect(text).toMatch(/output +sigmoid, predictions.csv /);
    expect(text).toMatch(/input +png16 /);
    expect(text).toContain("type Global, scope Instance");
    expect(text).toContain("a model with scope Instance");
    expect(text).toContain("on an image whose answer");
  });

  it("is the steps for volumes", async () => {
    const text = await shown(covid(make()), { negativeClass: "non-COVID", lungMask: "builtin" });
    expect(text).toMatch(/class_index 0 +non-COVID, never reported/);
    expect(text).toMatch(/lung mask +the request's, else the built-in one +label_image/);
    expect(text).toContain("type Global, scope Series");
    expect(text).toContain("a model with scope Series");
  });
});

it("brings to the bundle the packages that it uses", async () => {
  const requirements = async (mmar: TestMmar, options: InspectOptions = {}) => {
    const { plan } = await mmar.inspect(options);
    const content = plan?.entries.find((e) => e.path.endsWith("requirements.txt"))?.content;
    if (content?.kind !== "bytes") throw new Error("no requirements");
    const lines = Buffer.from(content.bytes).toString().split("\n");
    return lines.filter((line) => line !== "" && !line.startsWith("#"));
  };
  expect(await requirements(xray(make()))).toEqual([]);
  expect(await requirements(covid(make()), { requirement: ["einops==0.6.0"] })).toEqual([
    "nibabel==4.0.2",
    "einops==0.6.0",
  ]);
  expect(await requirements(covid(make()), { lungMask: "builtin" })).toEqual([
    "nibabel==4.0.2",
    "scipy==1.10.1",
  ]);
});

it("keeps the schemas of the tasks apart", async () => {
  const { configMdai } = await xray(make()).inspect();
  expect(violations("config_mdai", { ...configMdai, type: "segmentation" })).not.toEqual([]);
  const extra = { ...configMdai, input: { ...configMdai?.input, channels: [] } };
  expect(violations("config_mdai", extra)).not.toEqual([]);
});

it("needs the saver that says which image a line is of", async () => {
  const bare = { ...(SAVER as object), args: { output_dir: "x" } };
  expect(await derived(xray(make()).config(["handlers"], [bare]))).toEqual({
    codes: ["scores-unusable"],
  });
});
