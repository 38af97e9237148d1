import { finding } from "../../../findings/finding.js";
import { asList, asObject, asString, type Json, type JsonObject } from "../../../text/json.js";
import { valueAt } from "../../../text/json-edit.js";
import type { Component, Config } from "../config.js";
import { merge, NOTHING, type Ruling, withItems, withoutItems } from "../config-rules.js";
import { readItemFunction, readOutputTransform, readPassedKeys } from "./prediction.js";
import type { Step } from "./tensor.js";
import { lengthOf, untranslatable } from "./transforms.js";

/** An item to append to post_transforms. */
interface Appended {
  readonly item: JsonObject;
  readonly why: string;
}

/** What TransformInverter inverted: one of its keys, in MONAI 0.5's words. */
interface Inversion {
  readonly inverter: Component;
  /** The key in the evaluator's output that is inverted. */
  readonly key: string;
  /** The key that the inverted item got. */
  readonly result: string;
  readonly index: number;
}

/**
 * Puts the post transforms Invertd and SaveImaged instead of the handlers TransformInverter
 * and SegmentationSaver, with what the saver's `output_transform` did between them.
 *
 * The order stays: in MONAI 0.5 post transforms ran first (Workflow registers them before the
 * handlers, for the same event), then TransformInverter, then SegmentationSaver at the end of the
 * iteration. So what is inverted is what the post transforms left, and all new ones are appended.
 */
export function upgradeSaver(config: Config): Ruling {
  const savers = config.handlers.filter((handler) => handler.name === "SegmentationSaver");
  const inversions = config.handlers.flatMap(inversionsOf);
  const [saver, second] = savers;
  if (second !== undefined) {
    const problem = "there is another SegmentationSaver, and MD.ai takes one result";
    return { edits: [], findings: [untranslatable(config, second, problem)] };
  }
  const appended =
    saver === undefined ? invertedOnly(config, inversions[0]) : saved(config, saver, inversions);
  if (!("items" in appended)) return appended;
  const edits = withItems("post_transforms", lengthOf(config, "post_transforms"), appended.items);
  return merge([
    { edits, findings: [] },
    { edits: withoutOld(config), findings: [] },
  ]);
}

type Chain = { readonly items: readonly Appended[] } | Ruling;

function inversionsOf(handler: Component): Inversion[] {
  if (handler.name !== "TransformInverter") return [];
  const { output_keys: given, postfix } = handler.args;
  const keys = asNames(given ?? "pred");
  const end = asString(postfix) ?? "inverted";
  return keys.map((key, index) => ({ inverter: handler, key, result: `${key}_${end}`, index }));
}

const asNames = (value: Json): string[] =>
  typeof value === "string"
    ? [value]
    : asList(value).filter((name): name is string => typeof name === "string");

/** Without a saver what was inverted is inverted still: a saver may be added. */
function invertedOnly(config: Config, inversion: Inversion | undefined): Chain {
  if (inversion === undefined) return { items: [] };
  return invert(config, inversion);
}

function saved(config: Config, saver: Component, inversions: readonly Inversion[]): Chain {
  const code = asString(saver.args.output_transform) ?? "";
  const prediction = readOutputTransform(code);
  if (prediction === undefined) return unknownLambda(config, saver, "output_transform", code);
  const inversion = inversions.find(({ result }) => result === prediction.key);
  const key = inversion?.key ?? prediction.key;
  if (inversion === undefined && key !== "pred" && !isMade(config, key)) {
    const problem = `it saves x['${key}'], which nothing in this config makes`;
    return { edits: [], findings: [untranslatable(config, saver, problem)] };
  }
  const meta = metaKey(config, saver, inversion === undefined ? undefined : `${key}_meta_dict`);
  if (typeof meta !== "string") return meta;
  const inverted = inversion === undefined ? { items: [] } : invert(config, inversion);
  if (!("items" in inverted)) return inverted;
  const why = "what SegmentationSaver's output_transform did";
  return {
    items: [
      ...inverted.items,
      ...prediction.steps.map((step) => ({ item: withKeys(step, key), why })),
      {
        item: { name: "SaveImaged", args: savingArgs(config, saver, key, meta) },
        why: "the post transform SaveImaged replaces the handler SegmentationSaver",
      },
    ],
  };
}

