import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../../../src/sources/mmar/config.js";
import { readOutput } from "../../../../src/sources/mmar/derive/output.js";
import { tellGeneration } from "../../../../src/sources/mmar/generation.js";
import type { Json, JsonObject } from "../../../../src/text/json.js";
import { parseJson } from "../../../../src/text/json.js";
import { messageOf } from "../../../support/words.js";
import {
  ARGMAX_OF_INVERTED,
  config40,
  ENVIRONMENT_4_0,
  INVERTER,
  jsonFile,
  make,
  names,
  saver,
} from "../configs.js";

const argsOf = (section: Json | undefined, name: string): Json | undefined =>
  (section as JsonObject[]).find((item) => item.name === name)?.args;

describe("wiring", () => {
  test("every section is passed to the one that needs it", () => {
    const { value, codes } = make(config40({ handlers: [{ name: "StatsHandler" }, INVERTER] }));
    expect(codes).toEqual([]);
    expect(value.dataset).toMatchObject({ args: { transform: "@pre_transforms" } });
    expect(value.dataloader).toMatchObject({ args: { batch_size: 1, dataset: "@dataset" } });
    expect(value.evaluator).toEqual({
      name: "SupervisedEvaluator",
      args: {
        device: "cuda",
        val_data_loader: "@dataloader",
        network: "@model",
        inferer: "@inferer",
        postprocessing: "@post_transforms",
        val_handlers: "@handlers",
        amp: "{amp}",
      },
    });
  });

  test("what is wired already stays", () => {
    const evaluator = { name: "SupervisedEvaluator", args: { device: "cuda:1", amp: false } };
    expect(make(config40({ evaluator })).value.evaluator).toMatchObject({
      args: { device: "cuda:1", amp: false, network: "@model" },
    });
  });

  test.each<[what: string, sections: JsonObject, argument: string]>([
    ["no handlers are left", {}, "val_handlers"],
    ["amp is not set", { amp: undefined }, "amp"],
  ])("no reference to what is not there: %s", (_, sections, argument) => {
    const evaluator = make(config40(sections)).value.evaluator as { args: JsonObject };
    expect(evaluator.args).not.toHaveProperty(argument);
  });

  test("an inferer that was implied is written out", () => {
    const { inferer: _, ...rest } = config40();
    expect(make(rest).value.inferer).toEqual({ name: "SimpleInferer" });
  });

  test("the evaluator's post_transform is called postprocessing", () => {
    const evaluator = { name: "SupervisedEvaluator", args: { post_transform: "post_transforms" } };
    const { args } = make(config40({ evaluator })).value.evaluator as { args: JsonObject };
    expect(args.post_transform).toBeUndefined();
    expect(args.postprocessing).toBe("@post_transforms");
  });

  test("an evaluator of another kind is refused", () => {
    const { codes, findings } = make(config40({ evaluator: { name: "EnsembleEvaluator" } }));
    expect(codes).toEqual(["upgrade-untranslatable"]);
    expect(messageOf(findings[0])).toContain("EnsembleEvaluator");
  });
});

