import type { Engine } from "../model/config-mdai.js";
import type { RuntimeName } from "../options/words.js";
import { clara } from "./clara/clara.js";
import { monai } from "./monai/monai.js";
import { monaiBundle } from "./monai-bundle/monai-bundle.js";
import type { EngineName, Runtime } from "./runtime.js";

/** What runs models on MD.ai, by what the user calls it. */
export const RUNTIMES = { clara, monai } as const satisfies Record<RuntimeName, Runtime>;

/** The same by the names in config_mdai.json: MONAI runs a bundle otherwise than an MMAR. */
const ENGINES: Readonly<Record<EngineName, Runtime<Engine>>> = {
  clara,
  monai,
  "monai-bundle": monaiBundle,
};

/** The runtime of a name in config_mdai.json; undefined where that names none that is known. */
export const runtimeOf = (name: string | undefined): Runtime<Engine> | undefined =>
  name !== undefined && Object.hasOwn(ENGINES, name) ? ENGINES[name as EngineName] : undefined;

/**
 * The runtime that the user's word means for a kind of model.
 *
 * @param source - name of the kind, as a source has it
 */
export const runtimeFor = (name: RuntimeName, source: string | undefined): Runtime<Engine> =>
  source === "monai-bundle" && name === "monai" ? monaiBundle : RUNTIMES[name];
