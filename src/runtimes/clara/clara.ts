import { finding } from "../../findings/finding.js";
import { CLARA_VERSION } from "../../mdai/base-images.js";
import { WORKSPACE } from "../../mdai/layout.js";
import { configYaml } from "../../mdai/write-config-yaml.js";
import type { ClaraEngine, ScoresFile, VolumeFile } from "../../model/config-mdai.js";
import type { ModelSpec } from "../../model/spec.js";
import type { Device } from "../../options/words.js";
import { prepareMmar } from "../mmar-run.js";
import type { Runtime } from "../runtime.js";
import { checkTorchScript, PYTORCH_OF_CLARA } from "../torchscript.js";
import { DEFAULT_LOG_CONFIG, LOG_CONFIG } from "./log-config.js";

/** Runs an MMAR by Clara's own entry point, in NVIDIA's image of Clara Train 4.1. */
export const clara: Runtime<ClaraEngine> = {
  name: "clara",
  engine: "clara",
  templates: "clara",
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

  async accepts(model, { clicks }) {
    if (clicks !== undefined) {
      return [finding("clicks-need-monai", { component: clicks.from })];
    }
    return checkTorchScript(model, PYTORCH_OF_CLARA);
  },

  configYaml({ device, env }) {
    return configYaml({ baseImage: clara.baseImage, claraVersion: CLARA_VERSION, device, env });
  },

  prepare(source, spec, options) {
    const result = resultFile(spec);
    const run = prepareMmar(source, spec, options);
    if (run === undefined || result === undefined) return undefined;
    const { model, engine, derivedConfig } = run;
    return {
      engine: {
        name: "clara",
        inference_config: engine.inference_config,
        environment: engine.environment,
        set_env: model.setEnv ?? null,
        item: engine.item,
        image_key: engine.image_key,
        result,
        settings: { ...engine.settings, ...ownSettings(options.device) },
        timeout_seconds: engine.timeout_seconds,
      },
      files: model.files.has(LOG_CONFIG) ? [] : [DEFAULT_LOG_CONFIG],
      requirementParts: [],
      derivedConfig,
    };
  },
};

/**
 * What a run passes by `--set` besides what a request changes. Clara's entry point takes a GPU
 * unless it is told not to, whatever the config's device is (a public log says so), and writes the
 * resolved config into the log where it is told to.
 */
function ownSettings(device: Device): Readonly<Record<string, string>> {
  const cpu = device === "cpu" ? { use_gpu: "False" } : {};
  return { ...cpu, print_conf: "True" };
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
