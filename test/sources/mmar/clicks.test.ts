import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Json } from "../../../src/text/json.js";
import { codesOf, REPOSITORY, scratch, TestMmar } from "../../support/mmars.js";
import { messageOf } from "../../support/words.js";

const AIAA = "config/config_aiaa.json";
const INFERENCE = "config/config_inference.json";
const VALIDATION = "config/config_validation.json";

const folder = scratch();
let count = 0;

/** A copy of a fixture of the catalogue under a name that NGC does not have. */
const copyOf = (name: string): TestMmar =>
  new TestMmar(
    join(folder, `model_${count++}`),
    join(REPOSITORY, "fixtures/catalogue", `clara_pt_${name}_1`),
  );

const spleen = () => copyOf("spleen_ct_annotation");
const brain = () => copyOf("brain_mri_annotation_t1c");
const flat = () => copyOf("deepgrow_2d_annotation");
const deep = () => copyOf("deepgrow_3d_annotation");

type Transforms = readonly { readonly name: string; readonly args: Record<string, Json> }[];

const derived = (text: string | undefined) =>
  JSON.parse(text ?? "{}") as Record<string, Transforms> & { model: unknown };

const namesOf = (transforms: Transforms | undefined): string[] =>
  (transforms ?? []).map(({ name }) => name.split(".").at(-1) ?? "");

const step = (name: string, args: Record<string, Json>): Json => ({ name, args });

describe("Deepgrow", () => {
  it.each([
    ["2-D", flat, 2],
    ["3-D", deep, 3],
  ] as const)(
    "in %s runs AIAA's config, whose transforms stay to the letter",
    async (_, make, dimensions) => {
      const mmar = make();
      const { configMdai, derivedConfig, findings, runtime } = await mmar.inspect();
      expect(codesOf({ findings })).toEqual(["aiaa-config-used"]);
      expect(runtime).toBe("monai");
      expect(configMdai).toMatchObject({
        type: "annotation",
        out_classes: 1,
        engine: { name: "monai", item: "object", image_key: "image" },
        input: {
          channels: [{ name: "image", rules: [] }],
          clicks: {
            kind: "deepgrow",
            dimensions,
            foreground_key: "foreground",
            background_key: "background",
          },
          background_labels: [],
          first_frame: null,
        },
        output: { form: "channels", threshold: 0.5 },
        classes: [{ class_index: 0, name: "object", value: 0 }],
      });
      const own = JSON.parse(mmar.read(AIAA)) as object;
      expect(derivedConfig?.source.path).toBe(AIAA);
      expect(derived(derivedConfig?.text)).toEqual({
        ...own,
        model: [{ ts_path: "{MMAR_TORCHSCRIPT}" }],
      });
    },
  );

  it("takes the keys of the clicks, and their dimensions, from the config", async () => {
    const at = ["pre_transforms", 3, "args"];
    const mmar = deep()
      .set(AIAA, [...at, "foreground"], "inside")
      .set(AIAA, [...at, "background"], "outside")
      .set(AIAA, [...at, "dimensions"], undefined)
      .set(AIAA, [...at, "spatial_dims"], 3);
    const { configMdai } = await mmar.inspect();
    expect(configMdai?.input).toMatchObject({
      clicks: { dimensions: 3, foreground_key: "inside", background_key: "outside" },
    });
    const { configMdai: usual } = await mmar
      .set(AIAA, [...at, "spatial_dims"], undefined)
      .inspect();
    expect(usual?.input).toMatchObject({ clicks: { dimensions: 2 } });
  });

  it("has one mask of its own name, whatever the data list names", async () => {
    const labels = { "0": "background", "1": "spleen", "2": "liver" };
    const mmar = deep().set("config/dataset_0.json", ["labels"], labels).env("OUTPUT_CHANNELS", 3);
    const { configMdai, findings } = await mmar.inspect();
    expect(codesOf({ findings })).toEqual(["aiaa-config-used"]);
    expect(configMdai?.classes).toEqual([{ class_index: 0, name: "object", value: 0 }]);
    const named = await mmar.inspect({ classNames: "lesion" });
    expect(named.configMdai?.classes).toMatchObject([{ name: "lesion" }]);
    const inAiaa = await mmar.set(AIAA, ["labels"], ["nodule"]).inspect();
    expect(inAiaa.configMdai?.classes).toMatchObject([{ name: "nodule" }]);
  });

  it("is taken from AIAA's config where the inference config takes no clicks", async () => {
    const mmar = deep();
    mmar.copy(VALIDATION, INFERENCE);
    const { configMdai, findings, derivedConfig } = await mmar.inspect();
    expect(codesOf({ findings })).toEqual(["aiaa-config-used"]);
    expect(findings.map(messageOf)[0]).toContain("config/config_inference.json does not");
    expect(derivedConfig?.source.path).toBe(AIAA);
    expect(configMdai?.type).toBe("annotation");
  });

  it("runs an inference config that takes clicks by itself", async () => {
    const mmar = deep();
    const own = JSON.parse(mmar.read(AIAA)) as Record<string, Json>;
    const validation = JSON.parse(mmar.read(VALIDATION)) as Record<string, Json>;
    const saver = step("SaveImaged", {
      keys: "pred",
      meta_keys: "pred_meta_dict",
      output_dir: "{MMAR_EVAL_OUTPUT_PATH}",
      resample: false,
    });
    const post = own.post_transforms as readonly Json[];
    mmar.write(
      INFERENCE,
      JSON.stringify({
        ...validation,
        pre_transforms: own.pre_transforms,
        post_transforms: [...post, step("AddChanneld", { keys: "pred" }), saver],
      }),
    );
    const { configMdai, findings, derivedConfig } = await mmar.inspect();
    expect(codesOf({ findings })).toEqual([]);
    expect(derivedConfig?.source.path).toBe(INFERENCE);
    expect(configMdai?.input).toMatchObject({ clicks: { kind: "deepgrow", dimensions: 3 } });
    expect(derived(derivedConfig?.text).pre_transforms).toEqual(own.pre_transforms);
  });

  it("gets the scanning window of AIAA's inference", async () => {
    const mmar = deep().set(AIAA, ["inference", "AIAA", "args"], {
      scanning_window: true,
      roi: [64, 64, 64],
      overlap: 0.5,
    });
    const { derivedConfig } = await mmar.inspect({ swBatchSize: 2 });
    expect(JSON.parse(derivedConfig?.text ?? "").inferer).toEqual({
      name: "SlidingWindowInferer",
      args: { roi_size: [64, 64, 64], sw_batch_size: 2, overlap: 0.5 },
    });
  });

  it("is refused with AIAA's own transforms, by their names", async () => {
    const mmar = deep().set(AIAA, ["post_transforms", 3, "name"], "aiaa.transforms.Restored");
    const { findings, plan } = await mmar.inspect();
    expect(plan).toBeUndefined();
    const said = findings.filter(({ code }) => code === "component-unavailable").map(messageOf);
    expect(said).toEqual([
      "The config uses aiaa.transforms.Restored, which is part of AIAA, a server of NVIDIA's.",
    ]);
  });

  it("without AIAA's chain is refused: its validation clicks where the truth is", async () => {
    const mmar = flat().set(AIAA, ["pre_transforms"], undefined);
    const { findings, plan } = await mmar.inspect();
    expect(plan).toBeUndefined();
    expect(codesOf({ findings })).toEqual(["needs-interaction"]);
    expect(findings.map(messageOf)[0]).toContain("AddInitialSeedPointd needs a label");
  });
});

