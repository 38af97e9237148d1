import { basename, resolve } from "node:path";
import type { BatchItemResult } from "../batch/outcome.js";
import type { Inspection } from "../bundle/prepare.js";
import { type Finding, hasErrors } from "../findings/finding.js";
import { handOverOfPack } from "../pack/hand-over.js";
import type { PackResult } from "../pack/pack.js";
import type { RunOutcome } from "../run/run.js";
import type { HandOver } from "../tasks/hand-over.js";
import type { Verification } from "../verify/verify.js";
import { runLines } from "./run-text.js";
import { uncheckedParts } from "./verify-text.js";

/** One MMAR or bundle that a command was given, in the form that all reports are made of. */
export interface Subject {
  /** Name of the MMAR or bundle. */
  readonly name: string;
  /** Its folder or archive, as the user gave it. */
  readonly location: string;
  /** Whether it is an archive: the places of its findings then lie in it, not in a folder. */
  readonly isArchive: boolean;
  /** Whether the command did what it was asked to do with it. */
  readonly ok: boolean;
  /** Errors first. */
  readonly findings: readonly Finding[];
  /**
   * What stopped the command at it besides findings, in one or more sentences: a full disk, a
   * target that is there already, findings that `--strict` does not let pass.
   */
  readonly failure?: string;
  /** What came of it in a few words: `packed into x.mdai.zip`, `up to date`. */
  readonly outcome?: string;
  /** What has to be set up on MD.ai for it. */
  readonly handOver?: HandOver;
  /** More of what came of it, a line each: what `run` measured. */
  readonly details?: readonly string[];
}

/** The command that a report is about. */
export interface ReportContext {
  readonly command: "inspect" | "pack" | "verify" | "batch" | "run";
  /** Version of this program. */
  readonly version: string;
  /** Absolute path of the folder that the paths in a report are relative to. */
  readonly folder: string;
}

/**
 * Makes a report piece by piece: a batch may have thousands of subjects, and none is kept.
 *
 * @param subjects - in the order in which they are to stand
 */
export type Reporter = (
  subjects: AsyncIterable<Subject>,
  context: ReportContext,
) => AsyncIterable<string>;

/** What of a subject is known before anything was done with it. */
export type SubjectLocation = Pick<Subject, "location" | "isArchive">;

/** What `inspect` found, for reports. */
export function inspectionSubject(
  given: SubjectLocation,
  { source, plan, findings }: Inspection,
): Subject {
  const ok = plan !== undefined;
  return {
    ...given,
    name: source?.name ?? nameOf(given),
    ok,
    findings,
    ...(ok && { outcome: "can be packed" }),
  };
}

/** What `run` did, for reports. */
export function runSubject(given: SubjectLocation, outcome: RunOutcome): Subject {
  const { ok, findings } = outcome;
  if (outcome.out === undefined) return { ...given, name: nameOf(given), ok, findings };
  const { subject, verdict } = outcome;
  return {
    ...{ ...given, name: subject.name, ok, findings, details: runLines(outcome) },
    handOver: subject.handOver,
    ...(ok ? { outcome: verdict } : { failure: verdict }),
  };
}

const STRICT = "It has warnings, which --strict treats as errors.";

/** What `pack` did, for reports. */
export function packSubject(given: SubjectLocation, result: PackResult): Subject {
  const { source, ok, findings, target, bundle } = result;
  const done = bundle === undefined ? "would be packed into" : "packed into";
  const handOver = handOverOfPack(result);
  return {
    ...given,
    name: source?.name ?? nameOf(given),
    ok,
    findings,
    ...(ok && { outcome: `${done} ${target}` }),
    ...(handOver && { handOver }),
    ...(!ok && !hasErrors(findings) && { failure: STRICT }),
  };
}

/** What `verify` says in a cell of a report where nothing stops the bundle. */
function verifiedText(findings: readonly Finding[]): string {
  const unchecked = uncheckedParts(findings);
  const left = unchecked.length === 0 ? "" : `; not checked: ${unchecked.join("; ")}`;
  return `nothing found that stops the build or the start; nothing was run${left}`;
}

/** What `verify` found, for reports. */
export function verificationSubject(
  given: SubjectLocation,
  { ok, findings }: Verification,
): Subject {
  return {
    ...given,
    name: nameOf(given),
    ok,
    findings,
    ...(ok && { outcome: verifiedText(findings) }),
    ...(!ok && !hasErrors(findings) && { failure: STRICT }),
  };
}

/** What became of one MMAR of a `batch`, for reports; undefined for what is none. */
export function batchSubject(model: BatchItemResult): Subject | undefined {
  const { location, isArchive, outcome, target, findings, failure, handOver } = model;
  if (outcome === "passed over") return undefined;
  const given = { location, isArchive };
  const words = BATCH_WORDS[outcome];
  return {
    ...given,
    name: nameOf(given),
    ok: words !== undefined,
    findings,
    ...(words !== undefined && { outcome: `${words} ${target}` }),
    ...(handOver && { handOver }),
    ...(failure !== undefined && { failure }),
  };
}

/** What a good outcome is called before the bundle's path. */
const BATCH_WORDS: Readonly<Partial<Record<BatchItemResult["outcome"], string>>> = {
  packed: "packed into",
  current: "up to date:",
  "would pack": "would be packed into",
};

/** What stopped a command before it could tell anything, for reports. */
export function failedSubject(given: SubjectLocation, failure: string): Subject {
  return { ...given, name: nameOf(given), ok: false, findings: [], failure };
}

const nameOf = ({ location }: SubjectLocation): string => basename(resolve(location)) || location;
