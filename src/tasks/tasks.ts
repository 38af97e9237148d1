import type { Task } from "../options/words.js";
import { annotation } from "./annotation.js";
import { classification } from "./classification.js";
import { segmentation } from "./segmentation.js";
import type { TaskModule } from "./task.js";

const MODULES: Readonly<Record<Task, TaskModule>> = {
  segmentation,
  classification,
  annotation,
};

/** The module of a task; undefined for a task that is not supported. */
export const taskOf = (name: string | undefined): TaskModule | undefined =>
  name !== undefined && Object.hasOwn(MODULES, name) ? MODULES[name as Task] : undefined;
