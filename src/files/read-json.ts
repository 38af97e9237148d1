import { findingOf } from "../findings/finding.js";
import { formatBytes } from "../text/format.js";
import { type JsonResult, parseJson } from "../text/json.js";
import { readAll, type SourceFile } from "./source-file.js";

/** Larger files are not configs; they would only fill the memory. */
const LARGEST = 8 * 1024 * 1024;

/**
 * Reads a JSON file; see {@link parseJson}.
 *
 * @throws {@link FileChangedError} or a system error if the file can't be read
 */
export async function readJson(source: SourceFile): Promise<JsonResult> {
  if (source.size > LARGEST) {
    const args = { size: formatBytes(source.size), limit: formatBytes(LARGEST) };
    return {
      file: undefined,
      findings: [findingOf("json-too-large", args, { file: source.path })],
    };
  }
  return parseJson(source.path, await readAll(source));
}
