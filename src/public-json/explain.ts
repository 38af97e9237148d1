import { z } from "zod";
import { findingDefinition } from "./finding.js";
import { commandOf, formVersion, list } from "./parts.js";

const documentedText = z
  .object({
    text: z.string().describe("The text; ‹…› stands for what a finding names."),
    when: list(z.string()).describe(
      'The cases in which it is said, to go on after "If "; empty where it is always said.',
    ),
  })
  .meta({ id: "documented_text", description: "A text that findings of a code may have." });

export const explainDefinition = z
  .object({
    schema: formVersion,
    command: commandOf("explain"),
    ok: z.literal(true).describe("The code is known."),
    code: findingDefinition.shape.code,
    severity: findingDefinition.shape.severity,
    area: z.string().describe("What it is about: weights, archive, …"),
    title: z.string().describe("What it is, in a few words."),
    messages: list(documentedText).describe("What is so, and why it matters."),
    hints: list(documentedText).describe("What to do about it."),
    given_by: list(z.enum(["inspect", "pack", "batch", "run", "verify"])).describe(
      "The commands that may give it; verify gives those of a model for the one in a bundle.",
    ),
  })
  .meta({ id: "explain", description: "What explain prints." });

export type ExplainOutput = z.infer<typeof explainDefinition>;
