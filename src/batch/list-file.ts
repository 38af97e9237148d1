import { basename, dirname, isAbsolute, join } from "node:path";
import { z } from "zod";
import { UsageError } from "../errors.js";
import { readUserFile } from "../files/user-file.js";
import {
  CONFIG_FILE,
  fileOptions,
  type OptionsFile,
  parseYaml,
  placeIn,
  withoutSchemaKey,
} from "../options/file.js";
import { fileShape, SCHEMA_KEY } from "../options/file-definition.js";
import { type OptionIssue, optionIssues, wording } from "../options/issues.js";
import { fileKey, type OptionName, option } from "../options/names.js";
import type { YamlPath } from "../text/yaml-place.js";

/** One model of a list. */
export interface ListedModel {
  /** Path of the MMAR, as it can be opened. */
  readonly location: string;
  /** The path as it stands in the list. */
  readonly path: string;
  /** Name of its bundle in the output folder, if the list gives one. */
  readonly out: string | undefined;
  /** Options of pack for it alone, in camel case. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a list holds. */
export interface ModelList {
  /** Options of pack for all models of the list, in camel case. */
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly models: readonly ListedModel[];
}

const path = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .describe("Path of the MMAR: its folder, or a zip or tar.gz of it.");
const bundleName = z
  .string()
  .regex(/^[^/\\]+\.(zip|tar\.gz|tgz)$/i, "must be a file's name that ends in .zip or .tar.gz");

/** What a batch decides for all of its models. */
const OF_THE_BATCH: readonly OptionName[] = ["out", "dryRun", "force"];

/** A list of MMARs, for its JSON Schema. */
export const batchListDefinition = z
  .strictObject({
    ...SCHEMA_KEY,
    defaults: z
      .strictObject(fileShape(OF_THE_BATCH))
      .optional()
      .describe("Options of pack for all MMARs of the list."),
    models: z
      .array(
        z.union([
          path,
          z.strictObject({
            mmar: path,
            out: bundleName.optional().describe("Name of its bundle in the output folder."),
            ...fileShape(OF_THE_BATCH),
          }),
        ]),
      )
      .describe("The MMARs: paths, or mappings with options for one of them."),
  })
  .meta({
    title: "List of MMARs for mmar2mdai batch",
    description: "MMARs to pack, with options for each. Relative paths start at the file.",
  });

/** What a list may hold, but for the options, which are checked as those of a config file. */
const listSchema = z.strictObject({
  defaults: z.unknown().optional(),
  models: z.array(
    z.union([
      path.transform((mmar) => ({ mmar })),
      z.looseObject({ mmar: path, out: bundleName.optional() }),
    ]),
  ),
});

/**
 * Reads a list of models with options for each. Paths in it are relative to the list.
 *
 * @throws {@link UsageError} if it can't be read, is not YAML, or holds what it should not
 */
export async function readList(path: string): Promise<ModelList> {
  if (basename(path) === CONFIG_FILE) {
    throw new UsageError(
      `${path} holds options for the MMARs beside it. It is not a list of MMARs.`,
    );
  }
  const file = { path, text: await readUserFile(path, `The list ${path}`) };
  const result = listSchema.safeParse(withoutSchemaKey(parseYaml(file.text, path)), {
    error: wording,
  });
  if (!result.success) {
    const issues = optionIssues(result.error.issues);
    throw new UsageError(issues.map((issue) => listIssueText(issue, file)).join("\n"));
  }
  const { defaults = {}, models } = result.data;
  return {
    defaults: optionsAt(defaults, file, ["defaults"]),
    models: models.map((model, index) => {
      const { mmar, out, ...given } = { out: undefined, ...model };
      const location = isAbsolute(mmar) ? mmar : join(dirname(path), mmar);
      const options = optionsAt(given, file, ["models", index]);
      return { location, path: mmar, out, options };
    }),
  };
}

function optionsAt(value: unknown, file: OptionsFile, at: YamlPath): Record<string, unknown> {
  const options = fileOptions(value, file, at);
  for (const name of OF_THE_BATCH.filter((name) => name in options)) {
    const where = placeIn(file, [...at, fileKey(name)]);
    throw new UsageError(
      `${where}: applies to the whole batch. Give ${option(name)} to the batch itself.`,
    );
  }
  return options;
}

function listIssueText({ path, problem, unknown }: OptionIssue, file: OptionsFile): string {
  const [key] = unknown ?? [];
  if (key === undefined) return `${placeIn(file, path)}: ${problem}.`;
  return `${placeIn(file, [...path, key])}: unknown key. A list has "defaults" and "models".`;
}
