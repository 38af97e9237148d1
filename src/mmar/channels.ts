/** One condition on a DICOM series. */
export interface ChannelCondition {
  /** A DICOM keyword, or `Plane`: axial, coronal or sagittal, by the image orientation. */
  readonly attribute: ChannelAttribute;
  /** A regular expression that is looked for in the attribute's text, without regard to case. */
  readonly pattern: string;
  /** Whether the pattern must be absent. */
  readonly negate: boolean;
}

/** What conditions may look at. */
export const CHANNEL_ATTRIBUTES = [
  "SeriesDescription",
  "ProtocolName",
  "SequenceName",
  "ContrastBolusAgent",
  "ImageType",
  "DiffusionBValue",
  "Plane",
] as const;
export type ChannelAttribute = (typeof CHANNEL_ATTRIBUTES)[number];

/** Alternatives in the order of preference; all conditions of one have to hold. */
export type ChannelRules = readonly (readonly ChannelCondition[])[];

/** An image channel of the network, and how the series for it is found. */
export interface Channel {
  readonly name: string;
  readonly rules: ChannelRules;
}

const is = (attribute: ChannelAttribute, pattern: string): ChannelCondition => ({
  attribute,
  pattern,
  negate: false,
});
const not = (attribute: ChannelAttribute, pattern: string): ChannelCondition => ({
  attribute,
  pattern,
  negate: true,
});

/** What radiographers write for "with contrast medium". */
const CONTRAST = "(gd|gad|gado|post|\\bce\\b|ce\\b|t1c|c\\+|\\+c|\\+ ?contrast|contrast|\\bkm\\b)";
const ANYTHING = "\\S";
/** Series that were computed from others, or are no plain images. */
const DERIVED = "(sub(tract)?|mip\\b|perf|dti|\\bfa\\b|swi|t2 ?\\*|t2.?star|gre\\b|dwi|diff|adc)";

/** The same conditions on either of the two attributes in which people name a sequence. */
function named(
  conditions: (attribute: ChannelAttribute) => ChannelCondition[],
): ChannelCondition[][] {
  return (["SeriesDescription", "ProtocolName"] as const).map(conditions);
}

/** Prefers axial series, as the networks were trained on, to others that are called the same. */
function axialFirst(alternatives: ChannelCondition[][]): ChannelRules {
  return [...alternatives.map((all) => [...all, is("Plane", "axial")]), ...alternatives];
}

/** How series are found for the contrasts that the catalogue's models take. */
const KNOWN: Readonly<Record<string, ChannelRules>> = {
  T1c: axialFirst([
    ...named((a) => [is(a, "t1"), is(a, CONTRAST), not(a, "flair"), not(a, DERIVED)]),
    ...named((a) => [
      is(a, "t1"),
      is("ContrastBolusAgent", ANYTHING),
      not(a, "\\bpre\\b"),
      not(a, DERIVED),
    ]),
  ]),
  T1: axialFirst([
    ...named((a) => [
      is(a, "t1"),
      not(a, CONTRAST),
      not("ContrastBolusAgent", ANYTHING),
      not(a, DERIVED),
    ]),
    ...named((a) => [is(a, "t1"), is(a, "\\bpre\\b"), not(a, DERIVED)]),
  ]),
  T2: axialFirst(named((a) => [is(a, "t2"), not(a, "(flair|tirm|dark.?fluid)"), not(a, DERIVED)])),
  FLAIR: axialFirst(
    named((a) => [is(a, "(flair|tirm|dark.?fluid)"), not(a, "t1"), not(a, DERIVED)]),
  ),
  ADC: axialFirst([
    ...named((a) => [is(a, "(\\badc|adc\\b|apparent)"), not(a, "(eadc|exp)")]),
    [is("ImageType", "\\bADC\\b")],
  ]),
  DWI: axialFirst(named((a) => [is(a, "(dwi|diff|trace)"), not(a, "(adc|apparent)")])),
};

/** Other names of the contrasts, as data lists write them. */
const ALIASES: Readonly<Record<string, string>> = {
  t1c: "T1c",
  t1ce: "T1c",
  t1gd: "T1c",
  t1gad: "T1c",
  t1post: "T1c",
  t1: "T1",
  t1w: "T1",
  t1n: "T1",
  t2: "T2",
  t2w: "T2",
  flair: "FLAIR",
  t2f: "FLAIR",
  t2flair: "FLAIR",
  adc: "ADC",
  dwi: "DWI",
};

/**
 * The channel of a contrast by its name, in any of the usual spellings.
 *
 * @returns undefined where the name is no contrast that rules are known for
 */
export function knownChannel(name: string): Channel | undefined {
  const known = ALIASES[name.toLowerCase().replace(/[^a-z0-9]/g, "")];
  const rules = known === undefined ? undefined : KNOWN[known];
  return known === undefined || rules === undefined ? undefined : { name: known, rules };
}

/**
 * Reads a rule of the user's: `T1c=SeriesDescription:~t1.*(gd|post|ce)`. Behind the colon stands
 * the attribute's text, `~` and a regular expression, or `!` and either of them; several
 * conditions are joined by ` & `.
 *
 * @returns the channel with one alternative, or a sentence on what is wrong
 */
export function parseChannel(text: string): Channel | string {
  const at = text.indexOf("=");
  if (at < 1) return "has to be NAME=ATTRIBUTE:TEXT or NAME=ATTRIBUTE:~PATTERN";
  const conditions: ChannelCondition[] = [];
  for (const part of text.slice(at + 1).split(" & ")) {
    const condition = parseCondition(part.trim());
    if (typeof condition === "string") return condition;
    conditions.push(condition);
  }
  return { name: text.slice(0, at).trim(), rules: [conditions] };
}

function parseCondition(text: string): ChannelCondition | string {
  const [, attribute, bang, tilde, value] = /^(\w+)\s*:\s*(!?)(~?)(.*)$/.exec(text) ?? [];
  if (attribute === undefined || value === undefined || value === "") {
    return `has the condition "${text}", which is not ATTRIBUTE:TEXT or ATTRIBUTE:~PATTERN`;
  }
  const known = CHANNEL_ATTRIBUTES.find((name) => name.toLowerCase() === attribute.toLowerCase());
  if (known === undefined) {
    return `names ${attribute}; attributes are ${CHANNEL_ATTRIBUTES.join(", ")}`;
  }
  const pattern = tilde === "~" ? value : `^${value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`;
  try {
    new RegExp(pattern, "i");
  } catch {
    return `has "${value}", which is no regular expression`;
  }
  return { attribute: known, pattern, negate: bang === "!" };
}
