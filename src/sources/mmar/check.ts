import type { ErrorObject } from "ajv";
import type { JSONPath } from "jsonc-parser";
import type { Oddity } from "../../files/folder.js";
import type { SourceFile } from "../../files/source-file.js";
import { type Finding, finding } from "../../findings/finding.js";
import type { FindingCode } from "../../findings/table.js";
import { violations } from "../../schemas.js";
import {
  asList,
  asObject,
  asString,
  type Json,
  type JsonFile,
  type JsonObject,
  keyPath,
} from "../../text/json.js";
import { checkPickles } from "../../weights/pickle/check.js";
import { sniffWeights, type WeightsKind } from "../../weights/sniff.js";
import { inCatalogue } from "./catalogue.js";
import { type Config, isTrue, modelMembers } from "./config.js";
import { checkCustomComponents } from "./custom.js";
import { checkInteraction } from "./from-validation.js";
import { ENVIRONMENT, INFERENCE_CONFIG, insidePath, type Mmar, SET_ENV } from "./mmar.js";
import type { Selection } from "./selection.js";

/** What checking an MMAR takes besides the MMAR. */
export interface CheckOptions {
  /** Whether the checkpoint goes into the bundle. */
  readonly checkpoint: boolean;
  /** Which files go into the bundle: what is left out need not be fit. */
  readonly selection: Selection;
}

/** The weights that environment.json names, where they lie in the MMAR. */
export interface WeightsPaths {
  readonly torchscript: string | undefined;
  readonly checkpoint: string | undefined;
}

/** Where the weights are, as far as environment.json says so and they are inside. */
export function weightsPaths(environment: JsonFile | undefined): WeightsPaths {
  const path = (key: string): string | undefined => {
    const named = asString(environment?.value[key]);
    return named === undefined || named === "" ? undefined : insidePath(named);
  };
  return { torchscript: path("MMAR_TORCHSCRIPT"), checkpoint: path("MMAR_CKPT") };
}

/**
 * Checks whether an MMAR is fit: its generation, environment.json, weights, inference config,
 * components and file names.
 *
 * @throws {@link FileChangedError} or a system error if a file can't be read
 */
export async function checkMmar(mmar: Mmar, options: CheckOptions): Promise<Finding[]> {
  const generation = checkGeneration(mmar);
  // Of a TensorFlow MMAR nothing else fits either.
  if (mmar.generation.generation === "tensorflow") return generation;
  return [
    ...checkCatalogue(mmar),
    ...generation,
    ...checkEnvironment(mmar),
    ...(await checkWeights(mmar, options)),
    ...(await checkOtherWeights(mmar, options)),
    ...checkInferenceConfig(mmar, options),
    ...checkOddities(mmar.oddities, options.selection),
    ...checkNames(mmar, options.selection),
  ];
}

/** Findings that say all there is to say: whatever else is found follows from the same. */
const DECISIVE: ReadonlySet<FindingCode> = new Set<FindingCode>([
  "generation-tensorflow",
  "catalogue-refused",
  "needs-interaction",
]);

/** Of findings with a decisive reason that reason alone, else undefined. */
export function decisive(findings: readonly Finding[]): readonly Finding[] | undefined {
  const reasons = findings.filter((found) => DECISIVE.has(found.code));
  return reasons.length === 0 ? undefined : reasons;
}

/** Some models of the catalogue can't be packed, whatever their files say. */
function checkCatalogue({ name }: Mmar): Finding[] {
  const model = inCatalogue(name);
  if (model?.refused === undefined) return [];
  return [finding("catalogue-refused", { name: model.name, why: model.refused })];
}

function checkGeneration({ generation }: Mmar): Finding[] {
  const evidence = generation.evidence.join("; ");
  switch (generation.generation) {
    case "tensorflow":
      return [finding("generation-tensorflow", { evidence })];
    case "4.0":
      return [finding("generation-4-0", { evidence })];
    case "unknown":
      return [finding("generation-unknown", {})];
    case "4.1":
      return [];
  }
}

/** Examples for the keys that environment.json has to have. */
const EXAMPLES: Readonly<Record<string, string>> = {
  MMAR_CKPT: '"MMAR_CKPT": "models/model.pt"',
  MMAR_TORCHSCRIPT: '"MMAR_TORCHSCRIPT": "models/model.ts"',
};

function checkEnvironment(mmar: Mmar): Finding[] {
  const { environment } = mmar;
  if (environment === undefined) {
    // One that is there and broken has its finding already.
    const isThere =
      mmar.files.has(ENVIRONMENT) || mmar.oddities.some((o) => o.path === ENVIRONMENT);
    return isThere ? [] : [finding("environment-missing", {}, { file: ENVIRONMENT })];
  }
  const wrong = violations("environment", environment.value).map((error) =>
    environmentFinding(environment, error),
  );
  return [...wrong, ...checkPaths(environment)];
}

