import type { ConfigMdai } from "../model/config-mdai.js";
import { segmentation } from "./segmentation.js";
import type { LabelSettings, MdaiScope } from "./task.js";
import { taskOf } from "./tasks.js";

/** A label to create on MD.ai. */
export interface HandOverLabel extends LabelSettings {
  /** `class`: the model reports it. `prompt`: a user draws with it before the model is run. */
  readonly kind: "class" | "prompt";
  readonly name: string;
  /** A colour that tells it from the others, as `#rrggbb`: the one of it in `run`'s report. */
  readonly colour: string;
  /** Its place among the model's label classes; undefined for a prompt. */
  readonly classIndex?: number;
  /** Of a prompt: what the user does with it. */
  readonly use?: string;
}

/** The bundle to upload. */
export interface HandOverBundle {
  readonly path: string;
  readonly size: number;
  /** In lower-case hexadecimal. */
  readonly sha256: string;
}

/** All that has to be set up on MD.ai for a model. */
export interface HandOver {
  /** The model's name. */
  readonly name: string;
  /** The model's scope on MD.ai. */
  readonly scope: MdaiScope;
  /** Those of the classes in the order of their indices, then the prompts. */
  readonly labels: readonly HandOverLabel[];
  /** What to try the model on, with its article. */
  readonly tryOn: string;
  /** What else to know. */
  readonly note?: string;
  /** The bundle, where there is one. */
  readonly bundle?: HandOverBundle;
}

/**
 * Colours of labels, by class index; they begin again after the last. The report of `run` shows
 * masks in the same ones (python/mmar2mdai_run/files_out.py).
 */
export const PALETTE = [
  [230, 75, 60],
  [70, 160, 235],
  [90, 195, 100],
  [245, 180, 50],
  [165, 105, 215],
  [60, 200, 190],
  [235, 120, 180],
  [150, 150, 60],
] as const;

const colourOf = (index: number): string => {
  const parts = PALETTE[index % PALETTE.length] ?? PALETTE[0];
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
};

/**
 * What has to be set up on MD.ai.
 *
 * @param config - what config_mdai.json in the bundle holds
 */
export function handOverOf(
  config: ConfigMdai,
  known: {
    readonly name: string;
    readonly bundle?: HandOverBundle | undefined;
    /** The model's scope, where the user chose another than the task's. */
    readonly scope?: MdaiScope | undefined;
  },
): HandOver {
  const setUp = (taskOf(config.type) ?? segmentation).setUp(config);
  const { label, prompts = [], tryOn, note } = setUp;
  const classes = config.classes.map(
    ({ class_index, name }): HandOverLabel => ({
      kind: "class",
      name,
      ...label,
      colour: colourOf(class_index),
      classIndex: class_index,
    }),
  );
  return {
    name: known.name,
    scope: known.scope ?? setUp.scope,
    labels: [
      ...classes,
      ...prompts.map(
        (prompt, index): HandOverLabel => ({
          kind: "prompt",
          ...prompt,
          colour: colourOf(classes.length + index),
        }),
      ),
    ],
    tryOn,
    ...(note !== undefined && { note }),
    ...(known.bundle && { bundle: known.bundle }),
  };
}
