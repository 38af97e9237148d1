import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { z } from "zod";
import { UsageError } from "../errors.js";
import { namedOptions, parseYaml } from "../option-file.js";
import { issueMessage, parsePackOptions } from "../options.js";

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
  const value = parseYaml(await readText(file), file);
  const result = listSchema.safeParse(value);
  if (!result.success) {
    throw new UsageError(result.error.issues.map((i) => `${file}${issueText(i)}.`).join("\n"));
  }
  const { defaults, models } = result.data;
  const optionsAt = (given: Record<string, unknown>, where: string): Record<string, unknown> => {
    const options = namedOptions(given, file, `${file}, ${where}`);
    for (const name of OF_THE_BATCH.filter((name) => name in options)) {
      throw new UsageError(
        `${file}, ${where}: "${name}" is said of the batch, on its command line.`,
      );
    }
    check(options, `${file}, ${where}`);
    return options;
  };
  return {
    defaults: optionsAt(defaults, "defaults"),
    models: models.map((model, index) => {
      const { mmar, out, ...given } = { out: undefined, ...model };
      const location = isAbsolute(mmar) ? mmar : join(dirname(file), mmar);
      return { location, path: mmar, out, options: optionsAt(given, `models[${index}]`) };
    }),
  };
}

/** `, models[2].mmar: must not be empty` */
function issueText(issue: z.core.$ZodIssue): string {
  const keys = issue.code === "unrecognized_keys" ? issue.keys : [];
  const at = [...issue.path, ...keys].map((key) =>
    typeof key === "number" ? `[${key}]` : `.${String(key)}`,
  );
  const where = at.length === 0 ? "" : `, ${at.join("").replace(/^\./, "")}`;
  return `${where}: ${keys.length > 0 ? "there is no such key" : issueMessage(issue)}`;
}

/** Options are checked for all models before the first is packed. */
function check(options: Record<string, unknown>, where: string): void {
  try {
    parsePackOptions(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${where}: ${error.message}`);
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`The list ${file} can't be read (${code}). Check the path.`);
  }
}