describe("TransformInverter and SegmentationSaver", () => {
  test("what the post transforms left is inverted, then what the saver did, then saved", () => {
    const oneHot = { keys: "pred", argmax: true, to_onehot: true, n_classes: 2 };
    const post_transforms = [
      { name: "Activationsd", args: { keys: "pred", softmax: true } },
      { name: "AsDiscreted", args: oneHot },
    ];
    const { value, codes } = make(config40({ post_transforms }));
    expect(codes).toEqual([]);
    expect(value.post_transforms).toEqual([
      { name: "Activationsd", args: { keys: "pred", softmax: true } },
      { name: "AsDiscreted", args: { keys: "pred", argmax: true, to_onehot: 2 } },
      {
        name: "Invertd",
        args: {
          keys: "pred",
          transform: "@pre_transforms",
          orig_keys: "image",
          meta_keys: "pred_meta_dict",
          nearest_interp: false,
        },
      },
      { name: "AsDiscreted", args: { keys: "pred", argmax: true } },
      {
        name: "SaveImaged",
        args: {
          keys: "pred",
          meta_keys: "pred_meta_dict",
          output_postfix: "seg",
          output_dir: "{MMAR_EVAL_OUTPUT_PATH}",
        },
      },
    ]);
    expect(value.handlers).toEqual([]);
  });

  test("the arguments of the saver stay, but those that only a handler has", () => {
    const more = {
      output_postfix: "organ",
      output_ext: ".nii",
      resample: false,
      mode: "nearest",
      squeeze_end_dims: false,
      dtype: "#np.float32",
      name: "saver",
    };
    const { value } = make(config40({ handlers: [INVERTER, saver(ARGMAX_OF_INVERTED, more)] }));
    const { name: _, ...kept } = more;
    expect(argsOf(value.post_transforms, "SaveImaged")).toEqual({
      keys: "pred",
      meta_keys: "pred_meta_dict",
      output_dir: "{MMAR_EVAL_OUTPUT_PATH}",
      ...kept,
    });
  });

  test("the arguments of the inverter for the saved key", () => {
    const args = {
      output_keys: ["pred", "label"],
      batch_keys: ["image", "label"],
      postfix: "back",
      meta_key_postfix: "meta",
      nearest_interp: [false, true],
      to_tensor: true,
      device: ["cuda", "cpu"],
      post_func: "lambda x: x",
      num_workers: 2,
    };
    const handlers = [{ name: "TransformInverter", args }, saver("lambda x: x['label_back']")];
    const { value, codes } = make(config40({ handlers }));
    expect(codes).toEqual([]);
    expect(argsOf(value.post_transforms, "Invertd")).toEqual({
      keys: "label",
      transform: "@pre_transforms",
      orig_keys: "label",
      meta_keys: "label_meta_dict",
      orig_meta_keys: "label_meta",
      nearest_interp: true,
      to_tensor: true,
      device: "cpu",
    });
  });

  test("the post_func of the inverter comes right behind it", () => {
    const args = { output_keys: "pred", post_func: "lambda x: x.argmax(0, keepdim=True)" };
    const handlers = [{ name: "TransformInverter", args }, saver("lambda x: x['pred_inverted']")];
    const { value } = make(config40({ handlers }));
    expect(names(value.post_transforms)).toEqual([
      "Activationsd",
      "Invertd",
      "AsDiscreted",
      "SaveImaged",
    ]);
  });

  test("what is saved as it was predicted is not inverted", () => {
    const { value, codes } = make(config40({ handlers: [INVERTER, saver("lambda x: x['pred']")] }));
    expect(codes).toEqual([]);
    expect(names(value.post_transforms)).toEqual(["Activationsd", "SaveImaged"]);
    expect(argsOf(value.post_transforms, "SaveImaged")).toMatchObject({
      meta_keys: "image_meta_dict",
    });
  });

  test("post transforms are made where there were none", () => {
    const { post_transforms: _, ...rest } = config40();
    const { value } = make(rest);
    expect(names(value.post_transforms)).toEqual(["Invertd", "AsDiscreted", "SaveImaged"]);
    expect(value.evaluator).toMatchObject({ args: { postprocessing: "@post_transforms" } });
  });

  test("handlers that are switched off go as well, without a trace", () => {
    const off = { ...saver("lambda x: my(x)"), disabled: "{off}" };
    const { value, codes } = make(
      config40({ off: true, handlers: [off, INVERTER, saver(ARGMAX_OF_INVERTED)] }),
    );
    expect(codes).toEqual([]);
    expect(value.handlers).toEqual([]);
  });

  test("the inverted metadata may be named by the saver", () => {
    const more = { batch_transform: "lambda x: x['pred_inverted_meta_dict']" };
    const { value, codes } = make(
      config40({ handlers: [INVERTER, saver(ARGMAX_OF_INVERTED, more)] }),
    );
    expect(codes).toEqual([]);
    expect(argsOf(value.post_transforms, "SaveImaged")).toMatchObject({
      meta_keys: "pred_meta_dict",
    });
  });

  test.each<[what: string, handlers: Json[], code: string, says: string, key: string]>([
    [
      "an unknown output_transform",
      [INVERTER, saver("lambda x: smooth(x['pred_inverted'])")],
      "upgrade-lambda",
      "lambda x: smooth(x['pred_inverted'])",
      "handlers[1].args.output_transform",
    ],
    [
      "no output_transform",
      [{ name: "SegmentationSaver", args: {} }],
      "upgrade-lambda",
      "output_transform",
      "handlers[0].args.output_transform",
    ],
    [
      "an unknown batch_transform",
      [
        INVERTER,
        saver(ARGMAX_OF_INVERTED, { batch_transform: "lambda x: x['image_meta_dict'][0]" }),
      ],
      "upgrade-lambda",
      "lambda x: x['image_meta_dict'][0]",
      "handlers[1].args.batch_transform",
    ],
    [
      "an unknown post_func",
      [
        { name: "TransformInverter", args: { post_func: "lambda x: smooth(x)" } },
        saver("lambda x: x['pred_inverted']"),
      ],
      "upgrade-lambda",
      "lambda x: smooth(x)",
      "handlers[0].args.post_func",
    ],
    [
      "a key that nothing makes",
      [saver("lambda x: x['pred_inverted']")],
      "upgrade-untranslatable",
      "x['pred_inverted']",
      "handlers[0]",
    ],
    [
      "two savers",
      [INVERTER, saver(ARGMAX_OF_INVERTED), saver("lambda x: x['pred']")],
      "upgrade-untranslatable",
      "another SegmentationSaver",
      "handlers[2]",
    ],
  ])("is refused: %s", (_, handlers, code, says, key) => {
    const { findings } = make(config40({ handlers }));
    expect(findings.map((finding) => finding.code)).toEqual([code]);
    const [finding] = findings;
    expect(finding?.severity).toBe("error");
    expect(messageOf(finding)).toContain(says);
    expect(finding?.place?.file).toBe("config/config_inference.json");
    expect(finding?.place?.key).toBe(key);
    expect(finding?.place?.line).toBeGreaterThan(1);
  });
});

