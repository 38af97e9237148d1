import type { FirstFrame, ImageForm, OutputForm, Scores, Window } from "../options/words.js";
import type { Channel } from "./channels.js";
import type { Fact, Override } from "./facts.js";

/** The generations of Clara Train that differ in their configs. */
export const CLARA_GENERATIONS = ["tensorflow", "4.0", "4.1", "unknown"] as const;

/** What models are made for: a generation of Clara Train, or MONAI's bundles. */
export const GENERATIONS = [...CLARA_GENERATIONS, "monai-bundle"] as const;

/** A class that the model reports; the background is none. */
export interface ModelClass {
  /** Position in the list of classes, from 0: MD.ai's class_index. */
  readonly classIndex: number;
  readonly name: string;
  /** Its value in a label map, or its index on the channel axis. */
  readonly value: number;
}

/** More channels than a label map of 16 bits has values are a mistake, and would fill the memory. */
export const MOST_CHANNELS = 65_535;

/** What inference writes, and where. */
export interface Output {
  readonly form: OutputForm;
  /** What the saver puts behind the input's name: `trans` unless the config says otherwise. */
  readonly postfix: string;
  readonly extension: ".nii.gz" | ".nii";
  /** Whether it is written to no file, but stays in the process. */
  readonly isInMemory?: boolean | undefined;
  /** Whether every result lies in a folder of its own. */
  readonly separateFolder: boolean;
  /** For `channels`: a value above it counts. */
  readonly threshold: number;
  /** Channels that the post transforms speak of (`to_onehot`, `n_classes`), if they do. */
  readonly channels: number | undefined;
  /** The network's channels that are written, where the post transforms choose some of them. */
  readonly chosen?: (ChannelChoice & { readonly hasBackground: boolean }) | undefined;
  /** What says so, in words for people. */
  readonly from: string;
}

/** Channels of the network, counted from 0, up to the last one where `to` is not given. */
export interface ChannelChoice {
  readonly from: number;
  /** The one behind the last. */
  readonly to: number | undefined;
}

/** What inference is fed with. */
export interface ModelInput {
  /** Form of an item of the data list; see schemas/config_mdai.schema.json. */
  readonly item: "string" | "object";
  /** The key that holds the image in an item. */
  readonly imageKey: string;
  /** Number of image channels of the network. */
  readonly count: Fact<number>;
  /** The channels in the network's order; a single one takes any series. */
  readonly channels: Fact<readonly Channel[]>;
}

/** A threshold that the user sets, for one class or for all. */
export interface Threshold {
  readonly name: string | undefined;
  readonly value: number;
}

/** The values that the darkest and the brightest of an image's format become. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** What a classification model is fed with besides what every model is, and what it writes. */
export interface Classifier {
  readonly form: Fact<ImageForm>;
  /** What the format's range of a picture is stretched to; undefined for values as they are. */
  readonly range: Fact<ValueRange | undefined>;
  readonly window: Fact<Window>;
  /** The key of the mask in an item of the data list, where the network wants one. */
  readonly mask: { readonly key: string; readonly builtin: boolean } | undefined;
  readonly scores: Fact<Scores>;
  /** The scores' file in the output folder. */
  readonly file: string;
  readonly delimiter: string;
}

/** How a model is told what to segment, besides by its image. */
export type Clicks = DeepgrowClicks | ExtremePoints;

/** Clicks on what is meant, and on what is not. */
export interface DeepgrowClicks {
  readonly kind: "deepgrow";
  /** 2: each slice is segmented by its own clicks; 3: the whole volume by all of them. */
  readonly dimensions: 2 | 3;
  /** The keys that the pre transforms have the clicks under. */
  readonly foregroundKey: string;
  readonly backgroundKey: string;
}

/** The outermost points of what is meant. */
export interface ExtremePoints {
  readonly kind: "extreme_points";
  readonly dimensions: 3;
  /** The key of the volume whose only voxels are the points. */
  readonly labelKey: string;
  /** How many points it takes at least. */
  readonly points: number;
}

/** What the user says of the clicks of a model. */
export interface ClickOverrides {
  readonly backgroundLabel?: readonly string[] | undefined;
  readonly firstFrame?: FirstFrame | undefined;
}

/** A class with the probability above which it is reported; null where it never is. */
export interface ScoredClass extends ModelClass {
  readonly threshold: number | null;
}

/** What the user says of a classifier instead of what would be derived. */
export interface ClassifierOverrides {
  readonly threshold?: readonly Threshold[] | undefined;
  readonly negativeClass?: string | undefined;
  readonly lungMask?: "builtin" | undefined;
  readonly window?: Window | undefined;
  readonly scores?: Scores | undefined;
  readonly imageForm?: ImageForm | undefined;
}

/** What the user says instead of what would be derived. */
export interface Overrides extends ClassifierOverrides, ClickOverrides {
  readonly task?: string | undefined;
  readonly outClasses?: number | undefined;
  readonly classNames?: readonly string[] | undefined;
  readonly dataListKey?: string | undefined;
  /** Channels of the image with rules of the user's own. */
  readonly channel?: readonly Channel[] | undefined;
  /** DICOM modalities of the images; an empty list takes any. */
  readonly modality?: readonly string[] | undefined;
}

/**
 * What a model is, whatever it was read from and whatever runs it: each value with where it comes
 * from; undefined is what could not be derived.
 */
export interface ModelSpec {
  readonly task: Fact<string> | undefined;
  readonly dataListKey: Fact<string> | undefined;
  readonly outClasses: Fact<number> | undefined;
  readonly classes: Fact<readonly (ModelClass & Partial<ScoredClass>)[]> | undefined;
  readonly output: Output | undefined;
  readonly input: ModelInput;
  /** DICOM modalities of the images that it takes; any where the list is empty or not known. */
  readonly modalities?: Fact<readonly string[]> | undefined;
  /** Of a classification model: what it reads and writes, instead of `output`. */
  readonly classifier: Classifier | undefined;
  /** Of a model that is told what to segment: how it is told. */
  readonly clicks?: Fact<Clicks> | undefined;
  /** Labels that mark what is not meant, by name or id. */
  readonly backgroundLabels?: readonly string[] | undefined;
  /** What the frame numbers of annotations count from; undefined for what fits. */
  readonly firstFrame?: FirstFrame | undefined;
  /** The files of weights that the source names, whether they are there or not. */
  readonly weights: readonly NamedWeights[];
  /** What the user said instead of what would have been derived. */
  readonly overrides: readonly Override[];
}

/** A file of weights, as the source names it. */
export interface NamedWeights {
  /** What it is to be: `TorchScript`, `checkpoint`. */
  readonly role: string;
  /** Its path, with what says so; undefined where nothing does. */
  readonly path: Fact<string> | undefined;
}
