import type { Shard } from "../options/schema.js";

/** What parts are made of. */
export interface Weighed {
  /** A name that none of the others has, the same on every machine. */
  readonly bundle: string;
  /** In bytes. */
  readonly size: number;
}

/**
 * The items of one part: the parts are disjoint, hold all items together, and weigh about the same:
 * from the largest on, each item goes to the part that is the lightest so far (Graham 1969; none is
 * heavier than 4/3 of the best division's heaviest). The same items give the same parts in any order.
 *
 * @returns from the largest to the smallest
 */
export function shardOf<T extends Weighed>(items: readonly T[], { index, count }: Shard): T[] {
  const weights = new Array<number>(count).fill(0);
  return largestFirst(items).filter(({ size }) => {
    const lightest = weights.indexOf(Math.min(...weights));
    // A file of no bytes takes time as well.
    weights[lightest] = (weights[lightest] ?? 0) + size + 1;
    return lightest === index - 1;
  });
}

/** From the largest to the smallest, so that no large one is left to the end. */
export function largestFirst<T extends Weighed>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => b.size - a.size || (a.bundle < b.bundle ? -1 : 1));
}
