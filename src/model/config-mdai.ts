import { z } from "zod";
import { ROOT_FOLDER } from "../mdai/layout.js";
import { DEVICES, IMAGE_FORMS, OUTPUT_FORMS, SCORES, WINDOWS } from "../options/words.js";
import { CHANNEL_ATTRIBUTES, CONTRASTS } from "./channels.js";
import { engine, type MonaiBundleEngine, type MonaiEngine, monaiEngine } from "./config-engine.js";

/*
 * The definition of config_mdai.json: its TypeScript types, and schemas/config_mdai.schema.json,
 * come from here; the Python in templates/ is held against it by a test.
 */

const text = z.string().min(1);
const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();

const common = {
  root_folder: z
    .string()
    .regex(ROOT_FOLDER)
    .describe("Name of the MMAR's folder below workspace/."),
  out_classes: z
    .int()
    .min(1)
    .describe("Number of output channels of the network; a background channel counts."),
  data_list_key: text.describe("The list in the data list file that inference reads."),
  schema: z.literal(2).describe("Version of this file's form."),
  modalities: list(z.string().regex(/^[A-Z][A-Z0-9_ ]{0,15}$/))
    .optional()
    .describe(
      "DICOM modalities of the images that the model takes, CT for example; any where there are none. An image of another is answered with NONE and a note.",
    ),
  device: z.enum(DEVICES).describe("What the container is asked to have."),
  trust: list(text)
    .optional()
    .describe(
      "What loading the model imports and calls that is not known to be harmless, by full names: whoever made the bundle trusts it. Absent if there is none.",
    ),
};

const condition = z.strictObject({
  attribute: z
    .enum(CHANNEL_ATTRIBUTES)
    .describe(
      "A DICOM keyword; Plane is axial, coronal or sagittal, by the image orientation. Several values are joined by a backslash; what is missing is an empty text.",
    ),
  pattern: text.describe("A regular expression, searched for without regard to case."),
  negate: z.boolean().describe("Whether the pattern must be absent."),
});

const channel = z.strictObject({
  name: text,
  contrast: z
    .enum(CONTRASTS)
    .optional()
    .describe(
      "What the channel shows, where that is known. Without rules its series is found by physics, contrast medium, ImageType and names; what can't be told is refused.",
    ),
  words: text
    .optional()
    .describe("What is looked for, for a person. Where it is missing the rules are shown."),
  rules: list(z.array(condition).min(1).readonly()).describe(
    "How the channel's series is found: alternatives in the order of preference, of which all conditions have to hold. The first alternative that any series fits is the one that counts, and only one series may fit it.",
  ),
});

const volumeFile = {
  postfix: z.string(),
  extension: z.enum([".nii.gz", ".nii"]),
  separate_folder: z.boolean(),
};

const scoresFile = {
  file: z.string().regex(/^[^/\\]+$/),
  delimiter: text,
};

const maskOutput = z.strictObject({
  form: z
    .enum(OUTPUT_FORMS)
    .describe(
      "label_map: one volume of label values. one_hot: a channel axis of exclusive classes, background first; the largest channel wins. channels: independent channels that may overlap; each counts where it exceeds the threshold. A volume without a channel axis is one channel.",
    ),
  threshold: z.number(),
});

const maskClasses = z
  .array(
    z.strictObject({
      class_index: z.int().min(0),
      name: text,
      value: z.int().min(0).describe("The value in a label map, or the index on the channel axis."),
    }),
  )
  .min(1)
  .readonly()
  .describe(
    "What is reported to MD.ai, in the order of class_index, which counts from 0 without the background.",
  );

const segmentation = z.strictObject({
  type: z.literal("segmentation"),
  ...common,
  engine: engine(
    z
      .strictObject(volumeFile)
      .describe(
        "The file that inference writes for an input {stem}.nii.gz: {stem}/{stem}_{postfix}{extension} below the output folder, or {stem}_{postfix}{extension} where separate_folder is false.",
      ),
  ),
  input: z.strictObject({
    channels: z
      .array(channel)
      .min(1)
      .readonly()
      .describe(
        "The image channels in the network's order. A single channel without rules takes any series.",
      ),
  }),
  output: maskOutput,
  classes: maskClasses,
});

const deepgrow = z
  .strictObject({
    kind: z.literal("deepgrow"),
    dimensions: z
      .union([z.literal(2), z.literal(3)])
      .describe("2: each slice by the clicks on it. 3: the whole volume by all clicks."),
    foreground_key: text.describe("The key that the clicks on what is meant go in under."),
    background_key: text.describe("The key that the clicks on what is not meant go in under."),
  })
  .describe("Clicks on what is meant, and on what is not, as voxel indices.");

