import { type Finding, finding } from "../../../findings/finding.js";
import { type Fact, overriding, type Override as Said } from "../../../model/facts.js";
import type { Classifier, ClassifierOverrides, ValueRange } from "../../../model/spec.js";
import type { ImageForm, Scores } from "../../../options/words.js";
import { asList } from "../../../text/json.js";
import { usualWindow } from "../../mmar/derive/classifier-image.js";
import { rangeOfForm } from "../../mmar/derive/classifier-range.js";
import type { MonaiBundle } from "../bundle.js";
import { isSaver } from "../code.js";
import { type BundleConfig, type Component, isNamed, isTrue } from "../config.js";
import { inChannels } from "./classes.js";
import type { Override } from "./output.js";

/** What was found out about a classifier; it is undefined where something stays open. */
interface ClassifierResult {
  readonly classifier: Classifier | undefined;
  readonly findings: readonly Finding[];
  readonly overrides: readonly Said[];
  /** Transforms behind the probabilities, which make classes of them, are not built. */
  readonly changes: readonly Override[];
}

/**
 * Concludes what a classifier reads, by its transforms, and what its scores are.
 *
 * @param transforms - those of preprocessing
 * @param post - those of postprocessing
 */
export function deriveClassifier(
  bundle: MonaiBundle,
  transforms: readonly Component[],
  post: readonly Component[],
  overrides: ClassifierOverrides,
): ClassifierResult {
  const { config } = bundle;
  if (config === undefined)
    return { classifier: undefined, findings: [], overrides: [], changes: [] };
  const said: Said[] = [];
  const override = overriding(said);
  const form = override("imageForm", overrides.imageForm, imageForm(bundle, transforms));
  const window = override("window", overrides.window, form && usualWindow(form.value));
  const told = readScores(config, post);
  const scores = override("scores", overrides.scores, told.scores);
  const findings = [
    ...(form === undefined
      ? [finding("image-form-unknown", {}, config.place("preprocessing"))]
      : []),
    ...(overrides.scores === undefined && told.scores.value.endsWith("_of_logits")
      ? [finding("scores-unclear", { taken: told.scores.value, from: told.scores.from })]
      : []),
  ];
  const range: Fact<ValueRange | undefined> | undefined = form && {
    value: rangeOfForm(form.value),
    from: form.from,
  };
  const classifier: Classifier | undefined = form &&
    range &&
    window &&
    scores && { form, range, window, scores, mask: undefined, file: "", delimiter: "," };
  return { classifier, findings, overrides: said, changes: told.changes };
}

/** What an image is written as: a volume for three dimensions, else a picture. */
function imageForm(
  bundle: MonaiBundle,
  transforms: readonly Component[],
): Fact<ImageForm> | undefined {
  const { config } = bundle;
  if (config === undefined) return undefined;
  const channels = inChannels(bundle);
  for (const transform of transforms) {
    for (const name of ["spatial_size", "roi_size", "pixdim"]) {
      const size = asList(config.arg(transform, name));
      if (size.length === 3) {
        return { value: "nifti", from: `${name} of ${transform.name} in ${config.path}` };
      }
    }
  }
  const network = config.component("network_def") ?? config.component("network");
  const dimensions = network && config.arg(network, "spatial_dims");
  if (dimensions === 3) {
    return { value: "nifti", from: `the network's spatial_dims in ${config.path}` };
  }
  const colour = channels.find(({ value }) => value === 3);
  return colour && { value: "rgb8", from: `three channels, ${colour.from}` };
}

/** What the scores are: by the activation, else the network's own values. */
function readScores(
  config: BundleConfig,
  post: readonly Component[],
): { scores: Fact<Scores>; changes: readonly Override[] } {
  const where = `postprocessing in ${config.path}`;
  const at = post.findIndex((each) => isNamed(each, "Activations"));
  const activation = post[at];
  const changes = post
    .slice(at + 1)
    .filter(({ name }) => !isSaver(name) && !/^(ToTensor|EnsureType)/.test(name))
    .map(({ id, name }) => ({
      id: `${id}#_disabled_`,
      value: true,
      why: `the probabilities are reported themselves, and not what ${name} makes of them`,
    }));
  const is = (name: string): boolean =>
    activation !== undefined && isTrue(config.arg(activation, name));
  if (is("sigmoid")) return { scores: { value: "sigmoid", from: `sigmoid in ${where}` }, changes };
  if (is("softmax")) return { scores: { value: "softmax", from: `softmax in ${where}` }, changes };
  const scores = { value: "softmax_of_logits", from: `no activation in ${where}` } as const;
  return { scores, changes };
}
