import type { OmittedGroup } from "../bundle/plan.js";
import type { Inspection } from "../bundle/prepare.js";
import type { Finding, Place } from "../findings/finding.js";
import { findingOnCommandLine } from "../findings/format.js";
import type { Severity } from "../findings/table.js";
import type { Fact } from "../model/facts.js";
import type { ModelSpec } from "../model/spec.js";
import { fileKey, flag, type Naming, onCommandLine } from "../options/names.js";
import { RUNTIME_NAMES, type RuntimeName } from "../options/words.js";
import { handOverOfPack } from "../pack/hand-over.js";
import { nextText } from "../pack/hand-over-text.js";
import type { PackResult } from "../pack/pack.js";
import { RUNTIMES, runtimeFor } from "../runtimes/runtimes.js";
import { segmentation } from "../tasks/segmentation.js";
import type { SummaryRow, TaskModule } from "../tasks/task.js";
import { taskOf } from "../tasks/tasks.js";
import { escapeControls, formatBytes, withoutMiddle } from "../text/format.js";
import type { Json } from "../text/json.js";
import { unifiedDiff } from "./diff.js";
import type { Paint } from "./paint.js";

export const SEVERITY_COLORS = { error: "red", warning: "yellow", info: "cyan" } as const;

/** The findings, each with its place, its sentence and what to do. */
export function findingsText(findings: readonly Finding[], paint: Paint): string {
  return findings.map((finding) => findingText(finding, paint)).join("\n");
}

function findingText(finding: Finding, paint: Paint): string {
  const { severity, code, place } = finding;
  const { message, hint } = findingOnCommandLine(finding);
  const where = place === undefined ? "" : `${placeText(place)} `;
  const label = paint(["bold", SEVERITY_COLORS[severity]], severity);
  const words = `${escapeControls(message)}\n  ${escapeControls(hint)}`;
  return `${label} ${where}${paint("dim", `[${code}]`)}\n  ${words}`;
}

/** Characters of a path, or of a key's, that are shown; --json has all of them. */
const LONGEST_PLACE = 240;

/** `config/environment.json:3:5 (MMAR_CKPT)` */
export function placeText({ file, line, column, key }: Place): string {
  const shown = (path: string): string => withoutMiddle(path, LONGEST_PLACE);
  const position = line === undefined ? "" : `:${line}:${column}`;
  return escapeControls(`${shown(file)}${position}${key === undefined ? "" : ` (${shown(key)})`}`);
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
  /** Line by line instead of a table. */
  readonly diff?: boolean;
  /** What options are called; by default as on the command line. */
  readonly naming?: Naming;
  /** The config file that options are from. */
  readonly config?: ConfigFile;
}

/** A config file, and the options that it has set, by their keys in the library. */
export interface ConfigFile {
  readonly path: string;
  readonly keys: readonly string[];
}

/** What is known of an MMAR: what `inspect` shows, and the first half of `pack`'s summary. */
export function inspectionText(
  inspection: Inspection,
  paint: Paint,
  { diff = false, naming = flag, config }: InspectionTextOptions = {},
): string {
  const { source, model } = inspection;
  if (source === undefined) return "";
  const title = paint("bold", escapeControls(source.name));
  const sections = [title, generationText(inspection), configFileText(config)];
  if (model !== undefined) {
    sections.push(
      derivedText(inspection, paint, naming),
      overridesText(inspection, naming),
      diff ? configDiff(inspection, paint, naming) : configText(inspection, paint, naming),
    );
  }
  sections.push(omittedText(inspection.omitted, naming));
  return sections.filter((section) => section !== "").join("\n\n");
}

function configFileText(config: ConfigFile | undefined): string {
  if (config === undefined || config.keys.length === 0) return "";
  return escapeControls(`Options from ${config.path}: ${config.keys.map(fileKey).join(", ")}`);
}

function generationText({ source }: Inspection): string {
  if (source === undefined) return "";
  const { title, evidence } = source.generation;
  return [title, ...evidence.map((line) => `  ${escapeControls(line)}`)].join("\n");
}

function derivedText(
  { source, model, runtime, runtimeWhy, rootFolder }: Inspection,
  paint: Paint,
  naming: Naming,
): string {
  if (model === undefined) return "";
  const row = (name: string, fact: Fact<unknown> | undefined): SummaryRow => [
    name,
    fact === undefined ? "?" : String(fact.value),
    fact?.from ?? "not found",
  ];
  const { classes, modalities, weights } = model;
  const rows: SummaryRow[] = [
    row("type", model.task),
    row("root_folder", rootFolder),
    row("out_classes", model.outClasses),
    row("data_list_key", model.dataListKey),
    ...(classes?.value ?? []).map(
      (c): SummaryRow => [`class_index ${c.classIndex}`, c.name + reported(c), classes?.from ?? ""],
    ),
    ...(modalities === undefined
      ? []
      : [row("modality", { ...modalities, value: modalities.value.join(", ") || "any" })]),
    ...shownAs(model).rows(model),
    runtimeRow(runtime, source?.source, runtimeWhy),
    ...weights.map(({ role, path }) => row(role, path)),
  ];
  return table("Derived", rows, paint, naming);
}

