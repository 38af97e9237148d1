import type { JSONPath } from "jsonc-parser";
import { fromOption } from "../model/facts.js";
import { type Config, isTrue } from "../sources/mmar/config.js";
import { INFERENCE_CONFIG } from "../sources/mmar/mmar.js";
import { asList, asObject, asString, type Json, type JsonObject, keyPath } from "../text/json.js";
import { type Edit, editText, valueAt } from "../text/json-edit.js";
import type { DerivedConfig, RunOptions } from "./runtime.js";

/** What the derived config depends on besides the MMAR's own. */
export interface DerivedConfigOptions extends RunOptions {
  readonly dataListKey: string;
}

/**
 * Derives the inference config that runs on MD.ai. The original's text is edited where it has to
 * differ and kept everywhere else, numbers to the digit.
 */
export function deriveInferenceConfig(
  config: Config,
  options: DerivedConfigOptions,
): Omit<DerivedConfig, "source"> {
  const { value, text } = config.file;
  const wanted = [
    ...runOnce(value),
    ...dataSource(value, options),
    ...dataset(value),
    ...loader(value),
    ...windows(value, options),
    ...savers(value),
    ...singleSlices(value),
    ...(options.device === "cpu" ? withoutCuda(config) : []),
  ];
  const isThere = ({ at, to }: Edit): boolean =>
    [value, config.value].some((v) => JSON.stringify(valueAt(v, at)) === JSON.stringify(to));
  const edits = wanted.filter((edit) => !isThere(edit));
  return {
    path: INFERENCE_CONFIG.replace(/\.json$/, ".mdai.json"),
    text: edits.reduce((before, edit) => editText(before, edit), text),
    changes: edits.map(({ at, to, why }) => ({
      at: keyPath(at),
      from: valueAt(value, at),
      to,
      why,
    })),
  };
}

function runOnce(config: JsonObject): Edit[] {
  if (config.multi_gpu === undefined) return [];
  return [{ at: ["multi_gpu"], to: false, why: "MD.ai runs one process on at most one GPU" }];
}

function dataSource(config: JsonObject, { dataListKey }: DerivedConfigOptions): Edit[] {
  if (asObject(config.dataset) === undefined) return [];
  const why = "the deploy code writes a data list for every request";
  return [
    { at: ["dataset", "data_list_file_path"], to: "{DATASET_JSON}", why },
    { at: ["dataset", "data_file_base_dir"], to: "{DATA_ROOT}", why },
    { at: ["dataset", "data_list_key"], to: dataListKey, why },
  ];
}

/** Arguments of a DataLoader that PyTorch refuses without workers. */
const ONLY_WITH_WORKERS = [
  "persistent_workers",
  "prefetch_factor",
  "multiprocessing_context",
  "timeout",
];

function loader(config: JsonObject): Edit[] {
  const args = asObject(asObject(config.dataloader)?.args);
  if (args === undefined) return [];
  const at = (key: string): JSONPath => ["dataloader", "args", key];
  const unfit = ONLY_WITH_WORKERS.filter((key) => args[key] !== undefined);
  return [
    { at: at("batch_size"), to: 1, why: "one series at a time: they differ in size" },
    { at: at("num_workers"), to: 0, why: "a container's /dev/shm is small" },
    ...unfit.map((key) => ({
      at: at(key),
      to: undefined,
      why: "PyTorch refuses it without workers",
    })),
  ];
}

function windows(config: JsonObject, { swBatchSize }: DerivedConfigOptions): Edit[] {
  const inferer = asObject(config.inferer);
  const name = asString(inferer?.path) ?? asString(inferer?.name) ?? "";
  const isSliding =
    /SlidingWindow/.test(name) || asObject(inferer?.args)?.sw_batch_size !== undefined;
  if (!isSliding) return [];
  const why = `windows at once, bounded by the memory of MD.ai's GPU (${fromOption("swBatchSize")})`;
  return [{ at: ["inferer", "args", "sw_batch_size"], to: swBatchSize, why }];
}

function savers(config: JsonObject): Edit[] {
  const why = "every request has an output folder of its own";
  return ["post_transforms", "handlers"].flatMap((section) =>
    asList(config[section]).flatMap((item, index) =>
      asObject(asObject(item)?.args)?.output_dir === undefined && !isSaver(item)
        ? []
        : [{ at: [section, index, "args", "output_dir"], to: "{MMAR_EVAL_OUTPUT_PATH}", why }],
    ),
  );
}

