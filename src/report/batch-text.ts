import type { BatchCounts, BatchItemResult, BatchOutcome } from "../batch/outcome.js";
import { escapeControls, formatBytes, formatList } from "../text/format.js";
import type { Paint } from "./paint.js";
import { countText, findingsText } from "./text.js";

const OUTCOME_COLORS: Readonly<Record<BatchOutcome, "green" | "dim" | "red">> = {
  packed: "green",
  current: "green",
  "would pack": "green",
  "not fit": "red",
  refused: "red",
  failed: "red",
  "passed over": "dim",
};

/** "999 bytes" */
const SIZE_WIDTH = 9;
const WIDEST = Math.max(...Object.keys(OUTCOME_COLORS).map(({ length }) => length));

/** A row of the table: what became of an MMAR. */
export function modelLine(model: BatchItemResult, paint: Paint): string {
  const { outcome, size, findings } = model;
  const name = size === undefined && outcome !== "would pack" ? model.location : model.target;
  const columns = [
    paint(OUTCOME_COLORS[outcome], outcome.padEnd(WIDEST)),
    (size === undefined ? "" : formatBytes(size)).padStart(SIZE_WIDTH),
    escapeControls(name),
    countText(findings),
  ];
  return columns.join("  ").trimEnd();
}

/** Why an MMAR has no bundle: its errors (all findings if `--strict` stopped it) and its failure. */
export function reasonsText({ outcome, findings, failure }: BatchItemResult, paint: Paint): string {
  if (outcome !== "not fit" && failure === undefined) return "";
  const shown = findings.filter(
    ({ severity }) => severity === "error" || (failure !== undefined && severity === "warning"),
  );
  const parts = [
    findingsText(shown, paint),
    failure === undefined ? "" : escapeControls(failure, "\n"),
  ];
  return parts
    .filter((part) => part !== "")
    .join("\n")
    .replace(/^/gm, "    ");
}

/** One line that says what a batch came to. */
export function countsText(counts: BatchCounts, paint: Paint): string {
  const entries = Object.entries(counts) as [BatchOutcome, number][];
  const sum = entries.reduce((all, [, count]) => all + count, 0);
  const parts = entries
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => paint(OUTCOME_COLORS[outcome], `${count} ${outcome}`));
  const models = `${sum} MMAR${sum === 1 ? "" : "s"}`;
  return parts.length === 0 ? models : `${models}: ${formatList(parts)}`;
}
