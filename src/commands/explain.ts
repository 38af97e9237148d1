import { UsageError } from "../errors.js";
import { codeOf, explanationOf, nearestCode } from "../findings/explain.js";
import { explanationJson, explanationText } from "../report/explain-text.js";
import { safeJson } from "../text/format.js";
import { type CommonOptions, EXIT, terminals } from "./shell.js";
import { type Ended, ended } from "./streams.js";

/**
 * Says what the findings of a code mean, and what to do about them.
 *
 * @throws {@link UsageError} if there is no such code
 */
export async function explainCommand(given: string, options: CommonOptions): Promise<Ended> {
  const { out, outPaint } = terminals(options);
  const code = codeOf(given);
  if (code === undefined) {
    const near = nearestCode(given);
    const help = near === undefined ? "docs/findings.md lists all codes." : `Did you mean ${near}?`;
    throw new UsageError(`unknown code '${given}'. ${help}`);
  }
  const explanation = explanationOf(code);
  if (options.json) out(safeJson(explanationJson(explanation), 2));
  else out(explanationText(explanation, outPaint));
  return ended(EXIT.done);
}
