// Makes the pages of docs/ that the program itself can tell: the findings, the command line, what
// --json prints, the catalogue (of README.md as well), and the picture of a terminal; and the JSON
// Schemas of what is defined in src. With --check it writes nothing and fails where a page is not
// current.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { batchListDefinition } from "../dist/batch/list-file.js";
import { program } from "../dist/cli.js";
import { ENVIRONMENT } from "../dist/environment.js";
import { documentedWords } from "../dist/findings/format.js";
import { findingAreas } from "../dist/findings/table.js";
import { configMdaiDefinition } from "../dist/model/config-mdai.js";
import { configFileDefinition } from "../dist/options/file-definition.js";
import { packOptionNames } from "../dist/options/schema.js";
import { manifestDefinition } from "../dist/public-json/manifest.js";
import { outputDefinition } from "../dist/public-json/output.js";
import { cataloguePage, inspectCatalogue, withCatalogue } from "./catalogue-pages.mjs";
import { cliPage } from "./cli-page.mjs";
import { jsonSchema, jsonSchemaText } from "./json-schemas.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MADE = "<!-- Made by scripts/docs.mjs (npm run docs): don't edit. -->";

function findingsPage() {
  const areas = Object.values(findingAreas);
  const contents = areas.flatMap(({ title, rows }) => [
    `- [${title}](#${anchorOf(title)})`,
    ...Object.keys(rows).map(
      (code) => `  - [\`${code}\`](#${code}): ${documentedWords(code).title}`,
    ),
  ]);
  const sections = areas.flatMap(({ title, rows }) => [
    `## ${title}`,
    ...Object.entries(rows).map(([code, row]) => findingSection(code, row)),
  ]);
  const intro = [
    "# Findings",
    MADE,
    "Everything that mmar2mdai can find in an MMAR or a bundle. A code is stable: scripts may rely on it. An *error* stops the packing, or makes a bundle unfit; a *warning* does with `--strict`; an *info* never. In the texts, ‹…› stands for what the finding names, and numbers are examples; `--json` has what it names in `args` as well. `mmar2mdai explain CODE` shows an entry in a terminal.",
    "## Contents",
    contents.join("\n"),
  ];
  return `${[...intro, ...sections].join("\n\n")}\n`;
}

function findingSection(code, { severity }) {
  const { title, messages, hints } = documentedWords(code);
  const parts = [`### \`${code}\``, `*${severity}* — ${title}.`];
  return [...parts, textsOf(messages), textsOf(hints)].join("\n\n");
}

/** One text as it is, several as a list of the cases in which they are said. */
const textsOf = (texts) =>
  texts
    .map(({ text, when }) => (when.length === 0 ? text : `- If ${when.join(", or if ")}: ${text}`))
    .join("\n");

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");

const commandLinePage = () =>
  cliPage(
    program(() => {}),
    { configKeys: packOptionNames, made: MADE, environment: ENVIRONMENT },
  );

const OUTPUT = jsonSchema(outputDefinition, "output.schema.json");

/** What `--json` prints, from its schema: the commands, then what they share. */
function jsonPage() {
  const results = OUTPUT.anyOf.map(({ $ref }) => nameOf($ref));
  const others = Object.keys(OUTPUT.definitions).filter((name) => !results.includes(name));
  const parts = [
    "# What `--json` prints",
    MADE,
    OUTPUT.description,
    "The schema is shipped: `mmar2mdai/schemas/output.schema.json`. A key with ? may be missing.",
    "In a script, where `-e` makes jq fail for a bundle that was not written:",
    "<!-- given: mmar -->\n```sh\nsha=$(mmar2mdai pack ./mmar --json | jq -er .sha256)\n```",
    ...results.map(definitionSection),
    ...others.filter((name) => OUTPUT.definitions[name].properties).map(definitionSection),
  ];
  return `${parts.join("\n\n")}\n`;
}

