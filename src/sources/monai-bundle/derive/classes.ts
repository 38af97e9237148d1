import { type Finding, finding } from "../../../findings/finding.js";
import { type Fact, fromOption } from "../../../model/facts.js";
import { MOST_CHANNELS, type ModelClass } from "../../../model/spec.js";
import { formatList } from "../../../text/format.js";
import { asObject, asString, type Json } from "../../../text/json.js";
import { METADATA, type MonaiBundle } from "../bundle.js";
import type { BundleConfig } from "../config.js";
import { dataFormat } from "../kind.js";
import type { MergedChannel } from "./merge.js";

const isCount = (value: Json | undefined): value is number =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) <= MOST_CHANNELS;

/** Arguments by which networks of MONAI and torchvision say how many channels come out, or go in. */
const OUT = ["out_channels", "num_classes", "n_classes", "out_classes"];
const IN = ["in_channels", "n_input_channels", "img_channels", "input_channels"];

/** Channels that come out of the network, by every source that tells, the surest first. */
export function outChannels({ metadata, config }: MonaiBundle): Fact<number>[] {
  const { output } = dataFormat(metadata);
  const stated = output.num_channels;
  const names = channelNames(metadata);
  return [
    ...networkArgument(config, OUT),
    ...(isCount(stated)
      ? [{ value: stated, from: `outputs.pred.num_channels in ${METADATA}` }]
      : []),
    ...(names === undefined ? [] : [{ value: names.value.size, from: names.from }]),
  ];
}

/** Channels that go into the network, by the same. */
export function inChannels({ metadata, config }: MonaiBundle): Fact<number>[] {
  const stated = dataFormat(metadata).input.num_channels;
  return [
    ...networkArgument(config, IN),
    ...(isCount(stated)
      ? [{ value: stated, from: `inputs.image.num_channels in ${METADATA}` }]
      : []),
  ];
}

function networkArgument(
  config: BundleConfig | undefined,
  names: readonly string[],
): Fact<number>[] {
  const network = ["network_def", "network", "net"]
    .map((id) => config?.component(id))
    .find((component) => component !== undefined);
  if (config === undefined || network === undefined) return [];
  for (const name of names) {
    const value = config.arg(network, name);
    if (isCount(value)) return [{ value, from: `the network's ${name} in ${config.path}` }];
  }
  return [];
}

/** Names by the network's output channel. */
export type Names = Fact<ReadonlyMap<number, string>>;

/** `channel_def` of the output, which some bundles call `label_def`. */
function channelNames(metadata: MonaiBundle["metadata"]): Names | undefined {
  const { output } = dataFormat(metadata);
  for (const key of ["channel_def", "label_def"]) {
    const entries = Object.entries(asObject(output[key]) ?? {}).flatMap(([index, name]) => {
      const text = asString(name)?.trim() ?? "";
      return /^\d{1,5}$/.test(index) && text !== "" ? [[Number(index), text] as const] : [];
    });
    if (entries.length > 0) {
      return { value: new Map(entries), from: `outputs.pred.${key} in ${METADATA}` };
    }
  }
  return undefined;
}

/** `labels` of a config: names with the values of a label map, or the other way round. */
function labelNames(config: BundleConfig | undefined): Names | undefined {
  for (const id of ["labels", "label_names"]) {
    const labels = asObject(config?.valueOf(id));
    const entries = Object.entries(labels ?? {}).flatMap(([key, value]) => {
      if (typeof value === "number") return [[value, key] as const];
      const text = asString(value);
      return text !== undefined && /^\d{1,5}$/.test(key) ? [[Number(key), text] as const] : [];
    });
    if (entries.length > 0) return { value: new Map(entries), from: `${id} in ${config?.path}` };
  }
  return undefined;
}

const isBackground = (name: string | undefined): boolean =>
  /^(background|bg|back ground|everything else)$/i.test(name?.trim() ?? "");

/** What the classes are concluded from. */
export interface ClassSources {
  readonly bundle: MonaiBundle;
  /** Output channels of the network. */
  readonly outClasses: number;
  /**
   * `exclusive` has a background in front, `overlapping` only where a name says so; `scores` are
   * all classes.
   */
  readonly channels: "exclusive" | "overlapping" | "scores";
  readonly merged: readonly MergedChannel[] | undefined;
  /** The user's own names, which win. */
  readonly names: readonly string[] | undefined;
}

/** The classes that are reported, in the order of the network's channels. */
export function nameClasses({ bundle, outClasses, channels: kind, merged, names }: ClassSources): {
  classes: Fact<readonly ModelClass[]>;
  findings: readonly Finding[];
} {
  const sources = [channelNames(bundle.metadata), labelNames(bundle.config)].filter(
    (source) => source !== undefined,
  );
  const isOwn = kind === "overlapping" || merged !== undefined;
  const isNamed = isBackground(sources[0]?.value.get(0));
  const first = kind === "scores" || (isOwn && !isNamed) ? 0 : 1;
  const channels = Array.from({ length: outClasses - first }, (_, index) => index + first);
  const values = new Map(merged?.map(({ channel, value }) => [channel, value]));
  const reported = merged === undefined ? channels : channels.filter((each) => values.has(each));
  const make = (name: (channel: number, index: number) => string): ModelClass[] =>
    reported.map((channel, classIndex) => ({
      classIndex,
      name: name(channel, classIndex),
      value: values.get(channel) ?? channel,
    }));
  if (names !== undefined) {
    const args = { names: names.length, wanted: reported.length, outClasses };
    const wrong = names.length === reported.length ? [] : [finding("class-names-count", args)];
    const value = make((channel, index) => names[index] ?? `class ${channel}`);
    return { classes: { value, from: fromOption("classNames") }, findings: wrong };
  }
  const whole = sources.find(({ value }) => reported.every((channel) => value.has(channel)));
  if (whole === undefined) {
    const value = make((channel) => `class ${channel}`);
    const shown = formatList(value.map(({ name }) => `"${name}"`));
    const unknown = finding("class-names-unknown", { wanted: value.length, names: shown });
    return {
      classes: { value, from: "numbered, since nothing names them" },
      findings: value.length > 0 ? [unknown] : [],
    };
  }
  const value = make((channel) => whole.value.get(channel) ?? "");
  return { classes: { value, from: whole.from }, findings: mergeFindings(value, merged) };
}

/** Of a class that others win over not all of its channel is reported. */
function mergeFindings(
  classes: readonly ModelClass[],
  merged: readonly MergedChannel[] | undefined,
): Finding[] {
  const nameOf = (value: number): string =>
    classes.find((each) => each.value === value)?.name ?? String(value);
  return (merged ?? []).flatMap(({ value }, index, all) => {
    const winners = all.slice(0, index).map((each) => `"${nameOf(each.value)}"`);
    if (winners.length === 0) return [];
    const args = { name: nameOf(value), value, without: formatList(winners) };
    return [finding("classes-merged", args)];
  });
}
