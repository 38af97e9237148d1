import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkInteraction } from "../../../src/sources/mmar/check-interaction.js";
import type { Json, JsonObject } from "../../../src/text/json.js";
import { messageOf } from "../../support/words.js";
import { config40, ENVIRONMENT_4_0, INVERTER, make, names, saver } from "./configs.js";

const VALIDATION = "config/config_validation.json";
const FROM_ENGINE = "#monai.handlers.from_engine(['pred', 'label'])";
const both = ["image", "label"];

/** A validation config of Clara 4.1; `sections` take the place of its own. */
function validation41(sections: JsonObject = {}): JsonObject {
  return {
    amp: true,
    dont_load_ts_model: true,
    network_summary: { network: "@model", input_size: [2, 1, 96, 96, 96] },
    model: [
      { ts_path: "{MMAR_TORCHSCRIPT}", disabled: "{dont_load_ts_model}" },
      { ckpt_path: "{MMAR_CKPT}" },
    ],
    pre_transforms: [
      { name: "LoadImaged", args: { keys: both } },
      { name: "Spacingd", args: { keys: both, pixdim: [1.5, 2], mode: ["bilinear", "nearest"] } },
      { name: "ToTensord", args: { keys: both } },
    ],
    dataset: {
      name: "Dataset",
      data_list_key: "{VAL_DATALIST_KEY}",
      args: { transform: "@pre_transforms" },
    },
    dataloader: { name: "DataLoader", args: { dataset: "@dataset" } },
    inferer: { name: "SimpleInferer" },
    handlers: [
      {
        name: "CheckpointLoader",
        args: { load_path: "{MMAR_CKPT}", load_dict: { model: "@model" } },
      },
      { name: "StatsHandler", args: { output_transform: "lambda x: None" } },
      { name: "MetricsSaver", args: { save_dir: "{MMAR_EVAL_OUTPUT_PATH}" } },
    ],
    post_transforms: [
      { name: "Activationsd", args: { keys: "pred", softmax: true } },
      { name: "Invertd", args: { keys: "pred", transform: "@pre_transforms", orig_keys: "image" } },
      { name: "AsDiscreted", args: { keys: ["pred", "label"], argmax: [true, false] } },
      { name: "SaveImaged", args: { keys: "pred", meta_keys: "pred_meta_dict" } },
    ],
    key_metric: { name: "MeanDice", args: { output_transform: FROM_ENGINE } },
    additional_metrics: [{ name: "Accuracy", args: { output_transform: FROM_ENGINE } }],
    evaluator: {
      name: "SupervisedEvaluator",
      args: {
        network: "@model",
        postprocessing: "@post_transforms",
        key_val_metric: "@key_metric",
        additional_metrics: "@additional_metrics",
      },
    },
    ...sections,
  };
}

const from = (value: JsonObject, more: object = {}): ReturnType<typeof make> =>
  make(value, { path: VALIDATION, ...more });

describe("an inference config made from a validation config", () => {
  const made = from(validation41());
  const { value } = made;

  test("is said", () => {
    expect(made.codes).toEqual(["inference-config-made"]);
    expect(made.findings[0]?.severity).toBe("warning");
    expect(made.findings[0]?.place?.file).toBe(VALIDATION);
  });

  test("has no labels, and of each argument what belongs to the image", () => {
    expect(value.pre_transforms).toEqual([
      { name: "LoadImaged", args: { keys: ["image"] } },
      { name: "Spacingd", args: { keys: ["image"], pixdim: [1.5, 2], mode: ["bilinear"] } },
      { name: "ToTensord", args: { keys: ["image"] } },
    ]);
    expect((value.post_transforms as Json[])[2]).toEqual({
      name: "AsDiscreted",
      args: { keys: ["pred"], argmax: [true] },
    });
  });

  test("has no metrics, in no place", () => {
    for (const section of ["key_metric", "additional_metrics", "network_summary"]) {
      expect(value[section]).toBeUndefined();
    }
    expect(value.evaluator).toEqual({
      name: "SupervisedEvaluator",
      args: { network: "@model", postprocessing: "@post_transforms" },
    });
    expect(names(value.handlers)).toEqual(["StatsHandler"]);
    expect(made.config.file.text).not.toMatch(/label|metric/i);
  });

  test("loads the TorchScript, and keeps the others switched off", () => {
    expect(value.model).toEqual([
      { ts_path: "{MMAR_TORCHSCRIPT}" },
      { ckpt_path: "{MMAR_CKPT}", disabled: true },
    ]);
  });

  test.each<[what: string, model: Json]>([
    ["an object", { ts_path: "{MMAR_TORCHSCRIPT}" }],
    ["a list of one", [{ ts_path: "{MMAR_TORCHSCRIPT}", disabled: true }]],
  ])("a model that is %s is the TorchScript alone", (_, model) => {
    expect(from(validation41({ model })).value.model).toEqual({ ts_path: "{MMAR_TORCHSCRIPT}" });
  });
});

