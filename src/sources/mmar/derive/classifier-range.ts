import type { Fact } from "../../../model/facts.js";
import type { ValueRange } from "../../../model/spec.js";
import type { ImageForm } from "../../../options/words.js";
import { asList, asString, type Json } from "../../../text/json.js";
import { argFor, type Component, keysOf } from "../config.js";
import type { Mmar } from "../mmar.js";
import { is } from "./classifier-scores.js";

/** The range that a picture's values have to have; undefined where they stay as they are. */
export type PictureRange = Fact<ValueRange | undefined>;

/** What is concluded, and why it is in doubt where it is. */
interface Concluded {
  readonly range: PictureRange;
  readonly doubt: string | undefined;
  /** The transform that the doubt is about. */
  readonly step?: Component | undefined;
}

const BITS_8 = 255;
const BITS_16 = 65535;

/** Below it a picture of whole numbers would have too few of them. */
const FEWEST_LEVELS = 64;

/** What a form says of the range itself; the others are the MMAR's. */
const RANGE_OF: Partial<Record<ImageForm, number>> = {
  png8: BITS_8,
  rgb8: BITS_8,
  png10: 2 ** 10 - 1,
  png12: 2 ** 12 - 1,
  png14: 2 ** 14 - 1,
  png16_full: BITS_16,
};

/** The range that a form stands for where the user names it. */
export function rangeOfForm(form: ImageForm): ValueRange | undefined {
  const high = RANGE_OF[form];
  return high === undefined ? undefined : { low: 0, high };
}

/** The form of a grey picture whose values have a range. */
export function formOfRange(range: ValueRange | undefined): ImageForm {
  if (range === undefined) return "png16";
  if (range.high <= BITS_8) return "png8";
  return range.low === 0 && range.high === BITS_16 ? "png16_full" : "png16";
}

/**
 * The range of values that the network's own transforms count on (MONAI 0.8.1): told by the first
 * of the image's transforms that scales intensity, else by pictures of 8 bits.
 *
 * @param paths - the pictures that the data list names
 */
export function deriveRange(mmar: Mmar, imageKey: string, paths: readonly string[]): Concluded {
  const { inference } = mmar;
  const where = `pre_transforms of ${inference?.file.path}`;
  const steps = (inference?.preTransforms ?? []).filter((t) => keysOf(t).includes(imageKey));
  for (const step of steps) {
    const told = rangeOfStep(step, imageKey, where);
    if (told !== undefined) return { step, ...told };
  }
  const jpeg = paths.find((path) => /\.(jpe?g|bmp)$/i.test(path));
  if (jpeg !== undefined) {
    return sure({ low: 0, high: BITS_8 }, `${jpeg} in ${mmar.dataList?.path}: pictures of 8 bits`);
  }
  return asTheyAre(`no transform in ${where} scales the image's values`);
}

const sure = (value: ValueRange | undefined, from: string): Concluded => ({
  range: { value, from },
  doubt: undefined,
});

const guess = (value: ValueRange, from: string, doubt: string): Concluded => ({
  range: { value, from },
  doubt,
});

const asTheyAre = (doubt: string): Concluded => ({
  range: { value: undefined, from: `values as they are: ${doubt}` },
  doubt,
});

