import { type Config, readConfig } from "../../../src/sources/mmar/config.js";
import { tellGeneration } from "../../../src/sources/mmar/generation.js";
import { effectiveConfig } from "../../../src/sources/mmar/inference-config.js";
import { type Json, type JsonFile, type JsonObject, parseJson } from "../../../src/text/json.js";

/** A JSON file of an MMAR, from what it is to hold. */
export function jsonFile(path: string, value: JsonObject): JsonFile {
  const { file } = parseJson(path, Buffer.from(`${JSON.stringify(value, null, 2)}\n`));
  if (file === undefined) throw new Error(`${path} is no JSON`);
  return file;
}

/** environment.json of Clara 4.0. */
export const ENVIRONMENT_4_0: JsonObject = {
  DATA_ROOT: "/data",
  DATASET_JSON: "config/dataset_0.json",
  PROCESSING_TASK: "segmentation",
  MMAR_EVAL_OUTPUT_PATH: "eval",
  MMAR_CKPT: "models/model.pt",
  MMAR_TORCHSCRIPT: "models/model.ts",
};

export const INVERTER: JsonObject = {
  name: "TransformInverter",
  args: { output_keys: ["pred"], batch_keys: "image", postfix: "inverted", nearest_interp: false },
};

export const ARGMAX_OF_INVERTED =
  "lambda x: __import__('monai').transforms.AsDiscrete(argmax=True)(x['pred_inverted'][0][None])";

/** The handler SegmentationSaver with an output_transform. */
export function saver(output: string, more: JsonObject = {}): JsonObject {
  const args = {
    output_dir: "{MMAR_EVAL_OUTPUT_PATH}",
    batch_transform: "lambda x: x['image_meta_dict']",
    output_transform: output,
    ...more,
  };
  return { name: "SegmentationSaver", args };
}

/** An inference config of Clara 4.0; `sections` take the place of its own. */
export function config40(sections: JsonObject = {}): JsonObject {
  return {
    amp: true,
    model: { ts_path: "{MMAR_TORCHSCRIPT}" },
    pre_transforms: [
      { name: "LoadImaged", args: { keys: "image" } },
      { name: "ToTensord", args: { keys: "image" } },
    ],
    dataset: { name: "Dataset", data_list_file_path: "{DATASET_JSON}", data_list_key: "test" },
    dataloader: { name: "DataLoader", args: { batch_size: 1 } },
    inferer: { name: "SlidingWindowInferer", args: { roi_size: [96, 96, 96] } },
    handlers: [INVERTER, saver(ARGMAX_OF_INVERTED)],
    post_transforms: [{ name: "Activationsd", args: { keys: "pred", softmax: true } }],
    evaluator: { name: "SupervisedEvaluator" },
    ...sections,
  };
}

export interface MadeConfig extends ReturnType<typeof effectiveConfig> {
  readonly value: JsonObject;
  /** The codes of the findings. */
  readonly codes: readonly string[];
}

/** What becomes of a config of an MMAR. */
export function make(
  value: JsonObject,
  {
    environment = ENVIRONMENT_4_0,
    path = "config/config_inference.json",
    dataList = undefined as JsonObject | undefined,
    paths = ["models/model.pt", "models/model.ts"],
  } = {},
): MadeConfig {
  const file = jsonFile(path, value);
  const read: Config = readConfig(file, environment);
  const result = effectiveConfig({
    file,
    isValidation: path.includes("validation"),
    generation: tellGeneration({ environment, config: read, paths: [] }),
    environment,
    dataList: dataList && jsonFile("config/dataset_0.json", dataList),
    paths: new Set(paths),
  });
  return {
    ...result,
    value: result.config.file.value,
    codes: result.findings.map((finding) => finding.code),
  };
}

/** The names of a section's components. */
export const names = (section: Json | undefined): unknown[] =>
  (Array.isArray(section) ? section : []).map((item: JsonObject) => item.name);
