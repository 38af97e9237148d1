import type { OmittedGroup } from "../bundle/plan.js";
import type { Inspection } from "../bundle/prepare.js";
import type { Finding, Place } from "../findings/finding.js";
import type { Severity } from "../findings/table.js";
import type { Fact } from "../model/facts.js";
import type { Classifier, ModelInput } from "../model/spec.js";
import type { PackResult } from "../pack/pack.js";
import type { Model } from "../sources/mmar/derive/model.js";
import { formatBytes, printable } from "../text/format.js";
import type { Json } from "../text/json.js";
import { unifiedDiff } from "./diff.js";
import type { Paint } from "./paint.js";

const COLORS = { error: "red", warning: "yellow", info: "cyan" } as const;

/** The findings, each with its place, its sentence and what to do. */
export function findingsText(findings: readonly Finding[], paint: Paint): string {
  return findings.map((finding) => findingText(finding, paint)).join("\n");
}

function findingText({ severity, code, place, message, hint }: Finding, paint: Paint): string {
  const where = place === undefined ? "" : `${placeText(place)} `;
  const label = paint(["bold", COLORS[severity]], severity);
  const words = `${printable(message)}\n  ${printable(hint)}`;
  return `${label} ${where}${paint("dim", `[${code}]`)}\n  ${words}`;
}

/** `config/environment.json:3:5 (MMAR_CKPT)` */
export function placeText({ file, line, column, key }: Place): string {
  const position = line === undefined ? "" : `:${line}:${column}`;
  return printable(`${file}${position}${key === undefined ? "" : ` (${key})`}`);
}

/** One line that counts errors and warnings, or an empty text where there are none. */
export function countText(findings: readonly Finding[]): string {
  const count = (severity: Severity): number =>
    findings.filter((f) => f.severity === severity).length;
  const parts = (["error", "warning"] as const)
    .filter((severity) => count(severity) > 0)
    .map((severity) => `${count(severity)} ${severity}${count(severity) === 1 ? "" : "s"}`);
  return parts.join(", ");
}

/** How the changes of the inference config are shown. */
export interface InspectionTextOptions {
  /** Line by line, in the place of a table. */
  readonly diff: boolean;
}

/** What is known of an MMAR: what `inspect` shows, and the first half of `pack`'s summary. */
export function inspectionText(
  inspection: Inspection,
  paint: Paint,
  { diff }: InspectionTextOptions = { diff: false },
): string {
  const { mmar, model } = inspection;
  if (mmar === undefined) return "";
  const title = paint("bold", printable(mmar.name));
  const sections = [title, generationText(inspection)];
  if (model !== undefined) {
    sections.push(
      derivedText(inspection, paint),
      overridesText(inspection),
      diff ? configDiff(inspection, paint) : configText(inspection, paint),
    );
  }
  sections.push(omittedText(inspection.omitted));
  return sections.filter((section) => section !== "").join("\n\n");
}

function generationText({ mmar }: Inspection): string {
  if (mmar === undefined) return "";
  const { generation, evidence } = mmar.generation;
  const name = {
    tensorflow: "Clara Train 3 (TensorFlow)",
    "4.0": "Clara Train 4.0 (PyTorch)",
    "4.1": "Clara Train 4.1 (PyTorch)",
    unknown: "Clara Train, version unknown",
  }[generation];
  return [name, ...evidence.map((line) => `  ${printable(line)}`)].join("\n");
}

type Row = readonly [name: string, value: string, from: string];

function derivedText({ model, rootFolder, mmar }: Inspection, paint: Paint): string {
  if (model === undefined) return "";
  const row = (name: string, fact: Fact<unknown> | undefined): Row => [
    name,
    fact === undefined ? "?" : String(fact.value),
    fact?.from ?? "not found",
  ];
  const { input, classes } = model;
  const file = (key: string): string => String(mmar?.environment?.value[key] ?? "?");
  const rows: Row[] = [
    row("type", model.task),
    row("root_folder", rootFolder),
    row("out_classes", model.outClasses),
    row("data_list_key", model.dataListKey),
    ...(classes?.value ?? []).map(
      (c): Row => [`class_index ${c.classIndex}`, c.name + reported(c), classes?.from ?? ""],
    ),
    ...(model.classifier === undefined
      ? [
          outputRow(model),
          [
            "input",
            channelsOf(input),
            (input.count.value === 1 ? input.count : input.channels).from,
          ] as const,
        ]
      : classifierRows(model.classifier)),
    ["TorchScript", file("MMAR_TORCHSCRIPT"), "MMAR_TORCHSCRIPT in config/environment.json"],
    ["checkpoint", file("MMAR_CKPT"), "MMAR_CKPT in config/environment.json"],
  ];
  return table("Derived", rows, paint);
}

/** When a classifier reports a class. */
function reported({ threshold }: { readonly threshold?: number | null }): string {
  if (threshold === undefined) return "";
  return threshold === null ? ", never reported" : `, over ${threshold}`;
}

function outputRow({ output }: Model): Row {
  if (output === undefined) return ["output", "?", "not found"];
  const { form, postfix, extension, from } = output;
  return ["output", `${form.replace("_", " ")}, *_${postfix}${extension}`, from];
}

function classifierRows({ form, window, mask, scores, file }: Classifier): Row[] {
  const made = mask?.builtin ? "the request's, else the built-in one" : "the request's";
  return [
    ["output", `${scores.value.replaceAll("_", " ")}, ${file}`, scores.from],
    ["input", form.value, form.from],
    ["window", window.value, window.from],
    ...(mask === undefined ? [] : [["lung mask", made, `${mask.key} in pre_transforms`] as const]),
  ];
}

