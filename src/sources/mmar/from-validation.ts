import { insidePath } from "../../files/paths.js";
import {
  asList,
  asObject,
  asString,
  type Json,
  type JsonFile,
  type JsonObject,
} from "../../text/json.js";
import { type Edit, valueAt } from "../../text/json-edit.js";
import { findSaver } from "./components.js";
import { type Component, type Config, isTrue, keysOf, modelMembers } from "./config.js";
import { NOTHING, type Rule, type Ruling, withItems, withoutItems } from "./config-rules.js";

/** What an inference config is made from where an MMAR has none, the best first. */
export const VALIDATION_CONFIGS = [
  "config/config_validation.json",
  "config/config_validation_ckpt.json",
] as const;

/**
 * The rules that make an inference config of a validation config: without labels, metrics and
 * checkpoint, with the list of images to infer.
 *
 * @param paths - the MMAR's files
 * @param keepsLabels - whether the pre transforms' labels are what a user's points come in by
 */
export function inferenceRules(
  environment: JsonObject,
  dataList: JsonFile | undefined,
  paths: ReadonlySet<string>,
  keepsLabels: boolean,
): readonly Rule[] {
  return [
    (config) => withoutLabels(config, keepsLabels),
    withoutMetrics,
    (config) => useTorchscript(config, environment, paths),
    (config) => inferenceList(config, environment, dataList),
  ];
}

const NO_LABELS = "inference has no labels";

// ── Labels ───────────────────────────────────────────────────────────────────────────────

/** Keys that hold the truth in validation. */
export const LABELS = new Set(["label", "labels", "seg", "mask"]);

/** Takes the labels out of all transforms; what a label is copied to is one as well. */
function withoutLabels(config: Config, keepsLabels: boolean): Ruling {
  const labels = new Set(LABELS);
  const found = withoutKeys(config, "pre_transforms", config.preTransforms, labels);
  const before = keepsLabels ? [] : found;
  const after = withoutKeys(config, "post_transforms", config.postTransforms, labels);
  return { edits: [...before, ...after], findings: [] };
}

function withoutKeys(
  config: Config,
  section: string,
  transforms: readonly Component[],
  labels: Set<string>,
): Edit[] {
  const gone: { index: number; why: string }[] = [];
  const edits = transforms.flatMap((transform) => {
    const keys = keysOf(transform);
    const kept = keys.filter((key) => !labels.has(key));
    if (kept.length === keys.length) return [];
    if (transform.name.startsWith("CopyItems"))
      for (const name of copies(transform, labels)) labels.add(name);
    if (kept.length > 0) return forKeptKeys(config, transform, keys, labels);
    gone.push({ index: Number(transform.at[1]), why: NO_LABELS });
    return [];
  });
  return [...edits, ...withoutItems(section, gone)];
}

/** The names under which CopyItemsd (`names`, per time and key) copies labels. */
function copies(transform: Component, labels: ReadonlySet<string>): string[] {
  const { names } = transform.args;
  const list = typeof names === "string" ? [names] : asList(names);
  const keys = keysOf(transform);
  return list.filter(
    (name, index): name is string =>
      typeof name === "string" && labels.has(keys[index % keys.length] ?? ""),
  );
}

/** Keeps of every argument that has a value per key the values for the keys that stay. */
function forKeptKeys(
  config: Config,
  { at }: Component,
  keys: readonly string[],
  labels: ReadonlySet<string>,
): Edit[] {
  const args = asObject(valueAt(config.file.value, [...at, "args"])) ?? {};
  return Object.entries(args)
    .filter(([, value]) => Array.isArray(value) && value.length === keys.length)
    .filter(([name]) => name === "keys" || PER_KEY.has(name))
    .map(([name, value]) => ({
      at: [...at, "args", name],
      to: asList(value).filter((_, index) => !labels.has(keys[index] ?? "")),
      why: NO_LABELS,
    }));
}

