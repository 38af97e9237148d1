import type { PageWindow } from "./page-data.js";

/** What the labels of a difference are, from 1. */
export const DIFFERENCE_NAMES = ["both", "model only", "reference only"];

/** What the labels of points are, from 1. */
export const POINT_NAMES = ["meant", "not meant"];

/** How dense white is in 3-D, so that masks inside the body are seen through it. */
const HAZE = 0.1;

/** Grey by level: what a window makes black and white, whatever values the levels stand for. */
export function windowMap(levels: readonly number[], { low, high }: PageWindow) {
  const grey = levels.map((value) =>
    Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low)))),
  );
  return {
    R: grey,
    G: grey,
    B: grey,
    A: grey.map((value) => Math.round(value * HAZE)),
    I: levels.map((_, i) => i),
  };
}

/** Colours of the labels 1, 2, 3 …; 0 is nothing. */
export function labelMap(
  colours: readonly (readonly [number, number, number])[],
  names: readonly string[],
  isShown: readonly boolean[] = colours.map(() => true),
) {
  const part = (channel: 0 | 1 | 2) => [0, ...colours.map((colour) => colour[channel])];
  return {
    R: part(0),
    G: part(1),
    B: part(2),
    A: [0, ...isShown.map((shown) => (shown ? 255 : 0))],
    I: [0, ...colours.map((_, index) => index + 1)],
    labels: ["", ...names],
  };
}

export type LabelMap = ReturnType<typeof labelMap>;
