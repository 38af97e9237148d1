import { runBatch } from "../batch/batch.js";
import type { BatchItemResult, BatchResult } from "../batch/outcome.js";
import { onCommandLine } from "../options/names.js";
import { type CompleteBatchOptions, parseBatchOptions } from "../options/schema.js";
import { batchJson } from "../report/batch-json.js";
import { batchDisplay } from "../report/batch-progress.js";
import { countsText, hintLine, modelLine, reasonsText, setUpLine } from "../report/batch-text.js";
import { wantsProgress } from "../report/progress.js";
import { batchSubject, type Subject } from "../report/reporter.js";
import { givenAt, planReports, reportFailure, writeReports } from "./reports.js";
import { ResultStore } from "./result-store.js";
import { abortable, type CommonOptions, EXIT, safe, type Terminals, terminals } from "./shell.js";
import { type Ended, ended } from "./streams.js";

/** Options of the command `batch` besides those of the batch itself. */
export interface BatchCommandOptions extends CommonOptions {
  readonly [option: string]: unknown;
}

/** What became of an MMAR, as the command line says it. */
const asShown = (model: BatchItemResult): BatchItemResult => ({
  ...model,
  failure: model.failure && onCommandLine(model.failure),
});

const STOPPED = "Stopped. The bundles that are done stay; run it again to go on.";

/** Packs many MMARs. Exit code 3 if the machine failed at one, else 1 if one has no bundle. */
export async function batchCommand(
  inputs: readonly string[],
  { json, quiet, color, report, annotations, ...given }: BatchCommandOptions,
): Promise<Ended> {
  const options = parseBatchOptions(given);
  const reports = await planReports({ report, annotations }, "batch", {
    reads: [options.config, ...(await filesOf(inputs))],
  });
  const streams = terminals({ color });
  const store = await ResultStore.create();
  try {
    const silent = quiet === true || json === true;
    const whole = { location: options.out, isArchive: false };
    const result = await reportFailure(reports, whole, () =>
      abortable((signal) => runWatched(inputs, options, signal, store, silent, streams), STOPPED),
    );
    if (typeof result === "number") return ended(result);
    if (json) for await (const piece of batchJson(result, store.all())) streams.piece(piece);
    else await show(result, store, quiet === true, streams);
    const reported = await writeReports(reports, () => subjectsOf(store));
    const code = Math.max(reported, exitCodeOf(result));
    return ended(code, countsText(result.counts, streams.errPaint));
  } finally {
    await store.close();
  }
}

/** The archives and lists among the inputs; a report may lie in a folder that is searched. */
async function filesOf(inputs: readonly string[]): Promise<string[]> {
  const isFile = await Promise.all(inputs.map(async (path) => (await givenAt(path)).isArchive));
  return inputs.filter((_, index) => isFile[index]);
}

async function* subjectsOf(store: ResultStore): AsyncIterable<Subject> {
  for await (const model of store.all()) {
    const subject = batchSubject(model);
    if (subject !== undefined) yield subject;
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
  const told = (model: BatchItemResult): string =>
    [modelLine(model, errPaint), reasonsText(model, errPaint)].filter((t) => t !== "").join("\n");
  try {
    return await runBatch(inputs, options, {
      signal,
      env,
      onResult: async (model) => {
        const shown = asShown(model);
        await store.add(shown);
        display?.finished(model.index, safe(told(shown)));
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
  let [rows, hint] = [0, ""];
  for await (const model of store.all()) {
    rows += 1;
    hint ||= hintLine(model, errPaint);
    if (!quiet) out(modelLine(model, outPaint));
    else if (isBad(model)) err(`${modelLine(model, errPaint)}\n${reasonsText(model, errPaint)}`);
  }
  if (!quiet) {
    await showSetUp(store, out);
    out(`${rows === 0 ? "" : "\n"}${countsText(counts, outPaint)}`);
  }
  err(hint);
}

/** What to set up on MD.ai, for all bundles. */
async function showSetUp(store: ResultStore, out: Terminals["out"]): Promise<void> {
  let isFirst = true;
  for await (const model of store.all()) {
    const line = setUpLine(model);
    if (line === "") continue;
    if (isFirst) out(`\n${SET_UP}`);
    isFirst = false;
    out(line);
  }
}

const SET_UP =
  "On MD.ai, by bundle: the model's scope; the labels' type, scope and annotation mode: class_index and label";

const isBad = ({ outcome }: BatchItemResult): boolean =>
  outcome === "not fit" || outcome === "refused" || outcome === "failed";

function exitCodeOf({ ok, counts }: BatchResult): number {
  if (ok) return EXIT.done;
  return counts.failed > 0 ? EXIT.machine : EXIT.notFit;
}
