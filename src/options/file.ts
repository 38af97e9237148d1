import { dirname, isAbsolute, join, resolve } from "node:path";
import { loadAll, YAMLException } from "js-yaml";
import { UsageError } from "../errors.js";
import { readUserFile, readUserFileIfThere } from "../files/user-file.js";
import { type YamlPath, yamlPosition } from "../text/yaml-place.js";
import { nearest } from "./issues.js";
import { fileKey } from "./names.js";
import { packOptionIssues, packOptionNames } from "./schema.js";

/** The config file's name, where it lies beside the MMAR. */
export const CONFIG_FILE = "mmar2mdai.config.yaml";

/** Options that name files: in a config file they are relative to that file. */
const PATHS = ["out", "requirements"];

/** Options by their keys in a file: `out-classes` → `outClasses`. */
const OPTION_OF_KEY = new Map(packOptionNames.map((name) => [fileKey(name), name]));

/** A YAML file that holds options, for messages about it. */
export interface OptionsFile {
  readonly path: string;
  readonly text: string;
}

/** The config file that counts: the one that `--config` names, or the one beside the MMAR. */
export const configFile = (location: string, named: string | undefined): string =>
  named ?? join(dirname(resolve(location)), CONFIG_FILE);

/**
 * Reads options from a config file: the one that `--config` names, or the one beside the MMAR.
 * Its keys are the long names of pack's options: `out-classes: 2`.
 *
 * @returns options in camel case, each of which pack takes; none where there is no file
 * @throws {@link UsageError} if the file can't be read, or holds anything but options
 */
export async function readConfigFile(
  location: string,
  named: string | undefined,
): Promise<Record<string, unknown>> {
  const path = configFile(location, named);
  const name = `The config file ${path}`;
  const read = named === undefined ? readUserFileIfThere : readUserFile;
  const text = await read(path, name);
  if (text === undefined) return {};
  return fileOptions(withoutSchemaKey(parseYaml(text, path) ?? {}), { path, text }, []);
}

/** What a file holds but for the key `$schema`, which is for editors. Another value stays as it is. */
export function withoutSchemaKey(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("$schema" in value)) return value;
  const { $schema, ...rest } = value;
  return typeof $schema === "string" ? rest : value;
}

/**
 * Options as a mapping in a file has them, in camel case, checked, and with paths relative to the
 * file resolved.
 *
 * @param at - the mapping's path in the file
 * @throws {@link UsageError} for all that is wrong, each with line, column and key
 */
export function fileOptions(
  value: unknown,
  file: OptionsFile,
  at: YamlPath,
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(`${placeIn(file, at)}: must hold options, as in "device: cpu".`);
  }
  const unknown = Object.keys(value).filter((key) => !OPTION_OF_KEY.has(key));
  if (unknown.length > 0) {
    throw new UsageError(unknown.map((key) => unknownKeyText(key, file, at)).join("\n"));
  }
  const options = Object.fromEntries(
    Object.entries(value).map(([key, option]) => [OPTION_OF_KEY.get(key) ?? key, option]),
  );
  const issues = packOptionIssues(options).map(({ path: [name = "", ...inner], problem }) => {
    return `${placeIn(file, [...at, fileKey(String(name)), ...inner])}: ${problem}.`;
  });
  if (issues.length > 0) throw new UsageError(issues.join("\n"));
  for (const name of PATHS) {
    const path = options[name];
    if (typeof path === "string" && !isAbsolute(path)) {
      options[name] = join(dirname(file.path), path);
    }
  }
  return options;
}

function unknownKeyText(key: string, file: OptionsFile, at: YamlPath): string {
  const known = [...OPTION_OF_KEY.keys()];
  const meant = nearest(key, known);
  const help = meant === undefined ? `Options are ${known.join(", ")}.` : `Did you mean ${meant}?`;
  return `${placeIn(file, [...at, key])}: unknown option. ${help}`;
}

/** A place in a YAML file: `list.yaml:4:3 (models[1].out-classes)`. */
export function placeIn({ path, text }: OptionsFile, at: YamlPath): string {
  const keys = at.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return `${path}:${yamlPosition(text, at)}${keys === "" ? "" : ` (${keys.replace(/^\./, "")})`}`;
}

/** Longer lines in messages are cut. */
const LONGEST_LINE = 200;

/** The one document of a YAML file; undefined where the file is empty. */
export function parseYaml(text: string, path: string): unknown {
  try {
    const documents = loadAll(text);
    if (documents.length > 1) {
      throw new UsageError(`The file ${path} has several documents. Leave one.`);
    }
    return documents[0];
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    // The lines of the file that it shows may be as long as the file.
    const shown = error.message.split("\n").map((line) => line.slice(0, LONGEST_LINE));
    throw new UsageError(`The file ${path} is not YAML: ${shown.join("\n")}`);
  }
}
