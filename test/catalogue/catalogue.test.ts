import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FindingCode } from "../../src/findings/table.js";
import { type Inspection, inspect } from "../../src/index.js";
import {
  type ImageForm,
  type OutputForm,
  RUNTIME_NAMES,
  type Scores,
} from "../../src/options/words.js";
import { CATALOGUE, inCatalogue } from "../../src/sources/mmar/catalogue.js";
import type { Generation } from "../../src/sources/mmar/generation.js";
import { codesOf, REPOSITORY, scratch } from "../support/mmars.js";

const FOLDER = join(REPOSITORY, "fixtures/catalogue");
const scratchFolder = scratch();

/** What a model that can be packed becomes, without a word from the user. */
interface Packs {
  readonly generation: Generation;
  readonly form: OutputForm;
  readonly classes: readonly string[];
  /** Names of the image channels, where there are several. */
  readonly channels?: readonly string[];
  readonly warnings?: readonly FindingCode[];
  /** Path of the TorchScript. */
  readonly weights?: string;
}

/** What a classifier that can be packed becomes, without a word from the user. */
interface Classifies {
  readonly generation: Generation;
  readonly scores: Scores;
  readonly input: { readonly form: ImageForm; readonly mask: unknown };
  readonly classes: readonly string[];
}

/** What a model that takes clicks becomes, without a word from the user. */
interface Clicked {
  readonly generation: Generation;
  readonly clicks: Readonly<Record<string, string | number>>;
  readonly form: OutputForm;
  readonly label: string;
  /** Findings that are no errors. */
  readonly found?: readonly FindingCode[];
}

/** Why a model is refused. */
interface Refused {
  readonly refused: FindingCode;
  /** Why its files alone, under another name, are refused. */
  readonly unnamed: FindingCode;
}

const BTCV = [
  "spleen",
  "right kidney",
  "left kidney",
  "gallbladder",
  "esophagus",
  "liver",
  "stomach",
  "aorta",
  "inferior vena cava",
  "portal and splenic veins",
  "pancreas",
  "right adrenal gland",
  "left adrenal gland",
];

const CHEST_XRAY = [
  "Nodule",
  "Mass",
  "Distortion of Pulmonary Architecture",
  "Pleural Based Mass",
  "Granuloma",
  "Fluid in Pleural Space",
  "Right Hilar Abnormality",
  "Left Hilar Abnormality",
  "Major Atelectasis",
  "Infiltrate",
  "Scarring",
  "Pleural Fibrosis",
  "Bone/Soft Tissue Lesion",
  "Cardiac Abnormality",
  "COPD",
];

/** Points of a label. */
const POINTS = { kind: "extreme_points", dimensions: 3, label_key: "label", points: 6 };

/** Clicks of a user. */
const clicksIn = (dimensions: number) => ({
  kind: "deepgrow",
  dimensions,
  foreground_key: "foreground",
  background_key: "background",
});

