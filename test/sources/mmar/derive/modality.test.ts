import { renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type InspectOptions, inspect } from "../../../../src/index.js";
import { xray } from "../../../support/classifiers.js";
import { mmarMaker, type TestMmar } from "../../../support/mmars.js";
import { messageOf } from "../../../support/words.js";

const make = mmarMaker();
const LIST = "config/dataset_0.json";

/** The modalities that are derived, and where from; those of config_mdai.json are the same. */
async function modalities(path: string, options: InspectOptions = {}) {
  const { model, configMdai, findings } = await inspect(path, options);
  const { value, from } = model?.modalities ?? {};
  if (configMdai !== undefined) expect(configMdai.modalities).toEqual(value ?? []);
  return { value, from, unknown: findings.some((f) => f.code === "modality-unknown") };
}

/** An MMAR whose data list says nothing of modalities, by another name. */
function unnamed(name = "organ", mmar: TestMmar = make()): string {
  for (const key of ["modality", "name", "description"]) mmar.set(LIST, [key], undefined);
  const path = join(mmar.path, "..", name);
  renameSync(mmar.path, path);
  return path;
}

describe("the modalities that a model is for", () => {
  it.each([
    ["CT", ["CT"]],
    ["MRI", ["MR"]],
    ["T1w", ["MR"]],
    ["FLAIR", ["MR"]],
    ["X-ray", ["CR", "DX"]],
    ["PET", ["PT"]],
    ["dx", ["DX"]],
    ["mammography", ["MG"]],
  ])("are those of the data list: %s", async (stated, value) => {
    const mmar = make().set(LIST, ["modality"], { "0": stated });
    expect(await modalities(mmar.path)).toMatchObject({ value, from: `modality in ${LIST}` });
  });

  it("are those of all of its channels", async () => {
    const mmar = make().set(LIST, ["modality"], { "0": "PET", "1": "CT", "2": "CT" });
    expect((await modalities(mmar.path)).value).toEqual(["PT", "CT"]);
  });

  it.each([
    ["clara_pt_spleen_ct_segmentation_1", ["CT"]],
    ["lung-HRCT_v2", ["CT"]],
    ["prostate_mri", ["MR"]],
    ["clara_pt_chest_xray_classification_1", ["CR", "DX"]],
    ["chest_x_ray", ["CR", "DX"]],
    ["cxr_model", ["CR", "DX"]],
    ["mammo_density", ["MG"]],
    ["coronary_dsa", ["XA"]],
    ["barium_fluoroscopy", ["RF"]],
    ["thyroid_ultrasound", ["US"]],
  ])("are those of the MMAR's name: %s", async (name, value) => {
    expect(await modalities(unnamed(name))).toMatchObject({ value, from: "the MMAR's name" });
  });

  it("are what environment.json says", async () => {
    const path = unnamed("organ", make().env("MODALITY", "MR"));
    expect(await modalities(path)).toMatchObject({ value: ["MR"], from: /^MODALITY in/ });
  });

  it("are known of NGC's models whose name does not say them", async () => {
    const name = "clara_pt_self_supervised_learning_segmentation_1";
    const found = await modalities(unnamed(name));
    expect(found).toMatchObject({ value: ["CT"], from: expect.stringContaining("NGC") });
  });

  it("are CT where the window is one of Hounsfield units", async () => {
    const found = await modalities(unnamed());
    expect(found.value).toEqual(["CT"]);
    expect(found.from).toMatch(/^ScaleIntensityRanged from -57, Hounsfield units, in pre_transf/);
  });

  it("are not guessed: what is left open is said, and takes any", async () => {
    const mmar = make().config(["pre_transforms", 4], undefined);
    const path = unnamed("organ", mmar);
    expect(await modalities(path)).toEqual({ value: undefined, from: undefined, unknown: true });
    const { findings } = await inspect(path);
    const said = findings.find((f) => f.code === "modality-unknown");
    expect(said && messageOf(said)).toContain("it is given images of any modality");
  });

  it.each([
    ["CT", ["CT"]],
    ["cr, dx", ["CR", "DX"]],
    [
      ["CR,DX", "MG", "DX"],
      ["CR", "DX", "MG"],
    ],
    ["any", []],
  ])("are what the user says: %j", async (modality, value) => {
    const mmar = xray(make());
    const found = await modalities(mmar.path, { modality });
    expect(found).toEqual({ value, from: "`modality`", unknown: false });
  });

  it("replaces what would have been derived, and the summary says so", async () => {
    const { model } = await make().inspect({ modality: "any" });
    expect(model?.overrides).toEqual([{ option: "modality", value: "any", instead: "CT" }]);
  });

  it.each([
    ["MRI", /`modality`: "MRI" must be a modality of DICOM \(CR, CT, .*, XC\), or any\./],
    ["CT,any", /`modality`: must be either any or modalities\./],
    [[], /`modality`: must be either any or modalities\./],
    ["CT,", /"" must be a modality/],
  ])("must be DICOM's: %j", async (modality, says) => {
    await expect(make().inspect({ modality })).rejects.toThrow(says);
  });
});
