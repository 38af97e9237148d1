import type { ConfigMdai } from "../model/config-mdai.js";
import type { ModelSpec } from "../model/spec.js";
import type { Task } from "../options/words.js";

/** What models do. A new one is a module here, a line in tasks.ts and a folder in templates/. */
export interface TaskModule {
  readonly name: Task;
  /** The task's part of config_mdai.json; undefined where too little is known of the model. */
  config(spec: ModelSpec): TaskConfig | undefined;
  /** Names of the parts of its templates' requirements that only some models need. */
  requirementParts(spec: ModelSpec): readonly string[];
  /** Rows of the summary that only this task has. */
  rows(spec: ModelSpec): readonly SummaryRow[];
  /** What the user sets up on MD.ai. */
  setUp(config: ConfigMdai): SetUp;
}

/** What a task decides of config_mdai.json. */
export type TaskConfig = DistributedPick<ConfigMdai, "type" | "input" | "output" | "classes">;

type DistributedPick<T, K extends keyof T> = T extends unknown ? Pick<T, K> : never;

/** A row of the summary: a name, what was derived, and where from. */
export type SummaryRow = readonly [name: string, value: string, from: string];

/** What a label or a model of MD.ai is about, as its pages say it. */
export type MdaiScope = "Instance" | "Series" | "Study";

/** Settings of a label, as MD.ai's page of labels has them. */
export interface LabelSettings {
  readonly type: "Local" | "Global";
  readonly scope: MdaiScope;
  /** Of a local label: the annotation modes that it may have; the first one is the best. */
  readonly modes: readonly AnnotationMode[];
}

export type AnnotationMode = "Mask" | "Location" | "Bounding box" | "Polygon";

/** A label that a user draws with before the model is run. */
export interface PromptLabel extends LabelSettings {
  readonly name: string;
  /** What the user does with it, in a sentence. */
  readonly use: string;
}

/** Settings of MD.ai's pages, in MD.ai's own words. */
export interface SetUp {
  /** Settings of each class's label. */
  readonly label: LabelSettings;
  /** Labels that a user draws with before the model is run; none by default. */
  readonly prompts?: readonly PromptLabel[];
  /** The model's scope: `Series`. */
  readonly scope: MdaiScope;
  /** What to try the model on, with its article. */
  readonly tryOn: string;
  /** What else to know. */
  readonly note?: string;
}
