/** What the page of a report tells its viewer. The page is written by run/page, this is its reader. */
export interface PageData {
  readonly stacks: readonly PageStack[];
  readonly classes: readonly PageClass[];
}

/** A class of the model. */
export interface PageClass {
  readonly class_index: number;
  readonly name: string;
  /** Red, green and blue from 0 to 255. */
  readonly colour: readonly [number, number, number];
}

/** A volume with masks on it. Files are ids of script elements that hold gzipped NIfTI in base64. */
export interface PageStack {
  readonly title: string;
  readonly volume: string;
  /** Where to look first, RAS mm. */
  readonly focus: readonly [number, number, number];
  /** The value of each of the 256 levels of the volume, rising. */
  readonly levels: readonly number[];
  readonly windows: readonly PageWindow[];
  /** From [column, row, frame, 1] to RAS mm, a row each. */
  readonly affine: readonly (readonly number[])[];
  /** The number of each frame among the images of its series, from 1; empty if not known. */
  readonly images: readonly number[];
  readonly layers: readonly PageLayer[];
  /** Label map of 1: a point on what is meant, 2: one on what is not; null without points. */
  readonly points: string | null;
  /** With a reference: where a class agrees with it. */
  readonly differences: readonly PageDifference[];
}

/** Values that are shown black and white. */
export interface PageWindow {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

/** A label map of classes that don't overlap. */
export interface PageLayer {
  readonly file: string;
  /** The label of each class index. */
  readonly values: Readonly<Record<string, number>>;
}

/** A label map of 1: both, 2: the mask alone, 3: the reference alone. */
export interface PageDifference {
  readonly class_index: number;
  readonly file: string;
}

/** Colours of a difference's three labels. */
export const DIFFERENCE_COLOURS = [
  [90, 195, 100],
  [230, 75, 60],
  [70, 120, 235],
] as const;

/** Colours of points on what is meant, and on what is not; COLOURS of mmar2mdai_run/clicks.py. */
export const POINT_COLOURS = [
  [255, 255, 255],
  [255, 140, 0],
] as const;
