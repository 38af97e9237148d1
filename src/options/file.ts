import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { loadAll, YAMLException } from "js-yaml";
import { UsageError } from "../errors.js";
import { unreadable } from "../files/user-file.js";
import { yamlPosition } from "../text/yaml-place.js";
import { packOptionNames } from "./schema.js";

/** The config file's name, where it lies beside the MMAR. */
export const CONFIG_FILE = "mmar2mdai.config.yaml";

/** Options that name files: in a config file they are relative to that file. */
const PATHS = ["out", "requirements"];

/** The config file that counts: the one that `--config` names, or the one beside the MMAR. */
export const configFile = (location: string, named: string | undefined): string =>
  named ?? join(dirname(resolve(location)), CONFIG_FILE);

/**
 * Reads options from a config file: the one that `--config` names, or the one beside the MMAR.
 * Its keys are the long names of pack's options: `out-classes: 2`.
 *
 * @returns options in camel case, not yet checked; none where there is no file
 * @throws {@link UsageError} if the file can't be read, or holds what is no option
 */
export async function readConfigFile(
  location: string,
  named: string | undefined,
): Promise<Record<string, unknown>> {
  const path = configFile(location, named);
  const text = await readText(path, named !== undefined);
  if (text === undefined) return {};
  const at = (key?: string): string => `${path}:${yamlPosition(text, key ? [key] : [])}`;
  return namedOptions(parseYaml(text, path) ?? {}, path, at);
}

/**
 * Options as a file has them, in camel case and with paths relative to the file resolved.
 *
 * @param at - the file and the place of a key in it, or of all, for messages
 * @throws {@link UsageError} if it holds what is no option
 */
export function namedOptions(
  value: unknown,
  path: string,
  at: (key?: string) => string,
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(`${at()}: it has to hold options, one a line, as in "device: cpu".`);
  }
  const options: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(value)) {
    const name = optionName(key, at);
    const isRelative = PATHS.includes(name) && typeof option === "string" && !isAbsolute(option);
    options[name] = isRelative ? join(dirname(path), option) : option;
  }
  return options;
}

async function readText(path: string, isNamed: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!isNamed && (code === "ENOENT" || code === "ENOTDIR")) return undefined;
    throw unreadable(`The config file ${path}`, error);
  }
}

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
    throw new UsageError(`The file ${path} is not YAML: ${error.message}`);
  }
}

/** `out-classes` → `outClasses`; `no-checkpoint` is no option here, `checkpoint: false` is. */
function optionName(key: string, at: (key: string) => string): string {
  const name = key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (packOptionNames.includes(name)) return name;
  const known = packOptionNames.map((n) => n.replace(/[A-Z]/g, (l) => `-${l.toLowerCase()}`));
  throw new UsageError(`${at(key)}: "${key}" is no option. Options are ${known.join(", ")}.`);
}
