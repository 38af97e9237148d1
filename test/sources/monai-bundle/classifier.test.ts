import { describe, expect, it } from "vitest";
import { codesOf, type TestMmar } from "../../support/mmars.js";
import {
  bundleMaker,
  config,
  IMAGE,
  metadata,
  OUTPUT,
  POST,
  PRE,
  step,
} from "../../support/monai-bundles.js";

const make = bundleMaker();

describe("a classifier among MONAI bundles", () => {
  const breast = (): TestMmar => {
    const bundle = make();
    config(bundle, ["network_def"], {
      _target_: "TorchVisionFCModel",
      model_name: "inception_v3",
      num_classes: 4,
      pretrained: true,
    });
    config(bundle, PRE, [
      { _target_: "LoadImaged", keys: "image" },
      { _target_: "EnsureChannelFirstd", keys: "image", channel_dim: 2 },
      { _target_: "Resized", keys: "image", spatial_size: [299, 299] },
    ]);
    config(bundle, POST, [
      step("Activationsd", { sigmoid: true }),
      step("AsDiscreted", { threshold: 0.5 }),
    ]);
    config(bundle, ["inferer"], { _target_: "SimpleInferer" });
    config(bundle, ["handlers", 1], { _target_: "ClassificationSaver", output_dir: "@output_dir" });
    metadata(bundle, ["name"], "Breast density classification");
    metadata(bundle, ["task"], "Breast Density Classification");
    metadata(bundle, [...IMAGE, "num_channels"], 3);
    metadata(bundle, [...IMAGE, "format"], "magnitude");
    metadata(bundle, [...IMAGE, "modality"], "Mammogram");
    metadata(bundle, [...OUTPUT, "num_channels"], 4);
    metadata(bundle, [...OUTPUT, "format"], "labels");
    metadata(bundle, [...OUTPUT, "channel_def"], { "0": "A", "1": "B", "2": "C", "3": "D" });
    return bundle.remove("models/model.ts");
  };

  it("gives scores of pictures in colour, and no class is a background", async () => {
    const inspection = await breast().inspect();
    expect(codesOf(inspection)).toEqual([]);
    expect(inspection.model?.modalities?.value).toEqual(["MG"]);
    expect(inspection.configMdai).toMatchObject({
      type: "classification",
      out_classes: 4,
      input: { form: "rgb8", range: { low: 0, high: 255 }, window: "dicom", mask: null },
      output: { scores: "sigmoid" },
      classes: ["A", "B", "C", "D"].map((name, value) => ({
        class_index: value,
        name,
        value,
        threshold: 0.5,
      })),
      engine: {
        network: "network_def",
        overrides: {
          "network_def#pretrained": false,
          "postprocessing#transforms#1#_disabled_": true,
        },
      },
    });
  });

  it("takes the user's thresholds and forms", async () => {
    const { configMdai, overrides } = await breast().inspect({
      threshold: ["A=0.2"],
      imageForm: "png8",
      window: "none",
      scores: "softmax",
    });
    expect(configMdai).toMatchObject({
      input: { form: "png8", window: "none" },
      output: { scores: "softmax" },
    });
    expect(overrides.map(({ option, instead }) => [option, instead])).toEqual([
      ["imageForm", "rgb8"],
      ["window", "dicom"],
      ["scores", "sigmoid"],
    ]);
  });

  it("is one where the user says so, and then nothing of a segmentation is set", async () => {
    const bundle = make();
    config(bundle, [...POST, 1, "nearest_interp"], true);
    config(bundle, ["network_def", "spatial_dims"], 3);
    const { configMdai } = await bundle.inspect({ task: "classification" });
    expect(configMdai).toMatchObject({ type: "classification", input: { form: "nifti" } });
    expect(configMdai?.engine).toMatchObject({
      overrides: {
        "postprocessing#transforms#1#_disabled_": true,
        "postprocessing#transforms#2#_disabled_": true,
      },
    });
  });
});
