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

/**
 * The contrasts whose series the deploy code finds by itself; its evidence and words stand in
 * templates/segmentation.
 */
export const CONTRASTS = ["T1c", "T1", "T2", "FLAIR", "ADC", "DWI"] as const;

/** What a channel shows. */
export type Contrast = (typeof CONTRASTS)[number];

/** An image channel of the network, and how the series for it is found. */
export interface Channel {
  readonly name: string;
  /** What it shows. The series is found by that where there are no rules. */
  readonly contrast?: Contrast;
  /** What is looked for, for a person. */
  readonly words?: string;
  readonly rules: ChannelRules;
}

/** What is looked for. */
const WORDS: Readonly<Record<Contrast, string>> = {
  T1c: "a T1 (by its times, or called T1, MPRAGE, BRAVO, SPGR, VIBE …) from after contrast medium (by the time of the injection, a word such as Gd, post, CE, KM or +C, or a ContrastBolusAgent that not all series have)",
  T1: "a T1 (by its times, or called T1, MPRAGE, BRAVO, SPGR, VIBE …) from before contrast medium (by the time of the injection, a word such as pre, native or without, or without anything that tells of contrast medium)",
  T2: "a T2 (by its times, or called T2) that is no FLAIR, STIR, DIR or T2*",
  FLAIR: "a FLAIR (by its inversion time, or called FLAIR, FLR, dark fluid or TIRM) that is no T1",
  ADC: "an ADC map (called ADC or apparent diffusion, or ADC in ImageType), not an exponential one",
  DWI: "a diffusion weighted image of the highest b-value from 400 on (by its b-value, or called DWI, diffusion or trace)",
};

/** Other names of the contrasts, as data lists write them. */
const ALIASES: Readonly<Record<string, Contrast>> = {
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
  hbv: "DWI",
  highb: "DWI",
};

/**
 * The channel of a contrast by its name, in any of the usual spellings.
 *
 * @returns undefined if no contrast is known by that name
 */
export function knownChannel(name: string): Channel | undefined {
  const key = name.toLowerCase().replace(/[^a-z0-9]/g, "");
  const contrast = Object.hasOwn(ALIASES, key) ? ALIASES[key] : undefined;
  if (contrast === undefined) return undefined;
  return { name: contrast, contrast, words: WORDS[contrast], rules: [] };
}