/** Arguments that MONAI's dictionary transforms take per key; others may be lists of their own. */
const PER_KEY = new Set([
  "mode",
  "padding_mode",
  "align_corners",
  "dtype",
  "meta_keys",
  "orig_keys",
  "orig_meta_keys",
  "meta_key_postfix",
  "nearest_interp",
  "to_tensor",
  "device",
  "post_func",
  "sigmoid",
  "softmax",
  "other",
  "argmax",
  "to_onehot",
  "n_classes",
  "num_classes",
  "threshold",
  "threshold_values",
  "logit_thresh",
  "rounding",
  "names",
  "data_type",
  "prefix",
]);

// ── Metrics, checkpoint, list ────────────────────────────────────────────────────────────

/** Sections and handlers that only validation has, and the evaluator's arguments for them. */
const SECTIONS = ["metrics", "key_metric", "additional_metrics", "network_summary"];
const HANDLERS = new Set(["MetricsSaver", "TensorBoardImageHandler", "TensorBoardStatsHandler"]);
const EVALUATOR_ARGS = ["key_val_metric", "additional_metrics"];

function withoutMetrics({ file, handlers }: Config): Ruling {
  const { value } = file;
  const why = "metrics need labels, which inference does not have";
  const args = asObject(asObject(value.evaluator)?.args) ?? {};
  const paths = [
    ...EVALUATOR_ARGS.filter((key) => args[key] !== undefined).map((key) => [
      "evaluator",
      "args",
      key,
    ]),
    ...SECTIONS.filter((section) => value[section] !== undefined).map((section) => [section]),
  ];
  const gone = handlers
    .filter((handler) => HANDLERS.has(handler.name))
    .map(({ at }) => ({ index: Number(at[1]), why }));
  return {
    edits: [...withoutItems("handlers", gone), ...paths.map((at) => ({ at, to: undefined, why }))],
    findings: [],
  };
}

/** Of an MMAR that has no TorchScript the checkpoint stays, where a network is there to load it. */
function useTorchscript(
  config: Config,
  environment: JsonObject,
  paths: ReadonlySet<string>,
): Ruling {
  const { file } = config;
  const isThere = (key: string): boolean =>
    paths.has(insidePath(asString(environment[key]) ?? "") ?? "");
  const hasNetwork = modelMembers(config).some(
    (member) => !isTrue(member.disabled) && member.name !== undefined,
  );
  if (hasNetwork && !isThere("MMAR_TORCHSCRIPT") && isThere("MMAR_CKPT")) return NOTHING;
  const why = "inference uses the TorchScript";
  const loaders = asList(file.value.handlers).flatMap((item, index) =>
    asString(asObject(item)?.name) === "CheckpointLoader" ? [{ index, why }] : [],
  );
  const model: Edit = { at: ["model"], to: torchscriptOnly(file.value.model), why };
  return { edits: [...withoutItems("handlers", loaders), model], findings: [] };
}

/** The other members stay, switched off: they tell of the network's channels. */
function torchscriptOnly(model: Json | undefined): Json {
  const torchscript = { ts_path: "{MMAR_TORCHSCRIPT}" };
  const others = (Array.isArray(model) ? model : [model])
    .map((member: Json | undefined) => asObject(member))
    .filter((member) => member !== undefined && member.ts_path === undefined);
  if (others.length === 0) return torchscript;
  return [torchscript, ...others.map((member) => ({ ...member, disabled: true }))];
}

/** The list that inference reads, as far as environment.json or the data list tells. */
function inferenceList(
  { file, value }: Config,
  environment: JsonObject,
  dataList: JsonFile | undefined,
): Ruling {
  const own = asString(asObject(value.dataset)?.data_list_key);
  if (asObject(file.value.dataset) === undefined) return NOTHING;
  const stated = asString(environment.INFER_DATALIST_KEY);
  const to = stated === undefined ? listOf(dataList, own) : "{INFER_DATALIST_KEY}";
  const why = "the list of images to infer, instead of the one to validate with";
  return { edits: [{ at: ["dataset", "data_list_key"], to, why }], findings: [] };
}

