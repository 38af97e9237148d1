import type { Json } from "../../src/text/json.js";
import type { TestMmar } from "./mmars.js";

const step = (name: string, args: Readonly<Record<string, Json>>): Json => ({ name, args });

/** The handler that writes a classifier's scores, as Clara 4.1 configures it. */
export const SAVER = step("ClassificationSaver", {
  output_dir: "{MMAR_EVAL_OUTPUT_PATH}",
  batch_transform: "#monai.handlers.from_engine(['image_meta_dict'])",
  output_transform: "#monai.handlers.from_engine(['pred'])",
});

/** A metric of one class, named after the class. */
export const metric = (name: string, index: number): Json => ({
  name: "ROCAUC",
  log_label: name,
  args: { output_transform: `#lambda x: (x['pred'][:, ${index}], x['label'][:, ${index}])` },
});

/** Makes of spleen_ct a classifier of pictures with two independent findings. */
export function xray(mmar: TestMmar): TestMmar {
  return classifier(mmar, "image")
    .config(["pre_transforms", 3], step("ScaleIntensityd", { keys: "image" }))
    .set("config/dataset_0.json", ["test"], ["images/a.png"])
    .set("config/dataset_0.json", ["training"], undefined)
    .set("config/dataset_0.json", ["validation"], undefined)
    .set(
      "config/config_validation.json",
      ["additional_metrics"],
      [metric("Nodule", 0), metric("Mass", 1)],
    )
    .config(["post_transforms"], [step("Activationsd", { keys: "pred", sigmoid: true })]);
}

/** Makes of spleen_ct a classifier of volumes with a lung mask and two exclusive classes. */
export function covid(mmar: TestMmar): TestMmar {
  const items = [{ image: "a.nii.gz", label_image: "b.nii.gz", label: 0 }];
  return classifier(mmar, ["image", "label_image"])
    .set("config/dataset_0.json", ["testing"], items)
    .set("config/dataset_0.json", ["labels"], { "0": "non-COVID", "1": "COVID" })
    .env("INFER_DATALIST_KEY", "testing")
    .config(["post_transforms"], [step("Activationsd", { keys: "pred", softmax: true })]);
}

function classifier(mmar: TestMmar, keys: Json): TestMmar {
  return mmar
    .env("PROCESSING_TASK", "classification")
    .env("OUTPUT_CHANNELS", 2)
    .remove("config/config_aiaa.json")
    .set("config/dataset_0.json", ["labels"], undefined)
    .config(
      ["pre_transforms"],
      [
        step("LoadImaged", { keys }),
        step("EnsureChannelFirstd", { keys }),
        step("ToTensord", { keys }),
      ],
    )
    .config(["inferer"], step("SimpleInferer", {}))
    .config(["handlers"], [SAVER]);
}
