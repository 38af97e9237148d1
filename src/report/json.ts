import type { Inspection } from "../bundle/prepare.js";
import type { FailureKind } from "../errors.js";
import type { Finding } from "../findings/finding.js";
import { findingOnCommandLine } from "../findings/format.js";
import { flag, type Naming, onCommandLine } from "../options/names.js";
import { derivedFacts, octal, overrideRows } from "../pack/derived-facts.js";
import { handOverOfPack } from "../pack/hand-over.js";
import { handOverJson } from "../pack/hand-over-text.js";
import type { PackResult } from "../pack/pack.js";
import {
  type FailureOutput,
  type FindingOutput,
  type InspectOutput,
  JSON_VERSION,
  type PackOutput,
  type VerifyOutput,
} from "../public-json/output.js";
import type { Verification } from "../verify/verify.js";

/** What `inspect --json` prints. */
export function inspectionJson(inspection: Inspection, naming: Naming = flag): InspectOutput {
  return {
    schema: JSON_VERSION,
    command: "inspect",
    ok: inspection.plan !== undefined,
    ...knowledge(inspection, naming),
  };
}

/** What `pack --json` prints. */
export function packJson(result: PackResult, naming: Naming = flag): PackOutput {
  const { bundle, plan } = result;
  const handOver = handOverOfPack(result);
  return {
    schema: JSON_VERSION,
    command: "pack",
    ok: result.ok,
    target: result.target,
    format: result.format,
    size: bundle?.size ?? null,
    sha256: bundle?.sha256 ?? null,
    hand_over: handOver ? handOverJson(handOver) : null,
    ...knowledge(result, naming),
    entries: (plan?.entries ?? []).map(({ path, size, mode, reason }) => ({
      path,
      size,
      mode: octal(mode),
      reason,
    })),
  };
}

/** What `verify --json` prints. */
export function verifyJson(verification: Verification): VerifyOutput {
  const { ok, location, format, size, sha256, files, contentSize, root, image } = verification;
  const { isOurs, runtime, mmar, model, findings } = verification;
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
    runtime: runtime ?? null,
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
export function findingJson(finding: Finding): FindingOutput {
  const { code, severity, args, place } = finding;
  return { code, severity, ...findingOnCommandLine(finding), args, ...(place && { place }) };
}

/** What a command could not do, and why, besides findings. */
export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  /** How the process ends. */
  readonly exitCode: FailureOutput["error"]["exit_code"];
}

/** What a command with `--json` prints instead of its result if it was stopped. */
export function failureJson(
  command: FailureOutput["command"],
  { kind, message, exitCode }: Failure,
): FailureOutput {
  const error = { kind, message, exit_code: exitCode };
  return { schema: JSON_VERSION, command, ok: false, error };
}

function knowledge(inspection: Inspection, naming: Naming) {
  const { source, runtime, derivedConfig, configMdai, omitted, overrides, findings } = inspection;
  return {
    mmar: source?.name ?? null,
    generation: source
      ? { generation: source.generation.generation, evidence: source.generation.evidence }
      : null,
    runtime,
    derived: derivedFacts(inspection, naming),
    overrides: overrideRows(overrides, naming),
    inference_config: derivedConfig
      ? {
          path: derivedConfig.path,
          source: derivedConfig.source.path,
          changes: derivedConfig.changes.map((change) => ({
            ...change,
            why: onCommandLine(change.why, naming),
          })),
        }
      : null,
    config_mdai: configMdai ?? null,
    omitted: omitted.map((group) => ({
      ...group,
      reason: onCommandLine(group.reason, naming),
    })),
    findings: findings.map(findingJson),
  };
}