const nameOf = ($ref) => $ref.replace(/^#\/definitions\//, "");

const definitionOf = ({ $ref = "" }) => OUTPUT.definitions[nameOf($ref)];

/** A reference that has a description of its own stands in allOf. */
const bare = ({ allOf: [only] = [], ...schema }) => (only === undefined ? schema : only);

function definitionSection(name) {
  const definition = OUTPUT.definitions[name];
  const rows = keyRows(definition, "").map((cells) => `| ${cells.join(" | ")} |`);
  const head = ["| key | type | what |", "| --- | --- | --- |"];
  return [`## ${name}`, definition.description, [...head, ...rows].join("\n")].join("\n\n");
}

/** A row for each key, those of inner objects behind their own. */
function keyRows({ properties, required }, before) {
  return Object.entries(properties).flatMap(([key, property]) => {
    const path = `${before}${key}`;
    const inner = [property, property.items, ...(property.anyOf ?? [])].find((s) => s?.properties);
    const row = [
      `\`${path}\`${required.includes(key) ? "" : "?"}`,
      typeText(bare(property)),
      (property.description ?? definitionOf(bare(property))?.description ?? "").replaceAll(
        "|",
        "\\|",
      ),
    ];
    return [row, ...(inner === undefined ? [] : keyRows(inner, `${path}.`))];
  });
}

function typeText(schema) {
  if (schema.$ref === "config_mdai.schema.json") return "object";
  const definition = definitionOf(schema);
  if (definition !== undefined) {
    const name = nameOf(schema.$ref);
    return definition.properties ? `[${name}](#${name})` : typeText(definition);
  }
  if (schema.anyOf !== undefined)
    return schema.anyOf.map((one) => typeText(bare(one))).join(" or ");
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined)
    return schema.enum.map((v) => `\`${JSON.stringify(v)}\``).join(", ");
  if (schema.type === "array") return `list of ${typeText(schema.items)}`;
  return schema.type === undefined ? "any" : [schema.type].flat().join(" or ");
}

/** A terminal window with what `pack` prints for the sample, as an SVG. */
function picture() {
  const folder = mkdtempSync(join(tmpdir(), "mmar2mdai-docs-"));
  try {
    const run = spawnSync(
      process.execPath,
      [join(ROOT, "bin/mmar2mdai.js"), "pack", "fixtures/spleen_ct", "-o", folder],
      {
        cwd: ROOT,
        encoding: "utf8",
        env: { ...process.env, NO_COLOR: "1", SOURCE_DATE_EPOCH: "" },
      },
    );
    if (run.status !== 0) throw new Error(run.stderr);
    const shown = run.stdout.replaceAll(`${folder}/`, "");
    return terminalSvg(["$ mmar2mdai pack fixtures/spleen_ct", "", ...shown.trimEnd().split("\n")]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function terminalSvg(lines) {
  const [columns, lineHeight, charWidth, padding, bar] = [122, 19, 8.1, 18, 30];
  const cut = (line) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line);
  const escaped = (line) =>
    line.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
  const height = bar + lines.length * lineHeight + padding;
  const width = Math.round(columns * charWidth + 2 * padding);
  const color = (line) =>
    line.startsWith("$") ? "#9ece6a" : /^\S/.test(line) ? "#e6e9f5" : "#a9b1d6";
  const texts = lines.map((line, i) => {
    const y = bar + (i + 1) * lineHeight;
    return `<text x="${padding}" y="${y}" fill="${color(line)}">${escaped(cut(line))}</text>`;
  });
  const dots = ["#f7768e", "#e0af68", "#9ece6a"].map(
    (fill, i) => `<circle cx="${padding + i * 18}" cy="16" r="5.5" fill="${fill}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" xml:space="preserve">`,
    "<title>mmar2mdai pack in a terminal</title>",
    `<rect width="${width}" height="${height}" rx="8" fill="#1a1b26"/>`,
    ...dots,
    ...texts,
    "</svg>",
    "",
  ].join("\n");
}

/** The JSON Schemas of public files and results; those of NVIDIA's and MD.ai's are not made. */
const DEFINITIONS = {
  output: outputDefinition,
  config_mdai: configMdaiDefinition,
  manifest: manifestDefinition,
  "config-file": configFileDefinition,
  "batch-list": batchListDefinition,
};

const schemas = Object.entries(DEFINITIONS).map(([name, definition]) => {
  const file = `${name}.schema.json`;
  return [`schemas/${file}`, jsonSchemaText(definition, file)];
});

const check = process.argv.includes("--check");
const inspected = await inspectCatalogue();
const pages = {
  "README.md": withCatalogue(readFileSync(join(ROOT, "README.md"), "utf8"), inspected),
  "docs/findings.md": findingsPage(),
  "docs/cli.md": commandLinePage(),
  "docs/json.md": jsonPage(),
  "docs/catalogue.md": cataloguePage(inspected, MADE),
  ...Object.fromEntries(schemas),
  // The picture shows a size and a hash, which change with every line of the deploy code.
  ...(check ? {} : { "docs/pack.svg": picture() }),
};
for (const [name, text] of Object.entries(pages)) {
  const path = join(ROOT, name);
  if (!check) {
    writeFileSync(path, text);
    console.log(`made ${name}`);
    continue;
  }
  let current = "";
  try {
    current = readFileSync(path, "utf8");
  } catch {
    // A page that is not there is not current.
  }
  if (current !== text) {
    console.error(`${name} is not current: run npm run docs`);
    process.exitCode = 1;
  }
}
