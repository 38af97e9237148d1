import { prepare } from "../bundle/prepare.js";
import { parseInspectOptions } from "../options.js";
import { inspectionJson } from "../report/json.js";
import { countText, findingsText, inspectionText } from "../report/text.js";
import { type CommonOptions, EXIT, terminals } from "./run.js";

/** Options of the command `inspect` besides those of the derivation. */
export interface InspectCommandOptions extends CommonOptions {
  readonly diff?: boolean;
  readonly [option: string]: unknown;
}

/** Shows what is known of an MMAR. Exit code 1 if it can't be packed. */
export async function inspectCommand(
  location: string,
  { json, quiet, color, diff = false, ...options }: InspectCommandOptions,
): Promise<number> {
  const { out, err, outPaint, errPaint } = terminals({ color });
  const inspection = await prepare(location, parseInspectOptions(options));
  if (json) out(JSON.stringify(inspectionJson(inspection), null, 2));
  else if (!quiet) out(inspectionText(inspection, outPaint, { diff }));
  const shown = inspection.findings.filter((f) => !quiet || f.severity !== "info");
  if (!json && shown.length > 0) {
    err(`${quiet ? "" : "\n"}${findingsText(shown, errPaint)}`);
    err(countText(shown));
  }
  return inspection.plan === undefined ? EXIT.notFit : EXIT.done;
}
