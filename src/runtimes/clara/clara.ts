import { CLARA_VERSION } from "../../mdai/base-images.js";
import { WORKSPACE } from "../../mdai/layout.js";
import { configYaml } from "../../mdai/write-config-yaml.js";
import type { ClaraEngine, ScoresFile, VolumeFile } from "../../model/config-mdai.js";
import type { ModelSpec } from "../../model/spec.js";
import type { Device } from "../../options/words.js";
import { ENVIRONMENT } from "../../sources/mmar/mmar.js";
import { MmarModel } from "../../sources/mmar/mmar-source.js";
import type { Json } from "../../text/json.js";
import { deriveInferenceConfig } from "../inference-config.js";
import type { Runtime } from "../runtime.js";
import { settingTexts } from "../settings.js";
import { checkTorchScript, PYTORCH_OF_CLARA } from "../torchscript.js";
import { DEFAULT_LOG_CONFIG, LOG_CONFIG } from "./log-config.js";

/** Runs an MMAR by Clara's own entry point, in NVIDIA's image of Clara Train 4.1. */
export const clara: Runtime<ClaraEngine> = {
  name: "clara",
  title: "NVIDIA Clara Train 4.1",
  summary: "NVIDIA's image of Clara Train 4.1, a process for each request",
  baseImage: "nvidia",
  // A path in a public log of Clara 4 says so.
  python: "3.8",
  // Packages that the image is documented to hold, or is built on.
  packages: new Set([
    "monai",
    "medl",
    "torch",
    "ignite",
    "numpy",
    "nibabel",
    "nvidia",
    "nvmidl",
    "builtins",
    "math",
  ]),
  workspace: WORKSPACE,
  namedFiles: [
    ["inference_config", "inference config"],
    ["environment", "environment file"],
    ["set_env", "script"],
  ],

  accepts(model) {
    return checkTorchScript(model, PYTORCH_OF_CLARA);
  },

  configYaml({ device, env }) {
    return configYaml({ baseImage: clara.baseImage, claraVersion: CLARA_VERSION, device, env });
  },

  prepare(model, spec, options) {
    if (!(model instanceof MmarModel) || spec.dataListKey === undefined) return undefined;
    const { inference, derivation } = model.mmar;
    if (inference === undefined || derivation === undefined) return undefined;
    const derived = deriveInferenceConfig(inference, {
      ...options,
      dataListKey: spec.dataListKey.value,
    });
    const result = resultFile(spec);
    if (result === undefined) return undefined;
    const { input, classifier } = spec;
    return {
      engine: {
        name: "clara",
        inference_config: derived.path,
        environment: ENVIRONMENT,
        set_env: model.setEnv ?? null,
        item: classifier?.mask === undefined ? input.item : "object",
        image_key: input.imageKey,
        result,
        settings: settingsOf(model.mmar.settings, options.device),
        timeout_seconds: options.inferenceTimeout,
      },
      files: model.files.has(LOG_CONFIG) ? [] : [DEFAULT_LOG_CONFIG],
      requirementParts: [],
      derivedConfig: {
        ...derived,
        source: derivation.source,
        changes: [...derivation.changes, ...derived.changes],
      },
    };
  },
};

/**
 * What a run passes by `--set` besides what a request changes. Clara's entry point takes a GPU
 * unless it is told not to, whatever the config's device is (a public log says so), and writes the
 * resolved config into the log where it is told to.
 */
function settingsOf(
  stated: ReadonlyMap<string, Json>,
  device: Device,
): Readonly<Record<string, string>> {
  const cpu = device === "cpu" ? { use_gpu: "False" } : {};
  return { ...settingTexts(stated), ...cpu, print_conf: "True" };
}

/** The file that Clara's entry point writes. */
function resultFile({ output, classifier }: ModelSpec): VolumeFile | ScoresFile | undefined {
  if (classifier !== undefined) {
    return { file: classifier.file, delimiter: classifier.delimiter };
  }
  if (output === undefined) return undefined;
  const { postfix, extension, separateFolder } = output;
  return { postfix, extension, separate_folder: separateFolder };
}
