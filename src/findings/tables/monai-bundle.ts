import { option } from "../../options/names.js";
import { named, row } from "../row.js";

const trusting = (name: string): string => option("trust", name);

/** How a MONAI bundle's weights are had. */
type Download = {
  /** MONAI's own command for it; null where the bundle is in no collection that has one. */
  readonly command: string | null;
  /** Where large_files.yml says that the file lies. */
  readonly url: string | null;
};

const byCommand = { command: "‹command›", url: null } as const;
const byUrl = { command: null, url: "‹url›" } as const;
const neither = { command: null, url: null } as const;

const download = ({ command, url }: Download): string => {
  const ways = [
    ...(command === null ? [] : [`download the whole bundle with \`${command}\``]),
    ...(url === null ? [] : [`save ${url} under that path`]),
  ];
  return ways.length === 0
    ? "Put the file there, or correct the path in the config."
    : `${ways.join(", or ").replace(/^./, (letter) => letter.toUpperCase())}.`;
};

/** MONAI bundles: metadata.json, the inference config and its code. */
export const monaiBundle = {
  "yaml-syntax": row<{ problem: string }>({
    severity: "error",
    title: "Invalid YAML",
    message: (a) => `The file is not YAML as PyYAML reads it: ${a.problem}.`,
    hint: "Correct it at the place named, or take the file from the original bundle.",
    example: named("problem"),
  }),
  "bundle-config-missing": row<{ has: readonly string[] }>({
    severity: "error",
    title: "The bundle's inference config can't be told",
    message: (a) =>
      a.has.length === 0
        ? "The bundle has no inference config in configs/."
        : `None of the bundle's configs is called inference: it has ${a.has.join(", ")}.`,
    hint: `Name the config that runs inference with ${option("inferenceConfig", "configs/inference.json")}.`,
    cases: [
      { when: "there is no config", args: { has: [] } },
      { when: "there are others", args: { has: ["‹path›"] } },
    ],
  }),
  "bundle-config-not-found": row<{ path: string }>({
    severity: "error",
    title: `${option("inferenceConfig")} names a file that the bundle does not have`,
    message: (a) => `${option("inferenceConfig")} names ${a.path}, which is not in the bundle.`,
    hint: "Give its path from the bundle's root, as configs/inference.json.",
    example: named("path"),
  }),
  "bundle-part-missing": row<{ part: string }>({
    severity: "error",
    title: "The inference config lacks a part",
    message: (a) => `The inference config has no ${a.part}, so that inference can't be built.`,
    hint: `Add it, or name the config that has it with ${option("inferenceConfig")}.`,
    example: named("part"),
  }),
  "bundle-part-code": row<{ part: string }>({
    severity: "error",
    title: "A list of transforms that code makes",
    message: (a) =>
      `The transforms of ${a.part} are made by code, so that what they do can't be told, and savers can't be left out.`,
    hint: 'Write them as a list, or as "$@first + @second".',
    example: named("part"),
  }),
  "bundle-kind": row<{ what: string; why: string; evidence: string }>({
    severity: "error",
    title: "A MONAI bundle that does what can't be packed",
    hidesOthers: true,
    message: (a) => `The bundle is for ${a.what}, by ${a.evidence}: ${a.why}.`,
    hint: "Bundles that segment or classify CT, MR, X-ray or mammography images can be packed. If this one does, correct the task and name in configs/metadata.json.",
    example: named("what", "why", "evidence"),
  }),
  "bundle-evaluator": row<{ target: string }>({
    severity: "error",
    title: "An evaluator of the bundle's own",
    hidesOthers: true,
    message: (a) =>
      `The bundle is run by its own evaluator, ${a.target}, which may give the network more than the image (prompts, for example). mmar2mdai builds network, preprocessing, inferer and postprocessing, and no evaluator.`,
    hint: "It can't be packed as it is. Write an inference config with MONAI's SupervisedEvaluator, if the network needs the image alone.",
    example: named("target"),
  }),
  "bundle-several-images": row<{ keys: readonly string[] }>({
    severity: "error",
    title: "The bundle takes several images",
    hidesOthers: true,
    message: (a) =>
      `preprocessing loads ${a.keys.join(", ")}: several images that must have been registered to each other. mmar2mdai gives one image, whose channels it matches by series.`,
    hint: "It can't be packed as it is. Write a preprocessing that loads one image with these as its channels.",
    example: { keys: ["‹key›", "‹key›"] },
  }),
  "bundle-weights-missing": row<Download & { readonly path: string; readonly named: string }>({
    severity: "error",
    title: "A file that the network needs is missing",
    message: (a) => `${a.path} is not in the bundle; ${a.named}.`,
    hint: download,
    cases: [
      {
        when: "MONAI's command gets it",
        args: { ...named("path", "named"), ...byCommand },
      },
      { when: "large_files.yml says where it is", args: { ...named("path", "named"), ...byUrl } },
      { when: "nothing says where it is", args: { ...named("path", "named"), ...neither } },
    ],
  }),
  "bundle-weights-bad": row<Download & { readonly path: string; readonly problem: string }>({
    severity: "error",
    title: "A file of a bundle's weights can't be used",
    message: (a) => `${a.path} ${a.problem}.`,
    hint: download,
    cases: [
      {
        when: "MONAI's command gets it",
        args: { ...named("path", "problem"), ...byCommand },
      },
      { when: "large_files.yml says where it is", args: { ...named("path", "problem"), ...byUrl } },
      { when: "nothing says where it is", args: { ...named("path", "problem"), ...neither } },
    ],
  }),
  "bundle-weights-needed": row<{ path: string }>({
    severity: "error",
    title: "Inference needs the weights that are to be left out",
    message: (a) =>
      `${option("checkpoint", false)} leaves out ${a.path}, which is what inference loads.`,
    hint: "Leave the option out.",
    example: named("path"),
  }),
  "metadata-wrong": row<{ says: string; but: string }>({
    severity: "warning",
    title: "metadata.json says what the config does not bear out",
    message: (a) => `metadata.json says ${a.says}, but ${a.but}. The latter is taken.`,
    hint: "Check what is derived in the summary; options set it.",
    example: named("says", "but"),
  }),
  "bundle-task-unknown": row<Record<never, never>>({
    severity: "error",
    title: "What the bundle does can't be told",
    message:
      "Neither metadata.json nor the inference config says whether the bundle segments or classifies.",
    hint: `Set it with ${option("task", "segmentation")} or ${option("task", "classification")}.`,
    example: {},
  }),
  "bundle-out-classes-unknown": row<Record<never, never>>({
    severity: "error",
    title: "The number of output channels can't be told",
    message:
      "Neither the network in the config nor outputs.pred in metadata.json says how many channels come out.",
    hint: `Set it with ${option("outClasses")} (a background channel counts).`,
    example: {},
  }),
  "bundle-clicks": row<{ clicks: number }>({
    severity: "info",
    title: "The network also takes clicks",
    message: (a) =>
      `${a.clicks} of the network's input channels are for clicks. On MD.ai there are none, and the network segments by itself.`,
    hint: "No action is needed.",
    example: { clicks: 2 },
  }),
  "bundle-input-space": row<{ evidence: string }>({
    severity: "warning",
    title: "The network wants images in a common space",
    message: (a) =>
      `The network was made for images that are registered to a template: ${a.evidence}. mmar2mdai does not register; of an image in its own space the result may be wrong.`,
    hint: "Try it with `mmar2mdai run` on an image whose answer you know.",
    example: named("evidence"),
  }),
  "post-order-mended": row<{ transform: string; after: string }>({
    severity: "info",
    title: "Labels are resampled by the nearest, not interpolated",
    message: (a) =>
      `${a.transform} would interpolate labels that ${a.after} made before it, which gives values between the classes. In the bundle it takes the nearest label.`,
    hint: "No action is needed: the original config is unchanged.",
    saidByPack: true,
    example: named("transform", "after"),
  }),
  "post-order-fractional": row<{ transform: string; after: string }>({
    severity: "error",
    title: "Labels are interpolated",
    message: (a) =>
      `${a.transform} interpolates labels that ${a.after} made before it, which gives values between the classes: wrong labels along every border.`,
    hint: `Put ${"`"}argmax${"`"} behind it, or let it take the nearest.`,
    example: named("transform", "after"),
  }),
  "classes-merged": row<{ name: string; value: number; without: string }>({
    severity: "warning",
    title: "Overlapping classes are merged into one label map",
    message: (a) =>
      `postprocessing merges the channels into labels: what is reported as "${a.name}" (value ${a.value}) is that without ${a.without}.`,
    hint: `Rename the class with ${option("classNames")} if its name misleads.`,
    example: { ...named("name", "without"), value: 2 },
  }),
  "expression-untrusted": row<{ name: string; part: string }>({
    severity: "error",
    title: "An expression of the config calls what no inference needs",
    message: (a) =>
      `${a.part} uses ${a.name}, which is outside of MONAI, PyTorch and NumPy and may run any code when the model is loaded.`,
    hint: (a) =>
      `If you know what it does and trust the bundle's source, say so: ${trusting(a.name)}.`,
    example: named("name", "part"),
  }),
  "expression-unread": row<{ part: string }>({
    severity: "error",
    title: "An expression of the config can't be read",
    message: (a) =>
      `The expression at ${a.part} can't be read here, so that what it runs can't be told.`,
    hint: "Write it without f-strings and without references to other files, or as plain values.",
    example: named("part"),
  }),
  "bundle-code": row<{ modules: readonly string[] }>({
    severity: "info",
    title: "Code of the bundle comes along",
    saidByPack: true,
    message: (a) =>
      `Loading the model runs code of the bundle's own: ${a.modules.join(", ")}. It goes into the bundle for MD.ai and is not looked at here.`,
    hint: "Pack only bundles whose source you trust.",
    example: { modules: ["‹path›"] },
  }),
  "bundle-module-missing": row<{ target: string; module: string }>({
    severity: "error",
    title: "A component that is nowhere",
    message: (a) =>
      `The config uses ${a.target}, but neither the bundle nor the packages that are installed have ${a.module}.`,
    hint: `Put the file into the bundle, or name the package that holds it with ${option("requirement")}.`,
    example: named("target", "module"),
  }),
  "bundle-requirement": row<{ asked: string; taken: string; why: string }>({
    severity: "info",
    title: "A package that metadata.json asks for is taken otherwise",
    message: (a) => `metadata.json asks for ${a.asked}; ${a.taken}, since ${a.why}.`,
    hint: `No action is needed. ${option("requirement")} adds packages.`,
    saidByPack: true,
    example: named("asked", "taken", "why"),
  }),
  "bundle-requirements-clash": row<{ one: string; other: string; why: string }>({
    severity: "error",
    title: "Packages that metadata.json asks for don't go together",
    message: (a) => `${a.one} and ${a.other} don't go together: ${a.why}.`,
    hint: "Correct the versions in configs/metadata.json to ones that the model was tried with.",
    example: named("one", "other", "why"),
  }),
  "runtime-refused": row<{ runtime: string; why: string }>({
    severity: "error",
    title: "The runtime can't run this model",
    message: (a) => `${option("runtime", a.runtime)} can't run this model: ${a.why}.`,
    hint: `Leave ${option("runtime")} out: what fits is chosen by itself.`,
    example: named("runtime", "why"),
  }),
};
