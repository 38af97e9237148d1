import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { blockStarts, isWorthwhile, sampleEntry } from "../../src/write/sampling.js";
import { bytesEntry, fileEntry, noise, sourceOf, weights } from "./support.js";

const KB = 1024;
const TEXT = Buffer.from('{ "name": "component", "args": {} }\n'.repeat(50_000));
const isShrunk = async (bytes: Buffer) => isWorthwhile(await sampleEntry(bytesEntry("a", bytes)));

describe("what is worth deflating", () => {
  it.each<[string, Buffer, boolean]>([
    ["text", TEXT, true],
    ["a short text", TEXT.subarray(0, 300), true],
    ["zeros", Buffer.alloc(3_000_000), true],
    ["random bytes", noise(3_000_000), false],
    ["weights of floats", weights(700_000), false],
    ["few weights of floats", weights(2_000), false],
    ["what is too short to shrink", Buffer.from("ok\n"), false],
    [
      "weights, half of them zeros",
      Buffer.concat([weights(400_000), Buffer.alloc(1_600_000)]),
      true,
    ],
    ["text that ends in a few weights", Buffer.concat([TEXT, weights(10_000)]), true],
    [
      "weights that begin with a text",
      Buffer.concat([TEXT.subarray(0, 5000), weights(700_000)]),
      false,
    ],
    [
      "weights between a pickle and a directory, as PyTorch writes them",
      Buffer.concat([TEXT.subarray(0, 60_000), weights(700_000), TEXT.subarray(0, 30_000)]),
      false,
    ],
  ])("%s: decided by sampling", async (_, bytes, worthwhile) => {
    expect(await isShrunk(bytes)).toBe(worthwhile);
  });

  it("is what leaves at most 91 percent", () => {
    expect(isWorthwhile({ plain: 100, deflated: 91 })).toBe(true);
    expect(isWorthwhile({ plain: 100, deflated: 92 })).toBe(false);
  });
});

describe("blockStarts", () => {
  it("covers a small file wholly", () => {
    expect(blockStarts(0)).toEqual([]);
    expect(blockStarts(1)).toEqual([0]);
    expect(blockStarts(130 * KB)).toEqual([0, 64 * KB, 128 * KB]);
    expect(blockStarts(512 * KB)).toHaveLength(8);
  });

  it.each([512 * KB + 1, 300_000_001])("stands for each eighth of %i bytes", (size) => {
    const starts = blockStarts(size);
    expect(starts).toHaveLength(8);
    const middles = starts.map((start) => start + 32 * KB);
    for (const [i, middle] of middles.entries()) {
      expect(Math.abs(middle - ((i + 0.5) * size) / 8)).toBeLessThan(1);
    }
    expect(starts[0]).toBeGreaterThanOrEqual(0);
    expect((starts[7] ?? size) + 64 * KB).toBeLessThanOrEqual(size);
    expect(starts.every(Number.isInteger)).toBe(true);
    const gaps = starts.slice(1).map((start, i) => start - (starts[i] ?? 0));
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
  });
});

describe("sampleEntry", () => {
  it("reads of a large file no more than its sample", async () => {
    const size = 50_000_000;
    let read = 0;
    const file = {
      ...sourceOf("a", size, () => Readable.from([])),
      open: (range = { start: 0, end: size }) => {
        read += range.end - range.start;
        return Readable.from([Buffer.alloc(range.end - range.start)]);
      },
    };
    const sample = await sampleEntry(fileEntry(file));
    expect(sample.plain).toBe(512 * KB);
    expect(read).toBe(512 * KB);
  });

  it("says the same of the same bytes", async () => {
    const entry = bytesEntry("a", weights(500_000));
    expect(await sampleEntry(entry)).toEqual(await sampleEntry(entry));
  });

  it.each([1, 7, 512, 513, 3000])("says the same in one pass over %i KB", async (size) => {
    const bytes = Buffer.concat([TEXT, weights(600_000)]).subarray(0, size * KB + 5);
    const opened: unknown[] = [];
    const open = (range?: unknown) => {
      opened.push(range);
      const pieces = Array.from({ length: Math.ceil(bytes.length / 70_001) }, (_, i) =>
        bytes.subarray(i * 70_001, (i + 1) * 70_001),
      );
      return Readable.from(pieces);
    };
    const file = { ...sourceOf("a", bytes.length, open), sequential: true };
    expect(await sampleEntry(fileEntry(file))).toEqual(await sampleEntry(bytesEntry("a", bytes)));
    expect(opened).toEqual([undefined]);
  });
});
