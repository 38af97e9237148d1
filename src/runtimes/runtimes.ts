import type { RuntimeName } from "../options/words.js";
import { clara } from "./clara/clara.js";
import { monai } from "./monai/monai.js";
import type { Runtime } from "./runtime.js";

/** What runs models on MD.ai. */
export const RUNTIMES = { clara, monai } as const satisfies Record<RuntimeName, Runtime>;

/** The runtime of a name in config_mdai.json; undefined where that names none that is known. */
export const runtimeOf = (name: string | undefined): (typeof RUNTIMES)[RuntimeName] | undefined =>
  name !== undefined && Object.hasOwn(RUNTIMES, name) ? RUNTIMES[name as RuntimeName] : undefined;
