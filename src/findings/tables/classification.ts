import { type OptionName, option } from "../../options/names.js";
import { fixedRow, named, row } from "../row.js";

/** What a classification needs besides. */
export const classification = {
  "no-classification-saver": fixedRow({
    severity: "error",
    title: "The inference config of a classifier saves nothing",
    message:
      "The inference config has no ClassificationSaver among its handlers, so there are no scores to read.",
    hint: `Add {"name": "ClassificationSaver", "args": {"output_dir": "{MMAR_EVAL_OUTPUT_PATH}", "batch_transform": "#monai.handlers.from_engine(['image_meta_dict'])", "output_transform": "#monai.handlers.from_engine(['pred'])"}} to handlers.`,
  }),
  "scores-unusable": row<{ problem: string }>({
    severity: "error",
    title: "The scores can't be used",
    message: (a) => `${a.problem}.`,
    hint: "Let ClassificationSaver write a probability per class and the image's name to a file in its output_dir: batch_transform must be #monai.handlers.from_engine(['image_meta_dict']).",
    example: named("problem"),
  }),
  "scores-unknown": fixedRow({
    severity: "error",
    title: "The kind of scores can't be derived",
    message:
      "Neither post_transforms nor the loss of config_train.json says whether the scores are probabilities, and whether the classes exclude each other.",
    hint: `Set it with ${option("scores")}: sigmoid or softmax if they are probabilities, sigmoid_of_logits or softmax_of_logits if they are logits.`,
  }),
  "scores-unclear": row<{ taken: string; from: string }>({
    severity: "warning",
    title: "The scores are assumed to be logits",
    message: (a) =>
      `The scores are assumed to be logits (${a.taken}): ${a.from}. If the network itself ends in an activation, all probabilities would be wrong.`,
    hint: `Set what they are with ${option("scores")}, and run the bundle on an image whose answer you know.`,
    example: named("taken", "from"),
  }),
  "image-form-unknown": fixedRow({
    severity: "error",
    title: "The form of the image can't be derived",
    message:
      "Nothing in the model says whether the network takes pictures or volumes: neither the data list's files, nor the loader, the transforms' sizes or the network.",
    hint: `Set it with ${option("imageForm")}: png16, png16_full, png8 or rgb8 for pictures, nifti for volumes.`,
  }),
  "image-range-unclear": row<{ taken: string; doubt: string }>({
    severity: "warning",
    title: "The range of a picture's values is assumed",
    message: (a) =>
      `The range of the pictures' values is assumed (${a.taken}): ${a.doubt}. If the training's pictures had another, the scores would be wrong, and would depend on an image's bit depth.`,
    hint: `Set what the training's pictures were with ${option("imageForm")}: png8, png10, png12, png14 or png16_full for values over the whole of so many bits, rgb8, or png16 for values as the DICOM image has them.`,
    example: named("taken", "doubt"),
  }),
  "lung-mask-wanted": row<{ key: string }>({
    severity: "info",
    title: "The network needs a lung mask",
    message: (a) =>
      `pre_transforms load ${a.key} besides the image: on MD.ai a series is classified only if it has lung masks among its annotations.`,
    hint: `Annotate the lungs on MD.ai, or let the deploy code make masks with ${option("lungMask", "builtin")}.`,
    example: named("key"),
  }),
  "mask-in-test-list": row<{ key: string }>({
    severity: "error",
    title: 'The data list "test" can\'t hold a mask',
    message: (a) =>
      `pre_transforms load ${a.key}, but inference reads the list "test", and MONAI 0.8 takes each of its items for the image alone.`,
    hint: `Choose another list with ${option("dataListKey")}, for example ${option("dataListKey", "testing")}.`,
    example: named("key"),
  }),
  "class-unknown-name": row<{ option: OptionName; name: string; has: string }>({
    severity: "error",
    title: "An option names a class that the model does not have",
    message: (a) => `${option(a.option)} names the class ${a.name}, but the classes are ${a.has}.`,
    hint: "Use one of these names.",
    example: { option: "threshold", ...named("name", "has") },
  }),
};
