import { type Finding, finding } from "../../../findings/finding.js";
import { type Channel, knownChannel } from "../../../model/channels.js";
import { type Fact, fromOption, type Override } from "../../../model/facts.js";
import type { ModelInput } from "../../../model/spec.js";
import { asObject, asString } from "../../../text/json.js";
import { chooseChannels } from "../../mmar/derive/input.js";
import { shownModalities, stated } from "../../mmar/derive/modality.js";
import { METADATA, type MonaiBundle } from "../bundle.js";
import { type Component, keysOf } from "../config.js";
import { dataFormat } from "../kind.js";
import { inChannels } from "./classes.js";

/** What was found out about a bundle's input. */
export interface InputResult {
  readonly input: ModelInput;
  readonly findings: readonly Finding[];
  readonly overrides: readonly Override[];
}

/** The keys that the loaders of preprocessing read, but for labels: the images. */
export function imageKeys(bundle: MonaiBundle, transforms: readonly Component[]): string[] {
  const { config } = bundle;
  if (config === undefined) return [];
  const loaded = transforms
    .filter(({ name }) => /^Load/.test(name))
    .flatMap((transform) => keysOf(config, transform));
  return [...new Set(loaded)].filter((key) => !/^labels?$/.test(key));
}

/** Transforms by which a network takes clicks in channels of their own. */
const GUIDANCE = /Guidance|DeepEdit|DeepGrow/i;

/** Concludes what inference is fed with. */
export function deriveInput(
  bundle: MonaiBundle,
  transforms: readonly Component[],
  own: readonly Channel[],
): InputResult {
  const { config, metadata } = bundle;
  const findings: Finding[] = [];
  const loader = transforms.find(({ name }) => /^Load/.test(name));
  const key = imageKeys(bundle, transforms)[0] ?? "image";
  if (config !== undefined && loader === undefined && transforms.length > 0) {
    findings.push(finding("image-key-unclear", { assumed: key }, config.place("preprocessing")));
  }
  const counted = inChannels(bundle);
  const [network, other] = counted;
  let count: Fact<number> = network ?? { value: 1, from: "nothing says more" };
  const guided = transforms.filter(({ name }) => GUIDANCE.test(name));
  if (guided.length > 0 && config !== undefined) {
    const stated = guided.map((each) => config.arg(each, "number_intensity_ch"));
    const images = stated.find((value) => typeof value === "number") ?? 1;
    const clicks = count.value - images;
    if (clicks > 0) findings.push(finding("bundle-clicks", { clicks }));
    count = { value: images, from: `${guided[0]?.name} in ${config.path}` };
  } else if (network !== undefined && other !== undefined && other.value !== network.value) {
    const says = `that the image has ${other.value} channels`;
    const but = `${network.from} is ${network.value}`;
    findings.push(finding("metadata-wrong", { says, but }, placeOf(bundle, "num_channels")));
  }
  const channels = chooseChannels(namedChannels(metadata, count.value), key, count.value, own);
  return {
    input: { item: "object", imageKey: key, count, channels: channels.channels },
    findings: [...findings, ...channels.findings],
    overrides: own.map(({ name }) => ({ option: "channel", value: name, instead: undefined })),
  };
}

const placeOf = ({ metadata }: MonaiBundle, key: string) =>
  metadata?.place([...dataFormat(metadata).inputAt, key]);

/** The contrasts of `channel_def`, in the network's order, where all of them are known. */
function namedChannels(
  metadata: MonaiBundle["metadata"],
  count: number,
): Fact<readonly Channel[]> | undefined {
  const names = Object.entries(asObject(dataFormat(metadata).input.channel_def) ?? {})
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, name]) => asString(name) ?? "");
  const value = names.map(knownChannel).filter((channel) => channel !== undefined);
  const isWhole = names.length === count && value.length === count;
  return isWhole ? { value, from: `inputs.image.channel_def in ${METADATA}` } : undefined;
}

/** What was found out about the modalities that a bundle is for. */
interface ModalityResult {
  readonly modalities: Fact<readonly string[]> | undefined;
  readonly findings: readonly Finding[];
  readonly overrides: readonly Override[];
}

/** Concludes the modalities, by metadata.json's `modality`, or its `format: hounsfield`. */
export function deriveModality(
  bundle: MonaiBundle,
  wanted: readonly string[] | undefined,
): ModalityResult {
  const { metadata } = bundle;
  const { input } = dataFormat(metadata);
  const names = wordsOfModality(asString(input.modality));
  const isHounsfield = asString(input.format) === "hounsfield";
  const derived: Fact<readonly string[]> | undefined =
    names.length > 0
      ? { value: names, from: `inputs.image.modality in ${METADATA}` }
      : isHounsfield
        ? { value: ["CT"], from: `inputs.image.format hounsfield in ${METADATA}` }
        : undefined;
  if (wanted !== undefined) {
    const value = shownModalities(wanted);
    const instead = derived && shownModalities(derived.value);
    return {
      modalities: { value: wanted, from: fromOption("modality") },
      findings: [],
      overrides: [{ option: "modality", value, instead }],
    };
  }
  if (derived === undefined) {
    return { modalities: undefined, findings: [finding("modality-unknown", {})], overrides: [] };
  }
  const isOther = isHounsfield && !derived.value.includes("CT");
  const says = "Hounsfield units (inputs.image.format)";
  const but = `its modality is ${shownModalities(derived.value)}, whose values are none`;
  return {
    modalities: derived,
    findings: isOther ? [finding("metadata-wrong", { says, but }, placeOf(bundle, "format"))] : [],
    overrides: [],
  };
}

/** `Mammogram` is DICOM's MG; `none` is nothing. */
function wordsOfModality(text: string | undefined): string[] {
  if (text === undefined || /^(none|n\/?a|regular)?$/i.test(text.trim())) return [];
  return [...stated(text)];
}
