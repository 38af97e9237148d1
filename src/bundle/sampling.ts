import { deflateRawSync } from "node:zlib";
import { collect, readContent } from "./content.js";
import type { BundleEntry } from "./plan-types.js";

/** Level at which `auto` deflates, and at which it samples. */
export const AUTO_LEVEL = 6;

/** An entry is deflated if that leaves at most this share of it. Float weights stay above. */
const WORTHWHILE = 0.91;

const BLOCK_SIZE = 64 * 1024;
const BLOCK_COUNT = 8;

/** Bytes of a sample, before and after deflating. */
export interface Sample {
  readonly plain: number;
  readonly deflated: number;
}

/** Whether deflating a file that behaves like `sample` saves enough to be worth its time. */
export function isWorthwhile({ plain, deflated }: Sample): boolean {
  return deflated <= plain * WORTHWHILE;
}

/**
 * Deflates a few blocks spread evenly over the entry (all of it where it is small).
 * The same bytes give the same sample.
 */
export async function sampleEntry(entry: BundleEntry): Promise<Sample> {
  let plain = 0;
  let deflated = 0;
  for (const start of blockStarts(entry.size)) {
    const end = Math.min(start + BLOCK_SIZE, entry.size);
    const block = await collect(readContent(entry, { start, end }));
    plain += block.length;
    deflated += deflateRawSync(block, { level: AUTO_LEVEL }).length;
  }
  return { plain, deflated };
}

/** Where the blocks of a sample begin: the first at 0, the last ending with the file. */
export function blockStarts(size: number): number[] {
  const whole = Math.ceil(size / BLOCK_SIZE);
  if (whole <= BLOCK_COUNT) return Array.from({ length: whole }, (_, i) => i * BLOCK_SIZE);
  const last = size - BLOCK_SIZE;
  return Array.from({ length: BLOCK_COUNT }, (_, i) => Math.floor((i * last) / (BLOCK_COUNT - 1)));
}
