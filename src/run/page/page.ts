import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { version } from "../../version.js";
import { type PageData, type PageStack, POINT_COLOURS } from "../../viewer/page-data.js";
import type { RunResult, StackResult } from "../result.js";
import { codeInScript, Html, html, jsonInScript } from "./html.js";
import { STYLE } from "./style.js";
import { aboutModel, handOver, requestParts, type Subject, verdict } from "./tables.js";

/** The viewer, built from src/viewer/. */
const VIEWER = fileURLToPath(new URL("../../../dist/viewer/viewer.js", import.meta.url));

/** Apart, as bundlers rewrite a tagged template that has it. */
const END = new Html("</script>");

/**
 * The report as one HTML file that needs no network.
 *
 * @param folder - where the Python side wrote its files
 * @throws a system error if one of them can't be read
 */
export async function reportPage(
  subject: Subject,
  result: RunResult,
  folder: string,
): Promise<string> {
  const stacks = result.requests.flatMap(({ series }) => series);
  const files = stacks.flatMap(filesOf);
  const scripts = await Promise.all(
    files.map(async (name) => {
      const bytes = await readFile(join(folder, "page", name));
      return html`<script type="application/octet-stream" id="${idOf(name)}">${bytes.toString("base64")}${END}\n`;
    }),
  );
  const overview = result.files.includes("overview.png")
    ? (await readFile(join(folder, "overview.png"))).toString("base64")
    : undefined;
  const data: PageData = { stacks: stacks.map(pageStack), classes: result.classes };
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="mmar2mdai ${version()}">
<title>${subject.name}: what the model finds</title>
<link rel="icon" href="data:,">
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
<h1>${subject.name}</h1>
${verdict(subject, result)}
${stacks.length > 0 && viewer(stacks, result)}
${requestParts(result)}
${
  overview !== undefined &&
  html`<h2>Overview</h2>
<img alt="Slices of each series with the masks on them" src="data:image/png;base64,${overview}">`
}
${handOver(subject)}
${aboutModel(subject, result)}
</main>
<script type="application/json" id="data">${jsonInScript(data)}${END}
${scripts}
${stacks.length > 0 && html`<script>${codeInScript(await readFile(VIEWER, "utf8"))}${END}`}
</body>
</html>
`.text;
}

/** The id of the element that holds a file. */
const idOf = (name: string): string => `file-${name}`;

const filesOf = ({ page, label = [] }: StackResult): string[] => [
  page.file,
  ...page.layers.map(({ file }) => file),
  ...(page.points ? [page.points] : []),
  ...label.map(({ file }) => file),
];

const pageStack = ({ title, page, affine, images = [], label = [] }: StackResult): PageStack => ({
  title,
  volume: idOf(page.file),
  levels: page.levels,
  windows: page.windows,
  focus: page.focus,
  affine,
  images,
  points: page.points ? idOf(page.points) : null,
  layers: page.layers.map(({ file, values }) => ({ file: idOf(file), values })),
  differences: label.map(({ class_index, file }) => ({ class_index, file: idOf(file) })),
});

const VIEWS = [
  ["all", "All planes"],
  ["axial", "Axial"],
  ["coronal", "Coronal"],
  ["sagittal", "Sagittal"],
  ["render", "3-D"],
] as const;

function viewer(stacks: readonly StackResult[], { classes }: RunResult): Html {
  const found = new Set(stacks.flatMap((s) => s.page.layers.flatMap((l) => Object.keys(l.values))));
  const shown = classes.filter(({ class_index }) => found.has(String(class_index)));
  const pointed = stacks.some(({ points = [] }) => points.length > 0);
  const compared = stacks.some(({ label = [] }) => label.length > 0);
  return html`<h2 id="pictures">Pictures</h2>
<section id="viewer" aria-labelledby="pictures">
<div class="controls">
${stacks.length > 1 && html`<label>Series <select id="stack">${stacks.map(({ title }, index) => html`<option value="${index}">${title}</option>`)}</select></label>`}
<span role="group" aria-label="View">${VIEWS.map(([name, text]) => html`<button type="button" data-view="${name}" aria-pressed="${name === "all" ? "true" : "false"}">${text}</button> `)}</span>
<label>Slice <input type="range" id="slice" min="0" max="0" value="0"></label> <output id="slice-text"></output>
<label>Window <select id="window"></select></label>
<label>Opacity <input type="range" id="opacity" min="0" max="100" value="50"></label>
</div>
<div class="controls" role="group" aria-label="Classes">
${shown.map(({ class_index, name, colour }) => html`<label><input type="checkbox" data-class="${class_index}" checked><span class="swatch" style="background:rgb(${colour.join(",")})"></span>${name}</label>`)}
${pointed && html`<label><input type="checkbox" id="points" checked><span class="swatch" style="background:rgb(${POINT_COLOURS[0].join(",")})"></span>Points on what is meant, <span class="swatch" style="background:rgb(${POINT_COLOURS[1].join(",")})"></span>on what is not</label>`}
${compared && html`<label>Difference <select id="difference"><option value="">no</option>${classes.map(({ class_index, name }) => html`<option value="${class_index}">${name}</option>`)}</select></label>`}
</div>
<div class="screen"><canvas id="canvas" tabindex="0" role="img" aria-label="The series with the masks on it. Arrow keys change the slice; the tables below say what was found."></canvas><img id="printed" alt=""></div>
<p class="soft"><output id="place"></output> Click to move the crosshair, right-drag to pan, scroll to change the slice, arrow keys and Page Up and Down as well. The letters are the patient's sides: R right, L left, A front, P back, S head, I feet; the patient's right is on the left.${compared && " Difference: green both, red the model only, blue the reference only."}</p>
</section>
<noscript><p>The volumes are shown by JavaScript, which is off. The overview and the tables are complete without it.</p></noscript>`;
}
