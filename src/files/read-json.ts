import { findingOf } from "../findings/finding.js";
import { formatBytes } from "../text/format.js";
import { type JsonResult, parseJson } from "../text/json.js";
import { MOST } from "../text/limits.js";
import { readAll, type SourceFile } from "./source-file.js";

/** What the JSON files of one model may still hold, together. */
export class JsonBudget {
  constructor(
    private bytes: number = MOST.jsonBytes,
    private nodes: number = MOST.jsonNodes,
  ) {}

  /**
   * Reads a JSON file; see {@link parseJson}. One that is larger than what is left is not read.
   * What can't be read takes nothing of it.
   *
   * @throws {@link FileChangedError} or a system error if the file can't be read
   */
  async read(source: SourceFile): Promise<JsonResult> {
    if (source.size > this.bytes) {
      const args = { size: formatBytes(source.size), limit: formatBytes(this.bytes) };
      const finding = findingOf("json-too-large", args, { file: source.path });
      return { file: undefined, findings: [finding] };
    }
    const result = parseJson(source.path, await readAll(source), this.nodes);
    if (result.nodes !== undefined) {
      this.bytes -= source.size;
      this.nodes -= result.nodes;
    }
    return result;
  }
}
