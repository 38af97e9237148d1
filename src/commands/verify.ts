import { parseVerifyOptions } from "../options/schema.js";
import { findingsWithHint } from "../report/explain-text.js";
import { verifyJson } from "../report/json.js";
import { verificationSubject } from "../report/reporter.js";
import { verdictText, verificationText } from "../report/verify-text.js";
import { safeJson } from "../text/format.js";
import { type Verification, verifyBundle } from "../verify/verify.js";
import { givenAt, planReports, reportFailure, writeReports } from "./reports.js";
import { abortable, type CommonOptions, EXIT, type Terminals, terminals } from "./shell.js";
import { type Ended, ended } from "./streams.js";

/** Options of the command `verify` besides those of verifying itself. */
export interface VerifyCommandOptions extends CommonOptions {
  readonly [option: string]: unknown;
}

/** Verifies a bundle. Exit code 1 if it is not fit. */
export async function verifyCommand(
  location: string,
  { json, quiet, color, report, annotations, ...flags }: VerifyCommandOptions,
): Promise<Ended> {
  const options = parseVerifyOptions(flags);
  const given = await givenAt(location);
  const reports = await planReports({ report, annotations }, "verify", {
    reads: [location, options.manifest],
  });
  const result = await reportFailure(reports, given, () =>
    abortable((signal) => verifyBundle(location, options, { signal, env: process.env })),
  );
  if (typeof result === "number") return ended(result);
  const streams = terminals({ color });
  if (json) streams.out(safeJson(verifyJson(result), 2));
  else show(result, quiet === true, streams);
  const reported = await writeReports(reports, () => [verificationSubject(given, result)]);
  const code = Math.max(reported, result.ok ? EXIT.done : EXIT.notFit);
  return ended(code, verdictText(result, streams.errPaint));
}

function show(
  result: Verification,
  quiet: boolean,
  { out, err, outPaint, errPaint }: Terminals,
): void {
  if (!quiet) out(verificationText(result, outPaint));
  const shown = result.findings.filter((f) => !quiet || f.severity !== "info");
  if (shown.length > 0) err(`${quiet ? "" : "\n"}${findingsWithHint(shown, errPaint, quiet)}`);
  if (!quiet && result.ok) out(`\n${verdictText(result, outPaint)}`);
  if (!result.ok) err(`\n${verdictText(result, errPaint)}`);
}
