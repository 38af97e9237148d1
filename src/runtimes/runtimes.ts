import type { RuntimeName } from "../options/words.js";
import { clara } from "./clara/clara.js";

const RUNTIMES = { clara } as const satisfies Record<RuntimeName, unknown>;

/** The runtime that a bundle has unless another is asked for. */
export const DEFAULT_RUNTIME = RUNTIMES.clara;

/** The runtime of a name in config_mdai.json; the default one where that names none. */
export const runtimeOf = (name: string | undefined): (typeof RUNTIMES)[RuntimeName] =>
  name !== undefined && Object.hasOwn(RUNTIMES, name)
    ? RUNTIMES[name as RuntimeName]
    : DEFAULT_RUNTIME;
