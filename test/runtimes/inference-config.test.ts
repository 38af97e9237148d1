import { describe, expect, it } from "vitest";
import type { DerivedConfig, InspectOptions } from "../../src/index.js";
import { type Json, keyPath } from "../../src/text/json.js";
import { codesOf, type Keys, mmarMaker, type TestMmar } from "../support/mmars.js";

const make = mmarMaker();
const ENV = "config/environment.json";
const INFERENCE = "config/config_inference.json";
const CPU: InspectOptions = { device: "cpu" };

async function derive(mmar: TestMmar, options: InspectOptions = {}): Promise<DerivedConfig> {
  const { derivedConfig, findings } = await mmar.inspect(options);
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  if (derivedConfig === undefined) throw new Error("There is no derived config");
  return derivedConfig;
}

/** What stands at a path of the derived config; JSON.parse is not what wrote it. */
const at = ({ text }: DerivedConfig, keys: Keys): Json | undefined =>
  keys.reduce<Json | undefined>(
    (value, key) => (value as Record<string, Json>)[key],
    JSON.parse(text) as Json,
  );

describe("the derived inference config", () => {
  it("lies beside the original, which is kept", async () => {
    const mmar = make();
    const { derivedConfig, plan, configMdai } = await mmar.inspect();
    expect(derivedConfig?.path).toBe("config/config_inference.mdai.json");
    expect(configMdai?.engine).toMatchObject({ inference_config: derivedConfig?.path });
    const paths = plan?.entries.map((entry) => entry.path);
    expect(paths).toContain(`model/workspace/spleen_ct/${INFERENCE}`);
    expect(paths).toContain("model/workspace/spleen_ct/config/config_inference.mdai.json");
  });

  it("differs from the original in what it says, and in nothing else", async () => {
    const mmar = make();
    const { text, changes } = await derive(mmar);
    expect(changes.map(({ at, from, to }) => [at, from, to])).toEqual([
      ["dataloader.args.num_workers", 4, 0],
      ["inferer.args.sw_batch_size", 4, 1],
      ["post_transforms[3].args.squeeze_end_dims", true, false],
    ]);
    const expected = mmar
      .read(INFERENCE)
      .replace('"num_workers": 4', '"num_workers": 0')
      .replace('"sw_batch_size": 4', '"sw_batch_size": 1')
      .replace('"squeeze_end_dims": true', '"squeeze_end_dims": false');
    expect(text).toBe(expected);
  });

  it.each<[string, Keys, Json | undefined, Keys, Json | undefined]>([
    [
      "batch size",
      ["dataloader", "args", "batch_size"],
      8,
      ["dataloader", "args", "batch_size"],
      1,
    ],
    [
      "a batch size that is not there",
      ["dataloader", "args", "batch_size"],
      undefined,
      ["dataloader", "args", "batch_size"],
      1,
    ],
    [
      "a batch size from a variable",
      ["dataloader", "args", "batch_size"],
      "{INPUT_CHANNELS}",
      ["dataloader", "args", "batch_size"],
      "{INPUT_CHANNELS}",
    ],
    [
      "prefetch_factor",
      ["dataloader", "args", "prefetch_factor"],
      2,
      ["dataloader", "args", "prefetch_factor"],
      undefined,
    ],
    [
      "persistent_workers",
      ["dataloader", "args", "persistent_workers"],
      true,
      ["dataloader", "args", "persistent_workers"],
      undefined,
    ],
    [
      "a data list of its own",
      ["dataset", "data_list_file_path"],
      "/data/x.json",
      ["dataset", "data_list_file_path"],
      "{DATASET_JSON}",
    ],
    [
      "a base folder of its own",
      ["dataset", "data_file_base_dir"],
      undefined,
      ["dataset", "data_file_base_dir"],
      "{DATA_ROOT}",
    ],
    ["multi_gpu", ["multi_gpu"], true, ["multi_gpu"], false],
    [
      "an output folder of its own",
      ["post_transforms", 3, "args", "output_dir"],
      "/tmp/x",
      ["post_transforms", 3, "args", "output_dir"],
      "{MMAR_EVAL_OUTPUT_PATH}",
    ],
    [
      "a saver without an output folder",
      ["post_transforms", 3, "args", "output_dir"],
      undefined,
      ["post_transforms", 3, "args", "output_dir"],
      "{MMAR_EVAL_OUTPUT_PATH}",
    ],
    [
      "a custom sliding window inferer",
      ["inferer", "path"],
      "monai.inferers.SlidingWindowInferer",
      ["inferer", "args", "sw_batch_size"],
      1,
    ],
    [
      "a simple inferer",
      ["inferer"],
      { name: "SimpleInferer" },
      ["inferer"],
      { name: "SimpleInferer" },
    ],
  ])("%s", async (_, keys, value, where, expected) => {
    const mmar = make().config(keys, value);
    const config = await derive(mmar);
    expect(at(config, where)).toEqual(expected);
    const isChanged = JSON.stringify(value) !== JSON.stringify(expected);
    const changed = config.changes.map((change) => change.at);
    expect(changed.includes(keyPath([...where]))).toBe(isChanged);
  });

  it("takes --sw-batch-size and --data-list-key", async () => {
    const config = await derive(make(), { swBatchSize: 6, dataListKey: "validation" });
    expect(at(config, ["inferer", "args", "sw_batch_size"])).toBe(6);
    expect(at(config, ["dataset", "data_list_key"])).toBe("validation");
  });

  it("keeps datasets that cache on disk from doing so", async () => {
    const dataset = {
      path: "monai.data.PersistentDataset",
      data_list_file_path: "{DATASET_JSON}",
      data_file_base_dir: "{DATA_ROOT}",
      data_list_key: "test",
      args: { transform: "@pre_transforms", cache_dir: "cache", pickle_protocol: 2 },
    };
    const config = await derive(make().config(["dataset"], dataset));
    const { path: _, ...others } = dataset;
    const expected = {
      ...others,
      path: "monai.data.Dataset",
      args: { transform: "@pre_transforms" },
    };
    expect(at(config, ["dataset"])).toEqual(expected);
  });

  it.each(["1.0", "1e-5", "-0.0", "1E+2", "12345678901234567890", "0.1000"])(
    "keeps the number %s to the digit",
    async (number) => {
      const mmar = make().edit(INFERENCE, '"b_min": 0.0', `"b_min": ${number}`);
      expect((await derive(mmar, CPU)).text).toContain(`"b_min": ${number},`);
    },
  );

  it("edits beside NaN and Infinity, which Clara reads", async () => {
    const mmar = make()
      .edit(INFERENCE, '"a_min": -57', '"a_min": -Infinity')
      .edit(INFERENCE, '"overlap": 0.25', '"overlap": NaN');
    const { text } = await derive(mmar, CPU);
    expect(text).toContain('"a_min": -Infinity');
    expect(text).toContain('"overlap": NaN');
    expect(JSON.parse(text.replace(/-?Infinity|NaN/g, "0"))).toMatchObject({
      inferer: { args: { sw_batch_size: 1 } },
      evaluator: { args: { device: "cpu" } },
    });
  });

  it("edits files with CRLF, and with one line", async () => {
    const text = make().read(INFERENCE);
    for (const written of [text.replaceAll("\n", "\r\n"), JSON.stringify(JSON.parse(text))]) {
      const config = await derive(make().write(INFERENCE, written), CPU);
      expect(at(config, ["dataloader", "args", "num_workers"])).toBe(0);
      expect(at(config, ["evaluator", "args", "device"])).toBe("cpu");
    }
  });
});

