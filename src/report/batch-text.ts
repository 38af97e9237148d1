import { basename } from "node:path";
import type { BatchCounts, BatchItemResult, BatchOutcome } from "../batch/outcome.js";
import { hasErrors } from "../findings/finding.js";
import { shortText } from "../pack/hand-over-text.js";
import { escapeControls, formatBytes, formatList } from "../text/format.js";
import { explainHint } from "./explain-text.js";
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
  const { outcome, size } = model;
  const name = size === undefined && outcome !== "would pack" ? model.location : model.target;
  const columns = [
    paint(OUTCOME_COLORS[outcome], outcome.padEnd(WIDEST)),
    (size === undefined ? "" : formatBytes(size)).padStart(SIZE_WIDTH),
    escapeControls(name),
    whyText(model),
  ];
  return columns.join("  ").trimEnd();
}

/** Codes that a row names; more are counted. */
const MOST_CODES = 4;

/** How many findings there are; where they, or something else, stopped the MMAR: which. */
function whyText({ outcome, findings, failure }: BatchItemResult): string {
  const counted = countText(findings);
  if (outcome === "passed over" || WENT_WELL.has(outcome)) return counted;
  // Where no error stopped it, warnings did.
  const stopping = hasErrors(findings) ? "error" : "warning";
  const codes = new Set(
    findings.flatMap(({ severity, code }) => (severity === stopping ? [code] : [])),
  );
  const shown = [...codes].slice(0, MOST_CODES).join(", ");
  const more = codes.size > MOST_CODES ? ` and ${codes.size - MOST_CODES} more` : "";
  if (codes.size > 0) return `${counted}: ${shown}${more}`;
  return escapeControls(firstSentence(failure ?? ""));
}

const WENT_WELL: ReadonlySet<BatchOutcome> = new Set(["packed", "current", "would pack"]);

/** The reasons stand above the table in full. */
const firstSentence = (text: string): string => /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;

/** What has to be set up on MD.ai, a line for each bundle; empty where there is none. */
export function setUpLine({ target, handOver }: BatchItemResult): string {
  return handOver === undefined
    ? ""
    : `  ${escapeControls(basename(target))}  ${shortText(handOver)}`;
}

/** The line below a batch's table that says how to learn more of what stopped an MMAR. */
export function hintLine({ outcome, findings }: BatchItemResult, paint: Paint): string {
  return WENT_WELL.has(outcome) || outcome === "passed over" ? "" : explainHint(findings, paint);
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
