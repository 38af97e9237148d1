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
type ChannelAttribute = (typeof CHANNEL_ATTRIBUTES)[number];

/** Alternatives in the order of preference; all conditions of one have to hold. */
export type ChannelRules = readonly (readonly ChannelCondition[])[];

/** An image channel of the network, and how the series for it is found. */
export interface Channel {
  readonly name: string;
  /** What the rules look for, for a person. */
  readonly words?: string;
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

/**
 * One of several words. Names are written with blanks, underscores and digits between words
 * (`t1_mprage_sag_KM`, `3DT1`), so that a word ends at anything but a letter.
 */
const word = (...words: string[]): string => `(?<![a-z])(${words.join("|")})(?![a-z])`;

const T1 = "(t1(?!\\d)|mp2?rage|bravo|spgr)";
const T2 = "t2(?!\\d)";
const FLAIR = "(flair|dark.?fluid|da-?fl(?![a-z]))";
const INVERSION = "(tirm|stir)";
const DIFFUSION = word("dwi", "[a-z]*diff[a-z]*", "trace[a-z]*");
const ADC = `(${word("d?adc", "adc.?map")}|apparent.?diff)`;

/** What radiographers write for "with contrast medium". */
const CONTRAST = `(${word(
  "gd",
  "gad[a-z]*",
  "(?!poste)post[a-z]*",
  "ce",
  "km",
  "mdc",
  "inj[a-z]*",
  "enh[a-z]*",
  "[ck]ontrast[a-z]*",
)}|t1(ce?|gd|gad[a-z]*|km|post[a-z]*)(?![a-z])|c ?\\+|\\+ ?[ck](?![a-z]))`;

/** What they write for "without", which words for contrast medium may follow. */
const PLAIN = word(
  "pre((con|gd|gad|inj|enh)[a-z]*)?",
  "nativ[a-z]*",
  "plain",
  "unenh[a-z]*",
  "non?[ _-]?(con|gd|gad|enh)[a-z]*",
  "without",
  "w/?o",
  "ohne",
  "vor",
  "sans",
  "avant",
  "sin",
  "sem",
  "senza",
  "zonder",
);

/** An agent that was given: forms have to be filled in where none was, too. */
const AGENT = "^(?!(no|none|non|nil|n|n/?a|-+|0|without.*|unenhanced)$).";

/** Series that were computed from others, or show no plain anatomy. */
const DERIVED = word(
  "sub[a-z]*",
  "m(in)?ips?",
  "perf[a-z]*",
  "pwi",
  "dsc",
  "dce",
  "dyn[a-z]*",
  "[a-z]*cb[vf]",
  "[a-z]*mtt",
  "ttp",
  "tmax",
  "ktrans",
  "dti",
  "fa",
  "swi[a-z]*",
  "swan",
  "asl",
  "bold",
  "fmri",
  "dwi",
  "[a-z]*diff[a-z]*",
  "trace[a-z]*",
  "[a-z]*adc[a-z]*",
  "map(s|ping)?",
  "tof",
  "mr[av]",
  "angio[a-z]*",
  "loc[a-z]*",
  "scout",
  "survey",
  "fusion",
  "colou?r[a-z]*",
);

/** T2*, which is another contrast than T2. */
const T2_STAR = `(t2w?[ _-]?(\\*|star)|${word("gre", "ffe", "ha?emo[a-z]*", "epi", "ep2d", "fl[23]d")})`;

/** Marks a series that is usable, but second to one without the mark: fat saturated, reformatted. */
const SECOND_CHOICE = word(
  "fs",
  "fat[ _-]?sat[a-z]*",
  "spai?r",
  "dixon",
  "haste",
  "ss[ _-]?h?f?se",
  "mpr",
  "re?fo?r?mat[a-z]*",
  "recon[a-z]*",
  "blade",
  "propeller",
);

/** A description that names any contrast is believed rather than the protocol's name. */
const ANY_NAME = `(${T1}|${T2}|${FLAIR}|${INVERSION}|${word("pd")})`;

/**
 * Conditions on the SeriesDescription, or else on the ProtocolName: some scanners write the same
 * for all series of an examination there, and it stays as it was in what is computed from a series.
 */
function named(
  has: readonly string[],
  lacks: readonly string[],
  ...more: ChannelCondition[]
): ChannelCondition[][] {
  const all = (on: ChannelAttribute, make: typeof is, patterns: readonly string[]) =>
    patterns.map((pattern) => make(on, pattern));
  const plain = all("SeriesDescription", not, lacks);
  return [
    [...all("SeriesDescription", is, has), ...plain, ...more],
    [
      ...all("ProtocolName", is, has),
      ...all("ProtocolName", not, lacks),
      ...plain,
      not("SeriesDescription", ANY_NAME),
      ...more,
    ],
  ];
}

/**
 * A contrast's channel. Prefers plain axial series, as the networks were trained on, among those that are equally
 * certain to be of the contrast.
 */
function known(
  name: string,
  words: string,
  ...certainties: ChannelCondition[][][]
): Required<Channel> {
  const axial = is("Plane", "axial");
  const rules = certainties.flatMap((alternatives) => [
    ...alternatives.map((all) => [...all, axial, not("SeriesDescription", SECOND_CHOICE)]),
    ...alternatives.map((all) => [...all, axial]),
    ...alternatives,
  ]);
  return { name, words, rules };
}

/** How series are found for the contrasts that the catalogue's models take. */
const KNOWN: Readonly<Record<string, Required<Channel>>> = {
  T1c: known(
    "T1c",
    "T1 (or MPRAGE, BRAVO, SPGR) with a word for contrast medium, such as Gd, post, CE, KM or +C, in SeriesDescription or ProtocolName, or with a ContrastBolusAgent",
    named([T1, CONTRAST], [PLAIN, DERIVED]),
    named([T1], [PLAIN, DERIVED], is("ContrastBolusAgent", AGENT)),
  ),
  T1: known(
    "T1",
    "T1 (or MPRAGE, BRAVO, SPGR) with a word such as pre or native in SeriesDescription or ProtocolName, or without words for contrast medium and without a ContrastBolusAgent",
    named([T1, PLAIN], [DERIVED]),
    named([T1], [CONTRAST, DERIVED], not("ContrastBolusAgent", AGENT)),
  ),
  T2: known(
    "T2",
    "T2, but no FLAIR, STIR or T2*, in SeriesDescription or ProtocolName",
    named([T2], [CONTRAST, FLAIR, INVERSION, T2_STAR, DERIVED]),
    named([T2], [FLAIR, INVERSION, T2_STAR, DERIVED]),
  ),
  FLAIR: known(
    "FLAIR",
    "FLAIR, dark fluid or TIRM, but no T1, in SeriesDescription or ProtocolName",
    named([FLAIR], [T1, CONTRAST, DERIVED]),
    named([FLAIR], [T1, DERIVED]),
    named(["tirm"], [T1, DERIVED]),
  ),
  ADC: known("ADC", "ADC or apparent diffusion in SeriesDescription, or ADC in ImageType", [
    [is("SeriesDescription", ADC), not("SeriesDescription", word("eadc", "exp[a-z]*"))],
    [is("ImageType", "(^|\\\\)ADC"), not("SeriesDescription", word("eadc", "exp[a-z]*"))],
  ]),
  DWI: known(
    "DWI",
    "DWI, diffusion or trace, but no ADC, in SeriesDescription or ProtocolName",
    named([DIFFUSION], [ADC, word("eadc", "exp[a-z]*", "dti", "fa")]),
  ),
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
 * @returns undefined if no rules are known for that name
 */
export function knownChannel(name: string): Channel | undefined {
  return KNOWN[ALIASES[name.toLowerCase().replace(/[^a-z0-9]/g, "")] ?? ""];
}
