import { runBatch } from "./batch/batch.js";
import type { BatchHooks, BatchResult } from "./batch/outcome.js";
import { type Inspection, prepare } from "./bundle/prepare.js";
import {
  parseBatchOptions,
  parseInspectOptions,
  parsePackOptions,
  parseVerifyOptions,
} from "./options/schema.js";
import type { BatchOptions, InspectOptions, PackOptions, VerifyOptions } from "./options/types.js";
import {
  type PackedResult,
  type PackHooks,
  type PackResult,
  type PlannedResult,
  packBundle,
  type UnfitResult,
} from "./pack/pack.js";
import { type Verification, type VerifyHooks, verifyBundle } from "./verify/verify.js";

export type { OmittedGroup } from "./bundle/plan.js";
export type { Inspection } from "./bundle/prepare.js";
export { MachineError, TargetExistsError, UsageError, VerifyError } from "./errors.js";
export type { Finding, Place } from "./findings/finding.js";
export { describeFinding, type FindingWords } from "./findings/format.js";
export type { FindingArgs, FindingCode, Severity } from "./findings/table.js";
export type { ImageFacts } from "./mdai/read-config-yaml.js";
export type { Channel, ChannelCondition, ChannelRules } from "./model/channels.js";
export type { ConfigMdai } from "./model/config-mdai.js";
export type { OptionName } from "./options/names.js";
export type {
  BatchOptions,
  InspectOptions,
  OwnBatchOptions,
  PackOptions,
  VerifyOptions,
} from "./options/types.js";
export type {
  PackedResult,
  PackHooks,
  PackResult,
  PlannedResult,
  UnfitResult,
} from "./pack/pack.js";
export type { DerivedConfig } from "./runtimes/runtime.js";
export type { SourceModel } from "./sources/source.js";
export type { HandOver, HandOverBundle, HandOverLabel } from "./tasks/hand-over.js";
export type { AnnotationMode, LabelSettings, MdaiScope } from "./tasks/task.js";
export type { ConfigChange } from "./text/json-edit.js";
export type { Verification, VerifyHooks } from "./verify/verify.js";
export type { BundleModel } from "./verify/workspace-parts.js";
export type { BundleEntry, BundlePlan } from "./write/bundle-plan.js";
export type { WriteProgress, WriteResult } from "./write/write.js";

/**
 * Reads an MMAR, checks it, and plans the bundle that it would make. Writes nothing.
 *
 * The files of a plan can be read later on, but not those of a tar.gz.
 *
 * A bad MMAR throws nothing: what is wrong with it stands in `findings`.
 *
 * @param location - path of the MMAR's root folder, or of a zip or tar.gz of it
 * @param options - what overrides the derivation; all optional
 * @throws {@link UsageError} for an option that can't be
 */
export async function inspect(location: string, options: InspectOptions = {}): Promise<Inspection> {
  return prepare(location, parseInspectOptions(options));
}

/**
 * Packs an MMAR into a bundle for MD.ai: reads, checks, plans, writes beside the target, reads
 * back, and puts the bundle in place in one step.
 *
 * A bad MMAR throws nothing: `ok` is false, `findings` say why, and nothing is written.
 *
 * @param location - path of the MMAR's root folder, or of a zip or tar.gz of it
 * @param options - the options of the command `pack`, in camel case; all optional
 * @param hooks - progress, abort, and the environment that SOURCE_DATE_EPOCH is looked up in
 * @throws {@link UsageError} for an option that can't be
 * @throws {@link TargetExistsError} if the bundle is there already, unless `force` is set
 * @throws {@link MachineError} if the disk or a permission fails
 * @throws {@link VerifyError} if the archive, read back, is not what was written
 */
export async function pack(
  location: string,
  options?: PackOptions & { readonly dryRun?: false | undefined },
  hooks?: PackHooks,
): Promise<PackedResult | UnfitResult>;
/** With `dryRun` nothing is written, and `bundle` is undefined. */
export async function pack(
  location: string,
  options: PackOptions & { readonly dryRun: true },
  hooks?: PackHooks,
): Promise<PlannedResult | UnfitResult>;
/** Where only the running program knows `dryRun`, `bundle` tells whether one was written. */
export async function pack(
  location: string,
  options: PackOptions,
  hooks?: PackHooks,
): Promise<PackResult>;
export async function pack(
  location: string,
  options: PackOptions = {},
  hooks: PackHooks = {},
): Promise<PackResult> {
  return packBundle(location, parsePackOptions(options), { env: process.env, ...hooks });
}

/**
 * Packs many MMARs into a folder, several at a time. A bad one does not stop the others, and what
 * is there already and would become the same again is left as it is: what was packed before is
 * remembered in the folder `.mmar2mdai` of the output folder, by the content of all that goes in.
 *
 * What becomes of each MMAR is told to `hooks.onResult`, and kept nowhere.
 *
 * @param inputs - folders that are searched for MMARs, archives, lists (.yaml), and globs of these
 * @param options - those of {@link pack} for all MMARs, and the batch's own, of which `out` (the
 *   output folder, made if need be) has to be there. Options of a list win over those of a config
 *   file, and these options over both
 * @param hooks - progress, results, abort, and the environment for SOURCE_DATE_EPOCH
 * @throws {@link UsageError} for an option that can't be, an input that is not there or holds no
 *   MMAR, a bad list, or bundles that would have the same name
 * @throws {@link MachineError} if the output folder can't be made
 */
export async function batch(
  inputs: readonly string[],
  options: BatchOptions,
  hooks: BatchHooks = {},
): Promise<BatchResult> {
  return runBatch(inputs, parseBatchOptions({ ...options }), hooks);
}

/**
 * Verifies a bundle for MD.ai, whoever made it: the archive, the layout, config.yaml by the rules
 * of MD.ai's builder, requirements.txt, the deploy code's syntax and its MDAIModel, and for an MMAR
 * its config_mdai.json, weights and configs. Nothing in it is run, and nothing is written, but to a
 * temporary file for the content of a tar.gz.
 *
 * A bad bundle throws nothing: `ok` is false, and `findings` say why.
 *
 * @param location - path of the bundle, a zip or tar.gz
 * @param options - all optional
 * @param hooks - abort, and the environment in which Python is looked up
 * @throws {@link UsageError} for an option that can't be
 * @throws {@link MachineError} if the disk or a permission fails
 */
export async function verify(
  location: string,
  options: VerifyOptions = {},
  hooks: VerifyHooks = {},
): Promise<Verification> {
  return verifyBundle(location, parseVerifyOptions(options), { env: process.env, ...hooks });
}

export type {
  BatchCounts,
  BatchHooks,
  BatchItemResult,
  BatchOutcome,
  BatchResult,
} from "./batch/outcome.js";
export type { BaseImage } from "./mdai/base-images.js";
export type { Fact, Override } from "./model/facts.js";
export type {
  Classifier,
  ModelClass,
  ModelInput,
  ModelSpec,
  Output,
  ScoredClass,
  Threshold,
} from "./model/spec.js";
export type {
  ArchiveFormat,
  Compression,
  ImageForm,
  RuntimeName,
  Scores,
} from "./options/words.js";
