import { inputFinding, UsageError } from "../errors.js";
import { type OpenResult, openSource } from "../files/open.js";
import { readUserFile } from "../files/user-file.js";
import { type Finding, finding, hasErrors, ordered } from "../findings/finding.js";
import { toRootFolder } from "../mdai/layout.js";
import {
  checkClashes,
  checkRequirements,
  type Requirement,
  readRequirement,
} from "../mdai/requirements.js";
import { CLARA_VERSION } from "../mdai/write-config-yaml.js";
import type { ConfigMdai } from "../model/config-mdai.js";
import type { Fact, Override } from "../model/facts.js";
import type { DerivationOptions } from "../options/schema.js";
import { type DerivedConfig, deriveInferenceConfig } from "../runtimes/clara/inference-config.js";
import { checkMmar, decisive, weightsPaths } from "../sources/mmar/check.js";
import { customModules } from "../sources/mmar/custom.js";
import { deriveModel, type Model } from "../sources/mmar/derive/model.js";
import {
  ENVIRONMENT,
  INFERENCE_CONFIG,
  insidePath,
  type Mmar,
  readMmar,
  SET_ENV,
} from "../sources/mmar/mmar.js";
import { type Selection, selection } from "../sources/mmar/selection.js";
import { asString } from "../text/json.js";
import type { BundlePlan } from "../write/plan-types.js";
import { type OmittedGroup, omittedGroups, planBundle } from "./plan.js";
import { readPartRequirements, readTemplates, requirementLines } from "./templates.js";

/** All that is known of an MMAR and of the bundle it would make. */
export interface Inspection {
  /** What is wrong, doubtful or worth knowing, errors first. */
  readonly findings: readonly Finding[];
  /** The MMAR as it was read, unless there was none. */
  readonly mmar: Mmar | undefined;
  /** What its model is. */
  readonly model: Model | undefined;
  /** Name of the MMAR's folder in the bundle. */
  readonly rootFolder: Fact<string> | undefined;
  /** What the user said in the place of what was derived. */
  readonly overrides: readonly Override[];
  /** The inference config for MD.ai, and how it differs from the MMAR's own. */
  readonly derivedConfig: DerivedConfig | undefined;
  /** What config_mdai.json will hold. */
  readonly configMdai: ConfigMdai | undefined;
  /** What the bundle will hold; undefined where an error stands in its way. */
  readonly plan: BundlePlan | undefined;
  readonly omitted: readonly OmittedGroup[];
}

/** How preparing is directed besides the options. */
export interface PrepareContext {
  /** Path relative to the MMAR that the bundle will have, if the bundle comes to lie in it. */
  readonly target?: string | undefined;
  /** Stops the unpacking of an archive. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads an MMAR, checks it and plans its bundle. Writes nothing, but to a temporary file for the
 * content of a tar.gz.
 *
 * @param location - path of the MMAR's root folder, or of a zip or tar.gz of it
 * @throws {@link UsageError} if a file that an option names can't be read
 * @throws {@link MachineError} if the system fails at a file of the MMAR
 */
export async function prepare(location: string, options: DerivationOptions): Promise<Inspection> {
  return prepareFor(location, options, {}, async (inspection) => inspection);
}

/**
 * Prepares as {@link prepare} does, for a use that reads the files of the plan: only until it ends
 * can those of an archive be read.
 */
export async function prepareFor<T>(
  location: string,
  options: DerivationOptions,
  { target, signal }: PrepareContext,
  use: (inspection: Inspection) => Promise<T>,
): Promise<T> {
  const requirements = await readRequirements(options);
  const opened = await orFindings<OpenResult>(
    location,
    () => openSource(location, signal),
    (findings) => ({ source: undefined, findings }),
  );
  try {
    const inspection = await orFindings(
      location,
      () => inspectSource(opened, options, requirements, target),
      nothingKnown,
    );
    return await use(inspection);
  } finally {
    await opened.source?.close();
  }
}

/** What the work comes to, or what stands for a source that turned out to be bad. */
async function orFindings<T>(
  location: string,
  work: () => Promise<T>,
  otherwise: (findings: readonly Finding[]) => T,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    return otherwise([inputFinding(error, location)]);
  }
}