/** Whether a post transform names the key. */
function isMade(config: Config, key: string): boolean {
  return JSON.stringify(config.value.post_transforms ?? []).includes(JSON.stringify(key));
}

/** The key of the metadata to save with: its file name and affine. */
function metaKey(config: Config, saver: Component, inverted: string | undefined): string | Ruling {
  const code = asString(saver.args.batch_transform);
  const keys = code === undefined ? ["image_meta_dict"] : readPassedKeys(code);
  const [only, ...more] = keys ?? [];
  if (only === undefined || more.length > 0 || !only.endsWith("_meta_dict")) {
    return unknownLambda(config, saver, "batch_transform", code ?? "");
  }
  return inverted ?? only;
}

const withKeys = ({ name, args }: Step, key: string): JsonObject => ({
  name,
  args: { keys: key, ...args },
});

/** Arguments of TransformInverter that Invertd has too, and their values for one key. */
const INVERTER_ARGS = ["nearest_interp", "to_tensor", "device"];

function invert(config: Config, { inverter, key, index }: Inversion): Chain {
  const { batch_keys: batch, meta_key_postfix: postfix, post_func: post } = inverter.args;
  const code = asString(post);
  const steps = code === undefined ? [] : readItemFunction(code);
  if (steps === undefined) return unknownLambda(config, inverter, "post_func", code ?? "");
  const stated = asObject(valueAt(config.file.value, [...inverter.at, "args"])) ?? {};
  const forKey = (value: Json | undefined): Json | undefined =>
    Array.isArray(value) ? value[index] : value;
  const image = asString(forKey(batch)) ?? "image";
  const kept = INVERTER_ARGS.filter((name) => stated[name] !== undefined);
  const args: JsonObject = {
    keys: key,
    transform: "@pre_transforms",
    orig_keys: image,
    meta_keys: `${key}_meta_dict`,
    ...(postfix === undefined ? {} : { orig_meta_keys: `${image}_${asString(postfix) ?? ""}` }),
    ...Object.fromEntries(kept.map((name) => [name, forKey(stated[name]) ?? null])),
  };
  const why = "the post transform Invertd takes the place of the handler TransformInverter";
  const after = "what TransformInverter's post_func did";
  return {
    items: [
      { item: { name: "Invertd", args }, why },
      ...steps.map((step) => ({ item: withKeys(step, key), why: after })),
    ],
  };
}

/** Arguments of SegmentationSaver that SaveImaged does not have. */
const SAVER_ONLY = new Set(["batch_transform", "output_transform", "name", "save_rank"]);

function savingArgs(config: Config, { at }: Component, key: string, meta: string): JsonObject {
  const stated = asObject(valueAt(config.file.value, [...at, "args"])) ?? {};
  const kept = Object.entries(stated).filter(([name]) => !SAVER_ONLY.has(name));
  return { keys: key, meta_keys: meta, output_postfix: "seg", ...Object.fromEntries(kept) };
}

/** Takes the two handlers out, also those that are switched off: 4.1 has no such class. */
function withoutOld(config: Config): ReturnType<typeof withoutItems> {
  const why: Readonly<Record<string, string>> = {
    TransformInverter: "Clara 4.1 has no such handler",
    SegmentationSaver: "a post transform saves the result",
  };
  const old = asList(config.file.value.handlers).flatMap((item, index) => {
    const name = asString(asObject(item)?.path) ?? asString(asObject(item)?.name) ?? "";
    const reason = why[name.split(".").at(-1) ?? ""];
    return reason === undefined ? [] : [{ index, why: reason }];
  });
  return withoutItems("handlers", old);
}

function unknownLambda(config: Config, { name, at }: Component, arg: string, code: string): Ruling {
  const place = config.place([...at, "args", arg]);
  return {
    ...NOTHING,
    findings: [finding("upgrade-lambda", { what: name, arg, code: code.trim() }, place)],
  };
}