/** What a transform says of the values that reach it; undefined where it says nothing. */
function rangeOfStep(step: Component, key: string, where: string): Concluded | undefined {
  const here = `${step.name} in ${where}`;
  if (step.path !== undefined && !/^(monai|medl)\./.test(step.path)) {
    return asTheyAre(`${step.path} in ${where} may scale them`);
  }
  if (/^Load/.test(step.name)) {
    return /convert\(\s*['"](L|RGB)['"]/.test(JSON.stringify(step.args).replaceAll('\\"', '"'))
      ? sure({ low: 0, high: BITS_8 }, `${here}, which converts to 8 bits`)
      : undefined;
  }
  if (is(step, "ScaleIntensityRange")) return ofScaleRange(step, key, here);
  if (is(step, "ScaleIntensity")) return ofScale(step, key, here);
  if (is(step, "NormalizeIntensity")) return ofNormalize(step, here);
  if (is(step, "ScaleIntensityRangePercentiles") || is(step, "HistogramNormalize")) {
    return sure(undefined, `${here} scales each image by its own values`);
  }
  if (is(step, "CastToType") && /uint8/.test(asString(argFor(step, "dtype", key)) ?? "")) {
    return sure({ low: 0, high: BITS_8 }, `${here}, to 8 bits`);
  }
  if (is(step, "Lambda")) return ofLambda(step, key, here);
  if (is(step, "ThresholdIntensity") || is(step, "ShiftIntensity")) {
    return asTheyAre(`${here} compares them with fixed numbers`);
  }
  return undefined;
}

function ofScaleRange(step: Component, key: string, here: string): Concluded {
  const low = argFor(step, "a_min", key) ?? 0;
  const high = argFor(step, "a_max", key);
  const from = `${here}, from ${low} to ${high}`;
  if (typeof low !== "number" || typeof high !== "number" || high <= low) return asTheyAre(from);
  if (high < FEWEST_LEVELS || high > BITS_16) {
    return asTheyAre(`${from}, which are not a picture's values`);
  }
  if (low < 0) {
    return guess({ low: 0, high }, from, `${from}, but a picture has no values below 0`);
  }
  return low === 0
    ? sure({ low, high }, from)
    : guess({ low, high }, from, `${from}, which may be a part of the training pictures' range`);
}

function ofScale(step: Component, key: string, here: string): Concluded | undefined {
  // With both of them null, values are multiplied by a factor.
  const isFactor = ["minv", "maxv"].every((name) => argFor(step, name, key) === null);
  return isFactor ? undefined : sure(undefined, `${here} scales each image by its own range`);
}

/** Fixed numbers are the mean and the deviation of the training's pictures. */
function ofNormalize(step: Component, here: string): Concluded | undefined {
  const mean = average(step.args.subtrahend);
  const deviation = average(step.args.divisor);
  if (mean === undefined && deviation === undefined) {
    return sure(undefined, `${here} scales each image by its own mean and deviation`);
  }
  const from = `${here}, by ${mean ?? "the image's own mean"} and ${deviation ?? "its deviation"}`;
  if (mean === undefined || deviation === undefined) return asTheyAre(from);
  // To -1 … 1, or to 0 … 1: the numbers are those of the range itself.
  const ends = mean === 0 ? fullRange(deviation) : fullRange(2 * mean);
  if (ends !== undefined && (mean === 0 || mean === deviation)) return sure(ends, from);
  // In any picture the mean is somewhere in the middle, and the deviation smaller than that.
  const high = [8, 10, 12, 14, 16]
    .map((bits) => 2 ** bits - 1)
    .find((top) => mean > 0.25 * top && mean < 0.75 * top && deviation > 0.05 * top);
  return high === undefined || deviation >= mean * 1.5
    ? asTheyAre(from)
    : guess({ low: 0, high }, from, `${from}, which fits pictures from 0 to ${high}`);
}

/** `lambda x: x / 4095` and the like. */
function ofLambda(step: Component, key: string, here: string): Concluded {
  const code = asString(argFor(step, "func", key)) ?? "";
  const [, , number] = /^#?\s*lambda (\w+)\s*:\s*\1\s*\/\s*(\d+)(?:\.0*)?\s*$/.exec(code) ?? [];
  const range = number === undefined ? undefined : fullRange(Number(number));
  return range === undefined
    ? asTheyAre(`${here} may scale them`)
    : sure(range, `${here}, which divides by ${number}`);
}

/** From 0 to the highest value of some bits, given that value or the number of values. */
function fullRange(high: number): ValueRange | undefined {
  const bits = [8, 10, 12, 14, 15, 16].find((n) => high === 2 ** n || high === 2 ** n - 1);
  return bits === undefined ? undefined : { low: 0, high: 2 ** bits - 1 };
}

/** A number, or the mean of one for each channel; undefined for what is none. */
function average(value: Json | undefined): number | undefined {
  const all = typeof value === "number" ? [value] : asList(value);
  const numbers = all.filter((item): item is number => typeof item === "number");
  if (numbers.length === 0 || numbers.length < all.length) return undefined;
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