describe("transforms", () => {
  const upgraded = (section: string, item: JsonObject): Json | undefined => {
    const value = config40();
    const items = [...(value[section] as Json[]), item];
    const made = make({ ...value, [section]: items });
    expect(made.codes).toEqual([]);
    return (made.value[section] as Json[])[items.length - 1];
  };
  const discrete = (args: JsonObject): JsonObject => ({ name: "AsDiscreted", args });

  test.each<[from: JsonObject, to: JsonObject]>([
    [
      { keys: "pred", to_onehot: true, n_classes: 2 },
      { keys: "pred", to_onehot: 2 },
    ],
    [
      { keys: "pred", argmax: true, to_onehot: false, n_classes: 2 },
      { keys: "pred", argmax: true },
    ],
    [
      { keys: "pred", threshold_values: true },
      { keys: "pred", threshold: 0.5 },
    ],
    [
      { keys: "pred", threshold_values: true, logit_thresh: 0.3 },
      { keys: "pred", threshold: 0.3 },
    ],
    [{ keys: "pred", threshold_values: false, logit_thresh: 0.3 }, { keys: "pred" }],
    [
      { keys: ["pred", "image"], to_onehot: [true, false], n_classes: 3 },
      { keys: ["pred", "image"], to_onehot: [3, null] },
    ],
    [
      { keys: ["pred", "image"], to_onehot: true, n_classes: [3, 2] },
      { keys: ["pred", "image"], to_onehot: [3, 2] },
    ],
    [
      { keys: "pred", to_onehot: true, num_classes: "{amount}" },
      { keys: "pred", to_onehot: "{amount}" },
    ],
    [
      { keys: "pred", argmax: true, to_onehot: 2 },
      { keys: "pred", argmax: true, to_onehot: 2 },
    ],
  ])("AsDiscreted %j", (from, to) => {
    expect(upgraded("post_transforms", discrete(from))).toEqual(discrete(to));
    expect(upgraded("pre_transforms", discrete(from))).toEqual(discrete(to));
  });

  test.each<[section: string, from: JsonObject, to: JsonObject]>([
    [
      "pre_transforms",
      { name: "LoadNiftid", args: { keys: "image" } },
      { name: "LoadImaged", args: { keys: "image", reader: "NibabelReader" } },
    ],
    [
      "pre_transforms",
      { path: "monai.transforms.LoadPNGd", args: { keys: "image" } },
      { path: "monai.transforms.LoadImaged", args: { keys: "image", reader: "PILReader" } },
    ],
    [
      "pre_transforms",
      { name: "DataStatsd", args: { keys: "image", logger_handler: null } },
      { name: "DataStatsd", args: { keys: "image" } },
    ],
    [
      "post_transforms",
      { name: "SplitChanneld", args: { keys: "pred", channel_dim: 1 } },
      { name: "SplitChanneld", args: { keys: "pred", channel_dim: 0 } },
    ],
    [
      "post_transforms",
      { name: "ConcatItemsd", args: { keys: "pred", name: "p", dim: 1 } },
      { name: "ConcatItemsd", args: { keys: "pred", name: "p", dim: 0 } },
    ],
    [
      "post_transforms",
      { name: "Lambdad", args: { keys: "pred", func: "lambda x: x[:, 1:2]" } },
      { name: "Lambdad", args: { keys: "pred", func: "lambda x: x[1:2]" } },
    ],
    [
      "post_transforms",
      { name: "Lambdad", args: { keys: "pred", func: "lambda x: x.argmax(1, keepdim=True)" } },
      { name: "AsDiscreted", args: { keys: "pred", argmax: true } },
    ],
    [
      "post_transforms",
      { name: "Lambdad", args: { keys: "pred", func: "lambda x: x.cpu()" } },
      { name: "Identityd", args: { keys: "pred" } },
    ],
    [
      "post_transforms",
      { name: "SaveImaged", args: { keys: "pred", save_batch: true } },
      { name: "SaveImaged", args: { keys: "pred" } },
    ],
  ])("in %s: %j", (section, from, to) => {
    expect(upgraded(section, from)).toEqual(to);
  });

  test.each<[item: JsonObject]>([
    [{ name: "Spacingd", args: { keys: ["image"], pixdim: [1, 1, 1], align_corners: [true] } }],
    [{ name: "AddChanneld", args: { keys: "image" } }],
    [{ path: "my_transforms.Smooth", args: { keys: "image" } }],
  ])("pre transform stays: %j", (item) => {
    expect(upgraded("pre_transforms", item)).toEqual(item);
  });

  test.each<[item: JsonObject]>([
    [{ name: "KeepLargestConnectedComponentd", args: { keys: "pred", applied_labels: [1] } }],
    [{ name: "ToTensorD", args: { keys: "pred" } }],
    [{ name: "MeanEnsembled", args: { keys: "pred" } }],
  ])("post transform stays: %j", (item) => {
    expect(upgraded("post_transforms", item)).toEqual(item);
  });

  test("post transforms that are of 4.1 already stay", () => {
    const post_transforms = [
      { name: "Invertd", args: { keys: "pred", transform: "@pre_transforms", orig_keys: "image" } },
      { path: "my_transforms.Smooth", args: { keys: "pred" } },
    ];
    const { value, codes } = make(config40({ handlers: [], post_transforms }));
    expect(codes).toEqual([]);
    expect(value.post_transforms).toEqual(post_transforms);
  });

  test.each<[item: JsonObject, code: string]>([
    [{ path: "my_transforms.Smooth", args: { keys: "pred" } }, "upgrade-untranslatable"],
    [{ name: "RandFlipd", args: { keys: "pred" } }, "upgrade-untranslatable"],
    [{ name: "ConcatItemsd", args: { keys: "pred", name: "p" } }, "upgrade-untranslatable"],
    [{ name: "MeanEnsembled", args: { keys: "pred", weights: [1, 2] } }, "upgrade-untranslatable"],
    [
      { name: "Activationsd", args: { keys: "pred", other: "lambda x: x" } },
      "upgrade-untranslatable",
    ],
    [{ name: "AsDiscreted", args: { keys: "pred", to_onehot: true } }, "upgrade-untranslatable"],
    [{ name: "Lambdad", args: { keys: "pred", func: "lambda x: smooth(x)" } }, "upgrade-lambda"],
  ])("post transform is refused: %j", (item, code) => {
    const { findings } = make(config40({ post_transforms: [item] }));
    expect(findings.map((finding) => finding.code)).toEqual([code]);
    expect(findings[0]?.place?.key).toMatch(/^post_transforms\[0\]/);
  });
});