describe("extreme points", () => {
  it("keep the label in the pre transforms of an inference config of Clara 4.0", async () => {
    const mmar = spleen();
    const { configMdai, derivedConfig, findings, runtimeWhy } = await mmar.inspect();
    expect(findings.filter(({ severity }) => severity !== "info")).toEqual([]);
    expect(runtimeWhy).toMatch(/takes clicks/);
    expect(configMdai).toMatchObject({
      type: "annotation",
      out_classes: 2,
      engine: { name: "monai", item: "object" },
      input: {
        clicks: { kind: "extreme_points", dimensions: 3, label_key: "label", points: 6 },
      },
      output: { form: "label_map" },
      classes: [{ class_index: 0, name: "spleen", value: 1 }],
    });
    const own = JSON.parse(mmar.read(INFERENCE)) as Record<string, Json>;
    const made = derived(derivedConfig?.text);
    expect(made.pre_transforms).toEqual(own.pre_transforms);
    expect(namesOf(made.post_transforms)).toEqual([
      "Activationsd",
      "Invertd",
      "AsDiscreted",
      "SaveImaged",
    ]);
  });

  it("come from a copy of the label, in a validation config of Clara 4.0", async () => {
    const mmar = brain();
    const { configMdai, derivedConfig, findings } = await mmar.inspect();
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(findings.map(messageOf).join("\n")).toMatch(
      /made from config\/config_validation\.json, without metrics\. A user's points come in/,
    );
    expect(configMdai).toMatchObject({
      out_classes: 1,
      input: { clicks: { kind: "extreme_points", label_key: "label" } },
      output: { form: "channels", threshold: 0.5 },
      classes: [{ class_index: 0, name: "tumor", value: 0 }],
    });
    const own = JSON.parse(mmar.read(VALIDATION)) as Record<string, Json>;
    const made = derived(derivedConfig?.text);
    expect(made.pre_transforms).toEqual(own.pre_transforms);
    expect(derivedConfig?.text).not.toMatch(/metrics|TransformInverter|SegmentationSaver/);
    expect(namesOf(made.post_transforms)).toEqual([
      "Activationsd",
      "Invertd",
      "AsDiscreted",
      "SaveImaged",
    ]);
  });

  it("lose labels behind the network, which only metrics read", async () => {
    const mmar = brain().set(VALIDATION, ["post_transforms", 0, "args", "keys"], ["pred", "label"]);
    const { derivedConfig, plan } = await mmar.inspect();
    expect(plan).toBeDefined();
    expect(derived(derivedConfig?.text).post_transforms?.[0]?.args.keys).toEqual(["pred"]);
  });

  it("are meant as they are: training moves them at random", async () => {
    const at = ["pre_transforms", 6, "args", "pert"];
    const { derivedConfig } = await spleen().set(INFERENCE, at, 3.5).inspect();
    expect(derived(derivedConfig?.text).pre_transforms?.[6]?.args.pert).toBe(0);
    expect(derivedConfig?.changes).toContainEqual(
      expect.objectContaining({ at: "pre_transforms[6].args.pert", from: 3.5, to: 0 }),
    );
  });

  it("have as many classes as the output's form says where nothing else does", async () => {
    const without = (mmar: TestMmar) => mmar.remove("config/config_train.json");
    expect((await without(brain()).set(AIAA, ["labels"], []).inspect()).configMdai).toMatchObject({
      out_classes: 1,
    });
    const softmax = without(spleen()).set(AIAA, ["labels"], []);
    expect((await softmax.inspect()).configMdai?.out_classes).toBe(2);
  });

  it("don't take the classes of a training config that is of another network", async () => {
    const args = { in_channels: 1, out_channels: 6 };
    const mmar = brain().set("config/config_train.json", ["train", "model", "args"], args);
    const { configMdai, findings } = await mmar.inspect();
    expect(configMdai?.out_classes).toBe(1);
    expect(codesOf({ findings })).not.toContain("out-classes-disagree");
  });

  it("are refused where more than the label is loaded", async () => {
    const keys = ["image", "label", "liver"];
    const { findings } = await spleen()
      .set(INFERENCE, ["pre_transforms", 0, "args", "keys"], keys)
      .inspect();
    const said = findings.filter(({ code }) => code === "needs-more-than-image").map(messageOf);
    expect(said).toEqual([expect.stringContaining("load liver besides")]);
  });

  it("are refused where another label is looked into", async () => {
    const at = ["pre_transforms", 4, "args", "source_key"];
    const { findings } = await spleen().set(INFERENCE, at, "seg").inspect();
    expect(codesOf({ findings })).toEqual(["needs-interaction"]);
  });
});

