import type { Inspection } from "../bundle/prepare.js";
import type { FailureKind } from "../errors.js";
import type { Finding } from "../findings/finding.js";
import { describeFinding } from "../findings/format.js";
import { derivedFacts } from "../pack/derived-facts.js";
import type { PackResult } from "../pack/pack.js";
import type { Verification } from "../verify/verify.js";
import type { ReportContext } from "./reporter.js";

/** Version of the form of `--json`; it rises when a key goes or changes its meaning. */
export const JSON_VERSION = 1;

/** What `inspect --json` prints. */
export function inspectionJson(inspection: Inspection): Record<string, unknown> {
  return {
    schema: JSON_VERSION,
    command: "inspect",
    ok: inspection.plan !== undefined,
    ...knowledge(inspection),
  };
}

/** What `pack --json` prints. */
export function packJson(result: PackResult): Record<string, unknown> {
  const { bundle, plan } = result;
  return {
    schema: JSON_VERSION,
    command: "pack",
    ok: result.ok,
    target: result.target,
    format: result.format,
    size: bundle?.size ?? null,
    sha256: bundle?.sha256 ?? null,
    ...knowledge(result),
    entries: (plan?.entries ?? []).map(({ path, size, mode, reason }) => ({
      path,
      size,
      mode: mode.toString(8),
      reason,
    })),
  };
}

/** What `verify --json` prints. */
export function verifyJson(verification: Verification): Record<string, unknown> {
  const { ok, location, format, size, sha256, files, contentSize, root, image } = verification;
  const { isOurs, mmar, model, findings } = verification;
  return {
    schema: JSON_VERSION,
    command: "verify",
    ok,
    bundle: location,
    format: format ?? null,
    size: size ?? null,
    sha256: sha256 ?? null,
    files,
    content_size: contentSize,
    made_by_mmar2mdai: isOurs,
    root: root ?? null,
    image: image
      ? {
          base_image: image.baseImage,
          device_type: image.device,
          cuda_version: image.cudaVersion ?? null,
          clara_version: image.claraVersion ?? null,
          python: image.python ?? null,
        }
      : null,
    mmar: mmar ?? null,
    model: model
      ? {
          type: model.task ?? null,
          out_classes: model.outClasses ?? null,
          data_list_key: model.dataListKey ?? null,
          classes: model.classes.map(({ classIndex, name }) => ({ class_index: classIndex, name })),
        }
      : null,
    findings: findings.map(findingJson),
  };
}

/** A finding as data and in words. */
export function findingJson(finding: Finding): Record<string, unknown> {
  const { code, severity, args, place } = finding;
  return { code, severity, ...describeFinding(finding), args, ...(place && { place }) };
}

/** What a command could not do, and why, besides findings. */
export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  /** How the process ends. */
  readonly exitCode: number;
}

/** What a command with `--json` prints in the place of its result where it was stopped. */
export function failureJson(
  command: ReportContext["command"],
  { kind, message, exitCode }: Failure,
): Record<string, unknown> {
  const error = { kind, message, exit_code: exitCode };
  return { schema: JSON_VERSION, command, ok: false, error };
}

function knowledge(inspection: Inspection): Record<string, unknown> {
  const { source, derivedConfig, configMdai, omitted, overrides, findings } = inspection;
  return {
    mmar: source?.name ?? null,
    generation: source
      ? { generation: source.generation.generation, evidence: source.generation.evidence }
      : null,
    derived: derivedFacts(inspection),
    overrides,
    inference_config: derivedConfig
      ? {
          path: derivedConfig.path,
          source: derivedConfig.source.path,
          changes: derivedConfig.changes,
        }
      : null,
    config_mdai: configMdai ?? null,
    omitted,
    findings: findings.map(findingJson),
  };
}
