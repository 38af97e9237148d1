import { type Finding, finding } from "../../../findings/finding.js";
import type { ChannelChoice, Output } from "../../../model/spec.js";
import { asString, type Json } from "../../../text/json.js";
import { restores } from "../clicks.js";
import { findSaver, isNamed } from "../components.js";
import { argFor, type Component, type Config, isTrue, keysOf } from "../config.js";
import { checkAiaa, isAiaaForm, writtenItem } from "../from-aiaa.js";
import { movedForGood } from "../invert.js";

/** Code of a Lambdad that chooses channels of a single item: what Clara 4.0's lambdas become. */
export const choiceCode = ({ from, to }: ChannelChoice): string =>
  `lambda x: x[${from}:${to ?? ""}]`;

function readChoice(transform: Component): ChannelChoice | undefined {
  if (!isNamed(transform, "Lambda")) return undefined;
  const [, from, to] =
    /^lambda x: x\[(\d+):(\d*)\]$/.exec(asString(transform.args.func) ?? "") ?? [];
  if (from === undefined) return undefined;
  return { from: Number(from), to: to ? Number(to) : undefined };
}

/** Post transforms on the prediction that change no form: they may stand anywhere. */
const HARMLESS = new Set([
  "Activationsd",
  "AsDiscreted",
  "Invertd",
  "SaveImaged",
  "ToTensord",
  "EnsureTyped",
  "CastToTyped",
  "ToDeviced",
  "DeleteItemsd",
  "KeepLargestConnectedComponentd",
  "LabelFilterd",
  "FillHolesd",
  "CopyItemsd",
  "SelectItemsd",
  "MeanEnsembled",
  "ToNumpyd",
  "RestoreLabeld",
]);

/** What moves axes about around RestoreLabeld, which leaves a volume without one for channels. */
const AROUND_RESTORING = new Set(["AsChannelLastd", "AddChanneld", "SqueezeDimd"]);

/**
 * Reads from the post transforms what inference writes (MONAI 0.8.1: Activationsd, AsDiscreted,
 * SaveImaged and their defaults).
 *
 * @returns the output, or undefined with a finding where nothing usable is written
 */
export function readOutput(config: Config): {
  output: Output | undefined;
  findings: readonly Finding[];
} {
  if (isAiaaForm(config)) {
    const key = writtenItem(config);
    const form = readForm(config, key);
    const output: Output = { ...form, ...NO_FILE };
    const findings = [...checkInverted(config), ...checkAiaa(config)];
    return { output, findings: [...findings, ...unclear(config, key, output)] };
  }
  const saver = findSaver(config);
  if (saver === undefined) {
    return {
      output: undefined,
      findings: [finding("no-saver", {}, config.place(["post_transforms"]))],
    };
  }
  const extension = asString(saver.args.output_ext) ?? ".nii.gz";
  if (extension !== ".nii.gz" && extension !== ".nii") {
    const problem = `writes ${extension} files`;
    const place = config.place([...saver.at, "args", "output_ext"]);
    return { output: undefined, findings: [finding("saver-form", { problem }, place)] };
  }
  const isHandler = saver.at[0] === "handlers";
  const key = isHandler ? "pred" : (keysOf(saver)[0] ?? "pred");
  const form = readForm(config, key);
  const output: Output = {
    ...form,
    postfix: asString(saver.args.output_postfix) ?? (isHandler ? "seg" : "trans"),
    extension,
    separateFolder: saver.args.separate_folder === undefined || isTrue(saver.args.separate_folder),
  };
  return { output, findings: [...checkInverted(config), ...unclear(config, key, output)] };
}

/** AIAA's writer takes the prediction itself. */
const NO_FILE = { postfix: "", extension: ".nii.gz", separateFolder: false } as const;

/** What is cropped and not inverted is saved with the affine of the whole image: shifted. */
const checkInverted = (config: Config): Finding[] =>
  movedForGood(config)
    .slice(0, 1)
    .map(({ name, at }) => finding("not-inverted", { transform: name }, config.place(at)));

type OutputForm = Pick<Output, "form" | "threshold" | "channels" | "chosen" | "from">;

/** Follows the prediction through the post transforms; the last word on its form counts. */
function readForm(config: Config, key: string): OutputForm {
  let form: OutputForm | undefined;
  const where = `post_transforms of ${config.file.path}`;
  for (const transform of config.postTransforms.filter((t) => keysOf(t).includes(key))) {
    const arg = (name: string): Json | undefined => argFor(transform, name, key);
    if (isNamed(transform, "Activations")) {
      if (isTrue(arg("softmax")))
        form = {
          form: "one_hot",
          threshold: 0.5,
          channels: undefined,
          from: `softmax in ${where}`,
        };
      if (isTrue(arg("sigmoid")))
        form = {
          form: "channels",
          threshold: 0.5,
          channels: undefined,
          from: `sigmoid in ${where}`,
        };
    }
    if (isNamed(transform, "AsDiscrete")) form = discreteForm(arg, form, where);
    const chosen = readChoice(transform);
    if (chosen !== undefined) {
      form = {
        form: "channels",
        threshold: form === undefined ? 0 : 0.5,
        channels: chosen.to === undefined ? undefined : chosen.to - chosen.from,
        chosen: { ...chosen, hasBackground: form?.form !== "channels" },
        from: `the choice of channels in ${where}`,
      };
    }
  }
  return (
    form ?? {
      form: "one_hot",
      threshold: 0,
      channels: undefined,
      from: `no activation in ${where}`,
    }
  );
}

function discreteForm(
  arg: (name: string) => Json | undefined,
  before: OutputForm | undefined,
  where: string,
): OutputForm | undefined {
  // MONAI 0.8: to_onehot=<channels>, threshold=<value>; before: to_onehot=true with n_classes,
  // threshold_values=true with logit_thresh. Both are understood by 0.8.1.
  const oneHot = arg("to_onehot");
  const channels =
    typeof oneHot === "number" ? oneHot : numberOf(arg("n_classes") ?? arg("num_classes"));
  if (isTrue(oneHot) || typeof oneHot === "number") {
    return { form: "one_hot", threshold: 0.5, channels, from: `to_onehot in ${where}` };
  }
  if (isTrue(arg("argmax"))) {
    const counted = channels ?? before?.channels;
    return { form: "label_map", threshold: 0.5, channels: counted, from: `argmax in ${where}` };
  }
  if (isTrue(arg("threshold_values")) || typeof arg("threshold") === "number") {
    const kept = { channels: channels ?? before?.channels, chosen: before?.chosen };
    return { form: "channels", threshold: 0.5, ...kept, from: `threshold in ${where}` };
  }
  return before;
}

const numberOf = (value: Json | undefined): number | undefined =>
  typeof value === "number" ? value : undefined;

function unclear(config: Config, key: string, output: Output): Finding[] {
  const isRestored = restores(config);
  const isHarmless = (name: string): boolean =>
    HARMLESS.has(name) || (isRestored && AROUND_RESTORING.has(name));
  const strange = config.postTransforms.find(
    (t) =>
      keysOf(t).includes(key) &&
      readChoice(t) === undefined &&
      !isHarmless(t.name.replace(/(D|Dict)$/, "d")),
  );
  if (strange === undefined) return [];
  const args = {
    why: `What ${strange.name} makes of the prediction is not known`,
    assumed: output.form,
  };
  return [finding("output-form-unclear", args, config.place(strange.at))];
}
