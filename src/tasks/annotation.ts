import type { AnnotationConfig } from "../model/config-mdai.js";
import { fromOption } from "../model/facts.js";
import type { Clicks } from "../model/spec.js";
import { formatList } from "../text/format.js";
import { segmentation } from "./segmentation.js";
import type { PromptLabel, SummaryRow, TaskModule } from "./task.js";

/** Annotation: a mask of what a user clicks on. */
export const annotation: TaskModule = {
  name: "annotation",

  config({ input, output, classes, clicks, backgroundLabels = [], firstFrame }) {
    if (output === undefined || classes === undefined || clicks === undefined) return undefined;
    return {
      type: "annotation",
      input: {
        channels: input.channels.value,
        clicks: clicksOf(clicks.value),
        background_labels: backgroundLabels,
        first_frame: firstFrame ?? null,
      },
      output: { form: output.form, threshold: output.threshold },
      classes: classes.value.map(({ classIndex, name, value }) => ({
        class_index: classIndex,
        name,
        value,
      })),
    };
  },

  requirementParts: () => [],

  rows(spec) {
    const { clicks, backgroundLabels = [], firstFrame } = spec;
    const [file, ...others] = segmentation.rows(spec);
    if (clicks === undefined || file === undefined) return segmentation.rows(spec);
    // The prediction is taken as it is: no file of it is written.
    const form = spec.output?.form.replace("_", " ") ?? file[1];
    const rows: SummaryRow[] = [["output", form, file[2]], ...others];
    rows.push(["clicks", wordsOf(clicks.value), clicks.from]);
    if (clicks.value.kind === "deepgrow") {
      rows.push(
        backgroundLabels.length === 0
          ? ["background labels", "those whose names say so", "nothing names any"]
          : ["background labels", formatList(backgroundLabels), fromOption("backgroundLabel")],
      );
    }
    if (firstFrame !== undefined) {
      rows.push(["frames count from", String(firstFrame), fromOption("firstFrame")]);
    }
    return rows;
  },

  setUp(config) {
    return {
      label: { type: "Local", scope: "Instance", modes: ["Mask"] },
      scope: "Series",
      tryOn: "a series with annotations on it",
      prompts: config.type === "annotation" ? promptsOf(config.input.clicks) : [],
      note: PRIVATE,
    };
  },
};

/** What of MD.ai's behaviour nobody outside can look up. */
const PRIVATE =
  "What MD.ai's page sends of annotations is not public: try it on a series whose answer you know, and read the notes of the answers.";

const clicksOf = (clicks: Clicks) =>
  clicks.kind === "deepgrow"
    ? {
        kind: clicks.kind,
        dimensions: clicks.dimensions,
        foreground_key: clicks.foregroundKey,
        background_key: clicks.backgroundKey,
      }
    : {
        kind: clicks.kind,
        dimensions: clicks.dimensions,
        label_key: clicks.labelKey,
        points: clicks.points,
      };

function wordsOf(clicks: Clicks): string {
  if (clicks.kind === "extreme_points") return `${clicks.points} extreme points or more`;
  return clicks.dimensions === 2
    ? "on what is meant and what is not, slice by slice"
    : "on what is meant and what is not, of the whole volume";
}

/** The labels that a user points with. */
function promptsOf(clicks: AnnotationConfig["input"]["clicks"]): readonly PromptLabel[] {
  const local = { type: "Local", scope: "Instance" } as const;
  if (clicks.kind === "extreme_points") {
    const use = `Mark the ${clicks.points} extreme points: one each on the first and the last slice on which the object is seen, and one each at its left, right, upper and lower end on the slices on which these are. A box or an outline on two slices or more, the first and the last among them, does as well.`;
    return [
      { ...local, name: "extreme points", modes: ["Location", "Bounding box", "Polygon"], use },
    ];
  }
  const where =
    clicks.dimensions === 2
      ? "on each slice that is to be segmented"
      : "on one slice or on several";
  return [
    {
      ...local,
      name: "foreground",
      modes: ["Location"],
      use: `Click in the middle of the object, ${where}.`,
    },
    {
      ...local,
      name: "background",
      modes: ["Location"],
      use: "Click where a mask went too far. MD.ai tells a model the names of its own label classes only: name this label by its id (L_…), when the bundle is packed or in the request's args as background_labels.",
    },
  ];
}
