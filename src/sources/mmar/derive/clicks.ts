import { type Finding, finding } from "../../../findings/finding.js";
import type { Fact, Override } from "../../../model/facts.js";
import type { ClickOverrides, Clicks, Output } from "../../../model/spec.js";
import { formatList } from "../../../text/format.js";
import { asObject } from "../../../text/json.js";
import { type ConfigClicks, readClicks } from "../clicks.js";
import { imageLoader } from "../components.js";
import { type Config, modelMembers } from "../config.js";
import { AIAA_CONFIG } from "../from-aiaa.js";
import { VALIDATION_CONFIGS } from "../from-validation.js";
import { INFERENCE_CONFIG, type Mmar } from "../mmar.js";

/** What was found out about the clicks that a model takes. */
interface ClicksResult {
  readonly clicks: Fact<Clicks> | undefined;
  readonly findings: readonly Finding[];
  readonly overrides: readonly Override[];
}

/** The task of a model whose config takes clicks, whatever environment.json calls it. */
export function taskOfClicks({ inference }: Mmar): Fact<string> | undefined {
  const found = inference && readClicks(inference);
  if (inference === undefined || found === undefined) return undefined;
  return { value: "annotation", from: `${found.component} in ${inference.file.path}` };
}

/**
 * Concludes how a model is told what to segment.
 *
 * @param task - what the model does, by its config or by the user
 */
export function deriveClicks(
  mmar: Mmar,
  task: Fact<string> | undefined,
  wishes: ClickOverrides,
): ClicksResult {
  const { inference } = mmar;
  const found = inference && readClicks(inference);
  if (task?.value !== "annotation") {
    const ignored = found && task && withoutTask(mmar, found, task.value);
    const unused = unusedWishes(wishes, "the model takes no clicks");
    return { clicks: undefined, findings: [...(ignored ?? []), ...unused], overrides: [] };
  }
  if (inference === undefined || found === undefined) {
    return { clicks: undefined, findings: [clicksUnknown(mmar, task)], overrides: [] };
  }
  const { clicks, component } = found;
  const unused =
    clicks.kind === "deepgrow"
      ? []
      : unusedWishes({ backgroundLabel: wishes.backgroundLabel }, "extreme points have none");
  return {
    clicks: { value: clicks, from: `${component} in ${inference.file.path}` },
    findings: [...checkLabel(mmar, found), ...unused],
    overrides: overridesOf(wishes),
  };
}

const withoutTask = ({ inference }: Mmar, { component, at }: ConfigClicks, task: string) => [
  finding("clicks-without-task", { component, task }, inference?.place(at)),
];

function clicksUnknown({ files }: Mmar, { from }: Fact<string>): Finding {
  const known = [AIAA_CONFIG, INFERENCE_CONFIG, ...VALIDATION_CONFIGS];
  const looked = formatList(known.filter((path) => files.has(path))) || "the MMAR";
  return finding("clicks-unknown", { from, looked });
}

/** A volume of points is given where LoadImaged would load the label. */
function checkLabel({ inference }: Mmar, { clicks, component, at }: ConfigClicks): Finding[] {
  if (inference === undefined || clicks.kind === "deepgrow") return [];
  const { keys } = imageLoader(inference);
  if (keys.includes(clicks.labelKey)) return [];
  const problem = `takes the points of ${clicks.labelKey}, which no loader of pre_transforms loads`;
  return [finding("clicks-as-written", { component, problem }, inference.place(at))];
}

function overridesOf({ backgroundLabel = [], firstFrame }: ClickOverrides): Override[] {
  const labels = backgroundLabel.join(", ");
  const frame = firstFrame === undefined ? "" : String(firstFrame);
  const given: readonly Override[] = [
    { option: "backgroundLabel", value: labels, instead: "labels whose names say so" },
    { option: "firstFrame", value: frame, instead: "what fits the frames that there are" },
  ];
  return given.filter(({ value }) => value !== "");
}

const unusedWishes = (wishes: ClickOverrides, why: string): Finding[] =>
  overridesOf(wishes).map(({ option }) => finding("option-without-use", { option, why }));

/**
 * How many channels a network has that is told what to segment: that is one thing. Deepgrow has one
 * whatever else is there; of extreme points what is found counts first.
 *
 * @param found - what says how many there are, the most trusted first
 */
export function countOfClicks(
  { value, from }: Fact<Clicks>,
  output: Output | undefined,
  found: readonly Fact<number>[],
): readonly Fact<number>[] {
  if (value.kind === "extreme_points" && found.length > 0) return found;
  const channels = output === undefined || output.form === "channels" ? 1 : 2;
  return [{ value: channels, from: `one thing is pointed at, by ${from}` }];
}

/** What the class is called where nothing names it. */
export const CLICKED = "object";

/**
 * Whether a training config is of a network that takes such clicks: as channels beside the image's.
 * A config of another network may have been left there.
 */
export function takesClicks(train: Config | undefined, clicks: Clicks): boolean {
  const wanted = clicks.kind === "deepgrow" ? 3 : 2;
  const stated = (train ? modelMembers(train) : []).map(
    (member) => asObject(member.args)?.in_channels,
  );
  return !stated.some((channels) => typeof channels === "number" && channels !== wanted);
}
