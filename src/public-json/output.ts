import { z } from "zod";
import type { ConfigMdai } from "../model/config-mdai.js";
import { ARCHIVE_FORMATS, DEVICES, RUNTIME_NAMES } from "../options/words.js";
import { explainDefinition } from "./explain.js";
import { findingDefinition, findings } from "./finding.js";
import { handOverDefinition } from "./hand-over.js";
import { listDefinition } from "./list.js";
import {
  commandOf,
  count,
  derived,
  formVersion,
  generation,
  list,
  name,
  override,
  sha256,
} from "./parts.js";
import { runShape } from "./run.js";

export { JSON_VERSION } from "./parts.js";

const [schema, command] = [formVersion, commandOf];

const change = z
  .object({
    at: z.string().describe("Where, as a path of keys in the MMAR's file."),
    from: z.unknown().optional().describe("What stood there; missing where nothing did."),
    to: z.unknown().optional().describe("What stands there now; missing where it was taken out."),
    why: z.string().describe("The reason, for people."),
  })
  .meta({ id: "change", description: "One change of the inference config." });

const inferenceConfig = z
  .object({
    path: z.string().describe("Path of the file in the MMAR's folder of the bundle."),
    source: z.string().nullable().describe("The file of the MMAR that it was made from."),
    changes: list(change).describe("How it differs from that file."),
  })
  .meta({
    id: "inference_config",
    description: "The inference config that MD.ai's container runs.",
  });

const omitted = z
  .object({
    reason: z.string().describe("Why they are left out."),
    files: z.int().min(1).describe("How many files."),
    size: count.describe("Their total size in bytes."),
    paths: list(z.string()).describe("Their paths in the MMAR."),
  })
  .meta({ id: "omitted", description: "Files that are left out for one reason." });

const entry = z
  .object({
    path: z.string().describe("Path in the archive."),
    size: count.describe("Size in bytes, before compression."),
    mode: z.enum(["644", "755"]).describe("Unix permissions, in octal."),
    reason: z.string().describe("Why it is in the bundle, for people."),
  })
  .meta({ id: "entry", description: "A file of the bundle." });

/** What inspect and pack both tell of an MMAR. */
const knowledge = {
  mmar: name.nullable().describe("Name of the MMAR, or null where there is none."),
  generation: generation
    .nullable()
    .describe("The version of Clara Train that the MMAR is for, or null if there is no MMAR."),
  runtime: z.enum(RUNTIME_NAMES).describe("What runs the model on MD.ai."),
  derived,
  overrides: list(override).describe("What options say instead of what was derived."),
  inference_config: inferenceConfig
    .nullable()
    .describe(
      "The inference config for MD.ai, beside the MMAR's own; null where none could be made.",
    ),
  config_mdai: z
    .custom<ConfigMdai>()
    .meta({ file: "config_mdai.schema.json" })
    .nullable()
    .describe(
      "What config_mdai.json in the bundle holds; see config_mdai.schema.json. Null if an error prevents it.",
    ),
  omitted: list(omitted).describe("Files of the MMAR that are left out of the bundle, by reason."),
  findings,
};

const inspect = z
  .object({
    schema,
    command: command("inspect"),
    ok: z
      .boolean()
      .describe("Whether the MMAR can be packed. The exit code is 0 then, and 1 otherwise."),
    ...knowledge,
  })
  .meta({ id: "inspect", description: "What inspect prints." });

const pack = z
  .object({
    schema,
    command: command("pack"),
    ok: z
      .boolean()
      .describe(
        "Whether the MMAR is fit, by --strict too where it is given. The exit code is 0 then, and 1 otherwise.",
      ),
    target: z.string().describe("Path of the bundle that was written, or would have been."),
    format: z.enum(ARCHIVE_FORMATS).describe("Form of the bundle."),
    size: z
      .int()
      .min(1)
      .nullable()
      .describe(
        "Size of the bundle in bytes, or null where none was written: for an MMAR that is not fit, and with --dry-run.",
      ),
    sha256: sha256
      .nullable()
      .describe("SHA-256 of the bundle in lower-case hexadecimal, or null where none was written."),
    hand_over: handOverDefinition
      .nullable()
      .describe("What has to be set up on MD.ai; null for an MMAR that is not fit."),
    ...knowledge,
    entries: list(entry).describe(
      "The bundle's files in their order; empty if an error prevents it.",
    ),
  })
  .meta({ id: "pack", description: "What pack prints." });

const counts = z.object({
  packed: count.describe("Bundles that were written."),
  current: count.describe("Bundles that are there already and would become the same."),
  would_pack: count.describe("With --dry-run: bundles that would be written."),
  not_fit: count.describe("MMARs that are not fit; their findings say why."),
  refused: count.describe("MMARs that an option, or a file at the bundle's path, stopped."),
  failed: count.describe("MMARs that the machine stopped: its disk, a permission."),
  passed_over: count.describe("Archives that a search found and that are not MMARs."),
});

const model = z
  .object({
    location: z.string().describe("Folder or archive of the MMAR."),
    target: z.string().describe("Path of its bundle."),
    outcome: z.keyof(counts).describe("What became of it; counts says what each means."),
    size: z
      .int()
      .min(1)
      .nullable()
      .describe("Size of the bundle in bytes, or null where there is none."),
    sha256: sha256
      .nullable()
      .describe("SHA-256 of the bundle in lower-case hexadecimal, or null where there is none."),
    failure: z.string().nullable().describe("What stopped it besides findings, or null."),
    hand_over: handOverDefinition
      .nullable()
      .describe("What has to be set up on MD.ai; null for an MMAR that is not fit."),
    findings,
  })
  .meta({ id: "model", description: "One MMAR of a batch." });

