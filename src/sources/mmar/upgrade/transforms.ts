import { finding } from "../../../findings/finding.js";
import { asList, asObject, asString, type Json, type JsonObject } from "../../../text/json.js";
import { type Edit, valueAt } from "../../../text/json-edit.js";
import { argFor, type Component, type Config, isTrue, keysOf } from "../config.js";
import { merge, NOTHING, type Ruling } from "../config-rules.js";
import { readBatchFunction } from "./prediction.js";

/**
 * Brings the arguments of the transforms from MONAI 0.5 to 0.8.1, and post transforms from whole
 * batches (B, C, …) to single items (C, …).
 */
export function upgradeTransforms(config: Config): Ruling {
  const before = config.preTransforms.map((transform) => rename(config, transform));
  const batches = config.postTransforms.some(isForItems) ? [] : config.postTransforms;
  const after = batches.map((transform) => onItems(config, transform));
  return merge([...before, ...after, ...config.postTransforms.map((t) => rename(config, t))]);
}

/** Whether a post transform is of Clara 4.1 already, as those beside it then are. */
const isForItems = (transform: Component): boolean => plainName(transform) === "Invertd";

/** MONAI gives each dictionary transform three names: AddChanneld, AddChannelD, AddChannelDict. */
const plainName = ({ name }: Component): string => name.replace(/(D|Dict)$/, "d");

const isCustom = ({ path }: Component): boolean => path !== undefined && !/^monai\./.test(path);

/** Loaders that MONAI merged into LoadImaged in 0.5, and the readers that they were. */
const LOADERS: Readonly<Record<string, string>> = {
  LoadNiftid: "NibabelReader",
  LoadPNGd: "PILReader",
  LoadNumpyd: "NumpyReader",
};

function rename(config: Config, transform: Component): Ruling {
  if (isCustom(transform)) return NOTHING;
  const name = plainName(transform);
  const reader = LOADERS[name];
  if (reader !== undefined) return ruling(loader(config, transform, reader));
  if (name === "DataStatsd") return ruling(without(transform, "logger_handler", GONE));
  if (name === "AsDiscreted") return discrete(config, transform);
  return NOTHING;
}

const GONE = "MONAI 0.8 has no such argument";
const ruling = (edits: readonly Edit[]): Ruling => ({ edits, findings: [] });

function loader(config: Config, { at, name }: Component, reader: string): Edit[] {
  const key = asString(valueAt(config.file.value, [...at, "path"])) === undefined ? "name" : "path";
  const stated = asString(valueAt(config.file.value, [...at, key])) ?? name;
  const why = `MONAI 0.8 has no ${name}`;
  return [
    { at: [...at, key], to: `${stated.slice(0, -name.length)}LoadImaged`, why },
    { at: [...at, "args", "reader"], to: reader, why },
  ];
}

function without({ at, args }: Component, name: string, why: string): Edit[] {
  return args[name] === undefined ? [] : [{ at: [...at, "args", name], to: undefined, why }];
}

// ── AsDiscreted ──────────────────────────────────────────────────────────────────────────

/** Arguments of AsDiscreted that MONAI 0.7 replaced. */
const REPLACED = ["n_classes", "num_classes", "threshold_values", "logit_thresh"];

function discrete(config: Config, transform: Component): Ruling {
  const { args, at } = transform;
  const isOld = (value: Json | undefined): boolean =>
    Array.isArray(value)
      ? value.some((item) => typeof item === "boolean")
      : typeof value === "boolean";
  if (!REPLACED.some((name) => args[name] !== undefined) && !isOld(args.to_onehot)) return NOTHING;
  const keys = keysOf(transform);
  const why = "MONAI 0.8 takes the number of classes and the threshold instead of switches";
  const oneHot = keys.map((key) => classesFor(config, transform, key));
  if (oneHot.includes(undefined)) {
    const problem = "to_onehot without n_classes";
    return { edits: [], findings: [untranslatable(config, transform, problem)] };
  }
  const threshold = keys.map((key) =>
    isTrue(argFor(transform, "threshold_values", key))
      ? (argFor(transform, "logit_thresh", key) ?? 0.5)
      : (argFor(transform, "threshold", key) ?? null),
  );
  return ruling([
    { at: [...at, "args", "to_onehot"], to: forKeys(oneHot), why },
    { at: [...at, "args", "threshold"], to: forKeys(threshold), why },
    ...REPLACED.flatMap((name) => without(transform, name, why)),
  ]);
}