/**
 * Of a single slice MONAI 0.8.1's SaveImaged drops the last axis, and with it a part of its place;
 * where the slice stands upright it fails ("SVD did not converge").
 */
function singleSlices({ post_transforms: section }: JsonObject): Edit[] {
  const why = "a single slice would lose its place";
  return asList(section).flatMap((item, index) =>
    SAVE_IMAGE.test(nameOf(item))
      ? [{ at: ["post_transforms", index, "args", "squeeze_end_dims"], to: false, why }]
      : [],
  );
}

const SAVE_IMAGE = /^(.*\.)?SaveImage(d|D|Dict)$/;

const nameOf = (item: Json): string =>
  asString(asObject(item)?.path) ?? asString(asObject(item)?.name) ?? "";

const isSaver = (item: Json): boolean =>
  /^(.*\.)?(SaveImage(d|D|Dict)|SegmentationSaver|ClassificationSaver)$/.test(nameOf(item));

/** PyTorch's name of a GPU, as a device is named in a config. */
const GPU = /^cuda(:\d+)?$/;

/** GPUs in Python code (`#…` and lambdas): asked for, moved to, named. */
const GPU_IN_CODE: readonly (readonly [what: RegExp, instead: string])[] = [
  [/(\btorch|__import__\((['"])torch\2\))\.cuda\.is_available\(\)/g, "False"],
  [/\.cuda\([^()]*\)/g, ".cpu()"],
  [/(['"])cuda(:\d+)?\1/g, "$1cpu$1"],
];

function withoutCuda({ file, value }: Config): Edit[] {
  const why = `${fromOption("device")} cpu`;
  const devices = [...strings(file.value, [])].flatMap(({ at, value: text }) => {
    // A variable may hold the device, and environment.json may set the variable.
    const expanded = valueAt(value, at);
    const to = withoutGpu(typeof expanded === "string" ? expanded : text);
    return to === expanded ? [] : [{ at, to, why }];
  });
  const amp = [["amp"], ["evaluator", "args", "amp"]]
    .filter((at) => valueAt(file.value, at) !== undefined && isTrue(valueAt(value, at)))
    .map((at) => ({ at, to: false, why: "mixed precision needs a GPU" }));
  // Where neither the config nor the call says it, Clara's entry point takes a GPU.
  const gpu =
    file.value.use_gpu === undefined || !isTrue(valueAt(value, ["use_gpu"]))
      ? []
      : [{ at: ["use_gpu"], to: false, why }];
  return [...devices, ...amp, ...gpu];
}

function withoutGpu(text: string): string {
  if (GPU.test(text)) return "cpu";
  if (!/^\s*(#|lambda\b)/.test(text)) return text;
  return GPU_IN_CODE.reduce((code, [what, instead]) => code.replace(what, instead), text);
}

/** MONAI's datasets that keep images on disk, and the arguments that only these have. */
const ON_DISK = /(?<=^|\.)(Persistent|CacheNTrans|LMDB)Dataset$/;
const ON_DISK_ARGS = [
  "cache_dir",
  "hash_func",
  "pickle_module",
  "pickle_protocol",
  "cache_n_trans",
  "progress",
  "db_name",
  "lmdb_kwargs",
];

function dataset(config: JsonObject): Edit[] {
  const section = asObject(config.dataset);
  const key = section?.path === undefined ? "name" : "path";
  const name = asString(section?.[key]) ?? "";
  if (!ON_DISK.test(name)) return [];
  const why = "nothing of a patient may stay on disk";
  const args = ON_DISK_ARGS.filter((arg) => asObject(section?.args)?.[arg] !== undefined);
  return [
    { at: ["dataset", key], to: name.replace(ON_DISK, "Dataset"), why },
    ...args.map((arg) => ({ at: ["dataset", "args", arg], to: undefined, why })),
  ];
}

function* strings(
  value: Json | undefined,
  at: JSONPath,
): Generator<{ at: JSONPath; value: string }> {
  if (typeof value === "string") yield { at, value };
  if (typeof value !== "object" || value === null) return;
  const inner = Array.isArray(value) ? value.entries() : Object.entries(value);
  for (const [key, child] of inner) yield* strings(child as Json, [...at, key]);
}
