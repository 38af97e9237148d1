import { z } from "zod";
import { CHANNEL_ATTRIBUTES, CONTRASTS } from "../model/channels.js";
import { GENERATIONS } from "../model/spec.js";
import { IMAGE_FORMS, OUTPUT_FORMS, SCORES, WINDOWS } from "../options/words.js";

/*
 * Public JSON is defined in this folder and in model/config-mdai.ts, once: the types come from
 * here, the JSON Schemas in schemas/ are made of it, and docs/json.md of these. Nothing here runs
 * while the program does its work. An `id` becomes a definition of the JSON Schema.
 */

/** Version of the form of `--json`; it rises when a key goes or changes its meaning. */
export const JSON_VERSION = 1;

export const formVersion = z.literal(JSON_VERSION).describe("Version of this form.");

/** The key `command` of what a command prints. */
export const commandOf = <T extends string>(word: T) =>
  z.literal(word).describe("The command that printed this.");

export const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();

export const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe("SHA-256 in lower-case hexadecimal.");

/** A number of bytes or files. */
export const count = z.int().min(0);

export const name = z.string();

const from = z
  .string()
  .meta({ id: "from", description: "Where the value is from, in words for people." });

/** A value and where it is from. */
const fact = <T extends z.ZodType>(value: T) => z.object({ value, from });

export const generation = z
  .object({
    generation: z.enum(GENERATIONS).describe("The generation that was recognised."),
    evidence: list(z.string()).describe("What was seen, in words for people."),
  })
  .meta({ id: "generation", description: "The version of Clara Train that an MMAR is for." });

const modelClass = z
  .object({
    class_index: z.int().min(0).describe("MD.ai's class_index, from 0."),
    name: name.describe("Name of the class."),
    value: z.int().min(0).describe("Its value in a label map, or its index on the channel axis."),
    threshold: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .optional()
      .describe(
        "Of a classifier: the class is reported above it; null where it is never reported.",
      ),
  })
  .meta({ id: "class", description: "A class that the model reports." });

const output = z
  .object({
    form: z
      .enum(OUTPUT_FORMS)
      .describe(
        "label_map: one volume of label values. one_hot: a channel axis of exclusive classes. channels: independent channels that may overlap.",
      ),
    postfix: z
      .string()
      .describe(
        "What the saver puts behind the input's name; empty for a MONAI bundle, whose result is in no file.",
      ),
    extension: z.enum([".nii.gz", ".nii"]).describe("Ending of the file."),
    separate_folder: z.boolean().describe("Whether every result lies in a folder of its own."),
    threshold: z.number().describe("Of channels: a value above it counts."),
    channels: z
      .int()
      .min(1)
      .optional()
      .describe("Channels that the post transforms speak of, if they do."),
    chosen: z
      .object({
        from: z.int().min(0).describe("The first of them, counted from 0."),
        to: z
          .int()
          .min(0)
          .optional()
          .describe("The one behind the last; up to the network's last where it is missing."),
        has_background: z.boolean().describe("Whether the first of them is a background."),
      })
      .optional()
      .describe("The network's channels that are written, where the post transforms choose some."),
    from,
  })
  .meta({ id: "output", description: "What inference writes for a segmentation." });

const condition = z
  .object({
    attribute: z.enum(CHANNEL_ATTRIBUTES).describe("A DICOM keyword, or Plane."),
    pattern: z.string().describe("A regular expression, without regard to case."),
    negate: z.boolean().describe("Whether the pattern must be absent."),
  })
  .meta({ id: "condition", description: "One condition of a channel's rule." });

const channel = z
  .object({
    name: name.describe("Name of the channel."),
    contrast: z
      .enum(CONTRASTS)
      .optional()
      .describe("What it shows, where that is known; its series is found by that."),
    words: z.string().optional().describe("What is looked for, for people."),
    rules: list(list(condition)).describe(
      "Alternatives in the order of preference; all conditions of one have to hold.",
    ),
  })
  .meta({ id: "channel", description: "An image channel and how its series is found." });

const input = z
  .object({
    item: z.enum(["string", "object"]).describe("Form of an item of the data list."),
    image_key: z.string().describe("The key that holds the image in an item."),
    count: fact(z.int().min(1).describe("Number of the network's image channels.")),
    channels: fact(
      list(channel).describe(
        "The image channels in the network's order; a single one takes any series.",
      ),
    ),
  })
  .meta({ id: "input", description: "What inference is fed with." });

const classifier = z
  .object({
    form: fact(z.enum(IMAGE_FORMS).describe("What images are written as.")),
    range: fact(
      z
        .object({ low: z.number().describe("From."), high: z.number().describe("To.") })
        .nullable()
        .describe("The range that a picture's values are stretched to; null where they are not."),
    ),
    window: fact(z.enum(WINDOWS).describe("Whether an image's window is applied.")),
    mask: z
      .object({
        key: z.string().describe("The key of the lung mask in an item of the data list."),
        builtin: z.boolean().describe("Whether one is made where the request has none."),
      })
      .optional()
      .describe("The lung mask that the network wants, if it does."),
    scores: fact(z.enum(SCORES).describe("What the saved scores are.")),
    file: z.string().describe("The scores' file in the output folder."),
    delimiter: z.string().describe("What separates the values in it."),
  })
  .meta({ id: "classifier", description: "What a classifier reads and writes." });

export const derived = z
  .object({
    task: fact(z.string().describe("The task."))
      .nullable()
      .describe("What the model does: segmentation, classification, or a task that is refused."),
    root_folder: fact(z.string().describe("The name."))
      .nullable()
      .describe("Name of the MMAR's folder in the bundle."),
    out_classes: fact(z.int().min(1).describe("The number."))
      .nullable()
      .describe("Output channels of the network; a background counts."),
    data_list_key: fact(z.string().describe("Its key."))
      .nullable()
      .describe("The list of the data list that inference reads."),
    classes: fact(list(modelClass).describe("The classes."))
      .nullable()
      .describe("The classes in the order of MD.ai's class_index, without the background."),
    output: output.nullable().describe("The volumes that inference writes; null for a classifier."),
    input: input.nullable().describe("What inference is fed with."),
    modalities: fact(list(z.string()).describe("DICOM's terms; any where the list is empty."))
      .nullable()
      .describe("The modalities of the images that the model takes."),
    classifier: classifier
      .nullable()
      .describe("What a classifier reads and writes; null for other models."),
  })
  .meta({
    id: "derived",
    description: "What is known of the model. A value that could not be derived is null.",
  });

export const override = z
  .object({
    option: z.string().describe("The option, as on the command line."),
    from: z
      .string()
      .describe("Where it was set: the option, or the key of a config file and that file."),
    value: z.string().describe("What it says."),
    instead: z
      .string()
      .optional()
      .describe("What would have been taken; missing where nothing was derived."),
  })
  .meta({ id: "override", description: "What an option replaced." });

export type Derived = z.infer<typeof derived>;
export type OverrideRow = z.infer<typeof override>;
