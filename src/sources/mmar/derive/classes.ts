import { type Finding, finding } from "../../../findings/finding.js";
import { type Fact, fromOption } from "../../../model/facts.js";
import { MOST_CHANNELS, type ModelClass, type Output } from "../../../model/spec.js";
import { formatList } from "../../../text/format.js";
import {
  asList,
  asObject,
  asString,
  type Json,
  type JsonFile,
  type JsonObject,
} from "../../../text/json.js";
import type { CatalogueModel } from "../catalogue.js";
import { type Config, modelMembers } from "../config.js";

/** Whether a value can be a number of channels. */
export function isCount(value: Json | undefined): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= MOST_CHANNELS;
}

/** Where the number and names of classes may stand. */
export interface ClassSources {
  readonly environment: JsonObject;
  readonly environmentPath: string;
  readonly inference: Config | undefined;
  readonly train: Config | undefined;
  /** Configs whose metrics may name a classifier's classes. */
  readonly metrics?: readonly Config[] | undefined;
  readonly dataList: JsonFile | undefined;
  readonly aiaa: JsonFile | undefined;
  readonly readme: { readonly path: string; readonly text: string } | undefined;
  /** What is known of the model, where it is one of NGC's. */
  readonly catalogue: CatalogueModel | undefined;
  readonly output: Output | undefined;
  /** What the only class is called where nothing names it. */
  readonly usual?: string;
}

/**
 * Every source that tells the number of the network's output channels, the most trusted first:
 * OUTPUT_CHANNELS, the network, the post transforms, the data list, config_aiaa.json.
 */
export function outClassesSources(sources: ClassSources): Fact<number>[] {
  const { output } = sources;
  const network = [
    count(sources.environment.OUTPUT_CHANNELS, `OUTPUT_CHANNELS in ${sources.environmentPath}`),
    networkOutputChannels(sources.inference),
    networkOutputChannels(sources.train),
  ].map((fact) => chosenOf(fact, output));
  const found: (Fact<number> | undefined)[] = [
    ...network,
    count(output?.channels, output?.from ?? ""),
    labelCount(dataListNames(sources), sources),
    labelCount(aiaaNames(sources), sources),
  ];
  return found.filter((fact): fact is Fact<number> => fact !== undefined);
}

/** How many of the network's channels are written, where the post transforms choose some. */
function chosenOf(
  fact: Fact<number> | undefined,
  output: Output | undefined,
): Fact<number> | undefined {
  const chosen = output?.chosen;
  if (fact === undefined || chosen === undefined) return fact;
  const from = `${output?.from}, of the ${fact.value} by ${fact.from}`;
  return count(Math.min(chosen.to ?? fact.value, fact.value) - chosen.from, from);
}

function count(value: Json | undefined, from: string): Fact<number> | undefined {
  return isCount(value) ? { value, from } : undefined;
}

function networkOutputChannels(config: Config | undefined): Fact<number> | undefined {
  if (config === undefined) return undefined;
  const from = `the network's out_channels in ${config.file.path}`;
  for (const member of modelMembers(config)) {
    const args = asObject(member.args);
    const channels = count(args?.out_channels ?? args?.num_classes, from);
    if (channels !== undefined) return channels;
  }
  return undefined;
}

function labelCount(
  names: Fact<ReadonlyMap<number, string>> | undefined,
  { output }: ClassSources,
): Fact<number> | undefined {
  if (names === undefined || names.value.size === 0) return undefined;
  const background = output?.form === "channels" ? 0 : 1;
  return { value: names.value.size + background, from: `the labels in ${names.from}` };
}

/** Names by the network's output channel, without the background. */
type Names = Fact<ReadonlyMap<number, string>>;

const isBackground = (name: string): boolean => /^(background|bg|back ground)$/i.test(name.trim());

/** Whether channel 0 is the background: in overlapping channels there is none. */
const firstChannel = ({ output }: ClassSources): number => (output?.form === "channels" ? 0 : 1);

