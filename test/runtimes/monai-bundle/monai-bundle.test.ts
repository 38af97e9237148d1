import { describe, expect, it } from "vitest";
import { madeText } from "../../support/bundles.js";
import { codesOf, type TestMmar } from "../../support/mmars.js";
import {
  bundleMaker,
  config,
  inYaml,
  metadata,
  POST,
  PRE,
  step,
} from "../../support/monai-bundles.js";
import { torchScript } from "../../support/torch-scripts.js";

const make = bundleMaker();

const packages = async (bundle: TestMmar): Promise<string[]> => {
  const { plan } = await bundle.inspect();
  return madeText(plan, ".mdai/requirements.txt")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
};

describe("the bundle for MD.ai of a MONAI bundle", () => {
  it.each([
    ["1.5.2", "2.5.1", "12.4"],
    ["1.4.0", "2.4.0", "12.1"],
    ["1.3.0", "1.13.1", "11.8"],
  ])(
    "asks for MD.ai's image of Python 3.10, for MONAI %s with CUDA %s",
    async (monai, torch, cuda) => {
      const bundle = metadata(make(), ["monai_version"], monai);
      metadata(bundle, ["pytorch_version"], torch);
      const { plan } = await bundle.inspect();
      const yaml = `base_image: "py310"\ndevice_type: "gpu"\ncuda_version: "${cuda}"\n`;
      expect(madeText(plan, ".mdai/config.yaml")).toBe(yaml);
      const onCpu = (await bundle.inspect({ device: "cpu" })).plan;
      expect(madeText(onCpu, ".mdai/config.yaml")).toBe(
        'base_image: "py310"\ndevice_type: "cpu"\n',
      );
    },
  );

  it("has each package once, in the bundle's own versions", async () => {
    expect(await packages(make())).toEqual([
      "numpy==1.26.4",
      "setuptools==80.9.0",
      "nibabel==5.3.3",
      "torch==2.5.1",
      "monai==1.5.2",
    ]);
    const asked = metadata(make(), ["required_packages_version", "itk"], "5.4.0");
    config(asked, [...PRE, 0, "reader"], "ITKReader");
    const lines = await packages(inYaml(asked));
    expect(lines.filter((line) => line.startsWith("itk"))).toEqual(["itk==5.4.0"]);
    expect(lines.some((line) => line.startsWith("pyyaml=="))).toBe(true);
    const names = lines.map((line) => line.split("=")[0]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("knows components of packages that metadata.json or the user asks for", async () => {
    const bundle = config(make(), [...PRE, 4, "_target_"], "my_package.transforms.Smoothd");
    expect(codesOf(await bundle.inspect())).toEqual(["bundle-module-missing"]);
    const told = await bundle.inspect({
      requirement: ["my-package==1.0"],
      trust: ["my_package.transforms.Smoothd"],
    });
    expect(codesOf(told)).toEqual(["trust-used"]);
    metadata(bundle, ["required_packages_version", "my-package"], "1.0");
    expect(codesOf(await bundle.inspect())).toEqual(["expression-untrusted"]);
  });

  it("has the packages that components need", async () => {
    const largest = step("KeepLargestConnectedComponentd", { applied_labels: [1] });
    const lines = await packages(config(make(), [...POST, 3], largest));
    expect(lines.some((line) => line.startsWith("scikit-image=="))).toBe(true);
  });

  it("says which parts are built, and what is set in the config", async () => {
    const { configMdai, derivedConfig, plan } = await make().inspect();
    expect(configMdai?.data_list_key).toBe("testing");
    expect(configMdai?.engine).toEqual({
      name: "monai-bundle",
      configs: ["configs/inference.json"],
      metadata: "configs/metadata.json",
      overrides: { "inferer#sw_batch_size": 1 },
      network: null,
      preprocessing: "preprocessing",
      inferer: "inferer",
      postprocessing: "postprocessing",
      weights: { path: "models/model.ts", form: "torchscript", key: null },
      image_key: "image",
      prediction_key: "pred",
      timeout_seconds: 3600,
    });
    const path = "workspace/monai_spleen_ct/configs/inference_mdai.json";
    expect(JSON.parse(madeText(plan, path))).toEqual({ "inferer#sw_batch_size": 1 });
    expect(derivedConfig?.changes).toEqual([
      {
        at: "inferer#sw_batch_size",
        from: 4,
        to: 1,
        why: "windows at once, bounded by the memory of MD.ai's GPU (`swBatchSize`)",
      },
    ]);
  });

  it("takes the checkpoint that the config names where there is no TorchScript", async () => {
    const { configMdai } = await make().remove("models/model.ts").inspect();
    expect(configMdai?.engine).toMatchObject({
      network: "network_def",
      weights: { path: "models/model.pt", form: "state_dict", key: "model" },
    });
  });

  it("takes another checkpoint that the config names", async () => {
    const bundle = make().copy("models/model.pt", "models/best.pt");
    config(bundle, ["best"], "best");
    config(bundle, ["handlers", 0, "load_path"], "$@bundle_root + '/models/' + @best + '.pt'");
    const { configMdai, omitted } = await bundle.inspect();
    expect(configMdai?.engine).toMatchObject({ weights: { path: "models/best.pt" } });
    expect(omitted).toMatchObject([
      {
        reason: "weights that inference does not load",
        paths: ["models/model.pt", "models/model.ts"],
      },
    ]);
  });

  it("puts the container's device where the config names a GPU", async () => {
    const bundle = make().remove("models/model.ts");
    config(bundle, ["path"], "$@bundle_root + '/models/model.pt'");
    config(bundle, ["code"], "$torch.load(@path, map_location=torch.device('cuda:0'))");
    config(bundle, ["network_def", "device"], '$torch.device("cuda")');
    config(bundle, ["network_def", "bias"], "$len(@code) > 0");
    const { configMdai } = await bundle.inspect();
    expect(configMdai?.engine).toMatchObject({
      overrides: {
        code: "$torch.load(@path, map_location=@device)",
        "network_def#device": "@device",
      },
    });
  });

  it("refuses a TorchScript of a form that the bundle's PyTorch does not read", async () => {
    const bundle = make().write("models/model.ts", torchScript("x", 11));
    expect(codesOf(await bundle.inspect())).toContain("torchscript-too-new");
  });

  it("is not made for Clara, whatever the user says", async () => {
    const { plan, findings } = await make().inspect({ runtime: "clara" });
    expect(plan).toBeUndefined();
    expect(codesOf({ findings })).toEqual(["runtime-refused"]);
    expect((await make().inspect({ runtime: "monai" })).plan).toBeDefined();
  });
});
