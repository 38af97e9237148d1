import { z } from "zod";

/*
 * The object `engine` of config_mdai.json: what runs the model, and by which of its files.
 */

const text = z.string().min(1);

/** What every way to run an MMAR's inference config needs of it. */
const ofMmar = {
  inference_config: text.describe("The derived inference config, relative to the MMAR."),
  environment: text.describe("The MMAR's environment.json, relative to the MMAR."),
  item: z
    .enum(["string", "object"])
    .describe(
      'Form of an item of the data list: a bare path, or an object with image_key. MONAI 0.8 wraps the items of the list named "test" itself, so the form has to be the MMAR\'s own.',
    ),
  image_key: text.describe("The key that holds the image in an item."),
  settings: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string())
    .readonly()
    .describe(
      "What is passed by --set besides what a request changes: what environment.json does not say, or says otherwise.",
    ),
  timeout_seconds: z
    .int()
    .min(1)
    .describe("How long the inference of a request may take; then it is ended."),
};

const claraEngine = <T extends z.ZodType>(result: T) =>
  z
    .strictObject({
      name: z.literal("clara"),
      ...ofMmar,
      set_env: z
        .string()
        .nullable()
        .describe("The script that sets the MMAR's environment, or null where the MMAR has none."),
      result,
    })
    .describe("The model is run by Clara's own entry point, in a process for each request.");

export const monaiEngine = z
  .strictObject({ name: z.literal("monai"), ...ofMmar })
  .describe("The model is run on MONAI in the server's own process, where it stays loaded.");

const id = z.string().min(1).nullable();

const monaiBundleEngine = z
  .strictObject({
    name: z.literal("monai-bundle"),
    configs: z
      .array(text)
      .min(1)
      .readonly()
      .describe("The bundle's own inference configs; of a key that several have the last counts."),
    metadata: text.nullable().describe("The bundle's metadata.json, or null where it has none."),
    overrides: z
      .record(z.string().min(1), z.unknown())
      .readonly()
      .describe(
        "What is set in the config before it is parsed, by ids such as inferer#sw_batch_size.",
      ),
    network: id.describe("The id of the network; null where the TorchScript is the network."),
    preprocessing: id.describe("The id of the transforms in front of the network, or null."),
    inferer: id.describe("The id of the inferer; null for one that gives the network all at once."),
    postprocessing: id.describe("The id of the transforms behind the network, or null."),
    weights: z.strictObject({
      path: text.describe("The file."),
      form: z.enum(["torchscript", "state_dict"]).describe("What it is."),
      key: text
        .nullable()
        .describe("The key of a checkpoint under which its state dict may lie, or null."),
    }),
    image_key: text.describe("The key that holds the image in an item."),
    prediction_key: text.describe("The key that holds the network's result."),
    timeout_seconds: ofMmar.timeout_seconds,
  })
  .describe(
    "The parts of a MONAI bundle are built and run in the server's own process, where the network stays loaded.",
  );

/** How the model is run: what the deploy code's task does not need to know. */
export const engine = <T extends z.ZodType>(result: T) =>
  z
    .discriminatedUnion("name", [claraEngine(result), monaiEngine, monaiBundleEngine])
    .describe(
      "How the model is run, with files of the MMAR. What the task does not need to know of it stands here.",
    );

/** How the model is run on MONAI. */
export type MonaiEngine = z.infer<typeof monaiEngine>;

/** How a MONAI bundle is run. */
export type MonaiBundleEngine = z.infer<typeof monaiBundleEngine>;
