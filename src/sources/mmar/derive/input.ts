import { type Finding, finding } from "../../../findings/finding.js";
import { type Channel, knownChannel } from "../../../model/channels.js";
import { type Fact, fromOption, type Override } from "../../../model/facts.js";
import type { ModelInput } from "../../../model/spec.js";
import { formatList } from "../../../text/format.js";
import { asList, asObject, asString, type Json } from "../../../text/json.js";
import { inCatalogue } from "../catalogue.js";
import { imageLoader } from "../components.js";
import { type Config, isTrue, modelMembers } from "../config.js";
import { ENVIRONMENT, type Mmar } from "../mmar.js";
import { isCount } from "./classes.js";

/** What was found out about a model's input. */
export interface InputResult {
  readonly input: ModelInput;
  readonly findings: readonly Finding[];
  readonly overrides: readonly Override[];
}

/**
 * Concludes what inference is fed with.
 *
 * @param key - the list of the data list that inference reads
 * @param own - the user's own channels, each with one alternative of rules
 */
export function deriveInput(
  mmar: Mmar,
  key: string | undefined,
  own: readonly Channel[],
): InputResult {
  const image = deriveImageKey(mmar);
  const first = key === undefined ? undefined : asList(mmar.dataList?.value[key])[0];
  const count = inputChannels(mmar, asObject(first)?.[image.key] ?? first);
  const named = namedChannels(mmar, count.value);
  const channels = chooseChannels(named, image.key, count.value, own);
  return {
    input: {
      item: itemForm(key),
      imageKey: image.key,
      count,
      channels: channels.channels,
    },
    findings: [...image.findings, ...channels.findings],
    overrides: own.map(({ name }) => ({ option: "channel", value: name, instead: undefined })),
  };
}

/**
 * Concludes what a model is fed with that takes one image, whatever its channels: a classifier, or
 * a model that takes clicks. What else it wants is told elsewhere.
 *
 * @param subject - such a model, in words
 * @param given - the other keys that it is given, where not any may be
 */
export function deriveSubject(
  mmar: Mmar,
  key: string | undefined,
  own: readonly Channel[],
  subject: string,
  given?: ReadonlySet<string>,
): InputResult {
  const image = deriveImageKey(mmar);
  const one = [{ name: image.key, rules: [] }];
  const unused = own
    .slice(0, 1)
    .map(() =>
      finding("option-without-use", { option: "channel", why: `${subject} takes one image` }),
    );
  return {
    input: {
      item: itemForm(key),
      imageKey: image.key,
      count: { value: 1, from: `${subject} takes one image` },
      channels: { value: one, from: "any image" },
    },
    findings: [
      ...image.findings.filter((f) => f.code !== "needs-more-than-image"),
      ...(given === undefined ? [] : notGiven(mmar, given)),
      ...unused,
    ],
    overrides: [],
  };
}

/** Keys that a loader loads and that nothing is given for. */
function notGiven({ inference }: Mmar, given: ReadonlySet<string>): Finding[] {
  if (inference === undefined) return [];
  const { loader, keys } = imageLoader(inference);
  const others = keys.slice(1).filter((key) => !given.has(key));
  if (loader === undefined || others.length === 0) return [];
  const args = { keys: others.join(", ") };
  return [finding("needs-more-than-image", args, inference.place(loader.at))];
}

function deriveImageKey({ inference }: Mmar): { key: string; findings: Finding[] } {
  if (inference === undefined) return { key: "image", findings: [] };
  const { loader, keys } = imageLoader(inference);
  const [key, ...others] = keys;
  if (loader === undefined || key === undefined) {
    const unclear = finding(
      "image-key-unclear",
      { assumed: "image" },
      inference.place(["pre_transforms"]),
    );
    return { key: "image", findings: [unclear] };
  }
  if (others.length === 0) return { key, findings: [] };
  const args = { keys: others.join(", ") };
  return { key, findings: [finding("needs-more-than-image", args, inference.place(loader.at))] };
}

/**
 * The form of an item that MONAI 0.8.1's load_decathlon_datalist takes, whatever the MMAR's own
 * list has: bare paths in the list "test", each of which it wraps into an object itself, and
 * objects in all others.
 */
const itemForm = (key: string | undefined): "string" | "object" =>
  key === "test" ? "string" : "object";

