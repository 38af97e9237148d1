import { CUDA_VERSION } from "../../mdai/base-images.js";
import { WORKSPACE } from "../../mdai/layout.js";
import { configYaml } from "../../mdai/write-config-yaml.js";
import type { MonaiEngine } from "../../model/config-engine.js";
import { MmarModel } from "../../sources/mmar/mmar-source.js";
import { prepareMmar } from "../mmar-run.js";
import type { Runtime } from "../runtime.js";
import { checkTorchScript, PYTORCH_OF_MONAI } from "../torchscript.js";
import { checkComponents } from "./check-components.js";
import { checkCustomCode } from "./check-custom.js";
import { checkParts } from "./check-parts.js";
import { checkWorkspacePaths } from "./check-paths.js";
import { requirementParts } from "./packages.js";

/** Runs an MMAR's inference config on MONAI, in the server's own process and MD.ai's own image. */
export const monai: Runtime<MonaiEngine> = {
  name: "monai",
  engine: "monai",
  templates: "monai",
  title: "MONAI 0.8.1 on PyTorch 1.13.1",
  summary: "MONAI 0.8.1 in MD.ai's image of Python 3.10, the model stays loaded",
  baseImage: "py310",
  python: "3.10",
  // Those of NVIDIA's image are told of by checkComponents.
  packages: new Set([
    "monai",
    "torch",
    "numpy",
    "scipy",
    "nibabel",
    "builtins",
    "math",
    ...["medl", "nvmidl", "nvidia", "ai4med", "ignite"],
  ]),
  // Where MD.ai's image has the folder is found from the deploy code, beside which it lies.
  workspace: WORKSPACE,
  namedFiles: [
    ["inference_config", "inference config"],
    ["environment", "environment file"],
  ],

  async accepts(model) {
    const torchScript = await checkTorchScript(model, PYTORCH_OF_MONAI);
    if (!(model instanceof MmarModel) || model.mmar.inference === undefined) return torchScript;
    const { inference, files } = model.mmar;
    return [
      ...torchScript,
      ...checkComponents(inference),
      ...checkParts(inference),
      ...checkWorkspacePaths(inference),
      ...(await checkCustomCode(inference, files)),
    ];
  },

  configYaml({ device, env }) {
    const cuda = device === "gpu" ? { cudaVersion: CUDA_VERSION } : {};
    return configYaml({ baseImage: monai.baseImage, ...cuda, device, env });
  },

  prepare(source, spec, options) {
    const run = prepareMmar(source, spec, options);
    const inference = run?.model.mmar.inference;
    if (run === undefined || inference === undefined) return undefined;
    return {
      engine: { name: "monai", ...run.engine },
      files: [],
      requirementParts: requirementParts(inference, spec),
      derivedConfig: run.derivedConfig,
    };
  },
};