function environmentFinding(environment: JsonFile, error: ErrorObject): Finding {
  if (error.keyword === "required") {
    const key = String(error.params.missingProperty);
    const args = { key, example: EXAMPLES[key] ?? `"${key}": …` };
    return finding("environment-key-missing", args, { file: environment.path, key });
  }
  const key = error.instancePath.slice(1);
  const value = JSON.stringify(environment.value[key]);
  const problem = `is ${value}; it ${error.message ?? "is of the wrong type"}`;
  return finding("environment-key-type", { key, problem }, environment.place([key]));
}

/** Keys whose files have to be in the bundle, and keys that the deploy code sets for itself. */
const BUNDLED_PATHS = ["MMAR_CKPT", "MMAR_TORCHSCRIPT", "MMAR_CKPT_DIR"];
const REPLACED_PATHS = ["DATASET_JSON", "MMAR_EVAL_OUTPUT_PATH"];

function checkPaths(environment: JsonFile): Finding[] {
  return [...BUNDLED_PATHS, ...REPLACED_PATHS].flatMap((key) => {
    const path = asString(environment.value[key]);
    if (path === undefined || insidePath(path) !== undefined) return [];
    if (REPLACED_PATHS.includes(key)) {
      return [finding("path-outside-ignored", { key, path }, environment.place([key]))];
    }
    const how = /^(\/|[A-Za-z]:)/.test(path)
      ? "an absolute path"
      : path.includes("\\")
        ? "with a backslash, which is no separator in the image"
        : "a path out of it";
    return [finding("path-leaves-mmar", { key, path, how }, environment.place([key]))];
  });
}

interface WeightsRole {
  readonly key: "MMAR_TORCHSCRIPT" | "MMAR_CKPT";
  readonly wanted: "torchscript" | "checkpoint";
  readonly command: string;
  readonly alternative: string | undefined;
}

const NAMES = { torchscript: "TorchScript", checkpoint: "checkpoint" } as const;

async function checkWeights(mmar: Mmar, options: CheckOptions): Promise<Finding[]> {
  const torchscript = await checkWeightsFile(mmar, {
    key: "MMAR_TORCHSCRIPT",
    wanted: "torchscript",
    command: "commands/export.sh",
    alternative: undefined,
  });
  if (!options.checkpoint) return torchscript;
  const checkpoint = await checkWeightsFile(mmar, {
    key: "MMAR_CKPT",
    wanted: "checkpoint",
    command: "commands/train.sh",
    alternative: "Inference needs the TorchScript only: --no-checkpoint packs without it.",
  });
  return [...torchscript, ...checkpoint];
}

async function checkWeightsFile(mmar: Mmar, role: WeightsRole): Promise<Finding[]> {
  const { key, wanted, command, alternative } = role;
  const named = asString(mmar.environment?.value[key]);
  const path = named ? insidePath(named) : undefined;
  if (path === undefined) return [];
  const args = { key, path, command };
  const place = mmar.environment?.place([key]);
  const file = mmar.files.get(path);
  if (file === undefined) {
    // A link or an unreadable file has its own finding.
    if (mmar.oddities.some((oddity) => oddity.path === path)) return [];
    const isFolder =
      path === "." || [...mmar.files.keys()].some((other) => other.startsWith(`${path}/`));
    return isFolder
      ? [finding("weights-not-a-file", args, place)]
      : [finding("weights-missing", { ...args, alternative }, place)];
  }
  const kind = await sniffWeights(file);
  const swapped = kind.kind === wanted ? [] : [weightsFinding(kind, args, NAMES[wanted])];
  return [...swapped, ...(await checkContent(file, kind))];
}

/** What loading the file would do, whatever it is to be loaded for. */
async function checkContent(file: SourceFile, kind: WeightsKind): Promise<Finding[]> {
  // What is cut off has its finding already.
  return kind.kind === "truncated" ? [] : checkPickles(file, kind);
}

/** What PyTorch or Python may be asked to load, by the names that people give it. */
const LOADABLE = /(^models[^/]*\/|\.(pt|pth|ckpt|bin|pkl|pickle|pth\.tar)$)/i;

