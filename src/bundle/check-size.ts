import { type Finding, finding } from "../findings/finding.js";
import type { DerivedConfig } from "../runtimes/runtime.js";
import { formatBytes } from "../text/format.js";
import { countNodes } from "../text/json.js";
import { MOST } from "../text/limits.js";
import type { BundlePlan } from "../write/bundle-plan.js";

/** Finds what verify would refuse in a bundle for its size, before it is written. */
export function checkSize(plan: BundlePlan, { source, text }: DerivedConfig): Finding[] {
  const { entries, totalSize } = plan;
  const names = entries.reduce((sum, { path }) => sum + Buffer.byteLength(path), 0);
  const more = {
    bytes: Buffer.byteLength(text) - Buffer.byteLength(source.text),
    nodes: countNodes(text) - countNodes(source.text),
  };
  const problem =
    entries.length > MOST.entries
      ? `hold ${entries.length} files; at most ${MOST.entries} are packed`
      : totalSize > MOST.contentBytes
        ? `hold ${formatBytes(totalSize)}; at most ${formatBytes(MOST.contentBytes)} are packed`
        : names > MOST.pathBytes
          ? `have names of ${formatBytes(names)} together; at most ${formatBytes(MOST.pathBytes)} are packed`
          : more.bytes > MOST.jsonMadeBytes || more.nodes > MOST.jsonMadeNodes
            ? "have an inference config for MD.ai that is far longer than the MMAR's own"
            : undefined;
  return problem === undefined ? [] : [finding("bundle-too-large", { problem })];
}