function inputChannels(mmar: Mmar, image: Json | undefined): Fact<number> {
  const stated = mmar.environment?.value.INPUT_CHANNELS;
  if (isCount(stated)) return { value: stated, from: `INPUT_CHANNELS in ${ENVIRONMENT}` };
  if (Array.isArray(image) && isCount(image.length)) {
    return { value: image.length, from: `the items of ${mmar.dataList?.path}` };
  }
  const network = networkInputChannels(mmar.inference) ?? networkInputChannels(mmar.train);
  return network ?? { value: 1, from: "nothing says more" };
}

function networkInputChannels(config: Config | undefined): Fact<number> | undefined {
  if (config === undefined) return undefined;
  for (const member of modelMembers(config)) {
    const channels = asObject(member.args)?.in_channels;
    if (isCount(channels) && !isTrue(member.disabled)) {
      return { value: channels, from: `the network's in_channels in ${config.file.path}` };
    }
  }
  return undefined;
}

interface ChannelsResult {
  readonly channels: Fact<readonly Channel[]>;
  readonly findings: readonly Finding[];
}

/**
 * Chooses between the channels that the model names and those of the user.
 *
 * @param derived - what the model names, all of them in the network's order; undefined where it does not
 * @param imageKey - what a single channel is called
 * @param own - the user's own channels, each with one alternative of rules
 */
export function chooseChannels(
  derived: Fact<readonly Channel[]> | undefined,
  imageKey: string,
  count: number,
  own: readonly Channel[],
): ChannelsResult {
  const mine = alternatives(own);
  if (count === 1 && mine.length === 0) {
    return {
      channels: { value: [{ name: imageKey, rules: [] }], from: "any series" },
      findings: [],
    };
  }
  const isWhole = mine.length === count && !mine.every(({ name }) => has(derived, name));
  if (isWhole || (derived === undefined && mine.length > 0)) {
    const channels = { value: mine, from: fromOption("channel") };
    return { channels, findings: mine.length === count ? [] : [wrongCount(mine, count)] };
  }
  if (derived === undefined) {
    const unknown = finding("channels-unknown", { channels: count });
    return { channels: { value: [], from: "not found" }, findings: [unknown] };
  }
  const strange = mine.filter(({ name }) => !has(derived, name));
  const findings = strange.map(({ name }) =>
    finding("channel-unknown-name", {
      name,
      has: formatList(derived.value.map((channel) => channel.name)),
    }),
  );
  const value = derived.value.map(
    (channel) => mine.find(({ name }) => isSameChannel(name, channel.name)) ?? channel,
  );
  const from = mine.length === 0 ? derived.from : `${derived.from}, and ${fromOption("channel")}`;
  return { channels: { value, from }, findings };
}

const isSameChannel = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const has = (channels: Fact<readonly Channel[]> | undefined, name: string): boolean =>
  channels?.value.some((channel) => isSameChannel(channel.name, name)) === true;

const wrongCount = (mine: readonly Channel[], count: number): Finding =>
  finding("channel-count", {
    names: formatList(mine.map(({ name }) => name)),
    given: mine.length,
    wanted: count,
  });

/** A channel that is named several times has its rules one after the other. */
function alternatives(own: readonly Channel[]): Channel[] {
  const channels: Channel[] = [];
  for (const { name, rules } of own) {
    const at = channels.findIndex((channel) => isSameChannel(channel.name, name));
    const before = channels[at];
    if (before === undefined) channels.push({ name, rules });
    else channels[at] = { name, rules: [...before.rules, ...rules] };
  }
  return channels;
}

/**
 * The contrasts in the network's order: from the data list's `modality`
 * (`{"0": "FLAIR", "1": "T1w", …}`), else from what is known of NGC's models.
 */
function namedChannels(mmar: Mmar, count: number): Fact<readonly Channel[]> | undefined {
  const modality = asObject(mmar.dataList?.value.modality) ?? {};
  const stated = Object.entries(modality)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, name]) => asString(name) ?? "");
  const model = inCatalogue(mmar.name);
  const sources = [
    { names: stated, from: `modality in ${mmar.dataList?.path}` },
    { names: model?.channels ?? [], from: `NGC's description of ${model?.name}` },
  ];
  for (const { names, from } of sources) {
    const channels = names.map(knownChannel).filter((c): c is Channel => c !== undefined);
    if (names.length === count && channels.length === count) return { value: channels, from };
  }
  return undefined;
}
