import type { JSONPath } from "jsonc-parser";
import type { Clicks } from "../../model/spec.js";
import { asList, asString, type Json } from "../../text/json.js";
import { isNamed } from "./components.js";
import { type Component, type Config, keysOf } from "./config.js";

/** How a config is told what to segment, by transforms of MONAI's. */
export interface ConfigClicks {
  readonly clicks: Clicks;
  /** The transform that says so. */
  readonly component: string;
  readonly at: JSONPath;
  /** Keys of the volume that holds the points, and of its copies. */
  readonly labels: ReadonlySet<string>;
}

/** Points on all six sides of a body. */
const EXTREME_POINTS = 6;

/**
 * The clicks that a config takes: AddGuidanceFromPointsd makes them channels of the input, and
 * AddExtremePointsChanneld those of a label (MONAI 0.8.1, monai.apps.deepgrow and
 * monai.transforms). Undefined for a config that takes none, or makes its own from the truth.
 */
export function readClicks(config: Config): ConfigClicks | undefined {
  const guidance = config.preTransforms.find((t) => isNamed(t, "AddGuidanceFromPoints"));
  if (guidance !== undefined) return deepgrow(guidance);
  const points = config.preTransforms.find((t) => isNamed(t, "AddExtremePointsChannel"));
  return points && extremePoints(config, points);
}

function deepgrow({ name, args, at }: Component): ConfigClicks {
  const dimensions = args.dimensions ?? args.spatial_dims ?? 2;
  return {
    clicks: {
      kind: "deepgrow",
      dimensions: dimensions === 3 ? 3 : 2,
      foregroundKey: asString(args.foreground) ?? "foreground",
      backgroundKey: asString(args.background) ?? "background",
    },
    component: name,
    at,
    labels: new Set(),
  };
}

function extremePoints(config: Config, component: Component): ConfigClicks | undefined {
  const { name, args, at } = component;
  const wanted = asString(args.label_key);
  if (wanted === undefined) return undefined;
  const labels = [wanted];
  for (const copy of copiesBefore(config, at)) {
    const [last = ""] = labels;
    if (copy.name === last) labels.unshift(copy.of);
  }
  const [labelKey = wanted] = labels;
  const clicks = {
    kind: "extreme_points",
    dimensions: 3,
    labelKey,
    points: EXTREME_POINTS,
  } as const;
  return { clicks, component: name, at, labels: new Set(labels) };
}

/** What CopyItemsd copies in front of a transform, the nearest first. */
function copiesBefore(config: Config, at: JSONPath): { name: string; of: string }[] {
  return config.preTransforms
    .filter((t) => isNamed(t, "CopyItems") && Number(t.at[1]) < Number(at[1]))
    .toReversed()
    .flatMap((transform) => {
      const { names } = transform.args;
      const keys = keysOf(transform);
      const all: readonly (Json | undefined)[] =
        typeof names === "string" ? [names] : asList(names);
      return all.flatMap((name, index) =>
        typeof name === "string" ? [{ name, of: keys[index % keys.length] ?? "" }] : [],
      );
    });
}

/** Transforms that make clicks of the truth, as training and validation do. */
const SIMULATED = [
  "AddInitialSeedPoint",
  "AddRandomGuidance",
  "FindDiscrepancyRegions",
  "FindAllValidSlices",
  "SpatialCropForeground",
  "ClickRatioAddRandomGuidance",
  "DiscardAddGuidance",
];

/** Whether a transform makes clicks of a label, instead of taking a user's. */
export const simulatesClicks = (component: Component): boolean =>
  SIMULATED.some((base) => isNamed(component, base));

/** Whether the prediction is put back where it was cut out of the image. */
export const restores = ({ postTransforms }: Config): boolean =>
  postTransforms.some((transform) => isNamed(transform, "RestoreLabel"));
