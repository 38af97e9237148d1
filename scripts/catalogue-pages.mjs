// The catalogue of NVIDIA's MMARs in docs/catalogue.md and README.md.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "../dist/index.js";
import { CATALOGUE, inCatalogue } from "../dist/sources/mmar/catalogue.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What becomes of each model of NGC's catalogue: of the MMARs in its shape in fixtures/. */
export async function inspectCatalogue() {
  const folder = join(ROOT, "fixtures/catalogue");
  const inspected = await Promise.all(
    readdirSync(folder).map(async (name) => ({
      model: inCatalogue(name),
      result: await inspect(join(folder, name)),
      onClara: await inspect(join(folder, name), { runtime: "clara" }),
      onMonai: await inspect(join(folder, name), { runtime: "monai" }),
    })),
  );
  const place = ({ model }) => CATALOGUE.indexOf(model);
  return inspected.sort((a, b) => place(a) - place(b));
}

/** docs/catalogue.md. */
export function cataloguePage(inspected, made) {
  const head = [
    "model",
    "Clara",
    "verdict",
    "with `--runtime monai`",
    "image channels",
    "output form",
    "classes",
    "warnings",
  ];
  const parts = [
    "# The catalogue",
    made,
    "NVIDIA's PyTorch MMARs on NGC, and what `mmar2mdai pack` makes of each: without any option, and with `--runtime monai` ([runtimes.md](runtimes.md)). The rows are measured. NVIDIA's own files are not public as a whole, so they are measured on [small MMARs of the same shape](../fixtures/README.md): what is publicly known of a model is in them, and the rest is what that generation of Clara writes. A model that differs gets its own findings; `mmar2mdai inspect` shows them.",
    markdownTable(head, inspected.map(catalogueRow)),
    "The codes are explained in [findings.md](findings.md).",
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The catalogue in short: which runtimes take a model, and why not. */
function catalogueInShort(inspected) {
  const rows = inspected.map(({ model, onClara, onMonai }) => [
    model.name.replace(/^clara_pt_/, ""),
    verdict(onClara),
    verdict(onMonai),
    whyNot(model, [onClara, onMonai]),
  ]);
  return markdownTable(["`clara_pt_` …", "clara", "monai", "why not"], rows);
}

const verdict = ({ plan }) => (plan === undefined ? "no" : "packs");

/** Why a runtime refuses a model, once: in words where the catalogue has them, else by codes. */
function whyNot(model, results) {
  const refused = results.filter(({ plan }) => plan === undefined);
  if (refused.length === 0) return "";
  if (refused.length === results.length && model.refused) return model.refused;
  const codes = refused.flatMap((result) => codesOf("error", result));
  const links = [...new Set(codes)].map((code) => {
    return `[${IN_SHORT[code] ?? code}](docs/findings.md#${code})`;
  });
  return links.join(", ");
}

/** Codes that a reader of the README should not have to look up. */
const IN_SHORT = { "clicks-need-monai": "it asks for clicks, which `clara` can't be given" };

/** The codes of a severity, each once. */
const codesOf = (severity, { findings }) => [
  ...new Set(findings.filter((f) => f.severity === severity).map((f) => f.code)),
];

function catalogueRow({ model, result, onMonai }) {
  const { plan, configMdai, source } = result;
  const found = (severity, of = result) => codesOf(severity, of).map((code) => `\`${code}\``);
  const cells = [model.name, source.generation.generation];
  if (plan === undefined) {
    const why = model.refused
      ? `\`catalogue-refused\`, ${model.refused}`
      : found("error").join(", ");
    const same = onMonai.plan === undefined ? "refused" : "packs";
    return [...cells, `refused: ${why}`, same, "", "", "", ""];
  }
  const errors = onMonai.plan === undefined ? `refused: ${found("error", onMonai).join(", ")}` : "";
  const { engine, input, output, classes } = configMdai;
  return [
    ...cells,
    "packs",
    errors || "packs",
    (input.channels ?? [{ name: engine.image_key }]).map((channel) => channel.name).join(", "),
    output.form ?? output.scores,
    classes.map((c) => c.name).join(", "),
    found("warning").join(", "),
  ];
}

const markdownTable = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** README.md with the catalogue between its two remarks. */
export function withCatalogue(text, inspected) {
  const [start, end] = ["<!-- catalogue: made by npm run docs -->", "<!-- /catalogue -->"];
  const [before, after] = [text.split(start)[0], text.split(end)[1]];
  if (after === undefined) throw new Error(`README.md lacks ${start} or ${end}.`);
  return `${before}${start}\n${catalogueInShort(inspected)}\n${end}${after}`;
}
