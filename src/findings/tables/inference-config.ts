import { option } from "../../options/names.js";
import { fixedRow, named, row } from "../row.js";

/** The inference config, and what a segmentation needs of it. */
export const inferenceConfig = {
  "inference-config-missing": fixedRow({
    severity: "error",
    title: "The inference config is missing",
    message: "The MMAR has no config/config_inference.json, which says how inference runs.",
    hint: "Take it from the original MMAR; an MMAR of Clara 4.1 has one.",
  }),
  "inference-config-made": row<{ from: string; clicks: boolean }>({
    severity: "warning",
    title: "The inference config is made from a validation config",
    saidByPack: true,
    message: (a) =>
      `The MMAR has no config/config_inference.json; the bundle gets one made from ${a.from}, without ${a.clicks ? "metrics. A user's points come in where the label is loaded" : "labels and metrics"}.`,
    hint: "Check it with `mmar2mdai inspect --diff`, and run the bundle on one series whose answer you know.",
    cases: [
      { when: "the model takes only images", args: { ...named("from"), clicks: false } },
      { when: "it takes a user's points", args: { ...named("from"), clicks: true } },
    ],
  }),
  "inference-config-broken": row<{ problem: string }>({
    severity: "error",
    title: "The inference config lacks something",
    message: (a) => `The inference config ${a.problem}, so Clara can't run it.`,
    hint: "Compare it with the config of the original MMAR, and add what is missing.",
    example: named("problem"),
  }),
  "variable-unknown": row<{ variable: string }>({
    severity: "error",
    title: "A variable that nothing sets",
    message: (a) =>
      `{${a.variable}} is set neither in this config nor in environment.json, so Clara stops at it.`,
    hint: (a) => `Add "${a.variable}" to config/environment.json, or correct its name here.`,
    example: named("variable"),
  }),
  "variable-not-replaced": row<{ variable: string; isRing: boolean }>({
    severity: "error",
    title: "A variable that can't be replaced",
    message: (a) =>
      a.isRing
        ? `The value of {${a.variable}} names variables that name each other in a ring, which has no end.`
        : `{${a.variable}} is set, but was not replaced: variables may make a value at most 65,536 characters long, and a config 1 MiB longer.`,
    hint: (a) =>
      a.isRing
        ? `Set "${a.variable}" to a value that names no variable.`
        : `Write shorter values, or what stands in "${a.variable}" in place of it.`,
    cases: [
      {
        when: "variables name each other in a ring",
        args: { variable: "‹variable›", isRing: true },
      },
      { when: "the config would be too long", args: { variable: "‹variable›", isRing: false } },
    ],
  }),
  "custom-component-missing": row<{ path: string; looked: string }>({
    severity: "error",
    title: "A component of your own is not in the MMAR",
    message: (a) => `The config uses ${a.path}, but there is no ${a.looked} in the MMAR.`,
    hint: `Put the Python file into custom/, or name the package that holds it with ${option("requirement")}.`,
    example: named("path", "looked"),
  }),
  "custom-component": row<{ path: string; file: string }>({
    severity: "info",
    title: "A component of your own",
    saidByPack: true,
    message: (a) => `The config uses ${a.path}, which is in ${a.file}.`,
    hint: `Check that all it imports is in the image; name what is not with ${option("requirement")}.`,
    example: named("path", "file"),
  }),
  "no-saver": fixedRow({
    severity: "error",
    title: "The inference config saves nothing",
    message:
      "The inference config has no SaveImaged in post_transforms (nor a SegmentationSaver handler), so there is no mask to read.",
    hint: 'Add {"name": "SaveImaged", "args": {"keys": "pred", "meta_keys": "pred_meta_dict", "output_dir": "{MMAR_EVAL_OUTPUT_PATH}"}} as the last of post_transforms.',
  }),
  "saver-form": row<{ problem: string }>({
    severity: "error",
    title: "The saver writes a file that the deploy code can't read",
    message: (a) => `The saver ${a.problem}.`,
    hint: "Let it write NIfTI (.nii.gz or .nii).",
    example: named("problem"),
  }),
  "not-inverted": row<{ transform: string }>({
    severity: "error",
    title: "The image is cropped, padded or turned, and the result is not turned back",
    message: (a) =>
      `${a.transform} changes where the image's voxels lie, and MONAI's Invertd is not known to undo it: MONAI 0.8.1 saves the mask with the whole image's affine, so the mask ends up in the wrong place.`,
    hint: 'Add {"name": "Invertd", "args": {"keys": "pred", "transform": "@pre_transforms", "orig_keys": "image", "meta_keys": "pred_meta_dict", "nearest_interp": false, "to_tensor": true}} to post_transforms, before AsDiscreted.',
    example: named("transform"),
  }),
  "inversion-added": row<{ transform: string }>({
    severity: "info",
    title: "The mask is turned back to the image",
    message: (a) =>
      `${a.transform} changes where the image's voxels lie, and nothing in post_transforms takes that back: the config for MD.ai gets an Invertd, before the prediction becomes labels.`,
    hint: "See it with `mmar2mdai inspect --diff`.",
    saidByPack: true,
    example: named("transform"),
  }),
  "config-passed-over": row<{ taken: string }>({
    severity: "warning",
    title: "An empty or broken config gives way to another",
    message: (a) => `The config is empty or can't be read, so ${a.taken} is used instead.`,
    hint: "Delete it, or fill it if it is the one that should run.",
    saidByPack: true,
    example: named("taken"),
  }),
  "whole-slide": row<{ component: string }>({
    severity: "error",
    title: "A model of whole-slide images",
    hidesOthers: true,
    message: (a) =>
      `The inference config uses ${a.component}: this model reads patches of whole-slide images, but MD.ai gives a model DICOM series.`,
    hint: "Choose a model that reads an image or a series.",
    example: named("component"),
  }),
  "output-form-unclear": row<{ why: string; assumed: string }>({
    severity: "warning",
    title: "The form of the output is not certain",
    message: (a) => `${a.why}, so the form of the output is not certain; ${a.assumed} is assumed.`,
    hint: "Before you trust it, run the bundle on one series whose answer you know.",
    example: named("why", "assumed"),
  }),
  "image-key-unclear": row<{ assumed: string }>({
    severity: "warning",
    title: "The key of the image is not certain",
    message: (a) =>
      `No loader in pre_transforms says which key holds the image; "${a.assumed}" is assumed.`,
    hint: "Check pre_transforms: LoadImaged should come first, with its keys.",
    example: named("assumed"),
  }),
  "needs-more-than-image": row<{ keys: string }>({
    severity: "error",
    title: "Inference needs more than an image",
    message: (a) => `pre_transforms load ${a.keys} besides the image, which MD.ai does not supply.`,
    hint: "Remove labels from the inference config. A user's clicks go in by AddGuidanceFromPointsd or AddExtremePointsChanneld; what else a model needs has to be made of the image.",
    example: named("keys"),
  }),
  "needs-interaction": row<{ needs: string }>({
    severity: "error",
    title: "Inference needs the truth that it should find",
    hidesOthers: true,
    message: (a) =>
      `${a.needs}. Validation has such a label, a request of MD.ai has none: it has a user's clicks, which go in by AddGuidanceFromPointsd or AddExtremePointsChanneld.`,
    hint: "Add the config that takes clicks, from the original MMAR: of Deepgrow that is config/config_aiaa.json. Or use the model's segmentation version, which needs none.",
    example: named("needs"),
  }),
  "clicks-unknown": row<{ from: string; looked: string }>({
    severity: "error",
    title: "Nothing says how the model takes clicks",
    hidesOthers: true,
    message: (a) =>
      `The task is annotation (${a.from}), but no transform that takes a user's clicks is in ${a.looked}: neither AddGuidanceFromPointsd nor AddExtremePointsChanneld.`,
    hint: `Add config/config_aiaa.json or config/config_validation.json of the original MMAR, one of which has it. If the model takes only the image, set ${option("task", "segmentation")}.`,
    example: named("from", "looked"),
  }),
  "clicks-without-task": row<{ component: string; task: string }>({
    severity: "error",
    title: "The task has no clicks, and the model takes them",
    message: (a) =>
      `${a.component} takes a user's clicks, and with the task ${a.task} the model would get none.`,
    hint: `Leave out ${option("task")}, or set ${option("task", "annotation")}.`,
    example: named("component", "task"),
  }),
  "clicks-as-written": row<{ component: string; problem: string }>({
    severity: "error",
    title: "The clicks can't go in as the config takes them",
    message: (a) => `${a.component} ${a.problem}.`,
    hint: "Compare the config with that of the original MMAR.",
    example: named("component", "problem"),
  }),
  "aiaa-config-used": row<{ passed: string | null }>({
    severity: "info",
    title: "The inference config is made from config_aiaa.json",
    saidByPack: true,
    message: (a) =>
      a.passed === null
        ? "The config by which AIAA runs the model takes a user's clicks: the bundle gets an inference config made from it, whose transforms are the same."
        : `The config by which AIAA runs the model takes a user's clicks, and ${a.passed} does not: the bundle gets an inference config made from the former, whose transforms are the same.`,
    hint: "See it with `mmar2mdai inspect --diff`.",
    cases: [
      { when: "the MMAR has no config_inference.json", args: { passed: null } },
      { when: "it has one, which takes no clicks", args: named("passed") },
    ],
  }),
  "aiaa-config-unclear": row<{ problem: string }>({
    severity: "error",
    title: "AIAA's config does not say where the prediction lies",
    message: (a) =>
      `The config of AIAA ${a.problem}: which voxels of the image those are is not known.`,
    hint: "Write the post transforms as NVIDIA's own of Deepgrow: RestoreLabeld puts the prediction back into the image, then AsChannelLastd.",
    example: named("problem"),
  }),
};
