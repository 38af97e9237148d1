import type { HandOver } from "../../tasks/hand-over.js";
import { formatBytes, formatList, formatSeconds } from "../../text/format.js";
import { version } from "../../version.js";
import type { Comparison, DrawnPoint, RequestResult, RunResult, StackResult } from "../result.js";
import { type Html, html } from "./html.js";

/** What a report is about. */
export interface Subject {
  /** The model, for a reader. */
  readonly name: string;
  /** INSTANCE, SERIES or STUDY: the scope that the model has to have on MD.ai. */
  readonly scope: string;
  /** What the model ran on, in words. */
  readonly ranOn: string;
  /** What has to be set up on MD.ai. */
  readonly handOver: HandOver;
  /** What else a reader has to know: that another runtime stood in, for example. */
  readonly remarks: readonly string[];
  /** What packing or reading the bundle found, a line each. */
  readonly findings: readonly string[];
  /** Facts of the model and of the run, for the table at the end. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly classes: readonly { readonly class_index: number; readonly name: string }[];
}

/** How a run ended. */
export type Outcome = "good" | "doubtful" | "failed";

/** How a request ended: failed where MD.ai shows an error, doubtful where there is a warning. */
export function outcomeOf({ error, refused, warnings, series }: RequestResult): Outcome {
  if (error !== null || refused.length > 0) return "failed";
  return warnings.length > 0 || series.some((one) => one.warnings.length > 0) ? "doubtful" : "good";
}

/** The run in a sentence. */
export function verdictText({ requests }: RunResult): string {
  const count = (outcome: Outcome) => requests.filter((one) => outcomeOf(one) === outcome).length;
  const [failed, doubtful] = [count("failed"), count("doubtful")];
  const all = requests.length === 1 ? "the request" : `${requests.length} requests`;
  if (failed > 0) {
    const which = requests.length === 1 ? "The request" : `${failed} of ${all}`;
    return `${which} failed: MD.ai would show an error.`;
  }
  const answered = `The model answered ${all}, and MD.ai takes the answer${requests.length === 1 ? "" : "s"}.`;
  return doubtful > 0 ? `${answered} Look at the warnings.` : answered;
}

/** What stands under the title. */
export function verdict({ remarks }: Subject, result: RunResult): Html {
  const outcomes = result.requests.map(outcomeOf);
  const kind = outcomes.includes("failed")
    ? "bad"
    : outcomes.includes("doubtful")
      ? "doubt"
      : "good";
  return html`<p class="verdict ${kind}">${verdictText(result)}</p>
${remarks.map((remark) => html`<p>${remark}</p>`)}`;
}

const number = (value: number, digits: number): string => value.toFixed(digits);

/** A number, or a dash where there is none. */
const numberOr = (value: number | null, digits: number): string =>
  value === null ? "–" : number(value, digits);

/** What came of each request. */
export function requestParts(result: RunResult): Html {
  return html`<h2>What was found</h2>
${result.requests.map((request) => requestPart(request, result))}`;
}

function requestPart(request: RequestResult, result: RunResult): Html {
  const { title, error, refused, notes, warnings, scores, series, seconds, answers } = request;
  return html`<section><h3>${title}</h3>
${error !== null && html`<p class="bad">predict() raised an error, which MD.ai shows as it is:</p><pre>${error}</pre>`}
${refused.length > 0 && html`<p class="bad">MD.ai's server refuses this answer:</p><ul>${refused.map((text) => html`<li>${text}</li>`)}</ul>`}
${[...warnings, ...series.flatMap((one) => one.warnings)].map((text) => html`<p class="doubt">${text}</p>`)}
${notes.map((note) => html`<p>Note of the model: ${note}</p>`)}
${scores.length > 0 && scoreTable(request, result)}
${series.map((one) => stackPart(one, result))}
<p class="soft">${answers} answer${answers === 1 ? "" : "s"} in ${number(seconds, 1)} s.</p>
</section>`;
}

function scoreTable({ scores }: RequestResult, { classes }: RunResult): Html {
  return html`<div class="scroll"><table><caption>Classes found</caption>
<tr><th scope="col">class_index</th><th scope="col">Class</th><th scope="col" class="number">Probability</th><th scope="col">On</th></tr>
${scores.map(({ class_index, probability, instance_uid, series_uid, study_uid }) => {
  const name = classes.find((one) => one.class_index === class_index)?.name ?? "unknown";
  return html`<tr><td>${class_index}</td><td>${name}</td><td class="number">${probability === null ? "" : html`<span class="bar" style="width:${Math.round(probability * 100)}px"></span> ${number(probability, 3)}`}</td><td>${instance_uid ?? series_uid ?? study_uid ?? ""}</td></tr>`;
})}</table></div>`;
}

function stackPart(stack: StackResult, result: RunResult): Html {
  const { title, shape, regular, placed, classes, files, label, points = [] } = stack;
  const places = placed ? "" : " The headers don't say where the images lie in the patient.";
  const even = regular
    ? ""
    : " The slices are not evenly spaced: the picture shows them as if they were.";
  return html`<p>${title}: ${shape.join(" x ")} voxels.${places}${even}</p>
${
  classes.length > 0 &&
  html`<div class="scroll"><table><caption>Masks as MD.ai gets them. Boxes count columns, rows and slices from 1.</caption>
<tr><th scope="col">class_index</th><th scope="col">Class</th><th scope="col" class="number">Volume (ml)</th><th scope="col" class="number">Voxels</th><th scope="col" class="number">Slices</th><th scope="col">Box</th><th scope="col" class="number">Mean</th><th scope="col" class="number">SD</th><th scope="col" class="number">Pieces</th></tr>
${classes.map((one) => {
  const named = result.classes.find(({ class_index }) => class_index === one.class_index);
  return html`<tr><td>${one.class_index}</td><td>${swatch(named?.colour)}${named?.name ?? "unknown"}</td><td class="number">${numberOr(one.ml, 1)}</td><td class="number">${one.voxels}</td><td class="number">${one.slices}</td><td>${one.box.map(([first, last]) => `${first + 1}–${last + 1}`).join(", ")}</td><td class="number">${numberOr(one.mean, 1)}</td><td class="number">${numberOr(one.sd, 1)}</td><td class="number">${one.pieces}</td></tr>`;
})}</table></div>`
}
${points.length > 0 && pointTable(points)}
${label !== undefined && comparisonTable(label, result)}
${files.length > 0 && html`<p class="soft">Files: ${formatList(files)}</p>`}`;
}

const swatch = (colour: readonly number[] | undefined): Html =>
  html`<span class="swatch" style="background:rgb(${(colour ?? [128, 128, 128]).join(",")})"></span>`;

/** More points than these are only in the pictures. */
const MOST_POINTS = 30;

function pointTable(points: readonly DrawnPoint[]): Html {
  const more = points.length - MOST_POINTS;
  return html`<div class="scroll"><table><caption>Points that the model was given. Slices count from 1, columns (x) and rows (y) from 0.</caption>
<tr><th scope="col">On</th><th scope="col" class="number">x</th><th scope="col" class="number">y</th><th scope="col" class="number">Slice</th></tr>
${points.slice(0, MOST_POINTS).map(({ x, y, slice, background }) => html`<tr><td>${background ? "what is not meant" : "what is meant"}</td><td class="number">${x}</td><td class="number">${y}</td><td class="number">${slice + 1}</td></tr>`)}</table></div>
${more > 0 && html`<p class="soft">And ${more} more.</p>`}`;
}

function comparisonTable(label: readonly Comparison[], { classes }: RunResult): Html {
  if (label.length === 0)
    return html`<p>Neither the masks nor the reference have any of the classes.</p>`;
  return html`<div class="scroll"><table><caption>Against the reference</caption>
<tr><th scope="col">Class</th><th scope="col" class="number">Value</th><th scope="col" class="number">Dice</th><th scope="col" class="number">Hausdorff 95 (mm)</th><th scope="col" class="number">Volume error</th><th scope="col" class="number">Both</th><th scope="col" class="number">Model only</th><th scope="col" class="number">Reference only</th></tr>
${label.map((one) => {
  const name = classes.find(({ class_index }) => class_index === one.class_index)?.name ?? "";
  const percent = one.volume_error === null ? "–" : `${number(one.volume_error * 100, 1)} %`;
  return html`<tr><td>${name}</td><td class="number">${one.value}</td><td class="number">${one.dice === null ? "–" : number(one.dice, 4)}</td><td class="number">${one.hausdorff95 === null ? "–" : number(one.hausdorff95, 1)}</td><td class="number">${percent}</td><td class="number">${one.both}</td><td class="number">${one.only_mask}</td><td class="number">${one.only_reference}</td></tr>`;
})}</table></div>`;
}

/** What has to be set up on MD.ai. */
export function handOver({ handOver: { bundle, scope, labels, note } }: Subject): Html {
  return html`<h2>On MD.ai</h2>
<dl>
${bundle !== undefined && html`<dt>Upload</dt><dd>${bundle.path}, ${formatBytes(bundle.size)}, SHA-256 ${bundle.sha256}</dd>`}
<dt>Scope of the model</dt><dd>${scope}</dd>
</dl>
<div class="scroll"><table><caption>Labels; those with a class_index are the model's label classes, in this order</caption>
<tr><th scope="col">class_index</th><th scope="col">Label</th><th scope="col">Type</th><th scope="col">Scope</th><th scope="col">Annotation mode</th><th scope="col">Colour</th></tr>
${labels.map((label) => html`<tr><td>${label.classIndex ?? "–"}</td><td>${label.name}${label.use !== undefined && html`<br>${label.use}`}</td><td>${label.type}</td><td>${label.scope}</td><td>${label.modes.join(" or ") || "–"}</td><td><span class="swatch" style="background:${label.colour}"></span>${label.colour}</td></tr>`)}</table></div>
${note !== undefined && html`<p>${note}</p>`}`;
}

/** What the model is, and what it ran on. */
export function aboutModel({ ranOn, facts, findings }: Subject, result: RunResult): Html {
  const { seconds, memory, versions, requests } = result;
  const total = requests.reduce((sum, one) => sum + one.seconds, 0);
  const rows: (readonly [string, string])[] = [
    ...facts,
    ["Ran on", ranOn],
    [
      "Versions",
      Object.entries(versions)
        .map(([name, text]) => `${name} ${text}`)
        .join(", "),
    ],
    ["Loading", `${number(seconds.load, 1)} s`],
    [
      "Predicting",
      requests.length === 1
        ? `${number(total, 1)} s`
        : `${formatSeconds(total)} for ${requests.length} requests`,
    ],
    ...(memory === null ? [] : [["Memory", `${formatBytes(memory)} at most`] as const]),
    ["Made by", `mmar2mdai ${version()}`],
  ];
  return html`${findings.length > 0 && html`<h2>Findings on the model</h2><ul>${findings.map((text) => html`<li>${text}</li>`)}</ul>`}
<h2>About this run</h2>
<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<p class="soft">Not for clinical use. The report holds images of a patient: treat it as you treat those.</p>`;
}
