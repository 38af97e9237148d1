import { mkdirSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { openPromise } from "yauzl";
import { writeBundle } from "../../src/write/write.js";
import { type ChildResult, packInChild } from "./children.js";
import { bytesEntry, fill, optionsFor, planOf, scratch } from "./support.js";

const folder = scratch();
const MB = 1024 * 1024;

/** A folder with one sparse file, which takes no room. */
function sparse(name: string, size: number): string {
  const source = fill(join(folder, name), { "models/model.ts": "", "models/z.txt": "after it" });
  truncateSync(join(source, "models/model.ts"), size);
  return source;
}

async function pack(source: string, format: "zip" | "tar.gz"): Promise<ChildResult> {
  const target = join(folder, "out", "bundle");
  const options = { target, format, compression: "store", force: true } as const;
  const result = await packInChild({ folder: source, options });
  expect(result.error).toBeUndefined();
  return result;
}

beforeAll(() => mkdirSync(join(folder, "out")));
afterEach(() => rmSync(join(folder, "out", "bundle"), { force: true }));

describe.each(["zip", "tar.gz"] as const)("the memory that %s takes", (format) => {
  it("does not grow with the model", async () => {
    const few = await pack(sparse("few", 60 * MB), format);
    const many = await pack(sparse("many", 300 * MB), format);
    expect(many.peak - few.peak).toBeLessThan(40 * MB);
  });
});

it("a zip over 4 GB is Zip64, and is read back", { timeout: 600_000 }, async () => {
  const size = 4200 * MB;
  const result = await pack(sparse("huge", size), "zip");
  expect(result.size).toBeGreaterThan(size);
  expect(result.peak).toBeLessThan(150 * MB);
  const zip = await openPromise(join(folder, "out", "bundle"));
  const sizes: [string, number][] = [];
  for await (const entry of zip.eachEntry()) sizes.push([entry.fileName, entry.uncompressedSize]);
  expect(sizes).toEqual([
    ["models/model.ts", size],
    ["models/z.txt", 8],
  ]);
});

it("a zip below 4 GB is not Zip64", async () => {
  const target = join(folder, "small.zip");
  const { size } = await writeBundle(planOf([bytesEntry("a", "x")]), optionsFor(target));
  // Local header, name, byte; directory entry, name; end of the directory. Nothing of Zip64.
  expect(size).toBe(30 + 1 + 1 + 46 + 1 + 22);
});

it.each([65_534, 65_535, 65_536])(
  "a zip of %i entries is read back",
  { timeout: 600_000 },
  async (count) => {
    const target = join(folder, "crowded.zip");
    const entries = Array.from({ length: count }, (_, i) => bytesEntry(`${i}`, ""));
    await writeBundle(planOf(entries), optionsFor(target, { force: true }));
    const zip = await openPromise(target);
    expect(zip.entryCount).toBe(count);
    zip.close();
  },
);
