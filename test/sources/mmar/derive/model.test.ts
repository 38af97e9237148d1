import { describe, expect, it } from "vitest";
import type { InspectOptions, ModelSpec } from "../../../../src/index.js";
import { codesOf, type FixtureName, mmarMaker, type TestMmar } from "../../../support/mmars.js";

const make = mmarMaker();
const INFERENCE = "config/config_inference.json";

async function modelOf(mmar: TestMmar, options: InspectOptions = {}): Promise<ModelSpec> {
  const { model, findings } = await mmar.inspect(options);
  expect(codesOf({ findings })).toEqual([]);
  if (model === undefined) throw new Error("There is no model");
  return model;
}

const names = (model: ModelSpec) =>
  model.classes?.value.map((c) => `${c.classIndex} ${c.value} ${c.name}`);

describe("what the fixtures' models are", () => {
  it.each<[FixtureName, number, string, string, string, string[]]>([
    ["spleen_ct", 2, "test", "label_map", "trans", ["0 1 spleen"]],
    ["liver_tumor_ct", 3, "testing", "one_hot", "seg", ["0 1 liver", "1 2 tumour"]],
    ["brain_channels", 3, "validation", "channels", "trans", ["0 0 TC", "1 1 WT", "2 2 ET"]],
    ["lung_resampled", 2, "unlabelled", "label_map", "trans", ["0 1 lung"]],
  ])("%s", async (fixture, channels, key, form, postfix, classes) => {
    const model = await modelOf(make(fixture));
    expect(model.outClasses?.value).toBe(channels);
    expect(model.dataListKey?.value).toBe(key);
    expect(model.output).toMatchObject({ form, postfix, extension: ".nii.gz" });
    expect(names(model)?.map((name) => name.toLowerCase())).toEqual(
      classes.map((c) => c.toLowerCase()),
    );
  });
});

describe("the number of output classes comes from", () => {
  /** Each source takes the place of the ones before it. */
  const sources: [string, (mmar: TestMmar) => TestMmar][] = [
    ["OUTPUT_CHANNELS in config/environment.json", (m) => m],
    [
      "the network's out_channels in config/config_inference.json",
      (m) =>
        m
          .env("OUTPUT_CHANNELS", undefined)
          .config(["model"], { name: "UNet", args: { out_channels: 2 } })
          .config(["handlers", 0], {
            name: "CheckpointLoader",
            args: { load_path: "{MMAR_CKPT}" },
          }),
    ],
    [
      "the network's out_channels in config/config_train.json",
      (m) =>
        m
          .env("OUTPUT_CHANNELS", undefined)
          .set("config/config_train.json", ["train", "model", "args", "out_channels"], 2),
    ],
    [
      "argmax in post_transforms of config/config_inference.json",
      (m) =>
        m
          .env("OUTPUT_CHANNELS", undefined)
          .remove("config/config_train.json")
          .config(["post_transforms", 2, "args", "n_classes"], 2),
    ],
    [
      "the labels in config/dataset_0.json",
      (m) => m.env("OUTPUT_CHANNELS", undefined).remove("config/config_train.json"),
    ],
    [
      "the labels in config/config_aiaa.json",
      (m) =>
        m
          .env("OUTPUT_CHANNELS", undefined)
          .remove("config/config_train.json")
          .set("config/dataset_0.json", ["labels"], undefined),
    ],
  ];
  it.each(sources)("%s", async (from, change) => {
    expect((await modelOf(change(make()))).outClasses).toEqual({ value: 2, from });
  });

  it("2.0, which is the same number in JSON", async () => {
    const mmar = make().edit(
      "config/environment.json",
      '"OUTPUT_CHANNELS": 2',
      '"OUTPUT_CHANNELS": 2.0',
    );
    expect((await modelOf(mmar)).outClasses?.value).toBe(2);
  });
});

