import { verifyBundle } from "../bundle/verify.js";
import { parseVerifyOptions } from "../options.js";
import { verifyJson } from "../report/json.js";
import { findingsText } from "../report/text.js";
import { verdictText, verificationText } from "../report/verify-text.js";
import { abortable, type CommonOptions, EXIT, terminals } from "./run.js";

/** Options of the command `verify` besides those of verifying itself. */
export interface VerifyCommandOptions extends CommonOptions {
  readonly [option: string]: unknown;
}

/** Verifies a bundle. Exit code 1 if it is not fit. */
export async function verifyCommand(
  location: string,
  { json, quiet, color, ...flags }: VerifyCommandOptions,
): Promise<number> {
  const options = parseVerifyOptions(flags);
  const result = await abortable((signal) =>
    verifyBundle(location, options, { signal, env: process.env }),
  );
  if (typeof result === "number") return result;
  const { out, err, outPaint, errPaint } = terminals({ color });
  if (json) out(JSON.stringify(verifyJson(result), null, 2));
  else {
    if (!quiet) out(verificationText(result, outPaint));
    const shown = result.findings.filter((f) => !quiet || f.severity !== "info");
    if (shown.length > 0) err(`${quiet ? "" : "\n"}${findingsText(shown, errPaint)}`);
    if (!quiet && result.ok) out(`\n${verdictText(result, outPaint)}`);
    if (!result.ok) err(`\n${verdictText(result, errPaint)}`);
  }
  return result.ok ? EXIT.done : EXIT.notFit;
}
