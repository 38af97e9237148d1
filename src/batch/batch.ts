import { mkdir, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { asMachineError, MachineError } from "../errors.js";
import type { Finding } from "../findings/finding.js";
import type { CompleteBatchOptions } from "../options/schema.js";
import { removeAbandoned } from "../write/temp-file.js";
import type { WriteProgress } from "../write/write.js";
import { ItemRun } from "./item-run.js";
import { type BatchItem, findItems } from "./items.js";
import { largestFirst, shardOf } from "./shard.js";
import { STATE_FOLDER } from "./state.js";

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
  /** A search found an archive that is no MMAR. */
  | "passed over";

/** One MMAR of a batch, done. */
export interface BatchModel {
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
  /** Awaited before another MMAR is begun in the place of this one. */
  readonly onResult?: (model: BatchModel) => void | Promise<void>;
  /** Aborting it stops the batch: bundles that are done stay, others leave nothing behind. */
  readonly signal?: AbortSignal;
  /** Where SOURCE_DATE_EPOCH is looked up. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Each MMAR waits for the disk now and then: so many more keep the processors busy. */
const WAITING = 2;

/** Runs a batch with options that were checked; see `batch` of the library. */
export async function runBatch(
  inputs: readonly string[],
  options: CompleteBatchOptions,
  hooks: BatchHooks = {},
): Promise<BatchResult> {
  const { out, shard, jobs = availableParallelism() + WAITING, dryRun, format } = options;
  await (dryRun ? checkFolder(out) : prepareFolder(out));
  const items = await findItems(inputs, out, format);
  const mine = shard === undefined ? largestFirst(items) : shardOf(items, shard);
  const bytes = mine.reduce((sum, { size }) => sum + size, 0);
  hooks.onFound?.(mine.length, bytes);
  const counts = noCounts();
  const indexOf = placesByName(mine);
  const queue = mine.values();
  await together(Math.min(jobs, mine.length), hooks.signal, async (signal) => {
    for (const item of queue) {
      signal.throwIfAborted();
      const run = new ItemRun(item, indexOf(item), options, { ...hooks, signal });
      const model = await run.run();
      counts[model.outcome] += 1;
      await hooks.onResult?.(model);
    }
  });
  return { ok: counts["not fit"] + counts.refused + counts.failed === 0, out, counts };
}

const noCounts = (): Record<BatchOutcome, number> => ({
  packed: 0,
  current: 0,
  "would pack": 0,
  "not fit": 0,
  refused: 0,
  failed: 0,
  "passed over": 0,
});

function placesByName(items: readonly BatchItem[]): (item: BatchItem) => number {
  const sorted = [...items].sort((a, b) => (a.bundle < b.bundle ? -1 : 1));
  const places = new Map(sorted.map((item, index) => [item, index]));
  return (item) => places.get(item) ?? 0;
}

/** Runs `count` workers. Where one fails the others are stopped, and have ended when this does. */
async function together(
  count: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const either = AbortSignal.any([failure.signal, ...(signal ? [signal] : [])]);
  const workers = Array.from({ length: count }, () =>
    work(either).catch((error: unknown) => failure.abort(error)),
  );
  await Promise.all(workers);
  either.throwIfAborted();
}

/** Makes the output folder, and clears away what runs that were killed left in it. */
async function prepareFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw asMachineError(error, "create", path);
  }
  await removeAbandoned(path);
  await removeAbandoned(join(path, STATE_FOLDER));
}

/** What stands in the way of an output folder is told before any work, even where none is made. */
async function checkFolder(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (stats !== undefined && !stats.isDirectory()) throw new MachineError("EEXIST", "create", path);
}
