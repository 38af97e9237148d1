import type { CodeOf, FindingCode } from "../../src/findings/table.js";
import type { PackOptions } from "../../src/index.js";
import type { TestMmar } from "../support/mmars.js";
import {
  config,
  INFERENCE,
  inYaml,
  METADATA,
  metadata,
  OUTPUT,
  POST,
  PRE,
  step,
} from "../support/monai-bundles.js";

/** A copy of the MONAI bundle in fixtures/, broken. */
interface BundleCase {
  readonly of: "monai_spleen_ct";
  readonly broken?: (bundle: TestMmar) => unknown;
  readonly options?: PackOptions;
  readonly at?: string;
  readonly says?: RegExp;
  readonly also?: readonly FindingCode[];
}

export type BundleCode = CodeOf<"monaiBundle">;

const of = "monai_spleen_ct";
const WITHOUT_SCRIPT = "models/model.ts";

/** Bundles that have to give each code of the area. */
export const bundleCases: { readonly [C in BundleCode]: BundleCase | readonly BundleCase[] } = {
  "yaml-syntax": [
    {
      of,
      broken: (bundle) => inYaml(bundle).write("configs/inference.yaml", "a:\tb\n"),
      at: "configs/inference.yaml:1:3",
      says: /a tab/,
    },
    {
      of,
      broken: (bundle) => inYaml(bundle).write("configs/inference.yaml", "a: [1\n"),
      at: "configs/inference.yaml:2:1",
    },
    {
      of,
      broken: (bundle) => inYaml(bundle).write("configs/inference.yaml", "- a\n"),
      at: "configs/inference.yaml:1:1",
      says: /keys and values/,
    },
  ],
  "bundle-config-missing": [
    {
      of,
      broken: (bundle) => bundle.remove(INFERENCE),
      at: "configs",
      says: /no inference config/,
    },
    {
      of,
      broken: (bundle) =>
        bundle
          .copy(INFERENCE, "configs/evaluate.json")
          .copy(INFERENCE, "configs/train.json")
          .remove(INFERENCE),
      at: "configs",
      says: /configs\/evaluate\.json, configs\/train\.json.*`inferenceConfig/s,
    },
  ],
  "bundle-config-not-found": {
    of,
    options: { inferenceConfig: ["configs/other.json"] },
    says: /configs\/other\.json/,
  },
  "bundle-part-missing": [
    {
      of,
      broken: (bundle) => config(bundle, ["preprocessing"], undefined),
      at: INFERENCE,
      says: /no preprocessing/,
    },
    {
      of,
      broken: (bundle) =>
        config(config(bundle, ["network_def"], undefined), ["network"], undefined).remove(
          WITHOUT_SCRIPT,
        ),
      at: INFERENCE,
      says: /no network_def/,
    },
  ],
  "bundle-part-code": {
    of,
    broken: (bundle) => config(bundle, POST, "$my_list(3)"),
    at: `${INFERENCE}:71:3 (postprocessing)`,
    says: /postprocessing/,
    also: ["expression-untrusted"],
  },
  "bundle-kind": [
    {
      of,
      broken: (bundle) => metadata(bundle, ["task"], "CT lung nodule detection"),
      at: `${METADATA}:14:3 (task)`,
      says: /detection, by its task/,
    },
    {
      of,
      broken: (bundle) => metadata(bundle, ["name"], "Valve landmarks"),
      at: `${METADATA}:13:3 (name)`,
      says: /points/,
    },
    {
      of,
      broken: (bundle) => metadata(bundle, [...OUTPUT, "format"], "points"),
      says: /landmarks/,
    },
    { of, broken: (bundle) => metadata(bundle, [...OUTPUT, "type"], "object"), says: /detection/ },
    {
      of,
      broken: (bundle) => metadata(bundle, ["name"], "MedNIST GAN"),
      at: `${METADATA}:13:3 (name)`,
      says: /noise/,
    },
    {
      of,
      broken: (bundle) => metadata(bundle, ["name"], "Hand registration"),
      at: `${METADATA}:13:3 (name)`,
      says: /moves one image/,
    },
    {
      of,
      broken: (bundle) => metadata(bundle, ["name"], "Pathology nuclei"),
      at: `${METADATA}:13:3 (name)`,
      says: /slides/,
    },
    {
      of,
      broken: (bundle) => metadata(bundle, ["name"], "Endoscopic tools"),
      at: `${METADATA}:13:3 (name)`,
      says: /video/,
    },
  ],
  "bundle-evaluator": {
    of,
    broken: (bundle) => config(bundle, ["evaluator", "_target_"], "scripts.evaluator.Own"),
    at: `${INFERENCE}:114:5 (evaluator._target_)`,
    says: /scripts\.evaluator\.Own/,
  },
  "bundle-several-images": {
    of,
    broken: (bundle) => config(bundle, [...PRE, 0, "keys"], ["artery", "vein", "label"]),
    at: `${INFERENCE}:21:7 (preprocessing.transforms[0])`,
    says: /artery, vein:/,
  },
  "bundle-weights-missing": [
    {
      of,
      broken: (bundle) => bundle.remove(WITHOUT_SCRIPT).remove("models/model.pt"),
      at: INFERENCE,
      says: /models\/model\.pt .*CheckpointLoader.*python -m monai\.bundle download --name monai_spleen_ct --version 0\.2\.1 .*https:\/\/example\.org/s,
    },
    {
      of,
      broken: (bundle) =>
        config(bundle, ["handlers", 0, "load_path"], "$@bundle_root + '/models/best.pt'").remove(
          "large_files.yml",
        ),
      at: INFERENCE,
      says: /models\/best\.pt.*Put the file there/s,
    },
    {
      of,
      broken: (bundle) =>
        config(
          config(
            bundle.remove(WITHOUT_SCRIPT),
            ["code"],
            "$torch.load(@bundle_root + '/models/search_code.pt')",
          ),
          ["network_def", "bias"],
          "$@code['bias']",
        )
          .set(INFERENCE, ["path"], "$@bundle_root + '/models/search_code.pt'")
          .set(INFERENCE, ["code"], "$torch.load(@path)"),
      at: INFERENCE,
      says: /models\/search_code\.pt/,
    },
  ],
  "bundle-weights-bad": [
    {
      of,
      broken: (bundle) => bundle.write(WITHOUT_SCRIPT, ""),
      at: WITHOUT_SCRIPT,
      says: /is empty.*monai\.bundle download/s,
    },
    {
      of,
      broken: (bundle) => bundle.copy("models/model.pt", WITHOUT_SCRIPT),
      at: WITHOUT_SCRIPT,
      says: /should be a TorchScript/,
    },
    {
      of,
      broken: (bundle) => bundle.write(WITHOUT_SCRIPT, "<html>"),
      at: WITHOUT_SCRIPT,
      says: /HTML/,
    },
  ],
  "bundle-weights-needed": {
    of,
    broken: (bundle) => bundle.remove(WITHOUT_SCRIPT),
    options: { checkpoint: false },
    says: /models\/model\.pt/,
  },
  "metadata-wrong": [
    {
      of,
      broken: (bundle) => metadata(bundle, [...OUTPUT, "num_channels"], 3),
      says: /3 channels come out .*network's out_channels/,
    },
    {
      of,
      broken: (bundle) =>
        metadata(bundle, ["network_data_format", "inputs", "image", "modality"], "MRI"),
      at: `${METADATA}:32:9 (network_data_format.inputs.image.format)`,
      says: /Hounsfield.*MR/,
    },
    {
      of,
      broken: (bundle) => metadata(bundle, ["task"], "Classification of spleens"),
      says: /classification/,
    },
  ],
  "bundle-task-unknown": {
    of,
    broken: (bundle) => {
      config(bundle, POST, [step("Activationsd", { softmax: true })]);
      config(bundle, [...PRE, 3], undefined);
      config(bundle, [...PRE, 2], undefined);
      metadata(bundle, ["task"], "Finding spleens");
      metadata(bundle, [...OUTPUT, "format"], undefined);
    },
    at: `${METADATA}:14:3 (task)`,
    says: /`task/,
  },
  "bundle-out-classes-unknown": {
    of,
    broken: (bundle) => {
      config(bundle, ["network_def", "out_channels"], undefined);
      metadata(bundle, [...OUTPUT, "num_channels"], undefined);
      metadata(bundle, [...OUTPUT, "channel_def"], undefined);
    },
    says: /`outClasses`/,
  },
  "bundle-clicks": {
    of,
    broken: (bundle) => {
      config(bundle, ["network_def", "in_channels"], 3);
      config(bundle, [...PRE, 4], {
        ...(step("AddGuidanceSignalDeepEditd", { number_intensity_ch: 1 }) as object),
        keys: "@image_key",
      });
    },
    says: /^2 of the network/,
  },
  "bundle-input-space": {
    of,
    broken: (bundle) => bundle.write("docs/README.md", "Images are registered in MNI space.\n"),
    at: "docs/README.md",
    says: /MNI space/,
  },
  "post-order-mended": {
    of,
    broken: (bundle) =>
      config(
        config(bundle, [...POST, 2], undefined),
        [...POST, 0],
        step("AsDiscreted", { argmax: true }),
      ),
    at: `${INFERENCE}:79:7 (postprocessing.transforms[1])`,
    says: /Invertd would interpolate labels that AsDiscreted/,
  },
  "post-order-fractional": {
    of,
    broken: (bundle) => {
      config(bundle, [...POST, 2], undefined);
      config(bundle, [...POST, 0], step("AsDiscreted", { argmax: true }));
      config(bundle, [...POST, 1, "keys"], ["pred", "other"]);
      config(bundle, [...POST, 1, "nearest_interp"], "$[len(x) > 3 for x in 'ab']");
    },
    at: `${INFERENCE}:79:7 (postprocessing.transforms[1])`,
  },
  "classes-merged": {
    of,
    broken: (bundle) =>
      config(
        config(bundle, [...POST, 0], step("Activationsd", { sigmoid: true })),
        [...POST, 2],
        step("Lambdad", {
          func: "$lambda x: torch.where(x[[1]] > 0, 4, torch.where(x[[0]] > 0, 1, 0))",
        }),
      ).set(METADATA, [...OUTPUT, "channel_def"], { "0": "whole", "1": "core" }),
    says: /"whole" \(value 1\) is that without "core"/,
  },
  "expression-untrusted": [
    {
      of,
      broken: (bundle) => config(bundle, ["inferer", "roi_size"], "$__import__('os').system('id')"),
      at: `${INFERENCE}:63:5 (inferer.roi_size)`,
      says: /builtins\.__import__.*`trust: "builtins\.__import__"`/s,
    },
    {
      of,
      broken: (bundle) => config(bundle, [...PRE, 4, "_target_"], "subprocess.Popen"),
      at: `${INFERENCE}:45:9 (preprocessing.transforms[4]._target_)`,
      says: /subprocess\.Popen/,
    },
    {
      of,
      broken: (bundle) => config(bundle, [...POST, 3, "padding_mode"], "$exec('1')"),
      at: `${INFERENCE}:97:9 (postprocessing.transforms[3].padding_mode)`,
      says: /builtins\.exec/,
    },
    {
      of,
      broken: (bundle) =>
        config(bundle, ["evaluator", "prepare_batch"], "$lambda b, d, n: eval('1')"),
      at: `${INFERENCE}:121:5 (evaluator.prepare_batch)`,
      says: /builtins\.eval/,
    },
    {
      of,
      broken: (bundle) =>
        metadata(
          config(bundle, ["inferer", "roi_size"], "@_meta_::roi"),
          ["roi"],
          "$open('/etc/passwd')",
        ),
      at: `${METADATA}:54:3 (roi)`,
      says: /builtins\.open/,
    },
  ],
  "expression-unread": [
    {
      of,
      broken: (bundle) => config(bundle, ["inferer", "roi_size"], "$f'{open(1)}'"),
      at: `${INFERENCE}:63:5 (inferer.roi_size)`,
    },
    {
      of,
      broken: (bundle) => config(bundle, ["inferer", "roi_size"], "%configs/other.json::roi"),
      at: `${INFERENCE}:63:5 (inferer.roi_size)`,
    },
  ],
  "bundle-code": {
    of,
    broken: (bundle) =>
      config(bundle, [...PRE, 4, "_target_"], "scripts.own.Smoothd").write("scripts/own.py", ""),
    says: /scripts\//,
  },
  "bundle-module-missing": {
    of,
    broken: (bundle) => config(bundle, [...PRE, 4, "_target_"], "scripts.own.Smoothd"),
    at: `${INFERENCE}:45:9 (preprocessing.transforms[4]._target_)`,
    says: /scripts\.own\.Smoothd/,
  },
  "bundle-requirement": [
    {
      of,
      broken: (bundle) => metadata(bundle, ["pytorch_version"], "2.1.0"),
      at: METADATA,
      says: /PyTorch 2\.1\.0; PyTorch 2\.5\.1 is taken, since MONAI 1\.5\.2 needs PyTorch 2\.4\.1/,
    },
    {
      of,
      broken: (bundle) => metadata(bundle, ["monai_version"], "0.9.1"),
      at: METADATA,
      says: /MONAI 0\.9\.1; MONAI 1\.0\.1 is taken/,
    },
  ],
  "bundle-requirements-clash": [
    {
      of,
      broken: (bundle) => metadata(bundle, ["required_packages_version", "torch"], "2.1.0"),
      at: METADATA,
      says: /MONAI 1\.5\.2 and PyTorch 2\.1\.0 don't go together/,
    },
    {
      of,
      broken: (bundle) =>
        metadata(bundle, ["required_packages_version", "opencv-python"], "4.12.0.88"),
      at: METADATA,
      says: /NumPy 2/,
    },
  ],
  "runtime-refused": { of, options: { runtime: "clara" }, says: /`runtime: "clara"` can't run/ },
};
