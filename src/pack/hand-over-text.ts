import type { HandOverOutput } from "../public-json/hand-over.js";
import type { HandOver, HandOverLabel } from "../tasks/hand-over.js";
import type { LabelSettings } from "../tasks/task.js";
import { escapeControls, formatBytes } from "../text/format.js";
import { code, prose } from "../text/markdown.js";

/** `type Local, scope Instance, annotation mode Mask` */
export function settingsText({ type, scope, modes }: LabelSettings): string {
  const mode = modes.length === 0 ? "" : `, annotation mode ${modes.join(" or ")}`;
  return `type ${type}, scope ${scope}${mode}`;
}

const ofKind = ({ labels }: HandOver, kind: HandOverLabel["kind"]): HandOverLabel[] =>
  labels.filter((label) => label.kind === kind);

/** How to go on with a bundle that was written, step by step, for a terminal. */
export function nextText(handOver: HandOver, target: string): string {
  return [
    "Next, on MD.ai",
    ...numbered(steps(handOver, escapeControls(target), escapeControls)),
    ...(handOver.note === undefined ? [] : [`  ${handOver.note}`]),
  ].join("\n");
}

/** A step, and lines below it. */
type Step = readonly [text: string, ...lines: string[]];

const numbered = (all: readonly Step[]): string[] =>
  all.flatMap(([text, ...lines], index) => [
    `  ${index + 1}. ${text}`,
    ...lines.map((line) => `     ${line}`),
  ]);

/** @param shown - how names are shown */
function steps(handOver: HandOver, target: string, shown: (name: string) => string): Step[] {
  const { scope, tryOn } = handOver;
  const [classes, prompts] = [ofKind(handOver, "class"), ofKind(handOver, "prompt")];
  const [first] = classes;
  const drawn = prompts.map((label) => {
    const { name, use = "", colour } = label;
    return `${shown(name)} (${settingsText(label)}), ${colour}: ${use}`;
  });
  return [
    ...(first === undefined
      ? []
      : ([
          [`In the project's Labels, create one label per class: ${settingsText(first)}.`],
        ] as const)),
    ...(drawn.length === 0
      ? []
      : ([["Create the labels to draw with before the model is run:", ...drawn]] as const)),
    [`In the project's Models, create a model with scope ${scope} and upload ${target}.`],
    [
      "Give the model's label classes in this order:",
      ...classes.map(
        ({ name, classIndex, colour }) => `class_index ${classIndex}: ${shown(name)}, ${colour}`,
      ),
    ],
    [`When the version is built, run it on ${tryOn} whose answer you know.`],
  ];
}

/** The labels of a batch's model in one line: `Series; Local, Instance, Mask: 0 liver, 1 tumour`. */
export function shortText(handOver: HandOver): string {
  const { scope, labels } = handOver;
  const [first] = ofKind(handOver, "class");
  const names = ofKind(handOver, "class").map(
    ({ name, classIndex }) => `${classIndex} ${escapeControls(name)}`,
  );
  const prompts = labels.length - names.length;
  const more = prompts === 0 ? "" : `; and ${prompts} to draw with`;
  const settings = first && [first.type, first.scope, ...first.modes].join(", ");
  return `${scope}; ${settings}: ${names.join(", ")}${more}`;
}

/** The tables of a hand-over in Markdown, without a heading. */
export function handOverTables({ name, scope, labels, bundle, note }: HandOver): string {
  const facts = [
    ["Model", prose(name)],
    ...(bundle === undefined
      ? []
      : [
          ["Upload", code(bundle.path)],
          ["Size", `${formatBytes(bundle.size)} (${bundle.size} bytes)`],
          ["SHA-256", `\`${bundle.sha256}\``],
        ]),
    ["Scope of the model", scope],
  ];
  const hasPrompts = labels.some(({ kind }) => kind === "prompt");
  const head = ["class_index", "label", "type", "scope", "annotation mode", "colour"];
  const rows = labels.map((label) => [
    String(label.classIndex ?? "–"),
    prose(label.name),
    label.type,
    label.scope,
    label.modes.join(" or ") || "–",
    `\`${label.colour}\``,
    ...(hasPrompts ? [label.use === undefined ? "the model's answer" : prose(label.use)] : []),
  ]);
  const parts = [
    table(["", ""], facts),
    table([...head, ...(hasPrompts ? ["what for"] : [])], rows),
    ...(note === undefined ? [] : [prose(note)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The sheet: what to set up, and the steps of it. */
export function handOverSheet(handOver: HandOver): string {
  const { name, bundle } = handOver;
  const target = bundle === undefined ? "the bundle" : code(bundle.path);
  const lines = steps(handOver, target, prose).map(([text, ...below], index) =>
    [`${index + 1}. ${text}`, ...below.map((line) => `   - ${line}`)].join("\n"),
  );
  return [
    `# ${prose(name)} on MD.ai\n`,
    handOverTables(handOver),
    `## Steps\n\n${lines.join("\n")}\n`,
    "Made by mmar2mdai.\n",
  ].join("\n");
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** A hand-over as JSON. */
export function handOverJson(handOver: HandOver): HandOverOutput {
  const { name, scope, labels, bundle, note } = handOver;
  return {
    name,
    scope: upper(scope),
    bundle: bundle ?? null,
    labels: labels.map(({ kind, name, type, scope, modes, colour, classIndex, use }) => ({
      kind,
      name,
      type: type === "Local" ? "local" : "global",
      scope: upper(scope),
      annotation_modes: modes.map((mode) => MODES[mode]),
      colour,
      class_index: classIndex ?? null,
      ...(use !== undefined && { use }),
    })),
    note: note ?? null,
  };
}

const upper = (scope: HandOver["scope"]) => scope.toUpperCase() as Uppercase<HandOver["scope"]>;

/** Annotation modes as MD.ai's client names them. */
const MODES = {
  Mask: "mask",
  Location: "location",
  "Bounding box": "bbox",
  Polygon: "polygon",
} as const satisfies Record<LabelSettings["modes"][number], string>;
