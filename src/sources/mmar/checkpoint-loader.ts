import { asString } from "../../text/json.js";
import type { Config } from "./config.js";
import { NOTHING, type Ruling } from "./config-rules.js";

/** Handlers that load a checkpoint into the network. */
export const checkpointLoaders = (config: Config): Config["handlers"] =>
  config.handlers.filter(({ name }) => name === "CheckpointLoader");

/**
 * Says what a CheckpointLoader loads into, where it does not say it: Clara 4.0 took the model, and
 * MONAI 0.8.1 asks for it.
 */
export function completeLoader(config: Config): Ruling {
  const why = "MONAI 0.8.1 asks what the checkpoint is loaded into";
  const edits = checkpointLoaders(config)
    .filter(({ args }) => asString(args.load_path) !== undefined && args.load_dict === undefined)
    .map(({ at }) => ({ at: [...at, "args", "load_dict"], to: { model: "@model" }, why }));
  return edits.length === 0 ? NOTHING : { edits, findings: [] };
}
