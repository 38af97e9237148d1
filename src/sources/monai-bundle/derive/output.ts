import { type Finding, finding } from "../../../findings/finding.js";
import type { Output } from "../../../model/spec.js";
import { asList, asString, type Json } from "../../../text/json.js";
import { isSaver } from "../code.js";
import { type BundleConfig, type Component, isNamed, isTrue, keysOf } from "../config.js";
import { type MergedChannel, readMerge } from "./merge.js";

/** A change that makes a config's result right, by the id where it is set. */
export interface Override {
  readonly id: string;
  readonly value: Json;
  readonly why: string;
}

/** What the post transforms make of the prediction. */
export interface PostResult {
  readonly output: Output;
  /** Values of a label map by channels of the network, where it is merged of channels. */
  readonly merged: readonly MergedChannel[] | undefined;
  readonly overrides: readonly Override[];
  readonly findings: readonly Finding[];
}

/** The key of the prediction (SupervisedEvaluator). */
const PRED = "pred";

/** Transforms that change no form: they may stand anywhere. */
const HARMLESS =
  /^(Activations|AsDiscrete|Invert|ToTensor|EnsureType|EnsureChannelFirst|CastToType|ToDevice|DeleteItems|KeepLargestConnectedComponent|LabelFilter|FillHoles|RemoveSmallObjects|CopyItems|SelectItems|MeanEnsemble|VoteEnsemble|ToNumpy|SqueezeDim|Identity)(d|D|Dict)$/;

/** A transform that resamples. */
interface Resampling {
  readonly name: RegExp;
  /** The argument by which it takes the nearest, and its value then. */
  readonly argument: string;
  readonly nearest: Json;
  /** What it does where nothing is said. */
  readonly byDefault: Json;
}

const NEAREST = { argument: "mode", nearest: "nearest" } as const;

const RESAMPLING: readonly Resampling[] = [
  { name: /^Invert(d|D|Dict)$/, argument: "nearest_interp", nearest: true, byDefault: true },
  { name: /^SaveImage(d|D|Dict)$/, ...NEAREST, byDefault: "nearest" },
  {
    name: /^(Resize|Spacing|Zoom|Affine|ResampleToMatch|SpatialResample|Rotate)(d|D|Dict)$/,
    ...NEAREST,
    byDefault: "bilinear",
  },
];

const resampling = (transform: Component): Resampling | undefined =>
  RESAMPLING.find(({ name }) => name.test(transform.name));

interface Step {
  readonly output: Output;
  /** The transform that made labels of numbers, if one has. */
  readonly labelled: string | undefined;
  readonly merged: readonly MergedChannel[] | undefined;
}

/**
 * Reads from the post transforms what comes out (MONAI 1.0 to 1.5: Activationsd, AsDiscreted,
 * Invertd, Lambdad and their defaults).
 *
 * @param transforms - those of postprocessing
 */
export function readPost(config: BundleConfig, transforms: readonly Component[]): PostResult {
  const where = `postprocessing in ${config.path}`;
  const findings: Finding[] = [];
  const overrides: Override[] = [];
  let step: Step = {
    output: form("one_hot", `no activation in ${where}`, 0),
    labelled: undefined,
    merged: undefined,
  };
  for (const transform of transforms) {
    if (!keysOf(config, transform).includes(PRED)) continue;
    if (step.labelled !== undefined) {
      const order = checkOrder(config, transform, step.labelled);
      findings.push(...order.findings);
      overrides.push(...order.overrides);
    }
    // Of a saver only how it resamples counts.
    if (isSaver(transform.name)) continue;
    const next = apply(config, transform, step, where);
    const isKnown = HARMLESS.test(transform.name) || resampling(transform) !== undefined;
    if (next === undefined && !isKnown) {
      const why = `What ${transform.name} makes of the prediction is not known`;
      const args = { why, assumed: step.output.form };
      findings.push(finding("output-form-unclear", args, config.place(transform.id)));
    }
    step = next ?? step;
  }
  const { output, merged } = step;
  return { output, merged, overrides, findings };
}

