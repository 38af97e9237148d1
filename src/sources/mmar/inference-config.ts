import { type Finding, finding } from "../../findings/finding.js";
import type { JsonFile, JsonObject } from "../../text/json.js";
import { asJsonFile, type ConfigChange, unedited } from "../../text/json-edit.js";
import { completeLoader } from "./checkpoint-loader.js";
import { readClicks } from "./clicks.js";
import { isNamed } from "./components.js";
import { type Config, INFERENCE_CONFIG, readConfig } from "./config.js";
import { applyRules, type Rule, type Ruling } from "./config-rules.js";
import { AIAA_CONFIG, aiaaRule } from "./from-aiaa.js";
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
  /** Whether the file is not an inference config, but one for validation or AIAA's. */
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
  const isAiaa = source.path === AIAA_CONFIG;
  const clicks = readClicks(readConfig(source, environment));
  const made = isAiaa
    ? [aiaaRule]
    : isValidation
      ? inferenceRules(environment, dataList, paths, clicks !== undefined)
      : [];
  const inferring = applyRules(unedited(source), environment, [...made, withoutPerturbation]);
  // AIAA's config is of MONAI's own transforms, whatever Clara is beside it.
  const isOld = generation.generation === "4.0" && !isAiaa;
  const upgraded = isOld
    ? upgradeConfig(inferring.file, environment)
    : { file: inferring.file, findings: [] };
  const last: Rule =
    isValidation && !isAiaa
      ? (config) => addSaver(config, environment)
      : (config) => withListKey(config, environment, dataList);
  const saving = applyRules(upgraded.file, environment, [completeLoader, last, addInversion]);
  const { changes } = saving.file;
  const at = { file: source.path };
  const passed = paths.has(INFERENCE_CONFIG) ? INFERENCE_CONFIG : null;
  return {
    config: readConfig(asJsonFile(saving.file), environment),
    derivation: { source, changes },
    findings: [
      ...(isValidation && !isAiaa
        ? [
            finding(
              "inference-config-made",
              { from: source.path, clicks: clicks !== undefined },
              at,
            ),
          ]
        : []),
      ...(isAiaa ? [finding("aiaa-config-used", { passed }, at)] : []),
      ...inferring.findings,
      ...upgraded.findings,
      ...saving.findings,
    ],
  };
}

/** A user's points are meant as they are: training moves them at random. */
function withoutPerturbation(config: Config): Ruling {
  const edits = config.preTransforms
    .filter((t) => isNamed(t, "AddExtremePointsChannel") && Number(t.args.pert ?? 0) !== 0)
    .map(({ at }) => ({ at: [...at, "args", "pert"], to: 0, why: "points are meant as they are" }));
  return { edits, findings: [] };
}