const extremePoints = z
  .strictObject({
    kind: z.literal("extreme_points"),
    dimensions: z.literal(3),
    label_key: text.describe(
      "The key that a volume goes in under whose voxels are 1 at the points, and 0 elsewhere.",
    ),
    points: z.int().min(1).describe("How many points it takes at least."),
  })
  .describe("The outermost points of what is meant, on all sides.");

const annotation = z.strictObject({
  type: z.literal("annotation"),
  ...common,
  // What gives clicks to the transforms is this engine alone.
  engine: monaiEngine,
  input: z.strictObject({
    channels: z
      .array(channel)
      .length(1)
      .readonly()
      .describe("The image channel, which takes any series."),
    clicks: z
      .discriminatedUnion("kind", [deepgrow, extremePoints])
      .describe("How the model is told what to segment, by the request's annotations."),
    background_labels: list(text).describe(
      "Labels on MD.ai, by name or id, whose annotations mark what is not meant, besides those that a request's args.background_labels names. Where neither names any, a label is one whose name says so.",
    ),
    first_frame: z
      .union([z.literal(0), z.literal(1)])
      .nullable()
      .describe(
        "What the frame_number of an annotation counts from on an instance of several frames; null for what fits the frames that there are.",
      ),
  }),
  output: maskOutput,
  classes: maskClasses,
});

const classification = z.strictObject({
  type: z.literal("classification"),
  ...common,
  engine: engine(
    z
      .strictObject(scoresFile)
      .describe(
        "The file of ClassificationSaver in the output folder: the image's path and a value per class.",
      ),
  ),
  input: z.strictObject({
    form: z
      .enum(IMAGE_FORMS)
      .describe(
        "What a DICOM image is written as: a grey PNG of 16 bits (png16, png16_full, png14, png12, png10) or of 8, a PNG with the grey value in red, green and blue, or a series as a NIfTI volume. What the values are is said by range.",
      ),
    range: z
      .strictObject({ low: z.number().min(0), high: z.number().min(1) })
      .nullable()
      .describe(
        "What the lowest and the highest value of a picture's format become, whatever its bit depth; null for values as they are.",
      ),
    window: z
      .enum(WINDOWS)
      .describe("dicom: the image's VOI LUT or window is applied to pictures."),
    mask: z
      .strictObject({ key: text, builtin: z.boolean() })
      .nullable()
      .describe(
        "The lung mask that the network wants besides the volume, or null. builtin: one is made where the request's annotations have none.",
      ),
  }),
  output: z.strictObject({
    scores: z
      .enum(SCORES)
      .describe(
        "sigmoid: independent probabilities; softmax: probabilities of classes that exclude each other; …_of_logits: the deploy code makes them.",
      ),
  }),
  classes: z
    .array(
      z.strictObject({
        class_index: z.int().min(0),
        name: text,
        value: z.int().min(0).describe("The column of the scores, from 0."),
        threshold: z
          .number()
          .min(0)
          .max(1)
          .nullable()
          .describe(
            "A probability above it is reported; null for a class that means that nothing was found, which never is.",
          ),
      }),
    )
    .min(1)
    .readonly()
    .describe(
      "What may be reported to MD.ai, in the order of class_index; every column of the scores is one.",
    ),
});

export const configMdaiDefinition = z
  .discriminatedUnion("type", [segmentation, classification, annotation])
  .meta({
    title: "config_mdai.json",
    description:
      "What the deploy code in the bundle knows of its model. It lies at workspace/config_mdai.json. The first four keys are those of MD.ai's and NVIDIA's article of November 2021; the others are mmar2mdai's. All paths are relative to workspace/<root_folder>, with forward slashes.",
  });

/** config_mdai.json of a segmentation model. */
export type SegmentationConfig = z.infer<typeof segmentation>;

/** config_mdai.json of a classification model. */
export type ClassificationConfig = z.infer<typeof classification>;

/** config_mdai.json of a model that takes clicks. */
export type AnnotationConfig = z.infer<typeof annotation>;

/** What config_mdai.json holds. */
export type ConfigMdai = SegmentationConfig | ClassificationConfig | AnnotationConfig;

type OfClara<C extends ConfigMdai> = Extract<C["engine"], { name: "clara" }>;

/** The file that a segmentation's inference writes. */
export type VolumeFile = OfClara<SegmentationConfig>["result"];

/** The file that a classifier's inference writes. */
export type ScoresFile = OfClara<ClassificationConfig>["result"];

/** How Clara's own entry point is run. */
export type ClaraEngine = Omit<OfClara<ConfigMdai>, "result"> & {
  readonly result: VolumeFile | ScoresFile;
};

/** How the model is run, by what runs it. */
export type Engine = ClaraEngine | MonaiEngine | MonaiBundleEngine;
