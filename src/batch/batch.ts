import { mkdir, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { asMachineError, MachineError } from "../errors.js";
import type { CompleteBatchOptions } from "../options/schema.js";
import { removeAbandoned } from "../write/temp-file.js";
import { shardOfMachine } from "./auto-shard.js";
import { ItemRun } from "./item-run.js";
import { type BatchItem, findItems } from "./items.js";
import type { BatchHooks, BatchOutcome, BatchResult } from "./outcome.js";
import { largestFirst, shardOf } from "./shard.js";
import { STATE_FOLDER } from "./state.js";

/** Each MMAR waits for the disk now and then: so many more keep the processors busy. */
const WAITING = 2;

/** Runs a batch with options that were checked; see `batch` of the library. */
export async function runBatch(
  inputs: readonly string[],
  options: CompleteBatchOptions,
  hooks: BatchHooks = {},
): Promise<BatchResult> {
  const { out, jobs = availableParallelism() + WAITING, dryRun, format } = options;
  const shard = options.shard === "auto" ? shardOfMachine(hooks.env ?? process.env) : options.shard;
  await (dryRun ? checkFolder(out) : prepareFolder(out));
  const items = await findItems(inputs, out, format);
  const mine = shard === undefined ? largestFirst(items) : shardOf(items, shard);
  const bytes = mine.reduce((sum, { size }) => sum + size, 0);
  hooks.onFound?.(mine.length, bytes);
  const counts = noCounts();
  const indexOf = placesByName(mine);
  const queue = mine.values();
  await runWorkers(Math.min(jobs, mine.length), hooks.signal, async (signal) => {
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
async function runWorkers(
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
