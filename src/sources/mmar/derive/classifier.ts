import { type Finding, finding } from "../../../findings/finding.js";
import type { Fact, Override } from "../../../model/facts.js";
import type {
  Classifier,
  ClassifierOverrides,
  ModelClass,
  Output,
  ScoredClass,
} from "../../../model/spec.js";
import type { ImageForm, Scores, Window } from "../../../options/words.js";
import { formatList } from "../../../text/format.js";
import { asList, asObject, asString, type Json, type JsonObject } from "../../../text/json.js";
import { argFor, type Component, type Config, isTrue, keysOf } from "../config.js";
import type { Mmar } from "../mmar.js";

/** What was found out about a classifier; it is undefined where something stays open. */
export interface ClassifierResult {
  readonly classifier: Classifier | undefined;
  readonly findings: readonly Finding[];
  readonly overrides: readonly Override[];
}

/** A classifier's channels are all classes: none is a background. */
export const CLASSIFIER_OUTPUT: Output = {
  form: "channels",
  postfix: "",
  extension: ".nii.gz",
  separateFolder: false,
  threshold: 0.5,
  channels: undefined,
  from: "classification",
};

/**
 * Concludes from an MMAR's configs what a classifier reads and writes (MONAI 0.8.1:
 * ClassificationSaver, Activationsd, AsDiscreted and their defaults).
 *
 * @param key - the list of the data list that inference reads
 * @param imageKey - the image in its items
 * @param outClasses - columns of the scores, if they could be counted
 */
export function deriveClassifier(
  mmar: Mmar,
  { key, imageKey, outClasses }: Known,
  overrides: ClassifierOverrides,
): ClassifierResult {
  const { inference } = mmar;
  if (inference === undefined) return { classifier: undefined, findings: [], overrides: [] };
  const used: Override[] = [];
  const override = <T extends string>(
    option: string,
    value: T | undefined,
    derived: Fact<T> | undefined,
  ): Fact<T> | undefined => {
    if (value === undefined) return derived;
    used.push({ option, value, instead: derived?.value });
    return { value, from: option };
  };
  const form = override("--image-form", overrides.imageForm, imageForm(mmar, key, imageKey));
  const usual = form && usualWindow(form.value);
  const window = override("--window", overrides.window, usual);
  const derived = deriveScores(inference, mmar.train, outClasses);
  const scores = override("--scores", overrides.scores, derived);
  const saver = readSaver(inference);
  const mask = deriveMask(mmar, key, imageKey, overrides);
  const unknown = [
    ...(form === undefined
      ? [finding("image-form-unknown", {}, inference.place(["pre_transforms"]))]
      : []),
    ...(scores === undefined
      ? [finding("scores-unknown", {}, inference.place(["post_transforms"]))]
      : []),
  ];
  const doubt =
    overrides.scores === undefined && scores?.value.endsWith("_of_logits")
      ? [finding("scores-unclear", { taken: scores.value, from: scores.from })]
      : [];
  const masked = form !== undefined && form.value !== "nifti" ? mask.mask : undefined;
  const flat = masked && finding("needs-more-than-image", { keys: masked.key });
  const findings = [...saver.findings, ...mask.findings, ...unknown, ...doubt];
  if (flat !== undefined) findings.push(flat);
  const classifier = form &&
    window &&
    scores &&
    saver.file !== undefined && {
      form,
      window,
      scores,
      mask: mask.mask,
      file: saver.file,
      delimiter: saver.delimiter,
    };
  return { classifier: classifier || undefined, findings, overrides: used };
}

interface Known {
  readonly key: string | undefined;
  readonly imageKey: string;
  readonly outClasses: number | undefined;
}

// ── The image ───────────────────────────────────────────────────────────────────────────────

export const is = (component: Component, base: string): boolean =>
  ["", "d", "D", "Dict"].some((end) => component.name === base + end);

export function imageForm(
  mmar: Mmar,
  key: string | undefined,
  imageKey: string,
): Fact<ImageForm> | undefined {
  const dimensions = imageDimensions(mmar, key, imageKey);
  if (dimensions === undefined) return undefined;
  if (dimensions.value === 3) return { value: "nifti", from: dimensions.from };
  const { inference } = mmar;
  const steps = (inference?.preTransforms ?? []).filter((t) => keysOf(t).includes(imageKey));
  const where = `pre_transforms of ${inference?.file.path}`;
  const first = steps.find((t) =>
    ["AddChannel", "AsChannelFirst", "EnsureChannelFirst"].some((base) => is(t, base)),
  );
  if (first !== undefined && is(first, "AsChannelFirst")) {
    return { value: "rgb8", from: `${first.name}, which moves a channel axis, in ${where}` };
  }
  const top = steps
    .filter((t) => is(t, "ScaleIntensityRange"))
    .map((t) => argFor(t, "a_max", imageKey))
    .find((value) => typeof value === "number");
  if (typeof top === "number" && top <= 255) {
    return { value: "png8", from: `ScaleIntensityRanged up to ${top} in ${where}` };
  }
  if (top === 65535) {
    return { value: "png16_full", from: `ScaleIntensityRanged up to ${top} in ${where}` };
  }
  return { value: "png16", from: `${dimensions.from}; 16 bits keep all of the image's` };
}

