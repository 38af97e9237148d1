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
  setUp(spec: ModelSpec): SetUp;
}

/** What a task decides of config_mdai.json. */
export type TaskConfig = DistributedPick<ConfigMdai, "type" | "input" | "output" | "classes">;

type DistributedPick<T, K extends keyof T> = T extends unknown ? Pick<T, K> : never;

/** A row of the summary: a name, what was derived, and where from. */
export type SummaryRow = readonly [name: string, value: string, from: string];

/** Settings of MD.ai's pages, in MD.ai's own words. */
interface SetUp {
  /** Settings of each class's label. */
  readonly label: string;
  /** The model's scope: `Series`. */
  readonly scope: "Instance" | "Series" | "Study";
  /** What to try the model on, with its article. */
  readonly tryOn: string;
}
