import { z } from "zod";
import { count, list, name, sha256 } from "./parts.js";

const scope = z.enum(["INSTANCE", "SERIES", "STUDY"]);

const label = z
  .object({
    kind: z
      .enum(["class", "prompt"])
      .describe("class: the model reports it. prompt: a user draws with it before the run."),
    name: name.describe("Its name."),
    type: z.enum(["local", "global"]).describe("local: of an image. global: of the whole scope."),
    scope: scope.describe("The scope that the label needs."),
    annotation_modes: list(z.enum(["mask", "location", "bbox", "polygon"])).describe(
      "Annotation modes that it may have, the best one first; none for global labels.",
    ),
    colour: z
      .string()
      .regex(/^#[0-9a-f]{6}$/)
      .describe("A colour that tells it from the others; run's report shows it in this one."),
    class_index: z
      .int()
      .min(0)
      .nullable()
      .describe("Its place among the model's label classes; null for a prompt."),
    use: z.string().optional().describe("Of a prompt: what the user does with it."),
  })
  .meta({ id: "label", description: "A label to create on MD.ai." });

export const handOverDefinition = z
  .object({
    name: name.describe("The model's name."),
    scope: scope.describe("The scope that the model needs."),
    bundle: z
      .object({
        path: z.string().describe("The file to upload."),
        size: count.describe("Its length in bytes."),
        sha256,
      })
      .nullable()
      .describe("The bundle; null where there is none."),
    labels: list(label).describe(
      "The labels: those of the classes in the order in which they have to be mapped, then prompts.",
    ),
    note: z.string().nullable().describe("What else to know, or null."),
  })
  .meta({ id: "hand_over", description: "What has to be set up on MD.ai." });

export type HandOverOutput = z.infer<typeof handOverDefinition>;
