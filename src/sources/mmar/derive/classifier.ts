import { type Finding, finding } from "../../../findings/finding.js";
import { type Override, overriding } from "../../../model/facts.js";
import type {
  Classifier,
  ClassifierOverrides,
  ModelClass,
  Output,
  ScoredClass,
} from "../../../model/spec.js";
import type { OptionName } from "../../../options/names.js";
import { formatList } from "../../../text/format.js";
import type { Mmar } from "../mmar.js";
import { deriveImage, deriveMask, unused, usualWindow } from "./classifier-image.js";
import { deriveScores, readSaver } from "./classifier-scores.js";

/** What was found out about a classifier; it is undefined where something stays open. */
interface ClassifierResult {
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
  { key, imageKey, outClasses }: DerivedSoFar,
  overrides: ClassifierOverrides,
): ClassifierResult {
  const { inference } = mmar;
  if (inference === undefined) return { classifier: undefined, findings: [], overrides: [] };
  const used: Override[] = [];
  const override = overriding(used);
  const derivedImage = deriveImage(mmar, key, imageKey, undefined);
  const image = deriveImage(mmar, key, imageKey, overrides.imageForm);
  const form = override("imageForm", overrides.imageForm, derivedImage?.form);
  const usual = form && usualWindow(form.value);
  const window = override("window", overrides.window, usual);
  const derived = deriveScores(inference, mmar.train, outClasses);
  const scores = override("scores", overrides.scores, derived);
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
  const findings = [
    ...saver.findings,
    ...mask.findings,
    ...unknown,
    ...doubt,
    ...(image?.findings ?? []),
  ];
  if (flat !== undefined) findings.push(flat);
  const classifier = form &&
    image &&
    window &&
    scores &&
    saver.file !== undefined && {
      form,
      range: image.range,
      window,
      scores,
      mask: mask.mask,
      file: saver.file,
      delimiter: saver.delimiter,
    };
  return { classifier: classifier || undefined, findings, overrides: used };
}

interface DerivedSoFar {
  readonly key: string | undefined;
  readonly imageKey: string;
  readonly outClasses: number | undefined;
}

// ── The image ───────────────────────────────────────────────────────────────────────────────
// ── The mask ────────────────────────────────────────────────────────────────────────────────
// ── The scores ──────────────────────────────────────────────────────────────────────────────
// ── The thresholds ──────────────────────────────────────────────────────────────────────────
const DEFAULT_THRESHOLD = 0.5;

const isSameClass = (a: string, b: string): boolean =>
  a.trim().toLowerCase() === b.trim().toLowerCase();

/** Gives each class its threshold. Names of options that no class has are findings. */
export function scoredClasses(
  classes: readonly ModelClass[],
  { threshold = [], negativeClass }: ClassifierOverrides,
): { classes: readonly ScoredClass[]; findings: readonly Finding[] } {
  const has = formatList(classes.map((c) => c.name));
  const strange = [
    ...threshold.map(({ name }) => ["threshold", name] as const),
    ["negativeClass", negativeClass] as const,
  ].flatMap(([option, name]) =>
    name === undefined || classes.some((c) => isSameClass(c.name, name))
      ? []
      : [finding("class-unknown-name", { option, name, has })],
  );
  const of = ({ name }: ModelClass): number | null => {
    if (negativeClass !== undefined && isSameClass(name, negativeClass)) return null;
    const own = threshold.findLast((t) => t.name !== undefined && isSameClass(t.name, name));
    const all = threshold.findLast((t) => t.name === undefined);
    return (own ?? all)?.value ?? DEFAULT_THRESHOLD;
  };
  return { classes: classes.map((c) => ({ ...c, threshold: of(c) })), findings: strange };
}

/** Options of classification that a model of another task has no use for. */
export function unusedOptions(overrides: ClassifierOverrides): Finding[] {
  const given: readonly (readonly [OptionName, unknown])[] = [
    ["threshold", overrides.threshold?.length || undefined],
    ["negativeClass", overrides.negativeClass],
    ["lungMask", overrides.lungMask],
    ["window", overrides.window],
    ["scores", overrides.scores],
    ["imageForm", overrides.imageForm],
  ];
  return given
    .filter(([, value]) => value !== undefined)
    .map(([option]) => unused(option, "the model does not classify"));
}
