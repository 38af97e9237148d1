import type { BatchCounts, BatchModel, BatchResult } from "../batch/outcome.js";
import { findingJson, JSON_VERSION } from "./json.js";

/** What `batch --json` prints, piece by piece: the models are many. */
export async function* batchJson(
  { ok, out, counts }: BatchResult,
  models: AsyncIterable<BatchModel>,
): AsyncGenerator<string> {
  const head = { schema: JSON_VERSION, command: "batch", ok, out, counts: snakeCounts(counts) };
  yield `${JSON.stringify(head, null, 2).slice(0, -"\n}".length)},\n  "models": [`;
  let separator = "\n";
  for await (const model of models) {
    yield `${separator}${indented(JSON.stringify(modelJson(model), null, 2))}`;
    separator = ",\n";
  }
  yield `${separator === "\n" ? "" : "\n  "}]\n}\n`;
}

function modelJson(model: BatchModel): Record<string, unknown> {
  const { location, target, outcome, size, sha256, findings, failure } = model;
  return {
    location,
    target,
    outcome: snake(outcome),
    size: size ?? null,
    sha256: sha256 ?? null,
    failure: failure ?? null,
    findings: findings.map(findingJson),
  };
}

const snake = (text: string): string => text.replaceAll(" ", "_");

const snakeCounts = (counts: BatchCounts): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).map(([outcome, count]) => [snake(outcome), count]));

const indented = (text: string): string => text.replace(/^/gm, "    ");