/** `labels` of a Decathlon-style data list: `{"0": "background", "1": "spleen"}`, or a list. */
function dataListNames(sources: ClassSources): Names | undefined {
  const { dataList } = sources;
  if (dataList === undefined) return undefined;
  const labels = dataList.value.labels;
  if (Array.isArray(labels)) return namesInOrder(labels, dataList.path, sources);
  const object = asObject(labels);
  if (object === undefined) return undefined;
  const numbered = Object.entries(object)
    .map(([key, name]) => [Number(key), asString(name)] as const)
    .filter((e): e is [number, string] => Number.isInteger(e[0]) && (e[1] ?? "").trim() !== "")
    .sort(([a], [b]) => a - b);
  const chosen = sources.output?.chosen;
  if (chosen?.hasBackground) {
    const written = numbered.filter(
      ([value]) => value >= chosen.from && value < (chosen.to ?? Number.POSITIVE_INFINITY),
    );
    const names = written.map(([value, name]) => [value - chosen.from, name] as const);
    return { value: new Map(names), from: dataList.path };
  }
  if (sources.output?.form === "channels") {
    return namesInOrder(
      numbered.map(([, name]) => name),
      dataList.path,
      sources,
    );
  }
  const foreground = numbered.filter(([value]) => value > 0);
  return { value: new Map(foreground), from: dataList.path };
}

/** `labels` of config_aiaa.json: a list without the background (Clara documentation, AIAA). */
function aiaaNames(sources: ClassSources): Names | undefined {
  const { aiaa } = sources;
  return aiaa === undefined
    ? undefined
    : namesInOrder(asList(aiaa.value.labels), aiaa.path, sources);
}

function namesInOrder(list: readonly Json[], from: string, sources: ClassSources): Names {
  const names = list
    .filter((name): name is string => typeof name === "string" && name.trim() !== "")
    .filter((name, index) => index > 0 || !isBackground(name));
  const chosen = sources.output?.chosen;
  if (chosen === undefined) {
    const first = firstChannel(sources);
    return { value: new Map(names.map((name, index) => [index + first, name])), from };
  }
  // These lists don't name the background, which is the network's channel 0.
  const first = chosen.hasBackground ? 1 : 0;
  const end = chosen.to === undefined ? undefined : chosen.to - first;
  const written = names.slice(Math.max(chosen.from - first, 0), end);
  return { value: new Map(written.map((name, index) => [index, name])), from };
}

