import { type OptionName, option } from "../../options/names.js";
import { counted, fixedRow, named, row } from "../row.js";

/** What is derived from the MMAR, and what options change of it. */
export const derived = {
  "task-unknown": fixedRow({
    severity: "error",
    title: "The task can't be derived",
    message: "PROCESSING_TASK in config/environment.json does not say what the model does.",
    hint: `Set it with ${option("task", "segmentation")}, ${option("task", "classification")} or ${option("task", "annotation")}.`,
  }),
  "task-unsupported": row<{ task: string }>({
    severity: "error",
    title: "An unsupported task",
    message: (a) =>
      `The task is "${a.task}"; only segmentation, classification and annotation can be packed.`,
    hint: `If the model does segment or classify, set ${option("task", "segmentation")} or ${option("task", "classification")}.`,
    example: named("task"),
  }),
  "catalogue-refused": row<{ name: string; why: string }>({
    severity: "error",
    title: "A model of NGC's catalogue that can't run on MD.ai",
    hidesOthers: true,
    message: (a) => `${a.name} can't be packed: ${a.why}.`,
    hint: "Choose a model that needs only the image. If this is another model, rename its folder.",
    example: named("name", "why"),
  }),
  "channels-unknown": row<{ channels: number }>({
    severity: "error",
    title: "The image channels can't be derived",
    message: (a) =>
      `The network takes ${a.channels} image channels, but nothing says which series they are.`,
    hint: (a) =>
      `Name all ${a.channels} in the network's order with ${option("channel")}, for example ${option("channel", "T1c=SeriesDescription:~t1.*(gd|post|ce)")}.`,
    example: { channels: 4 },
  }),
  "channel-unknown-name": row<{ name: string; has: string }>({
    severity: "error",
    title: `${option("channel")} names a channel that the model does not have`,
    message: (a) => `${option("channel")} names ${a.name}, but the model's channels are ${a.has}.`,
    hint: "Use one of these names, or name all channels in the network's order.",
    example: named("name", "has"),
  }),
  "channel-count": row<{ names: string; given: number; wanted: number }>({
    severity: "error",
    title: `${option("channel")} names the wrong number of channels`,
    message: (a) =>
      `${option("channel")} names ${counted(a.given, "channel", "channels")} (${a.names}), but the network takes ${a.wanted}.`,
    hint: "Name each channel once, in the network's order.",
    example: { ...named("names"), given: 2, wanted: 3 },
  }),
  "modality-unknown": fixedRow({
    severity: "info",
    title: "The modality can't be derived",
    message:
      "Nothing says which modality the model takes, so on MD.ai it is given images of any modality.",
    hint: `Set it with ${option("modality", "CT")}, or with ${option("modality", "any")}.`,
  }),
  "data-list-key-unknown": fixedRow({
    severity: "error",
    title: "The data list key can't be derived",
    message: "The inference config does not say which list of the data list it reads.",
    hint: `Set it with ${option("dataListKey")}, for example ${option("dataListKey", "test")}.`,
  }),
  "data-list-key-absent": row<{ key: string; has: string }>({
    severity: "warning",
    title: "The data list lacks the list that inference reads",
    message: (a) =>
      `The data list has no "${a.key}" (it has ${a.has}). MD.ai supplies the data, so this does no harm if the key is right.`,
    hint: `Check the key, or set it with ${option("dataListKey")}.`,
    example: named("key", "has"),
  }),
  "data-list-missing": row<{ path: string }>({
    severity: "warning",
    title: "The data list is not in the MMAR",
    message: (a) =>
      `DATASET_JSON names ${a.path}, which is not in the MMAR. MD.ai supplies the data, but class names can't be read from it.`,
    hint: `Check the class names in the summary, or set them with ${option("classNames")}.`,
    example: named("path"),
  }),
  "out-classes-unknown": fixedRow({
    severity: "error",
    title: "The number of output classes can't be derived",
    message:
      "Neither OUTPUT_CHANNELS, nor the network, the post transforms, the data list or config_aiaa.json say how many output channels the network has.",
    hint: `Set it with ${option("outClasses")} (a background channel counts).`,
  }),
  "out-classes-disagree": row<{ taken: string; other: string }>({
    severity: "warning",
    title: "Sources disagree on the number of output classes",
    message: (a) => `The number of output classes is ${a.taken}, but ${a.other}.`,
    hint: `Set the right number with ${option("outClasses")} (a background channel counts).`,
    example: named("taken", "other"),
  }),
  "out-classes-too-few": row<{ classes: number; form: string }>({
    severity: "error",
    title: "Too few output classes",
    message: (a) =>
      `out_classes is ${a.classes}, and one of them is the background in a ${a.form}: no class is left to report.`,
    hint: `Correct it with ${option("outClasses")} (a background channel counts).`,
    example: { classes: 1, ...named("form") },
  }),
  "class-names-unknown": row<{ wanted: number; names: string }>({
    severity: "warning",
    title: "The class names can't be derived",
    message: (a) =>
      a.wanted === 1
        ? `Nothing in the model names the class; it is called ${a.names}.`
        : `Nothing in the model names all ${a.wanted} classes; they are called ${a.names}.`,
    hint: `Name them with ${option("classNames")}, in the order of the network's channels, without the background.`,
    cases: [
      { when: "there is one class", args: { wanted: 1, ...named("names") } },
      { when: "there are several", args: { wanted: 2, ...named("names") } },
    ],
  }),
  "class-names-disagree": row<{ taken: string; other: string }>({
    severity: "warning",
    title: "Sources disagree on the class names",
    message: (a) => `The classes are ${a.taken}, but ${a.other}.`,
    hint: `Set the right names with ${option("classNames")}.`,
    example: named("taken", "other"),
  }),
  "class-names-count": row<{ names: number; wanted: number; outClasses: number }>({
    severity: "error",
    title: `${option("classNames")} has the wrong number of names`,
    message: (a) =>
      `${option("classNames")} has ${counted(a.names, "name", "names")}, but the model reports ${counted(a.wanted, "class", "classes")} (out_classes is ${a.outClasses}).`,
    hint: "Name every class but the background, in the order of the network's channels.",
    example: { names: 2, wanted: 3, outClasses: 4 },
  }),
  "option-without-use": row<{ option: OptionName; why: string }>({
    severity: "warning",
    title: "An option without effect",
    message: (a) => `${option(a.option)} has no effect: ${a.why}.`,
    hint: (a) => `Leave out ${option(a.option)}, or check what is derived for the model.`,
    example: { option: "channel", ...named("why") },
  }),
  "glob-without-match": row<{ option: "include" | "exclude"; glob: string }>({
    severity: "warning",
    title: "A glob that matches no file",
    message: (a) => `${option(a.option)} "${a.glob}" matches no file of the model.`,
    hint: "Check the glob: it is compared with paths from the model's root, with / between their parts.",
    example: { option: "exclude", ...named("glob") },
  }),
  "root-folder-renamed": row<{ from: string; to: string }>({
    severity: "info",
    title: "The root folder gets another name",
    message: (a) =>
      `The MMAR's name "${a.from}" has characters that shell scripts may fail on; in the bundle it is "${a.to}".`,
    hint: `No action is needed; choose another name with ${option("rootFolder")} if you like.`,
    example: named("from", "to"),
  }),
  "set-env-missing": fixedRow({
    severity: "warning",
    title: "commands/set_env.sh is missing",
    saidByPack: true,
    message:
      "The MMAR has no commands/set_env.sh; the deploy code sets PYTHONPATH and MMAR_ROOT as Clara's own script would.",
    hint: "Add the script if the model needs more environment variables than these.",
  }),
};
