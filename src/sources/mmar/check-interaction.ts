import { finding } from "../../findings/finding.js";
import type { Json } from "../../text/json.js";
import { type ConfigClicks, readClicks, simulatesClicks } from "./clicks.js";
import { isNamed } from "./components.js";
import type { Component, Config } from "./config.js";
import type { Ruling } from "./config-rules.js";
import { LABELS } from "./from-validation.js";

/** Transforms that take clicks which AddGuidanceFromPointsd, or one that simulates, has read. */
const GUIDED = [
  "AddGuidanceSignal",
  "SpatialCropGuidance",
  "ResizeGuidance",
  "ResizeGuidanceCustom",
  "Fetch2DSlice",
];

/** Arguments that name an item to look into, rather than one to change. */
const LOOKS_INTO = ["source_key", "label_key", "label", "guidance", "ref_key", "mask_key"];

const isLabel = (value: Json | undefined): boolean =>
  typeof value === "string" && LABELS.has(value);

/** What a transform needs that a request of MD.ai does not have, in words. */
function needed(component: Component, clicks: ConfigClicks | undefined): string | undefined {
  if (simulatesClicks(component)) return "a label, to click where its truth is";
  if (clicks === undefined && GUIDED.some((base) => isNamed(component, base))) {
    return "clicks, which nothing in front of it reads";
  }
  const { args } = component;
  const looks = LOOKS_INTO.find((arg) => isLabel(args[arg]) && !isPoints(args[arg], clicks));
  return looks === undefined ? undefined : `a label (${looks}: ${JSON.stringify(args[looks])})`;
}

/** Whether a label is the volume that a user's points are in. */
const isPoints = (key: Json | undefined, clicks: ConfigClicks | undefined): boolean =>
  typeof key === "string" && clicks?.labels.has(key) === true;

/**
 * Finds what an inference config can't do without the truth: a config for training or validation
 * crops around a label, or clicks where it is. What a user's clicks or points serve is none of it.
 */
export function checkInteraction(config: Config): Ruling["findings"] {
  const clicks = readClicks(config);
  const asking = config.preTransforms.flatMap((transform) => {
    const needs = needed(transform, clicks);
    return needs === undefined ? [] : [{ transform, needs }];
  });
  const [first] = asking;
  if (first === undefined) return [];
  const needs = asking.map(({ transform, needs }) => `${transform.name} needs ${needs}`);
  return [
    finding("needs-interaction", { needs: needs.join(", ") }, config.place(first.transform.at)),
  ];
}