async function inspectSource(
  opened: OpenResult,
  options: DerivationOptions,
  requirements: Requirements,
  target: string | undefined,
): Promise<Inspection> {
  if (opened.source === undefined) return nothingKnown(opened.findings);
  const read = await readMmar(opened.source);
  const findings = [...read.findings, ...checkVersion(options), ...requirements.findings];
  const { mmar } = read;
  if (mmar === undefined) return nothingKnown(findings);

  const select = selectionFor(mmar, options, target);
  findings.push(...(await checkMmar(mmar, { checkpoint: options.checkpoint, selection: select })));
  const reasons = decisive(findings);
  if (reasons !== undefined) return { ...nothingKnown(reasons), mmar };
  findings.push(...checkNeeded(mmar, select));
  const derived = deriveModel(mmar, options);
  findings.push(...derived.findings);
  const rootFolder = nameRootFolder(mmar, options);
  findings.push(...rootFolder.findings);

  const { model } = derived;
  const derivedConfig = deriveConfig(mmar, model, options);
  const configMdai =
    derivedConfig && makeConfigMdai(model, rootFolder.name.value, derivedConfig, options);
  const templates = configMdai && (await readTemplates(configMdai.type));
  const parts = configMdai === undefined ? [] : await partRequirements(configMdai);
  const own = parseRequirements([...requirementLines(templates ?? []), ...parts]);
  findings.push(...checkClashes(own, requirements.list));
  const isFit = !hasErrors(findings) && derivedConfig !== undefined && configMdai !== undefined;
  const plan = isFit
    ? planBundle({
        mmar,
        selection: select,
        configMdai,
        derivedConfig,
        templates: templates ?? [],
        requirements: [...parts, ...requirements.list.map((requirement) => requirement.text)],
        options,
      })
    : undefined;
  return {
    findings: ordered(findings),
    mmar,
    model,
    rootFolder: rootFolder.name,
    overrides: [...model.overrides, ...rootFolder.overrides],
    derivedConfig,
    configMdai,
    plan,
    omitted: omittedGroups(mmar, select),
  };
}

function nothingKnown(findings: readonly Finding[]): Inspection {
  return {
    findings: ordered(findings),
    mmar: undefined,
    model: undefined,
    rootFolder: undefined,
    overrides: [],
    derivedConfig: undefined,
    configMdai: undefined,
    plan: undefined,
    omitted: [],
  };
}

function checkVersion({ claraVersion }: DerivationOptions): Finding[] {
  return claraVersion === CLARA_VERSION
    ? []
    : [finding("clara-version", { version: claraVersion })];
}

interface Requirements {
  readonly list: readonly Requirement[];
  readonly findings: readonly Finding[];
}

const parseRequirements = (lines: readonly string[]): Requirement[] =>
  lines.map(readRequirement).filter((r): r is Requirement => r !== undefined);

async function readRequirements(options: DerivationOptions): Promise<Requirements> {
  const given = parseRequirements(options.requirement);
  const path = options.requirements;
  const inFile = path === undefined ? [] : parseRequirements(await readLines(path));
  for (const requirement of inFile) refuseUnusable(requirement, `--requirements: ${path}`);
  for (const requirement of given) refuseUnusable(requirement, "--requirement");
  return {
    list: [...inFile, ...given],
    findings: [...checkRequirements(inFile, path), ...checkRequirements(given)],
  };
}

/** Lines of pip's that name another file, by an option, a path or a wheel's name. */
const OTHER_FILE =
  /^(-[rce]|--(requirement|constraint|editable)\b)|^(\.{1,2})?\/|^(?!\w+:\/\/)\S+\.whl\b/;

function refuseUnusable({ text }: Requirement, where: string): void {
  if (OTHER_FILE.test(text)) {
    throw new UsageError(
      `${where}: "${text}" names a file that is not in the bundle. Name the packages themselves.`,
    );
  }
  if (/(^|\s)--(hash|require-hashes)\b/.test(text)) {
    throw new UsageError(
      `${where}: "${text}" has a hash; pip then asks for one of every package, and the deploy code's own have none. Leave the hashes out.`,
    );
  }
}

async function readLines(path: string): Promise<string[]> {
  return (await readUserFile(path, `--requirements: ${path}`)).split(/\r?\n/);
}

/** Files that inference reads; each with what needs it. */
function neededFiles(mmar: Mmar): ReadonlyMap<string, string> {
  const needed = new Map([
    [ENVIRONMENT, "inference reads it"],
    [INFERENCE_CONFIG, "inference reads it"],
    [SET_ENV, "it sets the environment of inference"],
  ]);
  const { torchscript } = weightsPaths(mmar.environment);
  if (torchscript !== undefined)
    needed.set(torchscript, "it is the TorchScript that MMAR_TORCHSCRIPT names");
  const modules = mmar.inference && customModules(mmar.inference, (path) => mmar.files.has(path));
  for (const path of modules ?? []) needed.set(path, "the inference config uses a component in it");
  return needed;
}

