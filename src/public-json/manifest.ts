import { z } from "zod";
import { ARCHIVE_FORMATS, COMPRESSIONS, RUNTIME_NAMES } from "../options/words.js";
import { count, derived, generation, list, override, sha256 } from "./parts.js";

const hash = sha256.describe("SHA-256, in hexadecimal digits.");
const size = count.describe("Length in bytes.");

/** The manifest that lies beside a bundle. */
export const manifestDefinition = z
  .strictObject({
    schema: z.literal(1).describe("Version of this form."),
    tool: z.strictObject({ name: z.literal("mmar2mdai"), version: z.string() }),
    bundle: z
      .strictObject({
        name: z.string().describe("Name of its file."),
        format: z.enum(ARCHIVE_FORMATS),
        compression: z.enum(COMPRESSIONS),
        time: z
          .string()
          .describe(
            "The time that all entries carry (ISO 8601), from SOURCE_DATE_EPOCH or a fixed one.",
          ),
        size,
        sha256: hash,
      })
      .describe("The bundle, and how it was written."),
    mmar: z
      .strictObject({
        name: z.string(),
        catalogue: z
          .string()
          .nullable()
          .describe("Name of the model in NVIDIA's catalogue, if the MMAR is named after one."),
        generation: generation.shape.generation,
        clara_train_version: z
          .string()
          .nullable()
          .describe("CLARA_TRAIN_VERSION of its environment.json."),
        sha256: sha256.describe(
          "Of the lines that `sha256sum` prints for its packed files, by paths relative to its root, in the order of the paths.",
        ),
      })
      .describe("The MMAR that it was made from."),
    runtime: z
      .enum(RUNTIME_NAMES)
      .optional()
      .describe("What runs the model on MD.ai; clara where it is missing."),
    derived: derived.describe(
      "What was derived of the MMAR: each a value and where it is from, or null.",
    ),
    overrides: list(override).describe("What the user said instead of what was derived."),
    trust: list(z.string()).describe(
      "What loading the model imports and calls because the user trusts it, by full names.",
    ),
    entries: list(
      z.strictObject({
        path: z.string().describe("Path in the archive."),
        mode: z.enum(["644", "755"]).describe("Permission bits."),
        size,
        sha256: hash,
      }),
    ).describe("The files of the bundle, in their order."),
  })
  .meta({
    title: "Manifest of a bundle",
    description:
      "Where a bundle comes from and what it holds, as `pack --manifest` writes it. The same MMAR, options and version give the same manifest: no clock and no host is in it.",
  });

export type Manifest = z.infer<typeof manifestDefinition>;