/** The usual list of images to infer; the config's own where the data list has that one only. */
function listOf(dataList: JsonFile | undefined, own: string | undefined): string {
  const lists = ["test", "testing", ...(own === undefined ? [] : [own])];
  return lists.find((name) => Array.isArray(dataList?.value[name])) ?? "test";
}

/**
 * The rule for a config of Clara 4.1 beside an environment.json of 4.0, which can't name the list
 * of images to infer.
 */
export function withListKey(
  { file }: Config,
  environment: JsonObject,
  dataList: JsonFile | undefined,
): Ruling {
  const isOld =
    environment.CLARA_TRAIN_VERSION === undefined && environment.INFER_DATALIST_KEY === undefined;
  const asks = asObject(file.value.dataset)?.data_list_key === "{INFER_DATALIST_KEY}";
  if (!isOld || !asks || file.value.INFER_DATALIST_KEY !== undefined) return NOTHING;
  const why = "environment.json is of Clara 4.0, which had no INFER_DATALIST_KEY";
  const to = listOf(dataList, undefined);
  return { edits: [{ at: ["dataset", "data_list_key"], to, why }], findings: [] };
}

/** Lets a config of Clara 4.1 that saves nothing save the prediction. */
export function addSaver(config: Config, environment: JsonObject): Ruling {
  const saves = config.handlers.some(({ name }) => name === "ClassificationSaver");
  if (saves || findSaver(config) !== undefined) return NOTHING;
  const task = asString(environment.PROCESSING_TASK)?.trim().toLowerCase();
  return task === "classification" ? addScoresSaver(config) : addVolumeSaver(config);
}

const SAVES_NOTHING = "validation saves nothing, inference its result";

/** A classifier's scores go into a file of their own, each with the name of its image. */
function addScoresSaver({ file }: Config): Ruling {
  const { handlers } = file.value;
  const args: JsonObject = {
    output_dir: "{MMAR_EVAL_OUTPUT_PATH}",
    batch_transform: "#monai.handlers.from_engine(['image_meta_dict'])",
    output_transform: "#monai.handlers.from_engine(['pred'])",
  };
  const length = Array.isArray(handlers) ? handlers.length : undefined;
  const item = { name: "ClassificationSaver", args };
  const edits = withItems("handlers", length, [{ item, why: SAVES_NOTHING }]);
  return { edits: [...edits, ...wired(file.value, "val_handlers", "@handlers")], findings: [] };
}

/** Lets the evaluator use a section, if it does not. */
function wired({ evaluator }: JsonObject, argument: string, to: string): Edit[] {
  return asObject(asObject(evaluator)?.args)?.[argument] === undefined
    ? [{ at: ["evaluator", "args", argument], to, why: SAVES_NOTHING }]
    : [];
}

function addVolumeSaver(config: Config): Ruling {
  const inverted = config.postTransforms.some(
    (transform) => /^Invert(d|D|Dict)$/.test(transform.name) && keysOf(transform).includes("pred"),
  );
  const args: JsonObject = {
    keys: "pred",
    meta_keys: inverted ? "pred_meta_dict" : "image_meta_dict",
    output_dir: "{MMAR_EVAL_OUTPUT_PATH}",
    resample: !inverted,
    squeeze_end_dims: true,
  };
  const { post_transforms: post } = config.file.value;
  const length = Array.isArray(post) ? post.length : undefined;
  const item = { name: "SaveImaged", args };
  const edits = withItems("post_transforms", length, [{ item, why: SAVES_NOTHING }]);
  const wire = wired(config.file.value, "postprocessing", "@post_transforms");
  return { edits: [...edits, ...wire], findings: [] };
}
