import { z } from "zod";
import type { OptionEntry } from "./entry.js";
import { fileKey } from "./names.js";
import { packSchema } from "./schema.js";
import { DERIVATION_OPTIONS, PACK_OPTIONS, WRITING_OPTIONS } from "./table.js";

const ENTRIES: Readonly<Record<string, OptionEntry>> = {
  ...DERIVATION_OPTIONS,
  ...WRITING_OPTIONS,
  ...PACK_OPTIONS,
};

/** What a key of a file does; a key whose flag is `--no-…` does it where it is false. */
function described(entry: OptionEntry | undefined): string {
  const { flags = "", text = "", default: fallback } = entry ?? {};
  const sentence = flags.includes("--no-")
    ? `If false, ${text}.`
    : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
  return fallback === undefined ? sentence : `${sentence} Default: ${fallback}.`;
}

/**
 * The options of pack by their keys in a YAML file, for a JSON Schema of such a file.
 *
 * @param without - options that the file may not have
 */
export const fileShape = (without: readonly string[] = []): Record<string, z.ZodType> =>
  Object.fromEntries(
    Object.entries(packSchema.shape)
      .filter(([name]) => !without.includes(name))
      .map(([name, schema]) => [fileKey(name), schema.describe(described(ENTRIES[name]))]),
  );

/** The key by which editors find a file's JSON Schema. The program passes it over. */
export const SCHEMA_KEY = {
  $schema: z
    .string()
    .optional()
    .describe("Where an editor finds the JSON Schema of this file: a path or URL."),
};

/** The config file, mmar2mdai.config.yaml. */
export const configFileDefinition = z.strictObject({ ...SCHEMA_KEY, ...fileShape() }).meta({
  title: "Config file of mmar2mdai",
  description:
    "Options of pack by their long names, for the MMARs beside the file mmar2mdai.config.yaml, or for those of the command that names the file with --config. What the command line says wins. Relative paths start at the file.",
});