/** One channel takes any series; several are shown in the network's order. */
function channelsOf({ channels, count }: ModelInput): string {
  const names = channels.value.map(({ name }) => name).join(", ");
  return count.value === 1 ? "1 channel" : `${count.value} channels: ${names || "?"}`;
}

function table(title: string, rows: readonly Row[], paint: Paint): string {
  const shown = rows.map((row): Row => [printable(row[0]), printable(row[1]), printable(row[2])]);
  const width = (column: 0 | 1): number =>
    shown.reduce((widest, row) => Math.max(widest, row[column].length), 0);
  const [first, second] = [width(0), Math.min(width(1), 44)];
  const lines = shown.map(
    ([name, value, from]) =>
      `  ${name.padEnd(first)}  ${value.padEnd(second)}  ${paint("dim", from)}`,
  );
  return [title, ...lines].join("\n");
}

function overridesText({ overrides }: Inspection): string {
  if (overrides.length === 0) return "";
  const lines = overrides.map(({ option, value, instead }) => {
    const without = instead === undefined ? "nothing was found" : `it would be ${instead}`;
    return printable(`  ${option} ${value} (without it ${without})`);
  });
  return ["Set by you", ...lines].join("\n");
}

function configTitle({ derivedConfig, mmar }: Inspection): string {
  return `Inference config for MD.ai: ${derivedConfig?.path}, beside ${mmar?.derivation?.source.path}`;
}

/** A longer value is cut: `inspect --diff` shows it whole. */
const LONGEST_VALUE = 60;

function configText(inspection: Inspection, paint: Paint): string {
  const { derivedConfig } = inspection;
  if (derivedConfig === undefined) return "";
  const show = (value: Json | undefined): string => {
    const text = value === undefined ? "–" : JSON.stringify(value);
    return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
  };
  const rows = derivedConfig.changes.map(
    ({ at, from, to, why }): Row => [at, `${show(from)} → ${show(to)}`, why],
  );
  const title = configTitle(inspection);
  return rows.length === 0 ? `${title}, the same` : table(title, rows, paint);
}

function configDiff(inspection: Inspection, paint: Paint): string {
  const { derivedConfig, mmar } = inspection;
  const source = mmar?.derivation?.source;
  if (derivedConfig === undefined || source === undefined) return "";
  const diff = unifiedDiff(source, derivedConfig, paint);
  const title = configTitle(inspection);
  return diff === "" ? `${title}, the same` : `${title}\n\n${diff}`;
}

function omittedText(omitted: readonly OmittedGroup[]): string {
  if (omitted.length === 0) return "";
  const lines = omitted.map(({ reason, files, size, paths }) => {
    const what = files === 1 ? paths[0] : `${files} files`;
    return printable(`  ${reason}: ${what}, ${formatBytes(size)}`);
  });
  const saved = omitted.reduce((sum, group) => sum + group.size, 0);
  return [`Left out, ${formatBytes(saved)} less to upload (--include takes back)`, ...lines].join(
    "\n",
  );
}

/** The summary of a bundle that was written, and how to go on. */
export function packText(result: PackResult, paint: Paint): string {
  const { bundle, plan } = result;
  if (bundle === undefined) return "";
  const lines = [
    paint(["bold", "green"], `Packed ${result.target}`),
    `  ${formatBytes(bundle.size)} (${bundle.size} bytes), ${plan?.entries.length} files, read back and checked`,
    `  SHA-256 ${bundle.sha256}`,
    "",
    nextText(result),
  ];
  return lines.join("\n");
}

function nextText({ model, target }: PackResult): string {
  const classes = (model?.classes?.value ?? []).map(
    (c) => `     class_index ${c.classIndex}: ${printable(c.name)}`,
  );
  const { label, scope, what } = onMdai(model);
  return [
    "Next, on MD.ai",
    `  1. In the project's Labels, create one label per class: ${label}.`,
    `  2. In the project's Models, create a model with scope ${scope} and upload ${target}.`,
    "  3. Give the model's label classes in this order:",
    ...classes,
    `  4. When the version is built, run it on ${what} whose answer you know.`,
  ].join("\n");
}

/** What a model's labels and the model itself are on MD.ai. */
function onMdai(model: Model | undefined): { label: string; scope: string; what: string } {
  const form = model?.classifier?.form.value;
  if (form === undefined) {
    // Several channels are several series, which only a study has.
    const isStudy = (model?.input.count.value ?? 1) > 1;
    return {
      label: "type Local, scope Instance, annotation mode Mask",
      scope: isStudy ? "Study" : "Series",
      what: isStudy ? "a study" : "a series",
    };
  }
  return form === "nifti"
    ? { label: "type Global, scope Series", scope: "Series", what: "a series" }
    : { label: "type Global, scope Instance", scope: "Instance", what: "an image" };
}

/** The entries of a bundle that would be written, with sizes and reasons. */
export function dryRunText({ plan, target }: PackResult, paint: Paint): string {
  if (plan === undefined) return "";
  const width = Math.max(...plan.entries.map((entry) => entry.path.length));
  const lines = plan.entries.map(({ path, size, mode, reason }) => {
    const bits = mode === 0o755 ? "755" : "644";
    return `  ${bits} ${formatBytes(size).padStart(10)}  ${path.padEnd(width)}  ${paint("dim", reason)}`;
  });
  const total = `${plan.entries.length} files, ${formatBytes(plan.totalSize)} before compression`;
  return [`Would be packed into ${target}: ${total}`, ...lines].join("\n");
}
