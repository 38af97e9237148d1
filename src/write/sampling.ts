import { deflateRawSync } from "node:zlib";
import { giveBackChunk } from "../files/chunks.js";
import type { ByteRange } from "../files/source-file.js";
import type { BundleEntry } from "./bundle-plan.js";
import { collect, readContent } from "./entry-content.js";

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
  for await (const block of blocksOf(entry)) {
    plain += block.length;
    deflated += deflateRawSync(block, { level: AUTO_LEVEL }).length;
  }
  return { plain, deflated };
}

/** Reads the blocks one by one, or in one pass where the source has no way to skip. */
async function* blocksOf(entry: BundleEntry): AsyncGenerator<Uint8Array> {
  const ranges = blockStarts(entry.size).map((start) => ({
    start,
    end: Math.min(start + BLOCK_SIZE, entry.size),
  }));
  const { content } = entry;
  if (content.kind === "file" && content.file.sequential === true) {
    yield* cut(readContent(entry), ranges);
  } else {
    for (const range of ranges) yield await collect(readContent(entry, range));
  }
}

/** The ranges of a stream, which stand in the stream's order and don't overlap. */
async function* cut(
  chunks: AsyncIterable<Uint8Array>,
  ranges: readonly ByteRange[],
): AsyncGenerator<Uint8Array> {
  const rest = [...ranges];
  let pieces: Uint8Array[] = [];
  let position = 0;
  for await (const chunk of chunks) {
    const end = position + chunk.length;
    for (let range = rest[0]; range !== undefined && range.start < end; range = rest[0]) {
      const from = Math.max(0, range.start - position);
      pieces.push(Uint8Array.from(chunk.subarray(from, range.end - position)));
      if (range.end > end) break;
      yield Buffer.concat(pieces);
      pieces = [];
      rest.shift();
    }
    giveBackChunk(chunk);
    position = end;
  }
}

/**
 * Where the blocks of a sample begin: each in the middle of the part of the file that it stands for.
 * The two ends are not taken for more than they are: weights have a pickle in front and a directory
 * behind, which deflate well and are next to nothing of the file.
 */
export function blockStarts(size: number): number[] {
  const whole = Math.ceil(size / BLOCK_SIZE);
  if (whole <= BLOCK_COUNT) return Array.from({ length: whole }, (_, i) => i * BLOCK_SIZE);
  const middle = (i: number) => ((i + 0.5) * size) / BLOCK_COUNT;
  return Array.from({ length: BLOCK_COUNT }, (_, i) => Math.floor(middle(i) - BLOCK_SIZE / 2));
}