/** 2 or 3, by the data list's files, the loader, the sizes of transforms, the network. */
function imageDimensions(
  mmar: Mmar,
  key: string | undefined,
  imageKey: string,
): Fact<2 | 3> | undefined {
  const { dataList, inference, train } = mmar;
  const lists: JsonObject = dataList?.value ?? {};
  const inferred = key === undefined ? undefined : lists[key];
  for (const item of [inferred, ...Object.values(lists)].flatMap((list) => asList(list))) {
    const path = asString(asObject(item)?.[imageKey] ?? item) ?? "";
    if (/\.(png|jpe?g|bmp)$/i.test(path)) return { value: 2, from: `${dataList?.path}: pictures` };
    if (/\.nii(\.gz)?$/i.test(path)) return { value: 3, from: `${dataList?.path}: NIfTI files` };
  }
  for (const step of inference?.preTransforms ?? []) {
    const where = `${step.name} in ${inference?.file.path}`;
    if (/PIL/.test(asString(step.args.reader) ?? "")) return { value: 2, from: where };
    const size = step.args.spatial_size ?? step.args.roi_size ?? step.args.pixdim;
    const count = asList(size).length;
    if (count === 2 || count === 3) return { value: count, from: where };
  }
  for (const config of [inference, train]) {
    const model = config?.value.model ?? asObject(config?.value.train)?.model;
    for (const member of Array.isArray(model) ? model : [model]) {
      const args = asObject(asObject(member as Json | undefined)?.args);
      const count = args?.spatial_dims ?? args?.dimensions;
      if (count === 2 || count === 3) {
        return { value: count, from: `the network's spatial_dims in ${config?.file.path}` };
      }
    }
  }
  return undefined;
}

/** Pictures of 8 bits were made as a viewer shows them; of 16 bits, of the values themselves. */
function usualWindow(form: ImageForm): Fact<Window> {
  return form === "png8" || form === "rgb8"
    ? { value: "dicom", from: "pictures of 8 bits are as a viewer shows them" }
    : { value: "none", from: "the network's own transforms scale the values" };
}

// ── The mask ────────────────────────────────────────────────────────────────────────────────

const MASK_KEY = /mask|^label_image$|^lung/i;

function deriveMask(
  mmar: Mmar,
  key: string | undefined,
  imageKey: string,
  { lungMask }: ClassifierOverrides,
): { mask: Classifier["mask"]; findings: readonly Finding[] } {
  const { inference } = mmar;
  const steps = (inference?.preTransforms ?? []).filter((t) => !isTrue(t.args.allow_missing_keys));
  const loaded = steps.filter((t) => /^Load/.test(t.name)).flatMap(keysOf);
  const wanted = loaded.find((name) => name !== imageKey && MASK_KEY.test(name));
  const labelled = steps.find((t) => keysOf(t).some((name) => /^labels?$/.test(name)));
  const others = new Set(loaded.filter((name) => name !== imageKey && name !== wanted));
  for (const name of labelled === undefined ? [] : keysOf(labelled)) {
    if (/^labels?$/.test(name)) others.add(name);
  }
  const findings: Finding[] = [];
  if (others.size > 0) {
    const args = { keys: [...others].join(", ") };
    findings.push(
      finding("needs-more-than-image", args, labelled && inference?.place(labelled.at)),
    );
  }
  if (wanted === undefined) {
    if (lungMask !== undefined) findings.push(unused("--lung-mask", "the network wants no mask"));
    return { mask: undefined, findings };
  }
  if (key === "test") findings.push(finding("mask-in-test-list", { key: wanted }));
  else if (lungMask === undefined) findings.push(finding("lung-mask-wanted", { key: wanted }));
  return { mask: { key: wanted, builtin: lungMask === "builtin" }, findings };
}

const unused = (option: string, why: string): Finding =>
  finding("option-without-use", { option, why });

// ── The scores ──────────────────────────────────────────────────────────────────────────────

const PREDICTION = "pred";

function readSaver(config: Config): {
  file: string | undefined;
  delimiter: string;
  findings: readonly Finding[];
} {
  const saver = config.handlers.find((handler) => handler.name === "ClassificationSaver");
  if (saver === undefined) {
    const none = finding("no-classification-saver", {}, config.place(["handlers"]));
    return { file: undefined, delimiter: ",", findings: [none] };
  }
  const file = asString(saver.args.filename) ?? "predictions.csv";
  const delimiter = asString(saver.args.delimiter) ?? ",";
  const problem = saverProblem(config, saver, file);
  if (problem === undefined) return { file, delimiter, findings: [] };
  const bad = finding("scores-unusable", { problem }, config.place(saver.at));
  return { file: undefined, delimiter, findings: [bad] };
}

