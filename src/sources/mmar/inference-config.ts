import { type Finding, finding } from "../../findings/finding.js";
import type { JsonFile, JsonObject } from "../../text/json.js";
import { asJsonFile, type ConfigChange, unedited } from "../../text/json-edit.js";
import { completeLoader } from "./checkpoint-loader.js";
import { type Config, readConfig } from "./config.js";
import { applyRules, type Rule } from "./config-rules.js";
import { addSaver, inferenceRules, withListKey } from "./from-validation.js";
import type { GenerationFact } from "./generation.js";
import { addInversion } from "./invert.js";
import { upgradeConfig } from "./upgrade/upgrade.js";

/** What an inference config was made from. */
export interface Derivation {
  /** The MMAR's file, as it stands there. */
  readonly source: JsonFile;
  /** How the config for Clara 4.1 differs from the file. */
  readonly changes: readonly ConfigChange[];
}

/** What an inference config is made from. */
export interface InferenceSources {
  readonly file: JsonFile;
  /** Whether the file is a validation config. */
  readonly isValidation: boolean;
  /** Which generation the file is of. */
  readonly generation: GenerationFact;
  readonly environment: JsonObject;
  readonly dataList: JsonFile | undefined;
  /** The MMAR's files. */
  readonly paths: ReadonlySet<string>;
}

/**
 * Makes of an MMAR's config the inference config of Clara 4.1: without labels where it is one for
 * validation, rewritten where it is one of Clara 4.0. Any other stays as it is.
 *
 * @returns the config, whose places are those of the MMAR's file
 */
export function effectiveConfig(sources: InferenceSources): {
  config: Config;
  derivation: Derivation;
  findings: readonly Finding[];
} {
  const { file: source, isValidation, generation, environment, dataList, paths } = sources;
  const made = isValidation ? inferenceRules(environment, dataList, paths) : [];
  const inferring = applyRules(unedited(source), environment, made);
  const isOld = generation.generation === "4.0";
  const upgraded = isOld
    ? upgradeConfig(inferring.file, environment)
    : { file: inferring.file, findings: [] };
  const last: Rule = isValidation
    ? (config) => addSaver(config, environment)
    : (config) => withListKey(config, environment, dataList);
  const saving = applyRules(upgraded.file, environment, [completeLoader, last, addInversion]);
  const { changes } = saving.file;
  return {
    config: readConfig(asJsonFile(saving.file), environment),
    derivation: { source, changes },
    findings: [
      ...(isValidation
        ? [finding("inference-config-made", { from: source.path }, { file: source.path })]
        : []),
      ...inferring.findings,
      ...upgraded.findings,
      ...saving.findings,
    ],
  };
}