/** Every model of the catalogue, by its folder without `clara_pt_`. */
const ROWS: Readonly<Record<string, Packs | Classifies | Clicked | Refused>> = {
  spleen_ct_segmentation_1: { generation: "4.0", form: "label_map", classes: ["spleen"] },
  liver_and_tumor_ct_segmentation_1: {
    generation: "4.0",
    form: "label_map",
    classes: ["liver", "tumor"],
  },
  pancreas_and_tumor_ct_segmentation_2: {
    generation: "4.1",
    form: "one_hot",
    classes: ["pancreas", "cancer"],
  },
  covid19_ct_lung_segmentation_1: { generation: "4.1", form: "label_map", classes: ["lung"] },
  covid19_ct_lesion_segmentation_1: {
    generation: "4.0",
    form: "channels",
    classes: ["lesion"],
    warnings: ["inference-config-made"],
  },
  "unetr_ct_btcv_segmentation_4.1": { generation: "4.1", form: "label_map", classes: BTCV },
  self_supervised_learning_segmentation_1: {
    generation: "4.1",
    form: "label_map",
    classes: ["class 1", "class 2", "class 3"],
    warnings: ["class-names-unknown"],
    weights: "models_2gpu/best_metric_model.ts",
  },
  prostate_mri_segmentation_1: {
    generation: "4.0",
    form: "label_map",
    classes: ["central gland", "peripheral zone"],
    channels: ["T2", "ADC"],
  },
  brain_mri_segmentation_1: {
    generation: "4.0",
    form: "channels",
    classes: ["TC", "WT", "ET"],
    channels: ["T1c", "T1", "T2", "FLAIR"],
  },
  brain_mri_segmentation_t1c_1: { generation: "4.1", form: "channels", classes: ["tumor"] },
  fed_learning_brain_tumor_mri_segmentation_1: {
    refused: "catalogue-refused",
    unnamed: "weights-missing",
  },
  covid19_3d_ct_classification_1: {
    generation: "4.0",
    scores: "softmax",
    input: { form: "nifti", mask: { key: "label_image", builtin: false } },
    classes: ["non-COVID", "COVID"],
  },
  chest_xray_classification_1: {
    generation: "4.1",
    scores: "sigmoid",
    input: { form: "png16_full", mask: null },
    classes: CHEST_XRAY,
  },
  spleen_ct_annotation_1: {
    generation: "4.0",
    clicks: POINTS,
    form: "label_map",
    label: "spleen",
    found: ["inversion-added", "generation-4-0"],
  },
  covid19_ct_lung_annotation_1: {
    generation: "4.1",
    clicks: POINTS,
    form: "label_map",
    label: "lung",
  },
  brain_mri_annotation_t1c_1: {
    generation: "4.0",
    clicks: POINTS,
    form: "channels",
    label: "tumor",
    found: ["inference-config-made", "generation-4-0"],
  },
  deepgrow_2d_annotation_1: {
    generation: "4.0",
    clicks: clicksIn(2),
    form: "channels",
    label: "object",
    found: ["aiaa-config-used"],
  },
  deepgrow_3d_annotation_1: {
    generation: "4.1",
    clicks: clicksIn(3),
    form: "channels",
    label: "object",
    found: ["aiaa-config-used"],
  },
  pathology_metastasis_detection_1: {
    refused: "catalogue-refused",
    unnamed: "whole-slide",
  },
};

const rows = Object.entries(ROWS).map(([name, row]) => ({ name: `clara_pt_${name}`, row }));
const packed = rows.flatMap(({ name, row }) =>
  "form" in row && !("clicks" in row) ? [{ name, row }] : [],
);
const clicked = rows.flatMap(({ name, row }) => ("clicks" in row ? [{ name, row }] : []));
const classifying = rows.flatMap(({ name, row }) => ("scores" in row ? [{ name, row }] : []));
const refused = rows.flatMap(({ name, row }) => ("refused" in row ? [{ name, row }] : []));

const codes = ({ findings }: Inspection, severity: string): string[] =>
  codesOf({ findings: findings.filter((finding) => finding.severity === severity) });

it("has an MMAR for every model of the catalogue, and an expectation for every MMAR", () => {
  const folders = readdirSync(FOLDER);
  expect(folders.map((folder) => inCatalogue(folder)?.name).sort()).toEqual(
    CATALOGUE.map(({ name }) => name).sort(),
  );
  expect(rows.map(({ name }) => name).sort()).toEqual(folders.sort());
});

describe.each(packed)("$name", ({ name, row }) => {
  it("is packed as it is", async () => {
    const result = await inspect(join(FOLDER, name));
    expect(codes(result, "error")).toEqual([]);
    expect(codes(result, "warning")).toEqual(row.warnings ?? []);
    expect(result.source?.generation.generation).toBe(row.generation);
    expect(result.configMdai).toMatchObject({
      type: "segmentation",
      input: { channels: (row.channels ?? ["image"]).map((channel) => ({ name: channel })) },
      output: { form: row.form },
      classes: row.classes.map((label, index) => ({ class_index: index, name: label })),
    });
    const weights = `workspace/${name}/${row.weights ?? "models/model.ts"}`;
    expect(result.plan?.entries.filter(({ path }) => path.endsWith(weights))).toHaveLength(1);
  });

  it("is packed for the runtime monai as well, and is the same model there", async () => {
    const [onClara, onMonai] = await Promise.all(
      RUNTIME_NAMES.map((runtime) => inspect(join(FOLDER, name), { runtime })),
    );
    expect(onMonai && codes(onMonai, "error")).toEqual([]);
    expect(onMonai && codes(onMonai, "warning")).toEqual(row.warnings ?? []);
    const { engine: _, ...model } = onClara?.configMdai ?? {};
    expect(onMonai?.configMdai).toMatchObject({ ...model, engine: { name: "monai" } });
    expect(onMonai?.derivedConfig?.text).toBe(onClara?.derivedConfig?.text);
    expect(onMonai?.plan).toBeDefined();
  });

  it("gets a config that Clara 4.1 runs", async () => {
    const { derivedConfig } = await inspect(join(FOLDER, name));
    const text = derivedConfig?.text ?? "";
    const { dataset, evaluator, handlers, post_transforms: post } = JSON.parse(text);
    expect(dataset.args.transform).toBe("@pre_transforms");
    expect(evaluator.args).toMatchObject({
      network: "@model",
      val_data_loader: "@dataloader",
      inferer: "@inferer",
      postprocessing: "@post_transforms",
      val_handlers: "@handlers",
    });
    expect(handlers.map((handler: { name: string }) => handler.name)).toEqual(["StatsHandler"]);
    expect(post.at(-1).name).toBe("SaveImaged");
    expect(text).not.toMatch(/"label"|__import__|n_classes|threshold_values|logit_thresh/);
  });
});

