import type { JSONPath } from "jsonc-parser";
import { type Finding, finding } from "../../findings/finding.js";
import {
  asList,
  asObject,
  asString,
  type Json,
  type JsonObject,
  keyPath,
} from "../../text/json.js";
import type { CheckUse } from "../source.js";
import { checkInteraction } from "./check-interaction.js";
import { checkpointLoaders } from "./checkpoint-loader.js";
import { type Config, isTrue, modelMembers } from "./config.js";
import { checkCustomComponents } from "./custom.js";
import { isAiaaForm } from "./from-aiaa.js";
import { INFERENCE_CONFIG, type Mmar, SET_ENV } from "./mmar.js";

/** Sections without which Clara's evaluator can't start. */
const SECTIONS = ["model", "pre_transforms", "dataset", "dataloader", "inferer", "evaluator"];

/** Those that AIAA, whose config has sections of its own, knows as well. */
const SECTIONS_OF_AIAA = ["model", "pre_transforms", "post_transforms"];

function checkSections(config: Config): Finding[] {
  const sections = isAiaaForm(config) ? SECTIONS_OF_AIAA : SECTIONS;
  return sections
    .filter((name) => config.value[name] === undefined)
    .map((name) =>
      finding("inference-config-broken", { problem: `has no "${name}"` }, config.place([name])),
    );
}

const COMPONENTS = ["dataset", "dataloader", "inferer", "evaluator"];

const COMPONENT_LISTS = ["pre_transforms", "post_transforms", "handlers"];

/** Finds what should be a component, or a list of components, and is not. */
function checkShapes(config: Config): Finding[] {
  const { value } = config.file;
  const broken = (at: JSONPath, wanted: string): Finding[] => {
    const problem = `has something other than ${wanted} at ${keyPath(at)}`;
    return [finding("inference-config-broken", { problem }, config.place(at))];
  };
  const checkArgs = (component: Json | undefined, at: JSONPath): Finding[] => {
    const args = asObject(component)?.args;
    const isFit = args === undefined || asObject(args) !== undefined;
    return isFit ? [] : broken([...at, "args"], "an object");
  };
  const single = COMPONENTS.flatMap((name) => {
    const section = value[name];
    const isFit = section === undefined || asObject(section) !== undefined;
    return isFit ? checkArgs(section, [name]) : broken([name], "an object");
  });
  const lists = COMPONENT_LISTS.flatMap((name) => {
    const section = value[name];
    if (section !== undefined && !Array.isArray(section)) return broken([name], "a list");
    return asList(section).flatMap((item, index) => checkArgs(item, [name, index]));
  });
  return [...single, ...lists];
}

/** Variables that the deploy code sets with `--set`, and those whose absence is said elsewhere. */
const SET_OR_SAID = new Set([
  "DATASET_JSON",
  "DATA_ROOT",
  "MMAR_EVAL_OUTPUT_PATH",
  "MMAR_CKPT",
  "MMAR_TORCHSCRIPT",
]);

function checkVariables(config: Config): Finding[] {
  return Object.entries(config.file.value).flatMap(([section, value]) => {
    const place = config.place([section]);
    const unknown = [...new Set(config.variables.unknown(value))]
      .filter((name) => !SET_OR_SAID.has(name))
      .map((variable) => finding("variable-unknown", { variable }, place));
    const stuck = config.variables
      .stuck(value)
      .map(({ name, isRing }) =>
        finding("variable-not-replaced", { variable: name, isRing }, place),
      );
    return [...unknown, ...stuck];
  });
}

const loadedModels = (config: Config): JsonObject[] =>
  modelMembers(config).filter((member) => !isTrue(member.disabled));

/** Which of the weights an inference config loads; the TorchScript where it does not say. */
export function loadedWeights(config: Config | undefined): {
  torchscript: boolean;
  checkpoint: boolean;
} {
  const loads = config === undefined ? [] : loadedModels(config);
  const checkpoint = loads.some((member) => member.ts_path === undefined);
  const torchscript = loads.length === 0 || loads.some((member) => member.ts_path !== undefined);
  return { torchscript, checkpoint };
}

function checkModelSection(config: Config, use: CheckUse): Finding[] {
  const loads = loadedModels(config);
  const place = config.place(["model"]);
  if (config.value.model !== undefined && loads.length === 0) {
    return [
      finding("inference-config-broken", { problem: "has no model that is not disabled" }, place),
    ];
  }
  const network = loads.find(
    ({ ts_path: ts, ckpt_path: ckpt }) => ts === undefined && ckpt === undefined,
  );
  if (network !== undefined && loads.length === 1 && checkpointLoaders(config).length === 0) {
    const problem = "names a network, and no CheckpointLoader that loads its weights";
    return [finding("inference-config-broken", { problem }, place)];
  }
  const usesCheckpoint = loads.find((member) => member.ts_path === undefined);
  if (usesCheckpoint === undefined || use.checkpoint) return [];
  const used = asString(usesCheckpoint.ckpt_path) ?? "a network with a checkpoint";
  return [finding("weights-not-used", { used }, place)];
}

export function checkInferenceConfig(mmar: Mmar, use: CheckUse): Finding[] {
  const { inference } = mmar;
  if (inference === undefined) {
    const isThere =
      mmar.files.has(INFERENCE_CONFIG) || mmar.oddities.some((o) => o.path === INFERENCE_CONFIG);
    return isThere ? [] : [finding("inference-config-missing", {}, { file: INFERENCE_CONFIG })];
  }
  const setEnv = mmar.files.has(SET_ENV) ? [] : [finding("set-env-missing", {}, { file: SET_ENV })];
  return [
    ...checkSections(inference),
    ...checkShapes(inference),
    ...checkInteraction(inference),
    // Without environment.json nearly every variable would be unknown.
    ...(mmar.environment === undefined ? [] : checkVariables(inference)),
    ...checkModelSection(inference, use),
    ...checkCustomComponents(inference, (path) => mmar.files.has(path), use.packages),
    ...setEnv,
  ];
}