describe("other handlers", () => {
  const upgraded = (handler: JsonObject): Json[] => {
    const made = make(config40({ handlers: [INVERTER, handler] }));
    expect(made.codes).toEqual([]);
    return made.value.handlers as Json[];
  };

  test.each<[from: JsonObject, to: JsonObject]>([
    [
      { name: "StatsHandler", rank: 0, args: { output_transform: "lambda x: None" } },
      { name: "StatsHandler", rank: 0, args: { output_transform: "lambda x: None" } },
    ],
    [
      {
        name: "StatsHandler",
        args: { output_transform: "lambda x: x['loss']", logger_handler: 1 },
      },
      { name: "StatsHandler", args: { output_transform: "lambda x: None" } },
    ],
    [
      { name: "CheckpointLoader", args: { load_path: "{MMAR_CKPT}", load_dict: ["model"] } },
      {
        name: "CheckpointLoader",
        args: { load_path: "{MMAR_CKPT}", load_dict: { model: "@model" } },
      },
    ],
    [
      {
        name: "ClassificationSaver",
        args: {
          batch_transform: "lambda x: x['image_meta_dict']",
          output_transform: "lambda x: x['pred']",
        },
      },
      {
        name: "ClassificationSaver",
        args: {
          batch_transform: "#monai.handlers.from_engine(['image_meta_dict'])",
          output_transform: "#monai.handlers.from_engine(['pred'])",
        },
      },
    ],
  ])("%j", (from, to) => {
    expect(upgraded(from)).toEqual([to]);
  });

  test.each(["TensorBoardImageHandler", "MetricsSaver"])("%s goes", (name) => {
    expect(upgraded({ name, args: { output_transform: "lambda x: my(x)" } })).toEqual([]);
  });

  test("metrics go: they need labels", () => {
    expect(make(config40({ metrics: [{ name: "MeanDice" }] })).value.metrics).toBeUndefined();
  });

  test("an unknown lambda is refused, at its place in the MMAR's own file", () => {
    const unknown = { name: "ClassificationSaver", args: { output_transform: "lambda x: f(x)" } };
    const { findings } = make(
      config40({ handlers: [INVERTER, saver(ARGMAX_OF_INVERTED), unknown] }),
    );
    expect(findings[0]?.code).toBe("upgrade-lambda");
    expect(findings[0]?.place?.key).toBe("handlers[2].args.output_transform");
  });
});