/** Weights that nothing names go into the bundle, too, where the user includes them. */
async function checkOtherWeights(mmar: Mmar, { selection }: CheckOptions): Promise<Finding[]> {
  const named = Object.values(weightsPaths(mmar.environment));
  const findings: Finding[] = [];
  for (const [path, file] of mmar.files) {
    if (!LOADABLE.test(path) || named.includes(path) || selection(path) !== undefined) continue;
    findings.push(...(await checkContent(file, await sniffWeights(file))));
  }
  return findings;
}

function weightsFinding(
  kind: WeightsKind,
  args: { key: string; path: string; command: string },
  wanted: string,
): Finding {
  const place = { file: args.path };
  switch (kind.kind) {
    case "empty":
      return finding("weights-empty", args, place);
    case "lfs-pointer":
      return finding("weights-lfs-pointer", args, place);
    case "html":
      return finding("weights-html", args, place);
    case "truncated":
      return finding("weights-truncated", { ...args, problem: kind.problem }, place);
    case "unknown":
      return finding("weights-unknown", { ...args, starts: kind.starts }, place);
    case "torchscript":
    case "checkpoint":
      return finding("weights-swapped", { ...args, is: NAMES[kind.kind], wanted }, place);
  }
}

function checkInferenceConfig(mmar: Mmar, options: CheckOptions): Finding[] {
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
    ...checkModelSection(inference, options),
    ...checkCustomComponents(inference, (path) => mmar.files.has(path)),
    ...setEnv,
  ];
}

/** Sections without which Clara's evaluator can't start. */
const SECTIONS = ["model", "pre_transforms", "dataset", "dataloader", "inferer", "evaluator"];

function checkSections(config: Config): Finding[] {
  return SECTIONS.filter((name) => config.value[name] === undefined).map((name) =>
    finding("inference-config-broken", { problem: `has no "${name}"` }, config.place([name])),
  );
}

const COMPONENTS = ["dataset", "dataloader", "inferer", "evaluator"];
const COMPONENT_LISTS = ["pre_transforms", "post_transforms", "handlers"];

/** Finds what is no component, or no list of them, where one belongs. */
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
  return Object.keys(config.file.value).flatMap((section) =>
    [...new Set(config.variables.unknown(config.file.value[section]))]
      .filter((name) => !SET_OR_SAID.has(name))
      .map((variable) => finding("variable-unknown", { variable }, config.place([section]))),
  );
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

function checkModelSection(config: Config, options: CheckOptions): Finding[] {
  const loads = loadedModels(config);
  const place = config.place(["model"]);
  if (config.value.model !== undefined && loads.length === 0) {
    return [
      finding("inference-config-broken", { problem: "has no model that is not disabled" }, place),
    ];
  }
  const usesCheckpoint = loads.find((member) => member.ts_path === undefined);
  if (usesCheckpoint === undefined || options.checkpoint) return [];
  const used = asString(usesCheckpoint.ckpt_path) ?? "a network with a checkpoint";
  return [finding("weights-not-used", { used }, place)];
}

/** The system's names of errors, in words. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EIO: "the disk reports an error",
};

function checkOddities(oddities: readonly Oddity[], selection: Selection): Finding[] {
  return oddities.filter((oddity) => selection(oddity.path) === undefined).map(oddityFinding);
}

function oddityFinding(oddity: Oddity): Finding {
  const place = { file: oddity.path };
  switch (oddity.kind) {
    case "symlink-inside":
    case "symlink-outside":
    case "symlink-folder":
    case "symlink-broken":
      return finding(oddity.kind, { target: oddity.target }, place);
    case "unreadable":
      return finding("unreadable", { problem: PROBLEMS[oddity.code] ?? oddity.code }, place);
    case "special":
      return finding("special-file", { is: oddity.what }, place);
    case "bad-name":
      return finding("name-not-archivable", { problem: "is not UTF-8" }, place);
  }
}

/** Longer names can't stand in a zip's header (APPNOTE 4.4.10: two bytes for the length). */
const LONGEST_NAME = 60_000;

function checkNames(mmar: Mmar, selection: Selection): Finding[] {
  const seen = new Map<string, string>();
  return [...mmar.files.keys()].flatMap((path) => {
    if (selection(path) !== undefined) return [];
    const place = { file: path };
    const problem = nameProblem(path);
    if (problem !== undefined) return [finding("name-not-archivable", { problem }, place)];
    const folded = path.normalize("NFC").toLowerCase();
    const other = seen.get(folded);
    seen.set(folded, path);
    return other === undefined ? [] : [finding("name-case-clash", { other }, place)];
  });
}

function nameProblem(path: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) return "has a control character";
  if (path.includes("\\")) return "has a backslash, which some systems take for a folder's end";
  return Buffer.byteLength(path) > LONGEST_NAME ? "is too long" : undefined;
}