describe.each(classifying)("$name", ({ name, row }) => {
  it("is packed as it is, with a config that Clara 4.1 runs", async () => {
    const { configMdai, derivedConfig, findings, source } = await inspect(join(FOLDER, name));
    expect(findings.filter((finding) => finding.severity !== "info")).toEqual([]);
    expect(source?.generation.generation).toBe(row.generation);
    expect(configMdai).toMatchObject({
      type: "classification",
      input: row.input,
      engine: { result: { file: "predictions.csv" } },
      output: { scores: row.scores },
      classes: row.classes.map((label, index) => ({ class_index: index, name: label })),
    });
    const onMonai = await inspect(join(FOLDER, name), { runtime: "monai" });
    expect(onMonai.findings.filter((finding) => finding.severity !== "info")).toEqual([]);
    expect(onMonai.configMdai?.engine.name).toBe("monai");
    expect(onMonai.derivedConfig?.text).toBe(derivedConfig?.text);
    const { evaluator, handlers } = JSON.parse(derivedConfig?.text ?? "");
    expect(evaluator.args.val_handlers).toBe("@handlers");
    expect(handlers.at(-1)).toMatchObject({ name: "ClassificationSaver" });
    expect(handlers.at(-1).args.batch_transform).toMatch(/^#monai\.handlers\.from_engine/);
  });
});

describe.each(clicked)("$name", ({ name, row }) => {
  it("is packed as it is for monai, and refused for clara", async () => {
    const result = await inspect(join(FOLDER, name));
    expect(codesOf(result)).toEqual(row.found ?? []);
    expect(result.source?.generation.generation).toBe(row.generation);
    expect(result.runtime).toBe("monai");
    expect(result.plan).toBeDefined();
    expect(result.configMdai).toMatchObject({
      type: "annotation",
      engine: { name: "monai" },
      input: { channels: [{ name: "image", rules: [] }], clicks: row.clicks },
      output: { form: row.form },
      classes: [{ class_index: 0, name: row.label }],
    });
    const onClara = await inspect(join(FOLDER, name), { runtime: "clara" });
    expect(codes(onClara, "error")).toEqual(["clicks-need-monai"]);
  });

  it("is packed under any other name, for what is in it", async () => {
    const copy = join(scratchFolder, name.replace("clara_pt_", "my_"));
    cpSync(join(FOLDER, name), copy, { recursive: true });
    const { configMdai, plan } = await inspect(copy);
    expect(plan).toBeDefined();
    expect(configMdai).toMatchObject({ type: "annotation", classes: [{ name: row.label }] });
  });
});

describe.each(refused)("$name", ({ name, row }) => {
  it.each(RUNTIME_NAMES)("is refused for %s", async (runtime) => {
    const result = await inspect(join(FOLDER, name), { runtime });
    expect(codes(result, "error")).toContain(row.refused);
    expect(result.plan).toBeUndefined();
  });

  it("is refused under any other name, for what is in it", async () => {
    const copy = join(scratchFolder, name.replace("clara_pt_", "my_"));
    cpSync(join(FOLDER, name), copy, { recursive: true });
    const result = await inspect(copy);
    expect(codes(result, "error")).toContain(row.unnamed);
    expect(codes(result, "error")).not.toContain("catalogue-refused");
    expect(result.plan).toBeUndefined();
  });
});

it.each(["", "_1", "_v4.1", "_1 (1)", "_1(2)", " (1)"])(
  "a name that ends in '%s' is known",
  (end) => {
    expect(inCatalogue(`clara_pt_brain_mri_segmentation${end}`)?.name).toBe(
      "clara_pt_brain_mri_segmentation",
    );
  },
);
