import { dirname, isAbsolute, join } from "node:path";
import { z } from "zod";
import { UsageError } from "../errors.js";
import { readUserFile } from "../files/user-file.js";
import { namedOptions, parseYaml } from "../options/file.js";
import { issueMessage, parsePackOptions } from "../options/schema.js";
import { type YamlPath, yamlPosition } from "../text/yaml-place.js";

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

const path = z.string().trim().min(1, "must not be empty");
const bundleName = z
  .string()
  .regex(/^[^/\\]+\.(zip|tar\.gz|tgz)$/i, "must be a file's name that ends in .zip or .tar.gz");

const listSchema = z.strictObject({
  defaults: z.record(z.string(), z.unknown()).default({}),
  models: z.array(
    z.union([
      path.transform((mmar) => ({ mmar })),
      z.looseObject({ mmar: path, out: bundleName.optional() }),
    ]),
  ),
});

/** What a batch decides for all of its models. */
const OF_THE_BATCH = ["out", "dryRun", "force"];

/**
 * Reads a list of models with options for each. Paths in it are relative to the list.
 *
 * @throws {@link UsageError} if it can't be read, is not YAML, or holds what it should not
 */
export async function readList(file: string): Promise<ModelList> {
  const text = await readUserFile(file, `The list ${file}`);
  const at = (path: YamlPath): string => `${file}:${yamlPosition(text, path)}${keyText(path)}`;
  const result = listSchema.safeParse(parseYaml(text, file));
  if (!result.success) {
    throw new UsageError(result.error.issues.map((issue) => issueText(issue, at)).join("\n"));
  }
  const { defaults, models } = result.data;
  const optionsAt = (given: Record<string, unknown>, path: YamlPath): Record<string, unknown> => {
    const options = namedOptions(given, file, (key) => at([...path, ...(key ? [key] : [])]));
    for (const name of OF_THE_BATCH.filter((name) => name in options)) {
      throw new UsageError(`${at(path)}: "${name}" is said of the batch, on its command line.`);
    }
    check(options, () => at(path));
    return options;
  };
  return {
    defaults: optionsAt(defaults, ["defaults"]),
    models: models.map((model, index) => {
      const { mmar, out, ...given } = { out: undefined, ...model };
      const location = isAbsolute(mmar) ? mmar : join(dirname(file), mmar);
      return { location, path: mmar, out, options: optionsAt(given, ["models", index]) };
    }),
  };
}

/** ` (models[2].mmar)` */
function keyText(path: YamlPath): string {
  const text = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`));
  return text.length === 0 ? "" : ` (${text.join("").replace(/^\./, "")})`;
}

function issueText(issue: z.core.$ZodIssue, at: (path: YamlPath) => string): string {
  if (issue.code !== "unrecognized_keys") return `${at(issue.path)}: ${issueMessage(issue)}.`;
  const [key = ""] = issue.keys;
  return `${at([...issue.path, key])}: there is no such key; a list has "models" and "defaults".`;
}

/** Options are checked for all models before the first is packed. */
function check(options: Record<string, unknown>, where: () => string): void {
  try {
    parsePackOptions(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${where()}: ${error.message}`);
  }
}
