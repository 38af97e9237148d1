import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import type { InspectOptions } from "../../../src/index.js";
import { MONAI_NAMES } from "../../../src/runtimes/monai/names.js";
import { RUNTIMES } from "../../../src/runtimes/runtimes.js";
import { madeText } from "../../support/bundles.js";
import { covid, xray } from "../../support/classifiers.js";
import { codesOf, mmarMaker, type TestMmar } from "../../support/mmars.js";

const make = mmarMaker();
const ON_MONAI: InspectOptions = { runtime: "monai" };

const packages = (mmar: TestMmar, options: InspectOptions = {}) =>
  mmar.inspect({ ...ON_MONAI, ...options }).then(({ plan }) =>
    madeText(plan, ".mdai/requirements.txt")
      .split("\n")
      .filter((line) => /^[^#\s]/.test(line)),
  );

const named = (name: string, args = {}) => ({ name, args: { keys: "pred", ...args } });

describe("config.yaml", () => {
  it("asks for Python 3.10, and for a GPU's base image that suits the wheel's CUDA", async () => {
    const { plan } = await make().inspect({ ...ON_MONAI, env: { A: "b" } });
    const config = load(madeText(plan, ".mdai/config.yaml"));
    expect(config).toEqual({
      base_image: "py310",
      device_type: "gpu",
      cuda_version: "11.8",
      env: { A: "b" },
    });
    expect(madeText(plan, ".mdai/config.yaml")).toContain('cuda_version: "11.8"');
  });

  it("names no CUDA for a CPU, and the version of Clara for clara only", async () => {
    const { plan } = await make().inspect({ ...ON_MONAI, device: "cpu" });
    const config = load(madeText(plan, ".mdai/config.yaml"));
    expect(config).toEqual({ base_image: "py310", device_type: "cpu" });
    const other = await make().inspect();
    expect(madeText(other.plan, ".mdai/config.yaml")).not.toContain("cuda_version");
  });
});

describe("the bundle", () => {
  it("has the article's shape, and the engine's part without files of a run", async () => {
    const { plan, configMdai } = await make().inspect(ON_MONAI);
    expect(configMdai).toMatchObject({ type: "segmentation", root_folder: "spleen_ct" });
    expect(configMdai?.engine).toEqual({
      name: "monai",
      inference_config: "config/config_inference.mdai.json",
      environment: "config/environment.json",
      item: "string",
      image_key: "image",
      settings: {},
      timeout_seconds: 3600,
    });
    const paths = plan?.entries.map(({ path }) => path) ?? [];
    expect(paths).toContain("model/workspace/config_mdai.json");
    expect(paths).toContain("model/workspace/spleen_ct/config/config_inference.mdai.json");
    expect(paths).toContain("model/.mdai/mmar2mdai_engine.py");
    expect(paths.filter((path) => path.includes("clara"))).toEqual([]);
  });

  it("needs no log.config, which only Clara reads", async () => {
    const mmar = make().remove("resources/log.config");
    const paths = async (options: InspectOptions) =>
      (await mmar.inspect(options)).plan?.entries.map(({ path }) => path);
    const at = "model/workspace/spleen_ct/resources/log.config";
    expect(await paths(ON_MONAI)).not.toContain(at);
    expect(await paths({})).toContain(at);
  });

  it("has the same derived config as for Clara, on a CPU as well", async () => {
    const mmar = make("liver_tumor_ct");
    for (const device of ["gpu", "cpu"] as const) {
      const options = { device, swBatchSize: 2 };
      const [one, other] = await Promise.all([
        mmar.inspect(options),
        mmar.inspect({ ...options, ...ON_MONAI }),
      ]);
      expect(other.derivedConfig?.text).toBe(one.derivedConfig?.text);
      expect(other.derivedConfig?.changes).toEqual(one.derivedConfig?.changes);
      expect(other.derivedConfig?.text).not.toContain("/workspace");
    }
  });

  it("carries what infer.sh sets, and nothing that only Clara's program reads", async () => {
    const mmar = make().edit("commands/infer.sh", /--set/, "--set INFER_DATALIST_KEY=validation");
    const { configMdai } = await mmar.inspect({ ...ON_MONAI, device: "cpu" });
    const engine = configMdai?.engine;
    const settings = Object.keys(engine?.name === "monai" ? engine.settings : { no: "engine" });
    expect(settings).not.toContain("no");
    expect(settings).not.toContain("print_conf");
    expect(settings).not.toContain("use_gpu");
  });
});

describe("requirements.txt", () => {
  const own = ["torch==1.13.1", "monai==0.8.1", "scipy==1.10.1", "numpy==1.23.5"];

  it("has exact versions only", async () => {
    for (const line of await packages(make())) expect(line).toMatch(/^[\w-]+==[\d.]+$/);
    expect(await packages(make())).toEqual([...own, "setuptools==80.9.0", "nibabel==5.3.3"]);
  });

  it.each<[string, (mmar: TestMmar) => TestMmar, string]>([
    [
      "the largest component",
      (mmar) => mmar.config(["post_transforms", 4], named("KeepLargestConnectedComponentd")),
      "scikit-image==0.19.3",
    ],
    [
      "attention",
      (mmar) =>
        mmar.config(["model"], { name: "UNETR", args: {} }).config(["handlers", 1], {
          name: "CheckpointLoader",
          args: { load_path: "{MMAR_CKPT}", load_dict: { model: "@model" } },
        }),
      "einops==0.6.1",
    ],
    [
      "TorchVision",
      (mmar) => mmar.config(["pre_transforms", 5], named("TorchVisionD")),
      "torchvision==0.14.1",
    ],
    [
      "ITK",
      (mmar) => mmar.config(["pre_transforms", 0, "args", "reader"], "ITKReader"),
      "itk==5.3.0",
    ],
    ["pictures", xray, "pillow==9.5.0"],
  ])("names what MONAI needs for %s, and only then", async (_, change, line) => {
    expect(await packages(make())).not.toContain(line);
    expect(await packages(change(make()))).toContain(line);
  });

  it("has nothing twice where a lung mask is made", async () => {
    const lines = await packages(covid(make()), { lungMask: "builtin" });
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines).toContain("nibabel==5.3.3");
  });

  it.each([
    ["numpy==1.24.4", ["requirement-clash"]],
    ["torch==1.13.0", ["requirement-clash"]],
    ["setuptools>=82", ["requirement-unpinned", "requirement-clash"]],
    ["pydicom==3.0.1", ["requirement-fights-server"]],
    ["protobuf==4.25.3", ["requirement-fights-server"]],
    ["numpy>=1.20", ["requirement-unpinned"]],
    ["pandas==2.2.3", []],
  ])("takes of the user's own what fits: %s", async (line, codes) => {
    const result = await make().inspect({ ...ON_MONAI, requirement: [line] });
    expect(codesOf(result).sort()).toEqual([...codes].sort());
  });
});

describe("what it accepts", () => {
  it("needs nothing of a handler or metric that only logs", async () => {
    const mmar = make()
      .config(["handlers", 1], { name: "TensorBoardImageHandler", args: {} })
      .config(["handlers", 2], { path: "monai.handlers.MetricsSaver", args: {} })
      .config(["handlers", 3], { path: "medl.handlers.Own", args: {}, disabled: true });
    expect(codesOf(await mmar.inspect(ON_MONAI))).toEqual([]);
  });

  it("takes components by each of MONAI's names, of monai.apps too, and the user's own", async () => {
    const mmar = make()
      .write("custom/mine.py", "import torch\nfrom monai.transforms import Transform\n")
      .config(["pre_transforms", 1, "name"], "EnsureChannelFirstD")
      .config(["pre_transforms", 2, "name"], "OrientationDict")
      .config(["pre_transforms", 4], { path: "monai.transforms.ScaleIntensityRanged", args: {} })
      .config(["post_transforms", 4], { path: "mine.Smooth", args: {} })
      .config(["post_transforms", 5], named("SaveImaged"));
    expect(codesOf(await mmar.inspect(ON_MONAI))).toEqual(["custom-component"]);
    expect(MONAI_NAMES).toContain("SplitOnGridd");
    expect(MONAI_NAMES).not.toContain("SplitOnGridDict");
  });

  it("takes the items of ClassificationSaver, which Clara picks by from_engine", async () => {
    expect(codesOf(await xray(make()).inspect(ON_MONAI))).toEqual([]);
  });

  it("has a summary for each runtime", () => {
    for (const { summary, title } of Object.values(RUNTIMES)) {
      expect(summary).toMatch(/image/);
      expect(title).toMatch(/\d/);
    }
  });
});