describe("--device cpu", () => {
  it("leaves no cuda, and no mixed precision", async () => {
    for (const fixture of [
      "spleen_ct",
      "liver_tumor_ct",
      "brain_channels",
      "lung_resampled",
    ] as const) {
      const config = await derive(make(fixture), CPU);
      expect(config.text).not.toMatch(/cuda/);
      expect(at(config, ["amp"])).not.toBe(true);
      expect(at(config, ["evaluator", "args", "amp"])).not.toBe(true);
    }
  });

  it("is not what happens without it", async () => {
    expect((await derive(make())).text.match(/"cuda"/g)).toHaveLength(2);
  });

  it.each([
    ["cuda", "cpu"],
    ["cuda:1", "cpu"],
    ["{DEVICE}", "cpu"],
    ["{DEVICE}:0", "cpu"],
    ["#torch.device('cuda')", "#torch.device('cpu')"],
    ['#torch.device("cuda:0")', '#torch.device("cpu")'],
    [
      "#torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
      "#torch.device('cpu' if False else 'cpu')",
    ],
    ["lambda x: x.cuda()", "lambda x: x.cpu()"],
    ["lambda x: x.cuda(non_blocking=True)", "lambda x: x.cpu()"],
    ["#__import__('torch').cuda.is_available()", "#False"],
    // These name no device: a changed path would lead nowhere.
    ["models/cuda/x.txt", "models/cuda/x.txt"],
    ["cpu", "cpu"],
  ])("makes of %s", async (device, expected) => {
    const mmar = make().env("DEVICE", "cuda");
    mmar.config(["post_transforms", 1, "args", "device"], device);
    const config = await derive(mmar, CPU);
    expect(at(config, ["post_transforms", 1, "args", "device"])).toBe(expected);
  });

  it("overrides mixed precision that environment.json sets", async () => {
    const mmar = make().env("amp", true).config(["amp"], undefined);
    expect(at(await derive(mmar, CPU), ["evaluator", "args", "amp"])).toBe(false);
  });
});

describe("an MMAR that has been packed, unpacked and packed again", () => {
  it("gets its derived config anew", async () => {
    const mmar = make().write("config/config_inference.mdai.json", "old");
    const { plan, findings } = await mmar.inspect();
    expect(codesOf({ findings })).toEqual([]);
    const found = plan?.entries.filter(({ path }) => path.endsWith("inference.mdai.json"));
    expect(found?.map((entry) => entry.content.kind)).toEqual(["bytes"]);
  });

  it("keeps environment.json as it is", async () => {
    const { plan } = await make().inspect(CPU);
    const entry = plan?.entries.find(({ path }) => path.endsWith(ENV));
    expect(entry?.content.kind).toBe("file");
  });
});
