import type { OptionEntry } from "./entry.js";
import type { InspectOptions, PackOptions, VerifyOptions } from "./types.js";
import {
  ARCHIVE_FORMATS,
  COMPRESSIONS,
  DEVICES,
  FIRST_FRAMES,
  IMAGE_FORMS,
  LUNG_MASKS,
  REPORT_KINDS,
  RUNTIME_NAMES,
  SCORES,
  WINDOWS,
} from "./words.js";

export { BATCH_OPTIONS } from "./batch-table.js";

// The command line, the schemas and the pages of docs/ are made from these tables. No import of
// zod here: `--help` has to stay fast.

/** Options of pack, batch and inspect. */
export const DERIVATION_OPTIONS = {
  task: {
    flags: "--task <task>",
    group: "model",
    text: "what the model does, instead of PROCESSING_TASK",
  },
  outClasses: {
    flags: "--out-classes <number>",
    group: "model",
    text: "output channels of the network; a background channel counts",
  },
  classNames: {
    flags: "--class-names <names>",
    group: "model",
    text: "names of the classes without the background: a,b,c",
  },
  dataListKey: {
    flags: "--data-list-key <key>",
    group: "model",
    text: "which list of the data list inference reads, such as test",
  },
  channel: {
    flags: "--channel <rule>",
    group: "model",
    text: "how the series of an image channel is found: NAME=ATTRIBUTE:~PATTERN",
    repeatable: true,
  },
  runtime: {
    flags: "--runtime <name>",
    group: "model",
    text: "what runs the model: Clara in NVIDIA's image, or MONAI in MD.ai's",
    choices: RUNTIME_NAMES,
    default: "clara; monai for a MONAI bundle, and for a model that takes clicks",
  },
  inferenceConfig: {
    flags: "--inference-config <path>",
    group: "model",
    text: "of a MONAI bundle: the config that runs inference, by its path in it",
    repeatable: true,
  },
  modality: {
    flags: "--modality <names>",
    group: "model",
    text: "the DICOM modalities of the images it takes: CT, or CR,DX; any for all",
    repeatable: true,
  },
  device: {
    flags: "--device <device>",
    group: "model",
    text: "what the model runs on",
    choices: DEVICES,
    default: "gpu",
  },
  swBatchSize: {
    flags: "--sw-batch-size <number>",
    group: "model",
    text: "windows that a sliding window inferer runs at once",
    default: "1",
  },
  inferenceTimeout: {
    flags: "--inference-timeout <seconds>",
    group: "model",
    text: "how long the inference of a request may take",
    default: "3600",
  },
  threshold: {
    flags: "--threshold <value>",
    group: "classification",
    text: "report a class above this probability, 0.5 if not set; NAME=VALUE for one class",
    repeatable: true,
  },
  negativeClass: {
    flags: "--negative-class <name>",
    group: "classification",
    text: "the class that stands for: nothing found; it is not reported",
  },
  scores: {
    flags: "--scores <kind>",
    group: "classification",
    text: "what the saved scores are",
    choices: SCORES,
  },
  imageForm: {
    flags: "--image-form <form>",
    group: "classification",
    text: "how images are written for the network",
    choices: IMAGE_FORMS,
  },
  window: {
    flags: "--window <how>",
    group: "classification",
    text: "whether an image's window (VOI LUT) is applied",
    choices: WINDOWS,
  },
  lungMask: {
    flags: "--lung-mask <how>",
    group: "classification",
    text: "make the lung masks that the network needs",
    choices: LUNG_MASKS,
  },
  backgroundLabel: {
    flags: "--background-label <label>",
    group: "annotation",
    text: "a label on MD.ai, by name or id, that marks what is not meant",
    repeatable: true,
  },
  firstFrame: {
    flags: "--first-frame <number>",
    group: "annotation",
    text: "what frame numbers of annotations count from",
    choices: FIRST_FRAMES,
    default: "what fits the frames that there are",
  },
  rootFolder: {
    flags: "--root-folder <name>",
    group: "bundle",
    text: "name of the MMAR's folder in the bundle",
  },
  include: {
    flags: "--include <glob>",
    group: "bundle",
    text: "pack files that would be left out",
    repeatable: true,
  },
  exclude: {
    flags: "--exclude <glob>",
    group: "bundle",
    text: "leave out more files of the MMAR",
    repeatable: true,
  },
  checkpoint: {
    flags: "--no-checkpoint",
    group: "bundle",
    text: "leave out the checkpoint: inference needs the TorchScript only",
  },
  trust: {
    flags: "--trust <module.name>",
    group: "bundle",
    text: "allow the weights, and a MONAI bundle's config, to import and call this, by its full name",
    repeatable: true,
  },
  requirement: {
    flags: "--requirement <spec>",
    group: "requirements",
    text: "an additional Python package, as pip names it",
    repeatable: true,
  },
  requirements: {
    flags: "--requirements <file>",
    group: "requirements",
    text: "a requirements file whose lines are added",
  },
  env: {
    flags: "--env <KEY=VALUE>",
    group: "requirements",
    text: "an environment variable of the image",
    repeatable: "mapping",
  },
} as const satisfies Record<keyof InspectOptions, OptionEntry>;

