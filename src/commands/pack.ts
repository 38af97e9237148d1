import { basename } from "node:path";
import { hasErrors } from "../findings/finding.js";
import { CONFIG_FILE, configFile, readConfigFile } from "../options/file.js";
import { type Naming, namingOf } from "../options/names.js";
import { type CompletePackOptions, parsePackOptions } from "../options/schema.js";
import { sheetPath } from "../pack/hand-over.js";
import { checksumPath, manifestPath } from "../pack/manifest.js";
import { chooseTarget, type PackResult, packBundle } from "../pack/pack.js";
import { findingsWithHint } from "../report/explain-text.js";
import { packJson } from "../report/json.js";
import { progressBar, wantsProgress } from "../report/progress.js";
import { packSubject } from "../report/reporter.js";
import {
  type ConfigFile,
  countText,
  dryRunText,
  inspectionText,
  packText,
} from "../report/text.js";
import { escapeControls, safeJson } from "../text/format.js";
import { givenAt, planReports, reportFailure, writeReports } from "./reports.js";
import { abortable, type CommonOptions, EXIT, type Terminals, terminals } from "./shell.js";
import { type Ended, ended } from "./streams.js";

/** Options of the command `pack` besides those of packing itself. */
export interface PackCommandOptions extends CommonOptions {
  readonly config?: string;
  readonly [option: string]: unknown;
}

/** Packs an MMAR. Flags win over the config file. */
export async function packCommand(
  location: string,
  { json, quiet, color, report, annotations, config, ...flags }: PackCommandOptions,
): Promise<Ended> {
  const fromFile = await readConfigFile(location, config);
  const options = parsePackOptions({ ...fromFile, ...flags });
  const keys = Object.keys(fromFile).filter((name) => !(name in flags));
  const naming = namingOf(config ?? CONFIG_FILE, keys);
  // A manifest is the same wherever the config file lies.
  const inManifest = namingOf(basename(config ?? CONFIG_FILE), keys);
  const given = await givenAt(location);
  const { target } = await chooseTarget(location, options);
  const reports = await planReports({ report, annotations }, "pack", {
    reads: [location, configFile(location, config), options.requirements],
    writes: [manifestPath(target), checksumPath(target), sheetPath(target)],
  });
  const silent = quiet === true || json === true;
  const result = await reportFailure(reports, given, () =>
    abortable((signal) => packWatched(location, options, { signal, naming: inManifest }, silent)),
  );
  if (typeof result === "number") return ended(result);
  const streams = terminals({ color });
  if (json) streams.out(safeJson(packJson(result, naming), 2));
  else
    show(
      result,
      { ...options, naming, config: { path: config ?? CONFIG_FILE, keys }, quiet: quiet === true },
      streams,
    );
  const reported = await writeReports(reports, () => [packSubject(given, result)]);
  const done =
    result.bundle === undefined
      ? "Nothing was packed."
      : `Packed ${escapeControls(result.target)}.`;
  return ended(Math.max(reported, result.ok ? EXIT.done : EXIT.notFit), done);
}

async function packWatched(
  location: string,
  options: CompletePackOptions,
  hooks: { readonly signal: AbortSignal; readonly naming: Naming },
  silent: boolean,
): Promise<PackResult> {
  const { stderr, env } = process;
  const bar = !silent && wantsProgress(stderr, env) ? progressBar(stderr) : undefined;
  try {
    return await packBundle(location, options, {
      ...hooks,
      env,
      ...(bar && { onProgress: (progress) => bar.update(progress) }),
    });
  } finally {
    bar?.clear();
  }
}

interface ShowOptions {
  readonly dryRun: boolean;
  readonly naming: Naming;
  readonly config: ConfigFile;
  readonly quiet: boolean;
}

function show(
  result: PackResult,
  { dryRun, naming, config, quiet }: ShowOptions,
  { out, err, outPaint, errPaint }: Terminals,
): void {
  if (!quiet) {
    out(inspectionText(result, outPaint, { naming, config }));
    if (dryRun) out(`\n${dryRunText(result, outPaint)}`);
  }
  const shown = result.findings.filter((f) => !quiet || f.severity !== "info");
  if (shown.length > 0) err(`${quiet ? "" : "\n"}${findingsWithHint(shown, errPaint, quiet)}`);
  if (!quiet && result.bundle !== undefined) out(`\n${packText(result, outPaint)}`);
  if (result.ok) return;
  const strict = !hasErrors(result.findings);
  err(`\nNothing was packed: ${countText(shown)}${strict ? " (--strict)" : ""}.`);
}