describe("the text", () => {
  test("numbers and layout stay where nothing changes, and every change is listed", () => {
    const text = JSON.stringify(config40(), null, 2).replace("[\n        96,", "[ 96.0,");
    const { file } = parseJson("config/config_inference.json", Buffer.from(text));
    expect(file).toBeDefined();
    if (file === undefined) return;
    const made = make(file.value);
    expect(made.derivation.changes.map((change) => change.at)).toEqual([
      "post_transforms[1]",
      "post_transforms[2]",
      "post_transforms[3]",
      "handlers[1]",
      "handlers[0]",
      "dataset.args.transform",
      "dataloader.args.dataset",
      "evaluator.args.device",
      "evaluator.args.val_data_loader",
      "evaluator.args.network",
      "evaluator.args.inferer",
      "evaluator.args.postprocessing",
      "evaluator.args.amp",
    ]);
    expect(made.derivation.source.text).toContain("TransformInverter");
    expect(made.derivation.changes.every((change) => change.why !== "")).toBe(true);
  });

  test("a config of 4.1 stays as it is, to the byte", () => {
    const text = readFileSync("fixtures/spleen_ct/config/config_inference.json", "utf8");
    const { file } = parseJson("config/config_inference.json", Buffer.from(text));
    if (file === undefined) throw new Error("the fixture is broken");
    const made = make(file.value, { environment: { CLARA_TRAIN_VERSION: "4.1.0" } });
    expect(made.derivation.changes).toEqual([]);
    expect(made.config.file.text).toBe(made.derivation.source.text);
    expect(made.codes).toEqual([]);
  });
});