/** Lines such as `1: spleen`, `- Label 1 = spleen` or `channel 1 - spleen`. */
const NUMBERED_NAME =
  /^[ \t*+|>-]*(?:(?:label|channel|class|output)\s*)?["'`]?(\d{1,3})["'`]?\s*[:=|–-]\s*["'`*]*([A-Za-z][^|"'`*\n]{0,60}?)["'`*.;,|\s]*$/gim;

function readmeNames(sources: ClassSources): Names | undefined {
  const { readme } = sources;
  if (readme === undefined) return undefined;
  const names = new Map<number, string>();
  for (const [, number, name] of readme.text.matchAll(NUMBERED_NAME)) {
    if (number === undefined || name === undefined || isBackground(name)) continue;
    // Two lists in one text can't be told apart: neither is taken.
    if (names.has(Number(number))) return undefined;
    names.set(Number(number), name.trim());
  }
  return { value: names, from: readme.path };
}

/** Sections of configs that hold metrics. */
const METRICS = ["additional_metrics", "key_metric", "metrics", "val_metrics"];

/** What of the prediction a metric takes, in its output_transform: `[:, 3]`, `[3]`, `[3:4]`. */
const METRIC_CLASS = /\[\s*(?::\s*,|\.\.\.\s*,)?\s*(\d{1,5})\s*(?::\s*(\d{1,5})\s*)?\]/;

/** The class that a metric is of, if it is of a single one. */
function metricClass(args: JsonObject | undefined): number | undefined {
  const [, first, end] = METRIC_CLASS.exec(asString(args?.output_transform) ?? "") ?? [];
  const isRange = end !== undefined && Number(end) !== Number(first) + 1;
  const value = args?.class_index ?? (first === undefined || isRange ? undefined : Number(first));
  return typeof value === "number" && Number.isInteger(value) ? value : undefined;
}

/** Metrics of one class each, which a classifier's config names after the class. */
function metricNames({ metrics = [] }: ClassSources): Names | undefined {
  for (const config of metrics) {
    const sections = [config.value, asObject(config.value.validate) ?? {}].flatMap((section) =>
      METRICS.flatMap((name) => section[name]),
    );
    const names = new Map<number, string>();
    for (const item of sections.map((section) => asObject(section))) {
      const args = asObject(item?.args);
      const value = metricClass(args);
      const name = asString(item?.log_label) ?? asString(args?.name);
      if (value !== undefined && name) names.set(value, name);
    }
    if (names.size > 0) return { value: names, from: `the metrics in ${config.file.path}` };
  }
  return undefined;
}

function catalogueNames(sources: ClassSources): Names | undefined {
  const { catalogue } = sources;
  if (catalogue?.classes === undefined) return undefined;
  return namesInOrder(catalogue.classes, `NGC's description of ${catalogue.name}`, sources);
}

/**
 * Names the classes that a model of `outClasses` output channels reports.
 *
 * @param names - the user's own names, which win
 */
export function nameClasses(
  sources: ClassSources,
  outClasses: number,
  names: readonly string[] | undefined,
): { classes: Fact<readonly ModelClass[]>; findings: readonly Finding[] } {
  const first = firstChannel(sources);
  const values = Array.from({ length: outClasses - first }, (_, index) => index + first);
  const classesFrom = (name: (value: number, index: number) => string): ModelClass[] =>
    values.map((value, classIndex) => ({ classIndex, name: name(value, classIndex), value }));
  if (names !== undefined) {
    const wrong = names.length !== values.length;
    const args = { names: names.length, wanted: values.length, outClasses };
    return {
      classes: {
        value: classesFrom((value, i) => names[i] ?? `class ${value}`),
        from: fromOption("classNames"),
      },
      findings: wrong ? [finding("class-names-count", args)] : [],
    };
  }
  const all = [metricNames(sources), dataListNames(sources), aiaaNames(sources)].filter(
    (s): s is Names => isComplete(s, values),
  );
  // Weaker sources only fill a gap: they are not a reason to doubt the MMAR's own.
  const weaker = [readmeNames(sources), catalogueNames(sources)];
  if (all.length === 0) all.push(...weaker.filter((s) => isComplete(s, values)).slice(0, 1));
  const [taken, ...others] = all;
  if (taken === undefined && sources.usual !== undefined && values.length === 1) {
    const usual = classesFrom(() => sources.usual ?? "");
    return { classes: { value: usual, from: "whatever is pointed at" }, findings: [] };
  }
  if (taken === undefined) {
    const classes = classesFrom((value) => `class ${value}`);
    const shown = formatList(classes.map((c) => `"${c.name}"`));
    return {
      classes: { value: classes, from: "numbered, since nothing names them" },
      findings: [finding("class-names-unknown", { wanted: values.length, names: shown })],
    };
  }
  const classes = { value: classesFrom((v) => taken.value.get(v) ?? ""), from: taken.from };
  return { classes, findings: disagreements(taken, others, values) };
}

function isComplete(names: Names | undefined, values: readonly number[]): names is Names {
  return (
    names !== undefined &&
    names.value.size === values.length &&
    values.every((value) => names.value.has(value))
  );
}

function disagreements(
  taken: Names,
  others: readonly Names[],
  values: readonly number[],
): Finding[] {
  const list = (names: Names): string => formatList(values.map((v) => `"${names.value.get(v)}"`));
  const same = (names: Names): string =>
    values.map((v) => (names.value.get(v) ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "")).join();
  return others
    .filter((other) => same(other) !== same(taken))
    .map((other) =>
      finding("class-names-disagree", {
        taken: `${list(taken)} in ${taken.from}`,
        other: `${list(other)} in ${other.from}`,
      }),
    );
}
