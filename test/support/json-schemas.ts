import { join } from "node:path";
import type { z } from "zod";
import { REPOSITORY } from "./mmars.js";

interface Maker {
  readonly jsonSchema: (definition: z.ZodType, id: string) => Record<string, unknown>;
  readonly jsonSchemaText: (definition: z.ZodType, id: string) => string;
}

/** What makes schemas/*.json of the definitions in src. */
export const { jsonSchema, jsonSchemaText }: Maker = await import(
  join(REPOSITORY, "scripts/json-schemas.mjs")
);