/** What runs the model, and what else could. */
function runtimeRow(
  name: RuntimeName,
  source: string | undefined,
  why: string | undefined,
): SummaryRow {
  const { summary } = runtimeFor(name, source);
  if (why !== undefined) return ["runtime", `${name}: ${summary}`, why];
  const others = RUNTIME_NAMES.filter((other) => other !== name);
  const or = others.map((other) => `${flag("runtime")} ${other}: ${RUNTIMES[other].summary}`);
  return ["runtime", `${name}: ${summary}`, `or ${or.join("; ")}`];
}

/** A model whose task is not supported is shown as one that segments. */
const shownAs = (model: ModelSpec): TaskModule => taskOf(model.task?.value) ?? segmentation;

/** When a classifier reports a class. */
function reported({ threshold }: { readonly threshold?: number | null }): string {
  if (threshold === undefined) return "";
  return threshold === null ? ", never reported" : `, over ${threshold}`;
}

function table(title: string, rows: readonly SummaryRow[], paint: Paint, naming: Naming): string {
  const shown = rows.map(
    ([name, value, from]): SummaryRow => [
      escapeControls(name),
      escapeControls(value),
      escapeControls(onCommandLine(from, naming)),
    ],
  );
  const width = (column: 0 | 1): number =>
    shown.reduce((widest, row) => Math.max(widest, row[column].length), 0);
  const [first, second] = [width(0), Math.min(width(1), 44)];
  const lines = shown.map(
    ([name, value, from]) =>
      `  ${name.padEnd(first)}  ${value.padEnd(second)}  ${paint("dim", from)}`,
  );
  return [title, ...lines].join("\n");
}

function overridesText({ overrides }: Inspection, naming: Naming): string {
  if (overrides.length === 0) return "";
  const lines = overrides.map(({ option, value, instead }) => {
    const without = instead === undefined ? "nothing was found" : `it would be ${instead}`;
    const name = naming(option);
    const said = name === flag(option) ? `${name} ${value}` : `${value}, by ${name}`;
    return escapeControls(`  ${said} (without it ${without})`);
  });
  return ["Set by you", ...lines].join("\n");
}

function configTitle({ derivedConfig }: Inspection): string {
  const { path = "", source } = derivedConfig ?? {};
  return escapeControls(`Inference config for MD.ai: ${path}, beside ${source?.path}`);
}

/** A longer value is cut: `inspect --diff` shows it whole. */
const LONGEST_VALUE = 60;

function configText(inspection: Inspection, paint: Paint, naming: Naming): string {
  const { derivedConfig } = inspection;
  if (derivedConfig === undefined) return "";
  const show = (value: Json | undefined): string => {
    const text = value === undefined ? "–" : JSON.stringify(value);
    return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
  };
  const rows = derivedConfig.changes.map(
    ({ at, from, to, why }): SummaryRow => [at, `${show(from)} → ${show(to)}`, why],
  );
  const title = configTitle(inspection);
  return rows.length === 0 ? `${title}, the same` : table(title, rows, paint, naming);
}

function configDiff(inspection: Inspection, paint: Paint, naming: Naming): string {
  const { derivedConfig } = inspection;
  if (derivedConfig === undefined) return "";
  if (derivedConfig.isOverlay) return configText(inspection, paint, naming);
  const diff = unifiedDiff(derivedConfig.source, derivedConfig, paint);
  const title = configTitle(inspection);
  return diff === "" ? `${title}, the same` : `${title}\n\n${diff}`;
}

function omittedText(omitted: readonly OmittedGroup[], naming: Naming): string {
  if (omitted.length === 0) return "";
  const lines = omitted.map(({ reason, files, size, paths }) => {
    const what = files === 1 ? paths[0] : `${files} files`;
    return escapeControls(`  ${onCommandLine(reason, naming)}: ${what}, ${formatBytes(size)}`);
  });
  const saved = omitted.reduce((sum, group) => sum + group.size, 0);
  return [`Left out, ${formatBytes(saved)} less to upload (--include packs them)`, ...lines].join(
    "\n",
  );
}

/** The summary of a bundle that was written, and how to go on. */
export function packText(result: PackResult, paint: Paint): string {
  const { bundle, plan } = result;
  const handOver = handOverOfPack(result);
  if (bundle === undefined) return "";
  const lines = [
    paint(["bold", "green"], `Packed ${escapeControls(result.target)}`),
    `  ${formatBytes(bundle.size)} (${bundle.size} bytes), ${plan?.entries.length} files, read back and checked`,
    `  SHA-256 ${bundle.sha256}`,
    ...(handOver === undefined ? [] : ["", nextText(handOver, result.target)]),
  ];
  return lines.join("\n");
}

/** The entries of a bundle that would be written, with sizes and reasons. */
export function dryRunText({ plan, target }: PackResult, paint: Paint): string {
  if (plan === undefined) return "";
  const shown = plan.entries.map((entry) => ({ ...entry, path: escapeControls(entry.path) }));
  const width = shown.reduce((widest, { path }) => Math.max(widest, path.length), 0);
  const lines = shown.map(({ path, size, mode, reason }) => {
    const bits = mode === 0o755 ? "755" : "644";
    return `  ${bits} ${formatBytes(size).padStart(10)}  ${path.padEnd(width)}  ${paint("dim", reason)}`;
  });
  const total = `${plan.entries.length} files, ${formatBytes(plan.totalSize)} before compression`;
  return [`Would be packed into ${escapeControls(target)}: ${total}`, ...lines].join("\n");
}