/** The number of classes to one-hot, as the config writes it; null for none, undefined if unsaid. */
function classesFor(config: Config, transform: Component, key: string): Json | undefined {
  const oneHot = argFor(transform, "to_onehot", key);
  if (typeof oneHot === "number") return oneHot;
  if (!isTrue(oneHot)) return null;
  const name = transform.args.n_classes === undefined ? "num_classes" : "n_classes";
  const stated = valueAt(config.file.value, [...transform.at, "args", name]);
  return Array.isArray(stated) ? stated[keysOf(transform).indexOf(key)] : stated;
}

/** One value where all keys have the same, else a list; undefined where none has any. */
function forKeys(values: readonly (Json | undefined)[]): Json | undefined {
  const [first] = values;
  if (values.some((value) => value !== first)) return values.map((value) => value ?? null);
  return first ?? undefined;
}

// ── From batches to items ────────────────────────────────────────────────────────────────

/** Post transforms that do the same to each item as to a batch of it. */
const SAME = new Set([
  "AsDiscreted",
  "KeepLargestConnectedComponentd",
  "LabelToContourd",
  "ToTensord",
  "ToNumpyd",
  "CastToTyped",
  "CopyItemsd",
  "DeleteItemsd",
  "SelectItemsd",
  "DataStatsd",
  "SimulateDelayd",
  "Identityd",
  "ThresholdIntensityd",
  "VoteEnsembled",
]);

/** Arguments that count axes from the batch axis on. */
const AXES: Readonly<Record<string, string>> = {
  SplitChanneld: "channel_dim",
  ConcatItemsd: "dim",
  SqueezeDimd: "dim",
};

function onItems(config: Config, transform: Component): Ruling {
  const name = plainName(transform);
  const why = "post transforms of Clara 4.1 get single items, without the batch axis";
  if (isCustom(transform)) {
    const problem = "it is a component of your own, made for whole batches";
    return { edits: [], findings: [untranslatable(config, transform, problem)] };
  }
  if (SAME.has(name)) return NOTHING;
  if (name === "Activationsd" && transform.args.other === undefined) return NOTHING;
  if (name === "MeanEnsembled" && transform.args.weights === undefined) return NOTHING;
  if (name === "SaveImaged") return ruling(without(transform, "save_batch", why));
  if (name === "Lambdad") return lambda(config, transform, why);
  const axis = AXES[name];
  const value = axis === undefined ? undefined : transform.args[axis];
  if (axis !== undefined && typeof value === "number" && value > 0) {
    return ruling([{ at: [...transform.at, "args", axis], to: value - 1, why }]);
  }
  if (name === "SplitChanneld" && value === undefined) return NOTHING;
  const problem = `what it makes of a batch is not known for single items`;
  return { edits: [], findings: [untranslatable(config, transform, problem)] };
}

function lambda(config: Config, transform: Component, why: string): Ruling {
  const code = asString(transform.args.func);
  const steps = code === undefined ? undefined : readBatchFunction(code);
  const [step, ...more] = steps ?? [];
  if (code === undefined || steps === undefined || more.length > 0) {
    const args = { what: transform.name, arg: "func", code: code ?? "" };
    const place = config.place([...transform.at, "args", "func"]);
    return { edits: [], findings: [finding("upgrade-lambda", args, place)] };
  }
  const { func: _, ...others } =
    asObject(valueAt(config.file.value, [...transform.at, "args"])) ?? {};
  const item: JsonObject =
    step === undefined
      ? { name: "Identityd", args: others }
      : { name: step.name, args: { ...others, ...step.args } };
  return ruling([{ at: transform.at, to: item, why }]);
}

/** A finding for what can't be brought to 4.1. */
export function untranslatable(
  config: Config,
  { name, at }: Component,
  problem: string,
): ReturnType<typeof finding> {
  return finding("upgrade-untranslatable", { what: name, problem }, config.place(at));
}

/** How many items a section has, with those that are disabled; undefined if it is not a list. */
export function lengthOf(config: Config, section: string): number | undefined {
  const value = config.file.value[section];
  return Array.isArray(value) ? asList(value).length : undefined;
}
