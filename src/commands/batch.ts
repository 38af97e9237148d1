import { type BatchModel, type BatchResult, runBatch } from "../batch/batch.js";
import { type BatchOptions, type CompleteBatchOptions, parseBatchOptions } from "../options.js";
import { batchJson } from "../report/batch-json.js";
import { batchDisplay } from "../report/batch-progress.js";
import { countsText, modelLine, reasonsText } from "../report/batch-text.js";
import { wantsProgress } from "../report/progress.js";
import { ResultStore } from "./result-store.js";
import { abortable, type CommonOptions, EXIT, type Terminals, terminals } from "./run.js";

/** Options of the command `batch` besides those of the batch itself. */
export interface BatchCommandOptions extends CommonOptions {
  readonly [option: string]: unknown;
}

const STOPPED = "Stopped. The bundles that are done stay; run it again to go on.";

/** Packs many MMARs. Exit code 3 if the machine failed at one, else 1 if one has no bundle. */
export async function batchCommand(
  inputs: readonly string[],
  { json, quiet, color, ...given }: BatchCommandOptions,
): Promise<number> {
  // What the options really are is checked there.
  const options = parseBatchOptions(given as unknown as BatchOptions);
  const streams = terminals({ color });
  const store = await ResultStore.create();
  try {
    const silent = quiet === true || json === true;
    const result = await abortable(
      (signal) => runWatched(inputs, options, signal, store, silent, streams),
      STOPPED,
    );
    if (typeof result === "number") return result;
    if (json) for await (const piece of batchJson(result, store.all())) streams.piece(piece);
    else await show(result, store, quiet === true, streams);
    return exitCodeOf(result);
  } finally {
    await store.close();
  }
}

async function runWatched(
  inputs: readonly string[],
  options: CompleteBatchOptions,
  signal: AbortSignal,
  store: ResultStore,
  silent: boolean,
  { errPaint }: Terminals,
): Promise<BatchResult> {
  const { stderr, env } = process;
  const display = silent ? undefined : batchDisplay(stderr, wantsProgress(stderr, env));
  const told = (model: BatchModel): string =>
    [modelLine(model, errPaint), reasonsText(model, errPaint)].filter((t) => t !== "").join("\n");
  try {
    return await runBatch(inputs, options, {
      signal,
      env,
      onResult: async (model) => {
        await store.add(model);
        display?.finished(model.index, told(model));
      },
      ...(display && {
        onFound: display.found,
        onStart: display.started,
        onProgress: display.progressed,
      }),
    });
  } finally {
    display?.clear();
  }
}

async function show(
  { counts }: BatchResult,
  store: ResultStore,
  quiet: boolean,
  { out, err, outPaint, errPaint }: Terminals,
): Promise<void> {
  let rows = 0;
  for await (const model of store.all()) {
    rows += 1;
    if (!quiet) out(modelLine(model, outPaint));
    else if (isBad(model)) err(`${modelLine(model, errPaint)}\n${reasonsText(model, errPaint)}`);
  }
  if (!quiet) out(`${rows === 0 ? "" : "\n"}${countsText(counts, outPaint)}`);
}

const isBad = ({ outcome }: BatchModel): boolean =>
  outcome === "not fit" || outcome === "refused" || outcome === "failed";

function exitCodeOf({ ok, counts }: BatchResult): number {
  if (ok) return EXIT.done;
  return counts.failed > 0 ? EXIT.machine : EXIT.notFit;
}
