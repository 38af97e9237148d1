import { prepare } from "../bundle/prepare.js";
import { readConfigFile } from "../option-file.js";
import { inspectOptionNames, parseInspectOptions } from "../options.js";
import { inspectionJson } from "../report/json.js";
import { countText, findingsText, inspectionText } from "../report/text.js";
import { type CommonOptions, EXIT, terminals } from "./run.js";

/** Options of the command `inspect` besides those of the derivation. */
export interface InspectCommandOptions extends CommonOptions {
  readonly config?: string;
  readonly diff?: boolean;
  readonly [option: string]: unknown;
}

/** Shows what is known of an MMAR, by the options that `pack` would take. Exit code 1 if unfit. */
export async function inspectCommand(
  location: string,
  { json, quiet, color, config, diff = false, ...flags }: InspectCommandOptions,
): Promise<number> {
  const { out, err, outPaint, errPaint } = terminals({ color });
  const fromFile = Object.entries(await readConfigFile(location, config));
  // The file is pack's, too: what it says of the archive is of no use here.
  const known = fromFile.filter(([name]) => inspectOptionNames.includes(name));
  const options = parseInspectOptions({ ...Object.fromEntries(known), ...flags });
  const inspection = await prepare(location, options);
  if (json) out(JSON.stringify(inspectionJson(inspection), null, 2));
  else if (!quiet) out(inspectionText(inspection, outPaint, { diff }));
  const shown = inspection.findings.filter((f) => !quiet || f.severity !== "info");
  if (!json && shown.length > 0) {
    err(`${quiet ? "" : "\n"}${findingsText(shown, errPaint)}`);
    err(countText(shown));
  }
  return inspection.plan === undefined ? EXIT.notFit : EXIT.done;
}
