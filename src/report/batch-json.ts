import type { BatchCounts, BatchItemResult, BatchOutcome, BatchResult } from "../batch/outcome.js";
import { handOverJson } from "../pack/hand-over-text.js";
import { type BatchOutput, JSON_VERSION, type ModelOutput } from "../public-json/output.js";
import { safeJson } from "../text/format.js";
import { findingJson } from "./json.js";

/** What `batch --json` prints, piece by piece: the models are many. */
export async function* batchJson(
  { ok, out, counts }: BatchResult,
  models: AsyncIterable<BatchItemResult>,
): AsyncGenerator<string> {
  const head: Omit<BatchOutput, "models"> = {
    schema: JSON_VERSION,
    command: "batch",
    ok,
    out,
    counts: countsRow(counts),
  };
  yield `${safeJson(head, 2).slice(0, -"\n}".length)},\n  "models": [`;
  let separator = "\n";
  for await (const model of models) {
    yield `${separator}${indented(safeJson(modelRow(model), 2))}`;
    separator = ",\n";
  }
  yield `${separator === "\n" ? "" : "\n  "}]\n}\n`;
}

/** The outcomes as JSON has them. */
const OUTCOMES = {
  packed: "packed",
  current: "current",
  "would pack": "would_pack",
  "not fit": "not_fit",
  refused: "refused",
  failed: "failed",
  "passed over": "passed_over",
} as const satisfies Record<BatchOutcome, ModelOutput["outcome"]>;

function modelRow(model: BatchItemResult): ModelOutput {
  const { location, target, outcome, size, sha256, findings, failure, handOver } = model;
  return {
    location,
    target,
    outcome: OUTCOMES[outcome],
    size: size ?? null,
    sha256: sha256 ?? null,
    failure: failure ?? null,
    hand_over: handOver ? handOverJson(handOver) : null,
    findings: findings.map(findingJson),
  };
}

const countsRow = (counts: BatchCounts): BatchOutput["counts"] => ({
  packed: counts.packed,
  current: counts.current,
  would_pack: counts["would pack"],
  not_fit: counts["not fit"],
  refused: counts.refused,
  failed: counts.failed,
  passed_over: counts["passed over"],
});

const indented = (text: string): string => text.replace(/^/gm, "    ");