function selectionFor(
  mmar: Mmar,
  options: DerivationOptions,
  target: string | undefined,
): Selection {
  const { checkpoint } = weightsPaths(mmar.environment);
  const named = new Set(neededFiles(mmar).keys());
  if (checkpoint !== undefined) named.add(checkpoint);
  // A path that the inference config speaks of is there for a reason, even among other weights.
  const text = mmar.inference?.file.text ?? "";
  for (const path of mmar.files.keys()) if (text.includes(`"${path}"`)) named.add(path);
  const evaluated = asString(mmar.environment?.value.MMAR_EVAL_OUTPUT_PATH);
  const inside = evaluated === undefined ? undefined : insidePath(evaluated);
  return selection({
    include: options.include,
    exclude: options.exclude,
    omitCheckpoint: options.checkpoint ? undefined : checkpoint,
    target,
    evalFolders: ["eval", ...(inside === undefined ? [] : [inside])],
    named,
  });
}

/** What the user excludes must not be what inference needs. */
function checkNeeded(mmar: Mmar, select: Selection): Finding[] {
  return [...neededFiles(mmar)]
    .filter(([path]) => mmar.files.has(path) && select(path) !== undefined)
    .map(([path, why]) => finding("needed-file-excluded", { why }, { file: path }));
}

function nameRootFolder(
  mmar: Mmar,
  options: DerivationOptions,
): { name: Fact<string>; findings: Finding[]; overrides: Override[] } {
  const derived = toRootFolder(mmar.name);
  if (options.rootFolder !== undefined) {
    const override = { option: "--root-folder", value: options.rootFolder, instead: derived };
    return {
      name: { value: options.rootFolder, from: "--root-folder" },
      findings: [],
      overrides: [override],
    };
  }
  const renamed = finding("root-folder-renamed", { from: mmar.name, to: derived });
  return {
    name: { value: derived, from: mmar.nameFrom },
    findings: derived === mmar.name ? [] : [renamed],
    overrides: [],
  };
}

function deriveConfig(
  mmar: Mmar,
  model: Model,
  options: DerivationOptions,
): DerivedConfig | undefined {
  if (mmar.inference === undefined || model.dataListKey === undefined) return undefined;
  const derived = deriveInferenceConfig(mmar.inference, {
    device: options.device,
    swBatchSize: options.swBatchSize,
    dataListKey: model.dataListKey.value,
  });
  return { ...derived, changes: [...(mmar.derivation?.changes ?? []), ...derived.changes] };
}

function makeConfigMdai(
  model: Model,
  rootFolder: string,
  config: DerivedConfig,
  options: DerivationOptions,
): ConfigMdai | undefined {
  const { task, dataListKey, outClasses, classes, output, input, classifier } = model;
  if (!dataListKey || !outClasses || !classes) return undefined;
  const common = {
    root_folder: rootFolder,
    out_classes: outClasses.value,
    data_list_key: dataListKey.value,
    schema: 2,
    device: options.device,
  } as const;
  const engine = {
    name: "clara",
    inference_config: config.path,
    environment: ENVIRONMENT,
    set_env: model.setEnv ?? null,
    item: classifier?.mask === undefined ? input.item : "object",
    image_key: input.imageKey,
  } as const;
  if (task?.value === "classification" && classifier !== undefined) {
    const { form, window, mask, file, delimiter, scores } = classifier;
    return {
      type: "classification",
      ...common,
      engine: { ...engine, result: { file, delimiter } },
      input: { form: form.value, window: window.value, mask: mask ?? null },
      output: { scores: scores.value },
      classes: classes.value.map(({ classIndex, name, value, threshold }) => ({
        class_index: classIndex,
        name,
        value,
        threshold: threshold ?? null,
      })),
    };
  }
  if (task?.value !== "segmentation" || output === undefined) return undefined;
  const { form, threshold, postfix, extension, separateFolder } = output;
  return {
    type: "segmentation",
    ...common,
    engine: { ...engine, result: { postfix, extension, separate_folder: separateFolder } },
    input: { channels: input.channels.value },
    output: { form, threshold },
    classes: classes.value.map(({ classIndex, name, value }) => ({
      class_index: classIndex,
      name,
      value,
    })),
  };
}

/** Of a classifier's packages those that its bundle uses. */
async function partRequirements(config: ConfigMdai): Promise<string[]> {
  if (config.type !== "classification") return [];
  const parts = [
    ...(config.input.form === "nifti" ? ["nifti"] : []),
    ...(config.input.mask?.builtin ? ["lung-mask"] : []),
  ];
  return (await Promise.all(parts.map((part) => readPartRequirements(config.type, part)))).flat();
}