const form = (
  of: Output["form"],
  from: string,
  threshold = 0.5,
  channels?: number | undefined,
): Output => ({
  form: of,
  threshold,
  channels,
  from,
  postfix: "",
  extension: ".nii.gz",
  separateFolder: false,
  isInMemory: true,
});

/** What a transform makes of the form; undefined where it leaves it. */
function apply(
  config: BundleConfig,
  transform: Component,
  { output, labelled, merged }: Step,
  where: string,
): Step | undefined {
  const arg = (name: string): Json | undefined => argFor(config, transform, name);
  if (isNamed(transform, "Activations")) {
    if (isTrue(arg("softmax")))
      return { output: form("one_hot", `softmax in ${where}`), labelled, merged };
    if (isTrue(arg("sigmoid")))
      return { output: form("channels", `sigmoid in ${where}`), labelled, merged };
    return undefined;
  }
  if (isNamed(transform, "AsDiscrete")) {
    const oneHot = arg("to_onehot");
    const by = transform.name;
    if (typeof oneHot === "number") {
      const made = form("one_hot", `to_onehot in ${where}`, 0.5, oneHot);
      return { output: made, labelled: undefined, merged: undefined };
    }
    if (isTrue(arg("argmax"))) {
      return { output: form("label_map", `argmax in ${where}`), labelled: by, merged: undefined };
    }
    // Channels of 0 and 1 may be interpolated: what exceeds a half counts.
    if (arg("threshold") !== undefined) {
      return { output: form("channels", `threshold in ${where}`), labelled, merged };
    }
    return undefined;
  }
  const made = isNamed(transform, "Lambda") ? readMerge(asString(transform.args.func)) : undefined;
  if (made === undefined || output.form === "label_map") return undefined;
  const from = `channels merged by ${transform.name} in ${where}`;
  return { output: form("label_map", from), labelled: transform.name, merged: made };
}

/** An argument as it holds for the prediction: one value for all keys, or a list of them. */
function argFor(config: BundleConfig, transform: Component, name: string): Json | undefined {
  const value = config.arg(transform, name);
  return Array.isArray(value) ? asList(value)[keysOf(config, transform).indexOf(PRED)] : value;
}

/**
 * Transforms that also take labels, which are not there on MD.ai: MONAI's pass them over where
 * they are told so.
 */
export function withoutLabels(
  config: BundleConfig,
  transforms: readonly Component[],
): readonly Override[] {
  return transforms.flatMap((transform) => {
    const isMonai = /^(monai\..*|[A-Za-z]\w*)$/.test(transform.target);
    const isOfLabels = keysOf(config, transform).some((key) => /^labels?$/.test(key));
    const isTold = isTrue(config.arg(transform, "allow_missing_keys"));
    if (!isMonai || !isOfLabels || isTold || isSaver(transform.name)) return [];
    const why = "MD.ai sends no labels";
    return [{ id: `${transform.id}#allow_missing_keys`, value: true, why }];
  });
}

/** Sets a transform right that would interpolate labels; refuses it where that can't be done. */
function checkOrder(
  config: BundleConfig,
  transform: Component,
  after: string,
): Pick<PostResult, "findings" | "overrides"> {
  const nothing = { findings: [], overrides: [] };
  const rule = resampling(transform);
  if (rule === undefined) return nothing;
  const { argument, nearest, byDefault } = rule;
  const isSaid = transform.args[argument] !== undefined;
  const all = isSaid ? config.arg(transform, argument) : byDefault;
  const keys = keysOf(config, transform);
  const at = keys.indexOf(PRED);
  if ((Array.isArray(all) ? asList(all)[at] : all) === nearest) return nothing;
  const args = { transform: transform.name, after };
  const place = config.place(transform.id);
  if (all === undefined && keys.length > 1) {
    return { findings: [finding("post-order-fractional", args, place)], overrides: [] };
  }
  // What holds for other keys stays.
  const each = keys.map((_, index) => (Array.isArray(all) ? asList(all)[index] : all) ?? null);
  const value = keys.length > 1 ? each.with(at, nearest) : nearest;
  const why = `labels of ${after} must not be interpolated`;
  return {
    findings: [finding("post-order-mended", args, place)],
    overrides: [{ id: `${transform.id}#${argument}`, value, why }],
  };
}
