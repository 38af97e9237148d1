import { z } from "zod";
import { list } from "./parts.js";

const place = z
  .object({
    file: z.string().describe("The file, relative to the root of the MMAR, with forward slashes."),
    line: z.int().min(1).optional().describe("Line, from 1."),
    column: z.int().min(1).optional().describe("Column, from 1, in UTF-16 code units."),
    key: z.string().optional().describe("The key in the file, as a path."),
  })
  .meta({
    id: "place",
    description: "Where it was found; missing where it has no place.",
  });

export const findingDefinition = z
  .object({
    code: z
      .string()
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      .describe("The stable code; docs/findings.md explains each."),
    severity: z
      .enum(["error", "warning", "info"])
      .describe("An error stops the packing, a warning does with --strict, an info never."),
    args: z
      .record(z.string(), z.unknown())
      .describe("What the message names, by the code's own keys: JSON values."),
    message: z.string().describe("What is so, and why that matters."),
    hint: z.string().describe("What to do."),
    place: place.optional(),
  })
  .meta({ id: "finding", description: "One thing that was found." });

export const findings = list(findingDefinition).describe(
  "What is wrong, doubtful or worth knowing; errors first.",
);
