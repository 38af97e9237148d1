import { readAll, type SourceFile } from "../../files/source-file.js";
import { type Finding, finding } from "../../findings/finding.js";
import type { Config } from "../../sources/mmar/config.js";
import { customModules } from "../../sources/mmar/custom.js";

/** Imports of what only NVIDIA's image has, or of what needs ignite. */
const ELSEWHERE =
  /^[ \t]*(?:from|import)[ \t]+((?:medl|nvmidl|ai4med|ignite|monai\.(?:handlers|engines))\b[\w.]*)/gm;

/** A module of components is shorter, in bytes. */
const LONGEST = 4 * 1024 * 1024;

/**
 * Finds imports in the MMAR's own components that can't work on MONAI alone.
 *
 * @throws {@link FileChangedError} or a system error if a file can't be read
 */
export async function checkCustomCode(
  config: Config,
  files: ReadonlyMap<string, SourceFile>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const path of new Set(customModules(config, (each) => files.has(each)))) {
    const file = files.get(path);
    if (file === undefined || file.size > LONGEST) continue;
    const code = (await readAll(file)).toString("utf8");
    for (const { 1: module = "", index } of code.matchAll(ELSEWHERE)) {
      const line = code.slice(0, index).split("\n").length;
      const place = { file: path, line, column: 1 };
      findings.push(finding("custom-import-unavailable", { module }, place));
    }
  }
  return findings;
}
