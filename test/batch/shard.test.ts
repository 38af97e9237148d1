import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BatchItem, findItems } from "../../src/batch/items.js";
import { largestFirst, shardOf } from "../../src/batch/shard.js";

const items = fc
  .uniqueArray(fc.string({ minLength: 1 }), { maxLength: 60 })
  .chain((names) =>
    fc.tuple(
      ...names.map((bundle) => fc.record({ bundle: fc.constant(bundle), size: fc.nat(1e9) })),
    ),
  );
const count = fc.integer({ min: 1, max: 12 });

const partsOf = (all: readonly { bundle: string; size: number }[], parts: number) =>
  Array.from({ length: parts }, (_, i) => shardOf(all, { index: i + 1, count: parts }));

const total = (part: readonly { size: number }[]): number =>
  part.reduce((sum, { size }) => sum + size + 1, 0);

describe("the parts of a batch", () => {
  it("hold each item once", () => {
    fc.assert(
      fc.property(items, count, (all, parts) => {
        const names = partsOf(all, parts).flatMap((part) => part.map(({ bundle }) => bundle));
        expect(names.sort()).toEqual(all.map(({ bundle }) => bundle).sort());
      }),
    );
  });

  it("are the same whatever order the items come in", () => {
    fc.assert(
      fc.property(items, count, fc.infiniteStream(fc.nat()), (all, parts, random) => {
        const keys = new Map(all.map((item) => [item, random.next().value]));
        const shuffled = [...all].sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
        expect(partsOf(shuffled, parts)).toEqual(partsOf(all, parts));
      }),
    );
  });

  it("weigh the same but for less than one item", () => {
    fc.assert(
      fc.property(items, count, (all, parts) => {
        const weights = partsOf(all, parts).map(total);
        const largest = Math.max(0, ...all.map(({ size }) => size + 1));
        expect(Math.max(...weights) - Math.min(...weights)).toBeLessThanOrEqual(largest);
      }),
    );
  });

  it("are packed from the largest on", () => {
    fc.assert(
      fc.property(items, (all) => {
        const sizes = largestFirst(all).map(({ size }) => size);
        expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
      }),
    );
  });
});

it("divides the fixtures of the catalogue into parts of a size", async () => {
  const all: BatchItem[] = await findItems(["fixtures/catalogue"], "out", "zip");
  expect(all.length).toBeGreaterThan(15);
  const weights = partsOf(all, 4).map(total);
  expect(Math.max(...weights) / Math.min(...weights)).toBeLessThan(1.2);
});