describe("the task", () => {
  it.each(["segmentation", "annotation", undefined])(
    "is annotation by the config, whatever PROCESSING_TASK is: %s",
    async (task) => {
      const { model, configMdai } = await spleen().env("PROCESSING_TASK", task).inspect();
      expect(configMdai?.type).toBe("annotation");
      expect(model?.task).toEqual({
        value: "annotation",
        from: `AddExtremePointsChanneld in ${INFERENCE}`,
      });
    },
  );

  it("is not annotation for a model of images alone", async () => {
    const { findings, plan } = await spleen()
      .config(["pre_transforms"], [step("LoadImaged", { keys: "image" })])
      .inspect();
    expect(plan).toBeUndefined();
    const said = findings.filter(({ code }) => code === "clicks-unknown").map(messageOf);
    expect(said[0]).toMatch(/PROCESSING_TASK in config\/environment\.json.*config_aiaa\.json/);
  });

  it("says what is missing where there is no config at all", async () => {
    const mmar = flat().remove(AIAA).remove(VALIDATION);
    const { findings } = await mmar.inspect();
    expect(codesOf({ findings })).toContain("clicks-unknown");
    const said = findings.filter(({ code }) => code === "clicks-unknown").map(messageOf);
    expect(said[0]).toContain("is in the MMAR: neither AddGuidanceFromPointsd");
  });
});
