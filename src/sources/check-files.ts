import type { Oddity } from "../files/folder.js";
import { modelNameProblem } from "../files/names.js";
import type { SourceFile } from "../files/source-file.js";
import { type Finding, finding } from "../findings/finding.js";
import type { Selection } from "./selection.js";

/** The system's names of errors, in words. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EIO: "the disk reports an error",
};

function oddityFinding(oddity: Oddity): Finding {
  const place = { file: oddity.path };
  switch (oddity.kind) {
    case "symlink-inside":
    case "symlink-outside":
    case "symlink-folder":
    case "symlink-broken":
      return finding(oddity.kind, { target: oddity.target }, place);
    case "unreadable":
      return finding("unreadable", { problem: PROBLEMS[oddity.code] ?? oddity.code }, place);
    case "special":
      return finding("special-file", { is: oddity.what }, place);
    case "bad-name":
      return finding("name-not-archivable", { problem: "is not UTF-8" }, place);
  }
}

export function checkOddities(oddities: readonly Oddity[], selection: Selection): Finding[] {
  return oddities.filter((oddity) => selection(oddity.path) === undefined).map(oddityFinding);
}

/** Finds names that an archive or a system can't hold, or that differ in case alone. */
export function checkFileNames(
  files: ReadonlyMap<string, SourceFile>,
  selection: Selection,
): Finding[] {
  const seen = new Map<string, string>();
  return [...files.keys()].flatMap((path) => {
    if (selection(path) !== undefined) return [];
    const place = { file: path };
    const problem = modelNameProblem(path);
    if (problem !== undefined) return [finding("name-not-archivable", { problem }, place)];
    const folded = path.normalize("NFC").toLowerCase();
    const other = seen.get(folded);
    seen.set(folded, path);
    return other === undefined ? [] : [finding("name-case-clash", { other }, place)];
  });
}