const batch = z
  .object({
    schema,
    command: command("batch"),
    ok: z
      .boolean()
      .describe(
        "Whether every MMAR has its bundle. The exit code is 0 then, 3 where the machine failed at one, and 1 otherwise.",
      ),
    out: z.string().describe("The folder of the bundles."),
    counts: counts.describe("How many MMARs had which outcome."),
    models: list(model).describe("The MMARs, in the order of their bundles' names."),
  })
  .meta({ id: "batch", description: "What batch prints." });

const image = z.object({
  base_image: z.string().describe("As the builder reads it."),
  device_type: z.enum(DEVICES).describe("What it runs on."),
  cuda_version: z.string().nullable().describe("Of a GPU image."),
  clara_version: z.string().nullable().describe("Of NVIDIA's image."),
  python: z.string().nullable().describe("Version of Python in it; null where it is not known."),
});

const bundleModel = z.object({
  type: z.string().nullable().describe("What the model does."),
  out_classes: z.int().nullable().describe("Output channels of the network."),
  data_list_key: z.string().nullable().describe("The list of the data list that inference reads."),
  classes: list(
    z.object({
      class_index: z.int().min(0).describe("Place among the label classes on MD.ai."),
      name: name.describe("Name of the class."),
    }),
  ).describe("The classes that it reports."),
});

const verify = z
  .object({
    schema,
    command: command("verify"),
    ok: z
      .boolean()
      .describe(
        "Whether nothing was found that stops MD.ai (with --strict, nor a warning). The exit code is 0 then, 1 otherwise.",
      ),
    bundle: z.string().describe("The bundle, as it was given."),
    format: z
      .enum(ARCHIVE_FORMATS)
      .nullable()
      .describe("Form of the archive; null if MD.ai does not take it."),
    size: count
      .nullable()
      .describe("Length of the archive in bytes; null where it could not be looked at."),
    sha256: sha256.nullable().describe("SHA-256 of the archive, in hexadecimal digits."),
    files: count.describe("Number of files in it."),
    content_size: count.describe("Their total length in bytes."),
    made_by_mmar2mdai: z
      .boolean()
      .describe("Whether this program made it, as its config_mdai.json tells."),
    root: z
      .string()
      .nullable()
      .describe(
        'The folder that holds .mdai, "" for the archive\'s top; null where there is none.',
      ),
    runtime: z
      .enum(RUNTIME_NAMES)
      .nullable()
      .describe("What runs the model, by config_mdai.json; null where mmar2mdai did not make it."),
    image: image
      .nullable()
      .describe("The image that config.yaml asks for; null where the builder would stop."),
    mmar: z.string().nullable().describe("Folder of the MMAR in the archive."),
    model: bundleModel
      .nullable()
      .describe("What config_mdai.json, or else the MMAR, says of the model."),
    findings: list(findingDefinition).describe(
      "What is wrong, doubtful or worth knowing, errors first. Places are paths in the archive.",
    ),
  })
  .meta({ id: "verify", description: "What verify prints." });

const run = z
  .object({
    schema,
    command: command("run"),
    ok: z
      .boolean()
      .describe("Whether MD.ai would take every answer. The exit code is 0 then, and 1 otherwise."),
    ...runShape,
    findings,
  })
  .meta({ id: "run", description: "What run prints." });

const failure = z
  .object({
    schema,
    command: z
      .enum(["inspect", "pack", "verify", "batch", "run", "explain", "list"])
      .describe("The command that printed this."),
    ok: z.literal(false).describe("Nothing was done."),
    error: z
      .object({
        kind: z
          .enum(["usage", "target-exists", "machine", "verify", "model"])
          .describe(
            "usage: an option, or a file that an option names. target-exists: the bundle is there already. machine: disk, permission. verify: the archive, read back, was not what was written. model: run could not run the model to its end.",
          ),
        message: z.string().describe("What is wrong and what to do about it; stderr has it, too."),
        exit_code: z.literal([1, 2, 3]).describe("The exit code of the process."),
      })
      .describe("What stopped the command."),
  })
  .meta({
    id: "failure",
    description:
      "What any command prints in place of its result where something besides findings stopped it. Where the command line itself is not understood (an unknown option), or a signal ends the program, stdout is empty.",
  });

const results = [inspect, pack, batch, verify, run, explainDefinition, listDefinition] as const;

/** What any command prints with `--json`. */
export const outputDefinition = z.union([...results, failure]).meta({
  title: "What mmar2mdai prints with --json",
  description:
    "One JSON object on stdout, whatever comes of the command. Its form has a version, in the key schema, which rises when a key goes or changes its meaning. Keys may be added without that: pass over those that you don't know.",
});

export type FindingOutput = z.infer<typeof findingDefinition>;
export type InspectOutput = z.infer<typeof inspect>;
export type PackOutput = z.infer<typeof pack>;
export type BatchOutput = z.infer<typeof batch>;
export type ModelOutput = z.infer<typeof model>;
export type VerifyOutput = z.infer<typeof verify>;
export type RunOutput = z.infer<typeof run>;
export type FailureOutput = z.infer<typeof failure>;