function saverProblem(config: Config, saver: Component, file: string): string | undefined {
  if (saver.args.saver !== undefined) return "ClassificationSaver has a saver of its own";
  if (!/^[^/\\]+$/.test(file) || file === "." || file === "..") {
    return `ClassificationSaver's filename is ${file}, which is no plain name`;
  }
  if (saver.args.batch_transform === undefined) {
    return "ClassificationSaver has no batch_transform, so that it does not write which image a line is of";
  }
  const decides = config.postTransforms.find(
    (t) =>
      is(t, "AsDiscrete") &&
      keysOf(t).includes(PREDICTION) &&
      isTrue(argFor(t, "argmax", PREDICTION)) &&
      !isOneHot(argFor(t, "to_onehot", PREDICTION)),
  );
  return decides && `${decides.name} leaves the number of a class, and no probabilities`;
}

const isOneHot = (value: Json | undefined): boolean => typeof value === "number" || isTrue(value);

/** Told by the post transforms, else by the handler's own code, else by the loss. */
function deriveScores(
  config: Config,
  train: Config | undefined,
  outClasses: number | undefined,
): Fact<Scores> | undefined {
  const where = `post_transforms of ${config.file.path}`;
  const steps = config.postTransforms.filter((t) => keysOf(t).includes(PREDICTION));
  for (const step of steps.toReversed()) {
    if (!is(step, "Activations")) continue;
    const kind = (["sigmoid", "softmax"] as const).find((k) => isTrue(argFor(step, k, PREDICTION)));
    if (kind !== undefined) return { value: kind, from: `${kind} in ${where}` };
  }
  const saver = config.handlers.find((handler) => handler.name === "ClassificationSaver");
  const [code] = /sigmoid|softmax/.exec(asString(saver?.args.output_transform) ?? "") ?? [];
  if (code === "sigmoid" || code === "softmax") {
    return {
      value: code,
      from: `the ClassificationSaver's output_transform in ${config.file.path}`,
    };
  }
  const loss = lossName(train);
  const none = `no activation in ${where}`;
  if (/BCE|BinaryCrossEntropy/i.test(loss)) {
    return { value: "sigmoid_of_logits", from: `${none}, trained with ${loss}` };
  }
  if (/CrossEntropy|NLL/i.test(loss)) {
    return { value: "softmax_of_logits", from: `${none}, trained with ${loss}` };
  }
  return outClasses === 1 ? { value: "sigmoid_of_logits", from: `${none}, one class` } : undefined;
}

function lossName(train: Config | undefined): string {
  const loss = asObject(asObject(train?.value.train)?.loss ?? train?.value.loss);
  return asString(loss?.path) ?? asString(loss?.name) ?? "";
}

// ── The thresholds ──────────────────────────────────────────────────────────────────────────
const DEFAULT_THRESHOLD = 0.5;

const same = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

/** Gives each class its threshold. Names of options that no class has are findings. */
export function scoredClasses(
  classes: readonly ModelClass[],
  { threshold = [], negativeClass }: ClassifierOverrides,
): { classes: readonly ScoredClass[]; findings: readonly Finding[] } {
  const has = formatList(classes.map((c) => c.name));
  const strange = [
    ...threshold.map(({ name }) => ["--threshold", name] as const),
    ["--negative-class", negativeClass] as const,
  ].flatMap(([option, name]) =>
    name === undefined || classes.some((c) => same(c.name, name))
      ? []
      : [finding("class-unknown-name", { option, name, has })],
  );
  const of = ({ name }: ModelClass): number | null => {
    if (negativeClass !== undefined && same(name, negativeClass)) return null;
    const own = threshold.findLast((t) => t.name !== undefined && same(t.name, name));
    const all = threshold.findLast((t) => t.name === undefined);
    return (own ?? all)?.value ?? DEFAULT_THRESHOLD;
  };
  return { classes: classes.map((c) => ({ ...c, threshold: of(c) })), findings: strange };
}

/** Options of classification that a model of another task has no use for. */
export function unusedOptions(overrides: ClassifierOverrides): Finding[] {
  const given: readonly (readonly [string, unknown])[] = [
    ["--threshold", overrides.threshold?.length || undefined],
    ["--negative-class", overrides.negativeClass],
    ["--lung-mask", overrides.lungMask],
    ["--window", overrides.window],
    ["--scores", overrides.scores],
    ["--image-form", overrides.imageForm],
  ];
  return given
    .filter(([, value]) => value !== undefined)
    .map(([option]) => unused(option, "the model does not classify"));
}
