import type { RequestResult, RunResult, StackResult } from "../run/result.js";
import type { RunOutcome } from "../run/run.js";
import { escapeControls, formatBytes } from "../text/format.js";
import type { Paint } from "./paint.js";

type Done = Extract<RunOutcome, { out: string }>;

/** Requests that are listed one by one; more are in the report. */
const MOST_LISTED = 20;

/** What a run gave, for a terminal. */
export function runText({ result, subject, out, report, verdict }: Done, paint: Paint): string {
  const { requests, memory, seconds } = result;
  const listed = requests.slice(0, MOST_LISTED).flatMap((request) => requestLines(request, result));
  const more = requests.length - MOST_LISTED;
  const held = memory === null ? "" : `, ${formatBytes(memory)} of memory at most`;
  const time = requests.reduce((sum, one) => sum + one.seconds, 0);
  return [
    paint("bold", escapeControls(subject.name)),
    `  ran on ${escapeControls(subject.ranOn)}: ${seconds.load.toFixed(1)} s to load, ${time.toFixed(1)} s to predict${held}`,
    ...subject.remarks.map((remark) => `  ${remark}`),
    "",
    ...listed,
    ...(more > 0 ? [`${more} more requests are in the report.`] : []),
    "",
    verdict,
    `Report: ${escapeControls(report)}`,
    `Masks, answer and overview: ${escapeControls(out)}`,
  ].join("\n");
}

/** What a run measured, a line each, for reports. */
export function runLines({ result, subject }: Done): string[] {
  const seconds = result.requests.reduce((sum, one) => sum + one.seconds, 0);
  const listed = result.requests.slice(0, MOST_LISTED).flatMap((request) => {
    const [title = "", ...lines] = requestLines(request, result);
    return lines.map((line) => `${title}: ${line.trim()}`);
  });
  const more = result.requests.length - MOST_LISTED;
  return [
    ...subject.remarks,
    ...listed,
    ...(more > 0 ? [`${more} more requests are in the report.`] : []),
    `Ran on ${escapeControls(subject.ranOn)} in ${seconds.toFixed(1)} s.`,
  ];
}

function requestLines(request: RequestResult, result: RunResult): string[] {
  const { title, error, refused, warnings, notes, scores, series } = request;
  const lines = [escapeControls(title)];
  if (error !== null) lines.push(...error.split("\n").map((line) => `  ${escapeControls(line)}`));
  lines.push(...refused.map((text) => `  refused by MD.ai: ${escapeControls(text)}`));
  for (const { class_index, probability } of scores) {
    const shown = probability === null ? "" : ` ${probability.toFixed(3)}`;
    lines.push(`  ${escapeControls(nameOf(class_index, result))}${shown}`);
  }
  lines.push(...series.flatMap((stack) => stackLines(stack, result)));
  lines.push(...notes.map((note) => `  note: ${escapeControls(note)}`));
  const doubts = [...warnings, ...series.flatMap((one) => one.warnings)];
  lines.push(...doubts.map((text) => `  warning: ${escapeControls(text)}`));
  return lines;
}

function stackLines({ classes, label = [] }: StackResult, result: RunResult): string[] {
  const lines = classes.map((one) => {
    const name = escapeControls(nameOf(one.class_index, result));
    const volume = one.ml === null ? "" : `${one.ml.toFixed(1)} ml, `;
    return `  ${name}: ${volume}${one.voxels} voxels on ${one.slices} slices, ${one.pieces} piece${one.pieces === 1 ? "" : "s"}`;
  });
  const compared = label.map((one) => {
    const name = escapeControls(nameOf(one.class_index, result));
    const dice = one.dice === null ? "–" : one.dice.toFixed(4);
    const far = one.hausdorff95 === null ? "–" : `${one.hausdorff95.toFixed(1)} mm`;
    return `  ${name} against the reference: Dice ${dice}, Hausdorff 95 ${far}`;
  });
  return [...lines, ...compared];
}

const nameOf = (index: number, { classes }: RunResult): string =>
  classes.find(({ class_index }) => class_index === index)?.name ?? `class ${index}`;
