import { CUDA_VERSION } from "../../mdai/base-images.js";
import { WORKSPACE } from "../../mdai/layout.js";
import { configYaml } from "../../mdai/write-config-yaml.js";
import type { MonaiBundleEngine } from "../../model/config-engine.js";
import type { ModelSpec } from "../../model/spec.js";
import { METADATA, type MonaiBundle } from "../../sources/monai-bundle/bundle.js";
import { type Parts, partsOf, reachedTexts } from "../../sources/monai-bundle/code.js";
import type { Override } from "../../sources/monai-bundle/derive/output.js";
import { MonaiBundleModel } from "../../sources/monai-bundle/monai-bundle-source.js";
import type { DerivedConfig, Runtime } from "../runtime.js";
import { checkScript, pytorchOf } from "../torchscript.js";
import { overridesOf } from "./overrides.js";
import { cudaOf, resolvePins } from "./pins.js";

/** Runs a MONAI bundle on MONAI, in the server's own process and MD.ai's own image. */
export const monaiBundle: Runtime<MonaiBundleEngine> = {
  name: "monai",
  engine: "monai-bundle",
  templates: "monai_bundle",
  title: "MONAI and PyTorch of the bundle's own versions",
  summary:
    "MONAI of the bundle's own version in MD.ai's image of Python 3.10, the model stays loaded",
  baseImage: "py310",
  python: "3.10",
  packages: new Set(["monai", "torch", "numpy", "scipy", "nibabel", "builtins", "math"]),
  // Where MD.ai's image has the folder is found from the deploy code, beside which it lies.
  workspace: WORKSPACE,
  namedFiles: [["metadata", "metadata"]],

  async accepts(model) {
    if (!(model instanceof MonaiBundleModel)) return [];
    const { bundle } = model;
    const pins = resolvePins(bundle);
    const { weights } = bundle;
    const file = weights?.form === "torchscript" ? bundle.files.get(weights.path) : undefined;
    const script = file === undefined ? [] : await checkScript(file, pytorchOf(pins.torch));
    return [...pins.findings, ...script];
  },

  configYaml({ device, env }, model) {
    const own = model instanceof MonaiBundleModel ? cudaOf(resolvePins(model.bundle)) : undefined;
    const cuda = device === "gpu" ? { cudaVersion: own ?? CUDA_VERSION } : {};
    return configYaml({ baseImage: monaiBundle.baseImage, ...cuda, device, env });
  },

  prepare(source, spec, options) {
    if (!(source instanceof MonaiBundleModel)) return undefined;
    const { bundle } = source;
    const { config, weights, metadata } = bundle;
    if (config === undefined || weights === undefined) return undefined;
    const parts = partsOf(bundle);
    const { changes } = source.derive({ task: spec.task?.value });
    const overrides = overridesOf(bundle, changes, options);
    return {
      engine: {
        name: "monai-bundle",
        configs: config.files.map(({ path }) => path),
        metadata: metadata === undefined ? null : METADATA,
        overrides: Object.fromEntries(overrides.map(({ id, value }) => [id, value])),
        network: weights.network ?? null,
        preprocessing: parts.preprocessing ?? null,
        inferer: parts.inferer ?? null,
        postprocessing: parts.postprocessing ?? null,
        weights: { path: weights.path, form: weights.form, key: weights.key ?? null },
        image_key: spec.input.imageKey,
        prediction_key: "pred",
        timeout_seconds: options.inferenceTimeout,
      },
      derivedConfig: derivedConfig(bundle, overrides),
      files: [],
      requirementParts: requirementParts(bundle, parts, spec),
      requirements: resolvePins(bundle).lines,
    };
  },
};

/** The changes as a config of their own, which MONAI reads behind the bundle's. */
function derivedConfig({ config }: MonaiBundle, overrides: readonly Override[]): DerivedConfig {
  const files = config?.files ?? [];
  const source = files[0] ?? { path: "", text: "" };
  const stem = source.path.replace(/\.\w+$/, "");
  const content = Object.fromEntries(overrides.map(({ id, value }) => [id, value]));
  return {
    path: `${stem}_mdai.json`,
    source: { path: source.path, text: source.text },
    text: `${JSON.stringify(content, null, 2)}\n`,
    changes: overrides.map(({ id, value, why }) => ({
      at: id,
      from: config?.at(id),
      to: value,
      why,
    })),
    isOverlay: true,
  };
}

/** Packages that MONAI imports only where a component needs them, by the parts that name them. */
const PARTS: readonly (readonly [part: string, needs: RegExp])[] = [
  ["largest-component", /^(KeepLargestConnectedComponent|RemoveSmallObjects)(d|D|Dict)?$/],
  ["scipy", /^(FillHoles|DistanceTransform|GaussianSmooth|HistogramNormalize)\w*$/],
  ["attention", /^(ViT|ViTAutoEnc|UNETR|SwinUNETR|SwinTransformer|TransformerBlock)$/],
  ["torchvision", /^(TorchVision\w*|\w*FCModel|MILModel)$/],
];

/** The parts of the requirements that a bundle needs besides those of its task. */
function requirementParts({ config }: MonaiBundle, parts: Parts, spec: ModelSpec): string[] {
  if (config === undefined) return [];
  const texts = reachedTexts(config, parts);
  const names = texts
    .filter(({ id }) => id.endsWith("#_target_"))
    .map(({ text }) => text.split(".").at(-1) ?? "");
  const isItk = texts.some(({ id, text }) => id.endsWith("#reader") && /itkreader/i.test(text));
  const isOfPictures = spec.classifier !== undefined && spec.classifier.form.value !== "nifti";
  return [
    ...PARTS.filter(([, needs]) => names.some((name) => needs.test(name))).map(([part]) => part),
    ...(isItk ? ["itk"] : []),
    ...(config.files.some(({ path }) => /\.ya?ml$/.test(path)) ? ["yaml"] : []),
    ...(isOfPictures ? ["pictures"] : []),
  ];
}