describe("the list that it reads", () => {
  const key = (more: object): Json | undefined => {
    const value = validation41({ VAL_DATALIST_KEY: "validation" });
    const dataset = from(value, more).value.dataset as JsonObject;
    return dataset.data_list_key;
  };
  const environment = { ...ENVIRONMENT_4_0, INFER_DATALIST_KEY: "test" };

  test.each<[what: string, more: object, key: string]>([
    ["environment.json names one", { environment }, "{INFER_DATALIST_KEY}"],
    ["the data list has test", { dataList: { testing: [], test: [] } }, "test"],
    ["the data list has testing only", { dataList: { testing: [] } }, "testing"],
    [
      "the data list has none but the one to validate with",
      { dataList: { validation: [] } },
      "validation",
    ],
    ["nothing is known", {}, "test"],
  ])("%s", (_, more, expected) => {
    expect(key(more)).toBe(expected);
  });
});

describe("a config of Clara 4.1 beside an environment.json of 4.0", () => {
  const dataset = { name: "Dataset", data_list_key: "{INFER_DATALIST_KEY}" };
  const key = (environment: JsonObject, sections: JsonObject = {}): Json | undefined => {
    const value = validation41({ dataset, ...sections });
    const made = make(value, { environment, dataList: { testing: [] } });
    return (made.value.dataset as JsonObject).data_list_key;
  };

  test("reads the list that the data list has", () => {
    expect(key(ENVIRONMENT_4_0)).toBe("testing");
  });

  test.each<[what: string, environment: JsonObject, sections: JsonObject]>([
    ["environment.json is of 4.1", { ...ENVIRONMENT_4_0, CLARA_TRAIN_VERSION: "4.1.0" }, {}],
    ["it names the list", { ...ENVIRONMENT_4_0, INFER_DATALIST_KEY: "mine" }, {}],
    ["the config sets the variable", ENVIRONMENT_4_0, { INFER_DATALIST_KEY: "mine" }],
  ])("keeps its variable where %s", (_, environment, sections) => {
    expect(key(environment, sections)).toBe("{INFER_DATALIST_KEY}");
  });
});

describe("a saver", () => {
  const without = (name: string): Json[] =>
    (validation41().post_transforms as JsonObject[]).filter((item) => item.name !== name);
  const last = (value: JsonObject): Json | undefined => (value.post_transforms as Json[]).at(-1);

  test("is added behind what is inverted", () => {
    expect(last(from(validation41({ post_transforms: without("SaveImaged") })).value)).toEqual({
      name: "SaveImaged",
      args: {
        keys: "pred",
        meta_keys: "pred_meta_dict",
        output_dir: "{MMAR_EVAL_OUTPUT_PATH}",
        resample: false,
        squeeze_end_dims: true,
      },
    });
  });

  test("brings back to the image's grid what is not inverted", () => {
    const post_transforms = [{ name: "Activationsd", args: { keys: "pred", softmax: true } }];
    expect(last(from(validation41({ post_transforms })).value)).toMatchObject({
      args: { meta_keys: "image_meta_dict", resample: true },
    });
  });

  test("is added and wired where there are no post transforms", () => {
    const { post_transforms: _, ...rest } = validation41();
    const evaluator = { name: "SupervisedEvaluator", args: { network: "@model" } };
    const { value } = from({ ...rest, evaluator });
    expect(names(value.post_transforms)).toEqual(["SaveImaged"]);
    expect(value.evaluator).toMatchObject({ args: { postprocessing: "@post_transforms" } });
  });

  test("is not added twice", () => {
    expect(names(from(validation41()).value.post_transforms)).toEqual([
      "Activationsd",
      "Invertd",
      "AsDiscreted",
      "SaveImaged",
    ]);
  });

  test("of a config of Clara 4.0 is added behind the inversion", () => {
    const { value, codes } = from(config40({ handlers: [INVERTER] }));
    expect(codes).toEqual(["inference-config-made"]);
    expect(names(value.post_transforms)).toEqual(["Activationsd", "Invertd", "SaveImaged"]);
  });
});

