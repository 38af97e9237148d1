import { finding } from "../../findings/finding.js";
import type { Json } from "../../text/json.js";
import type { Component, Config } from "./config.js";
import type { Ruling } from "./config-rules.js";
import { LABELS } from "./from-validation.js";

/** Transforms of interactive models: they turn clicks, or points from a label, into channels. */
const INTERACTIVE =
  /^(AddExtremePointsChannel|AddGuidance|AddInitialSeedPoint|AddRandomGuidance|FindDiscrepancyRegions|FindAllValidSlices|SpatialCropGuidance|ResizeGuidance|RestoreLabel|Fetch2DSlice)/;

/** Arguments that name an item to look into, rather than one to change. */
const LOOKS_INTO = ["source_key", "label_key", "label", "guidance", "ref_key", "mask_key"];

const isLabel = (value: Json | undefined): boolean =>
  typeof value === "string" && LABELS.has(value);

function needed({ name, args }: Component): string | undefined {
  if (INTERACTIVE.test(name)) return "clicks of the user, or points from a label";
  const looks = LOOKS_INTO.find((arg) => isLabel(args[arg]));
  return looks === undefined ? undefined : `a label (${looks}: ${JSON.stringify(args[looks])})`;
}

/**
 * Finds what an inference config can't do without a label or a click of the user: models for
 * annotation crop around them or get them as channels of the input.
 */
export function checkInteraction(config: Config): Ruling["findings"] {
  const asking = config.preTransforms.filter((transform) => needed(transform) !== undefined);
  const [first] = asking;
  if (first === undefined) return [];
  const needs = asking.map((transform) => `${transform.name} needs ${needed(transform)}`);
  return [finding("needs-interaction", { needs: needs.join(", ") }, config.place(first.at))];
}