/** Options of pack and batch. */
export const WRITING_OPTIONS = {
  format: {
    flags: "--format <format>",
    group: "output",
    text: "format of the archive",
    choices: ARCHIVE_FORMATS,
    default: "zip",
  },
  compress: {
    flags: "--compress <how>",
    group: "output",
    text: "how files are compressed; auto stores what would not shrink",
    choices: COMPRESSIONS,
    default: "auto",
  },
  force: {
    flags: "-f, --force",
    group: "output",
    text: "replace what is there already, unless it is a symbolic link",
  },
  strict: { flags: "--strict", group: "output", text: "treat warnings as errors" },
  manifest: {
    flags: "--manifest",
    group: "output",
    text: "write <bundle>.manifest.json and <bundle>.sha256 beside a bundle",
  },
  handOver: {
    flags: "--hand-over",
    group: "output",
    text: "write <bundle>.hand-over.md beside a bundle: what to set up on MD.ai",
  },
} as const satisfies Partial<Record<keyof PackOptions, OptionEntry>>;

/** What pack has besides. */
export const PACK_OPTIONS = {
  out: {
    flags: "-o, --out <path>",
    group: "output",
    text: "the bundle, or a folder for it",
    default: "<mmar>.mdai.zip here",
  },
  dryRun: {
    flags: "--dry-run",
    group: "output",
    text: "write nothing; list the entries with sizes and reasons",
  },
} as const satisfies Record<
  Exclude<keyof PackOptions, keyof InspectOptions | keyof typeof WRITING_OPTIONS>,
  OptionEntry
>;

/** Options of verify. */
export const VERIFY_OPTIONS = {
  strict: { flags: "--strict", group: "output", text: "treat warnings as errors" },
  manifest: {
    flags: "--manifest <file>",
    group: "output",
    text: "compare it with the manifest that pack wrote beside it",
  },
} as const satisfies Record<keyof VerifyOptions, OptionEntry>;

/** What is the command line's alone, in every command that reports. */
export const REPORT_OPTIONS = {
  json: { flags: "--json", group: "reports", text: "print the result as JSON" },
  report: {
    flags: "--report <kind=file>",
    group: "reports",
    text: "write a report of that kind",
    choices: REPORT_KINDS,
    repeatable: true,
  },
  annotations: {
    flags: "--no-annotations",
    group: "reports",
    text: "in GitHub Actions: no annotations and no step summary",
  },
  quiet: { flags: "-q, --quiet", group: "reports", text: "print warnings and errors only" },
  color: {
    flags: "--no-color",
    group: "reports",
    text: "don't print colours (as with NO_COLOR)",
  },
} as const satisfies Record<string, OptionEntry>;

/** What inspect has besides. */
export const INSPECT_OPTIONS = {
  diff: {
    flags: "--diff",
    group: "reports",
    text: "show line by line how the inference config for MD.ai differs",
  },
} as const satisfies Record<string, OptionEntry>;

export const CONFIG_OPTION = {
  config: {
    flags: "--config <file>",
    text: "options as YAML",
    default: "mmar2mdai.config.yaml beside the MMAR",
  },
} as const satisfies Record<string, OptionEntry>;
