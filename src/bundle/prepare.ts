import { inputFinding } from "../errors.js";
import { type OpenResult, openInput } from "../files/open.js";
import { type Finding, finding, hasErrors, ordered } from "../findings/finding.js";
import { toRootFolder } from "../mdai/layout.js";
import type { Requirement } from "../mdai/pep508.js";
import {
  checkClashes,
  checkRequirements,
  type RequirementLine,
  type RequirementsResult,
} from "../mdai/requirements.js";
import { readLines } from "../mdai/requirements-file.js";
import type { ConfigMdai } from "../model/config-mdai.js";
import { type Fact, fromOption, type Override } from "../model/facts.js";
import type { ModelSpec } from "../model/spec.js";
import type { DerivationOptions } from "../options/schema.js";
import type { EngineFolder, RuntimeName } from "../options/words.js";
import type { DerivedConfig } from "../runtimes/runtime.js";
import { runtimeFor } from "../runtimes/runtimes.js";
import { decisive } from "../sources/mmar/check.js";
import { recognise } from "../sources/recognise.js";
import { globsWithoutMatch, type Selection } from "../sources/selection.js";
import type { SourceModel } from "../sources/source.js";
import { taskOf } from "../tasks/tasks.js";
import { Trust } from "../weights/trust.js";
import type { BundlePlan } from "../write/bundle-plan.js";
import { checkLoadable } from "./check-loadable.js";
import { checkSize } from "./check-size.js";
import { checkNamedRuntime, chooseRuntime, USUAL_RUNTIME } from "./choose-runtime.js";
import { makeConfigMdai } from "./config-mdai.js";
import { type OmittedGroup, omittedGroups, planBundle } from "./plan.js";
import {
  readPartRequirements,
  readTemplates,
  requirementLines,
  templatesWithout,
  withoutPackages,
} from "./templates.js";
import { readUserRequirements, requirementsContext } from "./user-requirements.js";

/** All that is known of a model and of the bundle it would make. */
export interface Inspection {
  /** What is wrong, doubtful or worth knowing, errors first. */
  readonly findings: readonly Finding[];
  /** The model as it was read, unless there was none. */
  readonly source: SourceModel | undefined;
  /** What the model is. */
  readonly model: ModelSpec | undefined;
  /** What runs it on MD.ai. */
  readonly runtime: RuntimeName;
  /** Why that runtime was chosen, where nobody named it and it is another than usual. */
  readonly runtimeWhy?: string | undefined;
  /** Name of the model's folder in the bundle. */
  readonly rootFolder: Fact<string> | undefined;
  /** What the user said instead of what was derived. */
  readonly overrides: readonly Override[];
  /** What loading the model runs because the user trusts it, by full names. */
  readonly trusted: readonly string[];
  /** The inference config for MD.ai, and how it differs from the model's own. */
  readonly derivedConfig: DerivedConfig | undefined;
  /** What config_mdai.json will hold. */
  readonly configMdai: ConfigMdai | undefined;
  /** What the bundle will hold; undefined where an error stands in its way. */
  readonly plan: BundlePlan | undefined;
  readonly omitted: readonly OmittedGroup[];
}

