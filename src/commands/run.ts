import { spawn } from "node:child_process";
import { createInterface } from "node:readline/promises";
import { UsageError } from "../errors.js";
import { hasErrors } from "../findings/finding.js";
import { readConfigFile } from "../options/file.js";
import { onCommandLine, option } from "../options/names.js";
import { inspectOptionNames, parseRunOptions } from "../options/schema.js";
import { findingsWithHint } from "../report/explain-text.js";
import { runSubject } from "../report/reporter.js";
import { runJson } from "../report/run-json.js";
import { runText } from "../report/run-text.js";
import { countText } from "../report/text.js";
import { cacheFolder, cleanCache } from "../run/cache.js";
import { type RunOutcome, runModel } from "../run/run.js";
import { escapeControls } from "../text/format.js";
import { givenAt, planReports, reportFailure, writeReports } from "./reports.js";
import { abortable, type CommonOptions, EXIT, type Terminals, terminals } from "./shell.js";
import { statusLine } from "./status-line.js";
import { type Ended, ended } from "./streams.js";

/** Options of the command `run` besides those of running itself. */
export interface RunCommandOptions extends Omit<CommonOptions, "annotations"> {
  readonly config?: string;
  readonly open?: boolean;
  readonly clean?: boolean;
  readonly [option: string]: unknown;
}

/** Runs a model on DICOM files here. Exit code 1 if MD.ai would not take its answer. */
export async function runCommand(
  model: string | undefined,
  dicom: readonly string[],
  { json, quiet, color, report, config, open, clean, ...flags }: RunCommandOptions,
): Promise<Ended> {
  const streams = terminals({ color });
  if (clean) return cleaned(streams);
  if (model === undefined || dicom.length === 0) {
    const what = model === undefined ? "The model and the DICOM files are" : "The DICOM files are";
    throw new UsageError(
      `${what} missing: mmar2mdai run MODEL DICOM…, where DICOM is files, folders or zips.`,
    );
  }
  const fromFile = Object.entries(await readConfigFile(model, config)).filter(
    ([name]) => inspectOptionNames.includes(name) && name !== "device" && !(name in flags),
  );
  const options = parseRunOptions({ ...Object.fromEntries(fromFile), ...flags });
  const given = await givenAt(model);
  const reports = await planReports({ report, annotations: true }, "run", {
    reads: [model, ...dicom],
  });
  const status = statusLine(process.stderr, json !== true && quiet !== true);
  const silent = json === true || quiet === true;
  const outcome = await reportFailure(reports, given, () =>
    abortable((signal) =>
      runModel(model, dicom, options, {
        signal,
        env: process.env,
        onProgress: ({ step, done, of }) => {
          const count = done === null ? "" : of === null ? ` ${done}` : ` ${done} of ${of}`;
          status.show(`${step}${count}`);
        },
        onLog: (line) => status.log(escapeControls(line)),
        ...(!silent &&
          process.stdin.isTTY &&
          process.stderr.isTTY && { ask: asked(status, signal) }),
      }),
    ).finally(() => status.clear()),
  );
  if (typeof outcome === "number") return ended(outcome);
  if (json) streams.out(JSON.stringify(runJson(outcome), null, 2));
  else show(outcome, quiet === true, streams);
  const reported = await writeReports(reports, () => [runSubject(given, outcome)]);
  if (open && outcome.out !== undefined) openInBrowser(outcome.report);
  const done =
    outcome.out === undefined ? "Nothing was run." : `Wrote ${escapeControls(outcome.out)}.`;
  return ended(Math.max(reported, outcome.ok ? EXIT.done : EXIT.notFit), done);
}

function show(
  outcome: RunOutcome,
  quiet: boolean,
  { out, err, outPaint, errPaint }: Terminals,
): void {
  const shown = outcome.findings.filter((f) => !quiet || f.severity !== "info");
  if (outcome.out === undefined) {
    err(findingsWithHint(shown, errPaint, quiet));
    err(`\nNothing was run: ${countText(shown)}.`);
    return;
  }
  if (shown.some(({ severity }) => severity !== "info") || hasErrors(shown)) {
    err(findingsWithHint(shown, errPaint, quiet));
  }
  if (!quiet || !outcome.ok) out(runText(outcome, outPaint));
}

async function cleaned({ out }: Terminals): Promise<Ended> {
  const folder = cacheFolder(process.env);
  const count = await cleanCache(folder);
  const done =
    count === 0
      ? `There is no Python environment in ${folder}.`
      : `Removed ${count} Python environment${count === 1 ? "" : "s"} from ${folder}.`;
  out(escapeControls(done));
  return ended(EXIT.done, done);
}

/** Asks on the terminal; no answer is a no. */
const asked =
  (status: { clear(): void }, signal: AbortSignal) =>
  async (question: string): Promise<boolean> => {
    status.clear();
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    // Ctrl-C is for the command, which cleans up; Ctrl-D is a no.
    terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    const closed = new Promise<string>((resolve) => {
      terminal.once("close", () => resolve(""));
      signal.addEventListener("abort", () => resolve(""), { once: true });
    });
    try {
      const asking = terminal.question(
        `${escapeControls(onCommandLine(question), "\n")}\nGo on? [y/N] `,
      );
      const answer = await Promise.race([asking.catch(() => ""), closed]);
      signal.throwIfAborted();
      return /^y(es)?$/i.test(answer.trim());
    } finally {
      terminal.close();
    }
  };

/** Opens a file with what the system opens such files with. It need not succeed. */
function openInBrowser(path: string): void {
  const [program, ...args] =
    process.platform === "darwin"
      ? ["open", path]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", path]
        : ["xdg-open", path];
  const child = spawn(program as string, args, { detached: true, stdio: "ignore" });
  child.on("error", () => {
    process.stderr.write(
      `${option("open")}: ${program} could not be started; open the file yourself.\n`,
    );
  });
  child.unref();
}