describe("the class names come from", () => {
  it("the data list, else config_aiaa.json, else the readme", async () => {
    const mmar = make();
    expect((await modelOf(mmar)).classes?.from).toBe("config/dataset_0.json");
    mmar.set("config/dataset_0.json", ["labels"], undefined);
    expect((await modelOf(mmar)).classes?.from).toBe("config/config_aiaa.json");
    mmar
      .remove("config/config_aiaa.json")
      .write(
        "docs/Readme.md",
        "# ModelSpec\n\n| 0 | x\n\n* Label 0: background\n* Label 1: `milt`\n",
      );
    const model = await modelOf(
      mmar.write("docs/Readme.md", "Channel 0: background\n\n- Label 1: `milt`.\n"),
    );
    expect([model.classes?.from, names(model)]).toEqual(["docs/Readme.md", ["0 1 milt"]]);
  });

  it("the data list, however it writes them", async () => {
    for (const labels of [
      { "1": "a", "0": "background" },
      { "1": "a" },
      ["background", "a"],
      ["a"],
    ]) {
      const mmar = make()
        .set("config/dataset_0.json", ["labels"], labels)
        .remove("config/config_aiaa.json");
      expect(names(await modelOf(mmar))).toEqual(["0 1 a"]);
    }
  });

  it("no readme that is blank for a megabyte", async () => {
    const mmar = make().write("docs/Readme.md", "\n \t".repeat(300_000));
    expect((await modelOf(mmar)).classes?.from).toBe("config/dataset_0.json");
  });
});

describe("the form of the output, by the post transforms", () => {
  const AS_DISCRETE = ["post_transforms", 2, "args"] as const;
  it.each([
    [{ keys: "pred", argmax: true }, "label_map", undefined],
    [{ keys: ["pred"], argmax: [true] }, "label_map", undefined],
    [
      { keys: ["pred", "label"], argmax: [true, false], to_onehot: [null, 2] },
      "label_map",
      undefined,
    ],
    [
      { keys: ["label", "pred"], argmax: [false, true], to_onehot: [2, null] },
      "label_map",
      undefined,
    ],
    [
      {
        keys: ["label", "pred"],
        argmax: [true, true],
        to_onehot: [false, true],
        n_classes: [9, 2],
      },
      "one_hot",
      2,
    ],
    [{ keys: "pred", argmax: true, to_onehot: 2 }, "one_hot", 2],
    [{ keys: "pred", argmax: true, to_onehot: true, n_classes: 2 }, "one_hot", 2],
    [{ keys: "pred", argmax: true, to_onehot: false, n_classes: 2 }, "label_map", 2],
    [{ keys: "label", argmax: true, to_onehot: 7 }, "one_hot", undefined],
  ])("%j is %s", async (args, form, channels) => {
    const model = await modelOf(make().config([...AS_DISCRETE], args));
    expect(model.output).toMatchObject({ form, channels });
  });

  it("follows disabled, through variables", async () => {
    for (const [off, form] of [
      [true, "one_hot"],
      [false, "label_map"],
    ] as const) {
      const mmar = make().config(["off"], off).config(["post_transforms", 2, "disabled"], "{off}");
      expect((await modelOf(mmar)).output?.form).toBe(form);
    }
  });

  it("takes every name that MONAI gives a transform", async () => {
    for (const end of ["D", "Dict"]) {
      const mmar = make()
        .edit(INFERENCE, '"SaveImaged"', `"SaveImage${end}"`)
        .edit(INFERENCE, '"AsDiscreted"', `"AsDiscrete${end}"`);
      expect((await modelOf(mmar)).output?.form).toBe("label_map");
    }
  });

  it("takes what the saver says of its files", async () => {
    const saver = ["post_transforms", 3, "args"] as const;
    const mmar = make()
      .config([...saver, "output_postfix"], "mask")
      .config([...saver, "output_ext"], ".nii")
      .config([...saver, "separate_folder"], false);
    expect((await modelOf(mmar)).output).toMatchObject({
      postfix: "mask",
      extension: ".nii",
      separateFolder: false,
    });
  });
});