/** How preparing is directed besides the options. */
export interface PrepareContext {
  /** Path relative to the model that the bundle will have, if the bundle comes to lie in it. */
  readonly target?: string | undefined;
  /** Stops the unpacking of an archive. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a model, checks it and plans its bundle. Writes nothing, but to a temporary file for the
 * content of a tar.gz.
 *
 * @param location - path of the model's root folder, or of a zip or tar.gz of it
 * @throws {@link UsageError} if a file that an option names can't be read
 * @throws {@link MachineError} if the system fails at a file of the model
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
  const requirements = await readUserRequirements(options);
  const nothing = (findings: readonly Finding[]) => nothingKnown(findings, options);
  const opened = await orFindings<OpenResult>(
    location,
    () => openInput(location, signal),
    (findings) => ({ input: undefined, location, findings }),
  );
  try {
    const inspection = await orFindings(
      location,
      () => inspectInput(opened, options, requirements, { target, signal }),
      nothing,
    );
    return await use(inspection);
  } finally {
    await opened.input?.close();
  }
}

/** What the work comes to, or what stands for an input that turned out to be bad. */
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

async function inspectInput(
  opened: OpenResult,
  options: DerivationOptions,
  lines: readonly RequirementLine[],
  { target, signal }: PrepareContext,
): Promise<Inspection> {
  const recognised = await recognise(opened, signal);
  if (recognised.source === undefined) return nothingKnown(recognised.findings, options);
  const isMmar = recognised.source.name === "mmar";
  const configs = isMmar ? undefined : options.inferenceConfig;
  const read = await recognised.source.read(recognised.opened, configs);
  const { model: source } = read;
  const derived = source?.spec(options);
  const chosen = chooseRuntime(options.runtime, derived?.spec ?? NOTHING_SAID, source?.source);
  const runtime = runtimeFor(chosen.name, source?.source);
  const requirements = checkRequirements(lines, requirementsContext(runtime));
  const findings = [...recognised.opened.findings, ...read.findings, ...requirements.findings];
  if (source === undefined || derived === undefined) return nothingKnown(findings, options);
  findings.push(...checkNamedRuntime(options.runtime, source.source));
  if (isMmar && options.inferenceConfig.length > 0) {
    const why = "inference of an MMAR runs config/config_inference.json";
    findings.push(finding("option-without-use", { option: "inferenceConfig", why }));
  }

  const { include, exclude, checkpoint } = options;
  const selection = source.select({ include, exclude, checkpoint, target });
  // What the user adds is there as well; of an MMAR its files say what they import.
  const added = isMmar ? [] : [...requirements.requirements.keys()].map(moduleOf);
  const packages = new Set([...runtime.packages, ...added]);
  const trust = new Trust(options.trust);
  findings.push(...(await source.check({ checkpoint, selection, packages, trust })));
  const reasons = decisive(findings);
  if (reasons !== undefined) {
    return { ...nothingKnown(reasons, { runtime: chosen.name }), source };
  }
  const weights = source.weights();
  const packed = [...source.files.values()].filter(({ path }) => selection(path) === undefined);
  const isWeights = (path: string): boolean => weights.has(path);
  findings.push(...(await checkLoadable(packed, { trust, isWeights, found: findings })));
  findings.push(...checkTrust(trust));
  // That a checkpoint is left out which inference loads is told of the config that loads it.
  const excluded = source.select({ include, exclude, checkpoint: true, target });
  findings.push(...checkExcluded(source, excluded), ...checkGlobs(source, options));
  findings.push(...derived.findings);
  const plan = { source, selection, spec: derived.spec, trusted: trust.used, chosen };
  return planFor(plan, options, requirements, findings);
}

/** A model that was checked. */
interface Checked {
  readonly source: SourceModel;
  readonly selection: Selection;
  readonly spec: ModelSpec;
  readonly trusted: readonly string[];
  readonly chosen: ReturnType<typeof chooseRuntime>;
}

/** Of a model that is none nothing is known. */
const NOTHING_SAID = { task: undefined, clicks: undefined };

/** Decides how the model runs on MD.ai, and what its bundle holds. */
async function planFor(
  { source, selection, spec, trusted, chosen }: Checked,
  options: DerivationOptions,
  requirements: RequirementsResult,
  found: readonly Finding[],
): Promise<Inspection> {
  const runtime = runtimeFor(chosen.name, source.source);
  const rootFolder = nameRootFolder(source, options);
  const findings = [...found, ...(await runtime.accepts(source, spec)), ...rootFolder.findings];
  const prepared = runtime.prepare(source, spec, options);
  const task = taskOf(spec.task?.value);
  const configMdai = makeConfigMdai(spec, {
    rootFolder: rootFolder.name.value,
    device: options.device,
    trust: trusted,
    engine: prepared?.engine,
    task: task?.config(spec),
  });
  const ownVersions = prepared?.requirements ?? [];
  const templates =
    configMdai === undefined
      ? []
      : templatesWithout(await readTemplates(configMdai.type, runtime.templates), ownVersions);
  const parts =
    configMdai === undefined || task === undefined
      ? []
      : [
          ...withoutPackages(
            await partRequirements(runtime.templates, [
              ...task.requirementParts(spec),
              ...(prepared?.requirementParts ?? []),
            ]),
            ownVersions,
          ),
          ...ownVersions,
        ];
  const own = checkRequirements(
    [...requirementLines(templates), ...parts].flatMap((line) => readLines(line)),
    requirementsContext(runtime),
  );
  findings.push(...own.findings);
  findings.push(...checkClashes(own.requirements.keys(), requirements.requirements));
  const plan =
    hasErrors(findings) || prepared === undefined || configMdai === undefined
      ? undefined
      : planBundle({
          source,
          selection,
          runtime,
          configMdai,
          derivedConfig: prepared.derivedConfig,
          added: prepared.files,
          templates,
          requirements: [
            ...parts,
            ...[...requirements.requirements.keys()].map(({ text }) => text),
          ],
          options,
        });
  if (plan !== undefined && prepared !== undefined) {
    findings.push(...checkSize(plan, prepared.derivedConfig));
  }
  return {
    findings: ordered(findings),
    source,
    model: spec,
    runtime: runtime.name,
    runtimeWhy: chosen.why,
    rootFolder: rootFolder.name,
    overrides: [...spec.overrides, ...rootFolder.overrides],
    trusted,
    derivedConfig: prepared?.derivedConfig,
    configMdai,
    plan: hasErrors(findings) ? undefined : plan,
    omitted: omittedGroups(source, selection),
  };
}

function nothingKnown(
  findings: readonly Finding[],
  { runtime = USUAL_RUNTIME }: Pick<DerivationOptions, "runtime">,
): Inspection {
  return {
    findings: ordered(findings),
    source: undefined,
    model: undefined,
    runtime,
    rootFolder: undefined,
    overrides: [],
    trusted: [],
    derivedConfig: undefined,
    configMdai: undefined,
    plan: undefined,
    omitted: [],
  };
}

/** The name under which most packages are imported. */
const moduleOf = ({ name = "" }: Requirement): string => name.replaceAll("-", "_");

/** What loading the model runs because the user trusts it, and what nothing uses. */
function checkTrust({ used, unused }: Trust): Finding[] {
  return [
    ...(used.length > 0 ? [finding("trust-used", { names: used })] : []),
    ...(unused.length > 0 ? [finding("trust-unused", { names: unused })] : []),
  ];
}

/** What the user excludes must not be what inference needs. */
function checkExcluded(source: SourceModel, selection: Selection): Finding[] {
  return [...source.needed()]
    .filter(([path]) => source.files.has(path) && selection(path) !== undefined)
    .map(([path, why]) => finding("needed-file-excluded", { why }, { file: path }));
}

/** A glob that matches nothing is most likely misspelt. */
const checkGlobs = ({ files }: SourceModel, options: DerivationOptions): Finding[] =>
  (["include", "exclude"] as const).flatMap((name) =>
    globsWithoutMatch(options[name], files.keys()).map((glob) =>
      finding("glob-without-match", { option: name, glob }),
    ),
  );

function nameRootFolder(
  source: SourceModel,
  options: DerivationOptions,
): { name: Fact<string>; findings: Finding[]; overrides: Override[] } {
  const derived = toRootFolder(source.name);
  if (options.rootFolder !== undefined) {
    const override = { option: "rootFolder", value: options.rootFolder, instead: derived } as const;
    return {
      name: { value: options.rootFolder, from: fromOption("rootFolder") },
      findings: [],
      overrides: [override],
    };
  }
  const renamed = finding("root-folder-renamed", { from: source.name, to: derived });
  return {
    name: { value: derived, from: source.nameFrom },
    findings: derived === source.name ? [] : [renamed],
    overrides: [],
  };
}

/** Of a task's packages those that only some of its models need. */
async function partRequirements(engine: EngineFolder, parts: readonly string[]): Promise<string[]> {
  return (await Promise.all(parts.map((part) => readPartRequirements(engine, part)))).flat();
}