describe("the output of what is rewritten", () => {
  const output = (code: string, sections: JsonObject = {}): unknown =>
    readOutput(make(config40({ handlers: [INVERTER, saver(code)], ...sections })).config).output;

  test.each<[code: string, output: JsonObject]>([
    [ARGMAX_OF_INVERTED, { form: "label_map", postfix: "seg" }],
    ["lambda x: x['pred_inverted']", { form: "one_hot" }],
    ["lambda x: x['pred'][:, 1:2]", { form: "channels", channels: 1, threshold: 0.5 }],
    ["lambda x: x['pred'][:, 1:2] > 0.5", { form: "channels", channels: 1, threshold: 0.5 }],
    ["lambda x: x['pred'].sigmoid()", { form: "channels", threshold: 0.5 }],
  ])("%s", (code, expected) => {
    expect(output(code)).toMatchObject(expected);
  });
});

describe("the generation, file by file", () => {
  const tell = (value: JsonObject, environment: JsonObject): ReturnType<typeof tellGeneration> =>
    tellGeneration({
      environment,
      config: readConfig(jsonFile("config/config_inference.json", value), environment),
      paths: [],
    });
  const config41 = {
    evaluator: { name: "SupervisedEvaluator", args: { network: "@model" } },
    handlers: [],
  };

  test("a config of 4.1 with an environment of 4.0", () => {
    const { generation, evidence } = tell(config41, ENVIRONMENT_4_0);
    expect(generation).toBe("4.1");
    expect(evidence.join()).toMatch(
      /wired explicitly.*environment\.json is of 4\.0.*config decides/,
    );
  });

  test("a config of 4.0 with an environment of 4.1", () => {
    const environment = { ...ENVIRONMENT_4_0, CLARA_TRAIN_VERSION: "4.1.0" };
    const { generation, evidence } = tell(config40(), environment);
    expect(generation).toBe("4.0");
    expect(evidence.join()).toMatch(/TransformInverter.*is 4\.1\.0, but the config decides/);
  });

  test("a wired config with TransformInverter, which 4.1 has not", () => {
    const wired = { ...config41, handlers: [INVERTER] };
    expect(tell(wired, ENVIRONMENT_4_0).generation).toBe("4.0");
    expect(tell({ ...config41, handlers: [{ ...INVERTER, disabled: true }] }, {}).generation).toBe(
      "4.1",
    );
  });
});

const REAL = "../shared/mmars/spleen-4.0/config";

test.skipIf(!existsSync(REAL))("the config of NGC's spleen model for Clara 4.0", () => {
  const read = (name: string): JsonObject =>
    JSON.parse(readFileSync(`${REAL}/${name}.json`, "utf8")) as JsonObject;
  const { codes, value } = make(read("config_inference"), { environment: read("environment") });
  expect(codes).toEqual([]);
  expect(names(value.post_transforms)).toEqual([
    "Activationsd",
    "AsDiscreted",
    "Invertd",
    "AsDiscreted",
    "SaveImaged",
  ]);
  expect(names(value.handlers)).toEqual(["StatsHandler"]);
});
