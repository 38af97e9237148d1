import { prepare } from "../bundle/prepare.js";
import { CONFIG_FILE, configFile, readConfigFile } from "../options/file.js";
import { namingOf } from "../options/names.js";
import { inspectOptionNames, parseInspectOptions } from "../options/schema.js";
import { findingsWithHint } from "../report/explain-text.js";
import { inspectionJson } from "../report/json.js";
import { inspectionSubject } from "../report/reporter.js";
import { countText, inspectionText } from "../report/text.js";
import { safeJson } from "../text/format.js";
import { givenAt, planReports, reportFailure, writeReports } from "./reports.js";
import { type CommonOptions, EXIT, terminals } from "./shell.js";
import { type Ended, ended } from "./streams.js";

/** Options of the command `inspect` besides those of the derivation. */
export interface InspectCommandOptions extends CommonOptions {
  readonly config?: string;
  readonly diff?: boolean;
  readonly [option: string]: unknown;
}

/** Shows what is known of an MMAR, by the options that `pack` would take. Exit code 1 if unfit. */
export async function inspectCommand(
  location: string,
  {
    json,
    quiet,
    color,
    report,
    annotations,
    config,
    diff = false,
    ...flags
  }: InspectCommandOptions,
): Promise<Ended> {
  const { out, err, outPaint, errPaint } = terminals({ color });
  // The config file is pack's as well: its options on the archive are not used here.
  const fromFile = Object.entries(await readConfigFile(location, config)).filter(
    ([name]) => inspectOptionNames.includes(name) && !(name in flags),
  );
  const options = parseInspectOptions({ ...Object.fromEntries(fromFile), ...flags });
  const keys = fromFile.map(([name]) => name);
  const naming = namingOf(config ?? CONFIG_FILE, keys);
  const given = await givenAt(location);
  const reports = await planReports({ report, annotations }, "inspect", {
    reads: [location, configFile(location, config), options.requirements],
  });
  const inspection = await reportFailure(reports, given, () => prepare(location, options));
  if (json) out(safeJson(inspectionJson(inspection, naming), 2));
  else if (!quiet)
    out(
      inspectionText(inspection, outPaint, {
        diff,
        naming,
        config: { path: config ?? CONFIG_FILE, keys },
      }),
    );
  const shown = inspection.findings.filter((f) => !quiet || f.severity !== "info");
  if (!json && shown.length > 0) {
    err(`${quiet ? "" : "\n"}${findingsWithHint(shown, errPaint, quiet)}`);
    err(countText(shown));
  }
  const reported = await writeReports(reports, () => [inspectionSubject(given, inspection)]);
  return ended(Math.max(reported, inspection.plan === undefined ? EXIT.notFit : EXIT.done));
}
