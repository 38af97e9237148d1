import { finding } from "../../findings/finding.js";
import { asObject, asString, type JsonObject } from "../../text/json.js";
import type { Edit } from "../../text/json-edit.js";
import { restores } from "./clicks.js";
import { isNamed } from "./components.js";
import { type Config, isTrue, keysOf } from "./config.js";
import type { Ruling } from "./config-rules.js";

/** The config of NVIDIA's AIAA, which an MMAR for annotation is run by. */
export const AIAA_CONFIG = "config/config_aiaa.json";

/**
 * Whether a config is in AIAA's form: its own sections `inference` and `writer` stand where an
 * inference config has dataset, loader and evaluator.
 */
export const isAiaaForm = ({ value }: Pick<Config, "value">): boolean =>
  value.evaluator === undefined && asObject(value.inference) !== undefined;

/** The item that AIAA's writer takes: the prediction, unless it says otherwise. */
export const writtenItem = ({ value }: Config): string =>
  asString(asObject(asObject(value.writer)?.args)?.image) ??
  asString(asObject(value.inference)?.output) ??
  "pred";

/**
 * The rule that makes AIAA's config one that can be run by itself: AIAA is given the network apart
 * from its config, here the config says it. All transforms stay as they are written.
 */
export function aiaaRule(config: Config): Ruling {
  const { value } = config.file;
  const why = "AIAA is given the network apart from its config";
  const network: Edit = { at: ["model"], to: [{ ts_path: "{MMAR_TORCHSCRIPT}" }], why };
  const window = slidingWindow(value);
  return {
    edits: [
      ...(value.model === undefined ? [network] : []),
      ...(window === undefined || value.inferer !== undefined
        ? []
        : [{ at: ["inferer"], to: window, why: "the scanning window of AIAA's inference" }]),
    ],
    findings: [],
  };
}

/** Where AIAA's inference has a scanning window that is MONAI's sliding one. */
function slidingWindow({ inference }: JsonObject): JsonObject | undefined {
  const args = asObject(asObject(asObject(inference)?.AIAA)?.args) ?? {};
  if (!isTrue(args.scanning_window)) return undefined;
  const { roi, overlap } = args;
  return {
    name: "SlidingWindowInferer",
    args: {
      ...(roi !== undefined && { roi_size: roi }),
      sw_batch_size: 1,
      ...(overlap !== undefined && { overlap }),
    },
  };
}

/** Finds what of AIAA's config leaves it open where the prediction's voxels are. */
export function checkAiaa(config: Config): Ruling["findings"] {
  const key = writtenItem(config);
  const moved = config.postTransforms.find(
    (t) => isNamed(t, "AsChannelLast") && keysOf(t).includes(key),
  );
  if (moved === undefined || restores(config)) return [];
  const problem = `moves the channels of ${key} by ${moved.name}, and has no RestoreLabeld in front of it`;
  return [finding("aiaa-config-unclear", { problem }, config.place(moved.at))];
}
