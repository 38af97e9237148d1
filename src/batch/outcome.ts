import type { Environment } from "../environment.js";
import type { Finding } from "../findings/finding.js";
import type { HandOver } from "../tasks/hand-over.js";
import type { WriteProgress } from "../write/write.js";

/** What became of one MMAR of a batch. */
export type BatchOutcome =
  /** Its bundle was written. */
  | "packed"
  /** Its bundle is there already, and packing would give the same. */
  | "current"
  /** With `dryRun`: its bundle would be written. */
  | "would pack"
  /** The MMAR is not fit: the findings say why. */
  | "not fit"
  /** An option, or a file in the way, has to change: `failure` says which. */
  | "refused"
  /** The machine failed: `failure` says how. */
  | "failed"
  /** A search found an archive that holds no model. */
  | "passed over";

/** What became of one MMAR of a batch, and of its bundle. */
export interface BatchItemResult {
  /** Its place in the batch, from 0, in the order of the bundles' names. */
  readonly index: number;
  /** Its folder or archive. */
  readonly location: string;
  readonly isArchive: boolean;
  /** Path of the bundle. */
  readonly target: string;
  readonly outcome: BatchOutcome;
  readonly findings: readonly Finding[];
  /** In words, what stopped it besides findings. */
  readonly failure: string | undefined;
  /** Of the bundle, where there is one: length in bytes, and SHA-256. */
  readonly size: number | undefined;
  readonly sha256: string | undefined;
  /** What has to be set up on MD.ai; undefined for an MMAR that is not fit. */
  readonly handOver: HandOver | undefined;
}

export type BatchCounts = Readonly<Record<BatchOutcome, number>>;

/** What a batch came to. */
export interface BatchResult {
  /** Whether every MMAR has its bundle. */
  readonly ok: boolean;
  /** The output folder. */
  readonly out: string;
  /** How many MMARs had which outcome. */
  readonly counts: BatchCounts;
}

/** How a batch is watched and stopped. None of what it tells is kept. */
export interface BatchHooks {
  /** Told once how many MMARs there are, and how many bytes, before the first is packed. */
  readonly onFound?: (count: number, bytes: number) => void;
  readonly onStart?: (index: number, location: string) => void;
  readonly onProgress?: (index: number, progress: WriteProgress) => void;
  /** Awaited before the next MMAR is begun. */
  readonly onResult?: (result: BatchItemResult) => void | Promise<void>;
  /** Aborting it stops the batch: bundles that are done stay, others leave nothing behind. */
  readonly signal?: AbortSignal;
  /** Where SOURCE_DATE_EPOCH is looked up. */
  readonly env?: Environment;
}
