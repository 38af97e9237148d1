import { contentsOf } from "../files/contents.js";
import { hasErrors } from "../findings/finding.js";
import { findingsWithHint } from "../report/explain-text.js";
import { contentsJson, contentsText } from "../report/list-text.js";
import { safeJson } from "../text/format.js";
import { abortable, type CommonOptions, EXIT, terminals } from "./shell.js";
import { type Ended, ended } from "./streams.js";

/** Shows what lies in a bundle. Exit code 1 if not all of it can be listed. */
export async function listCommand(location: string, options: CommonOptions): Promise<Ended> {
  const { out, err, outPaint, errPaint } = terminals(options);
  const contents = await abortable((signal) => contentsOf(location, signal), "Stopped.");
  if (typeof contents === "number") return ended(contents);
  const { findings } = contents;
  if (options.json) out(safeJson(contentsJson(contents), 2));
  else {
    out(contentsText(contents, outPaint));
    err(findingsWithHint(findings, errPaint));
  }
  return ended(hasErrors(findings) ? EXIT.notFit : EXIT.done);
}