test("a validation config of Clara 4.0 is rewritten as well", () => {
  const value = config40({
    pre_transforms: [
      { name: "LoadImaged", args: { keys: both } },
      { name: "CopyItemsd", args: { keys: ["label"], times: 1, names: ["label_copy"] } },
      { name: "ToTensord", args: { keys: ["image", "label_copy"] } },
    ],
    post_transforms: [
      { name: "Activationsd", args: { keys: "pred", softmax: true } },
      { name: "AsDiscreted", args: { keys: ["label"], to_onehot: true, n_classes: 2 } },
    ],
    handlers: [
      { name: "CheckpointLoader", disabled: true, args: { load_dict: ["model"] } },
      INVERTER,
      saver("lambda x: torch.argmax(x['pred_inverted'][0], dim=0)[None]"),
      { name: "MetricsSaver", args: { batch_transform: "lambda x: x['image_meta_dict']" } },
    ],
    metrics: [
      { name: "MeanDice", args: { output_transform: "lambda x: (x['pred'], x['label'])" } },
    ],
  });
  const made = from(value);
  expect(made.codes).toEqual(["inference-config-made"]);
  expect(made.config.file.text).not.toMatch(/label|metric|Inverter|Checkpoint/i);
  expect(names(made.value.post_transforms)).toEqual([
    "Activationsd",
    "Invertd",
    "AsDiscreted",
    "SaveImaged",
  ]);
  expect(made.value.handlers).toEqual([]);
});

describe("a model for annotation", () => {
  const found = (transform: JsonObject): unknown[] => {
    const value = validation41({
      pre_transforms: [{ name: "LoadImaged", args: { keys: both } }, transform],
    });
    return checkInteraction(from(value).config).map((one) => [
      one.code,
      messageOf(one),
      one.place?.key,
    ]);
  };

  test.each<[transform: JsonObject, says: string]>([
    [{ name: "CropForegroundd", args: { keys: both, source_key: "label" } }, 'source_key: "label"'],
    [{ name: "AddInitialSeedPointd", args: { label: "label" } }, "a label, to click where its"],
    [{ name: "AddGuidanceSignald", args: { image: "image" } }, "clicks"],
    [{ name: "SpatialCropGuidanced", args: { keys: "image", guidance: "guidance" } }, "clicks"],
    [{ name: "MaskIntensityd", args: { keys: "image", mask_key: "mask" } }, 'mask_key: "mask"'],
  ])("is refused: %j", (transform, says) => {
    expect(found(transform)).toEqual([
      ["needs-interaction", expect.stringContaining(says), "pre_transforms[1]"],
    ]);
  });

  test.each<[transform: JsonObject]>([
    [{ name: "CropForegroundd", args: { keys: both, source_key: "image" } }],
    [{ name: "AddExtremePointsChanneld", args: { keys: "image", label_key: "label" } }],
    [{ name: "AddGuidanceFromPointsd", args: { ref_image: "image" } }],
    [{ name: "MaskIntensityd", args: { keys: "image", mask_key: "lung" } }],
  ])("is not taken for one: %j", (transform) => {
    expect(found(transform)).toEqual([]);
  });
});

const REAL = "../shared/mmars";

test.skipIf(!existsSync(REAL)).each(["spleen-4.0", "spleen-4.1"])(
  "the validation config of NGC's %s",
  (name) => {
    const read = (file: string): JsonObject =>
      JSON.parse(readFileSync(`${REAL}/${name}/config/${file}.json`, "utf8")) as JsonObject;
    const more = { environment: read("environment"), dataList: read("dataset_0") };
    const { codes, config, value } = from(read("config_validation"), more);
    expect(codes).toEqual(["inference-config-made"]);
    expect(config.file.text).not.toMatch(/"label|metric|@key|lambda x: \(/i);
    expect(names(value.handlers)).toEqual(["StatsHandler"]);
    // What is left does what the inference config of the same MMAR does.
    const own = make(read("config_inference"), more).value;
    const plain = (transforms: Json | undefined): unknown =>
      JSON.parse(JSON.stringify(transforms).replaceAll('["image"]', '"image"'));
    expect(plain(value.pre_transforms)).toEqual(plain(own.pre_transforms));
  },
);
