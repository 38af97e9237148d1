import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, gunzipSync, gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { MachineError, VerifyError } from "../../src/errors.js";
import type { ArchiveFormat } from "../../src/options/words.js";
import { type ExpectedArchive, type ExpectedEntry, readBack } from "../../src/write/readback.js";
import { writeBundle } from "../../src/write/write.js";
import { packInChild } from "./children.js";
import { bytesEntry, fill, MTIME, noise, optionsFor, planOf, scratch } from "./support.js";

const folder = scratch();
const TEXT = "much the same on each line\n".repeat(100);
const CONTENTS: [string, Buffer, number][] = [
  ["model/first.txt", Buffer.from(TEXT), 0o644],
  ["model/run.sh", Buffer.from("#!/bin/sh\n"), 0o755],
  ["model/model.ts", noise(2_000_000), 0o644],
];

const path = (format: ArchiveFormat) => join(folder, `good.${format}`);
const entries: ExpectedEntry[] = CONTENTS.map(([name, bytes, mode], i) => ({
  path: name,
  mode,
  size: bytes.length,
  crc32: crc32(bytes),
  compressed: i === 0,
}));
const expected = (format: ArchiveFormat): ExpectedArchive => ({
  format,
  mtime: MTIME.getTime(),
  entries,
});

beforeAll(async () => {
  const plan = planOf(CONTENTS.map(([name, bytes, mode]) => bytesEntry(name, bytes, mode)));
  for (const format of ["zip", "tar.gz"] as const) {
    await writeBundle(plan, optionsFor(path(format), { format }));
  }
});

function changeEntry(i: number, change: Partial<ExpectedEntry>): ExpectedEntry[] {
  return entries.map((entry, at) => (at === i ? { ...entry, ...change } : entry));
}

describe.each(["zip", "tar.gz"] as const)("readBack of a %s", (format) => {
  it("finds a good archive good", async () => {
    await expect(readBack(path(format), expected(format))).resolves.toBeUndefined();
  });

  it.each<[string, Partial<ExpectedArchive>, RegExp]>([
    ["an entry too many", { entries: entries.slice(0, 2) }, /no such entry|number of entries/],
    ["an entry missing", { entries: [...entries, ...changeEntry(0, {})] }, /number of entries/],
    ["another order", { entries: [...entries].reverse() }, /its name is/],
    ["another name", { entries: changeEntry(1, { path: "model/ruN.sh" }) }, /its name is/],
    ["another mode", { entries: changeEntry(1, { mode: 0o644 }) }, /its mode is/],
    ["another size", { entries: changeEntry(2, { size: 1_999_999 }) }, /its size is/],
    ["another content", { entries: changeEntry(2, { crc32: 1 }) }, /its CRC-32/],
    ["another time", { mtime: MTIME.getTime() + 2000 }, /its time is/],
  ])("finds %s", async (_, change, problem) => {
    const error = await readBack(path(format), { ...expected(format), ...change }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(VerifyError);
    expect(String(error)).toMatch(problem);
    expect(String(error)).toContain("Nothing was put in place.");
  });

  it("says so where the archive can't be read", async () => {
    const reading = readBack(join(folder, "nowhere"), expected(format));
    await expect(reading).rejects.toThrow(MachineError);
  });

  it("ends with the reason of its signal", async () => {
    const reason = new Error("enough");
    const reading = readBack(path(format), expected(format), AbortSignal.abort(reason));
    await expect(reading).rejects.toBe(reason);
  });

  it("finds a truncated archive wrong", async () => {
    const bytes = readFileSync(path(format));
    const cut = join(folder, `cut.${format}`);
    for (const length of [0, 10, 1000, bytes.length - 9000, bytes.length - 1]) {
      writeFileSync(cut, bytes.subarray(0, length));
      await expect(readBack(cut, expected(format)), `${length}`).rejects.toThrow(VerifyError);
    }
  });

  it("finds a flipped bit in any content", async () => {
    const bytes = readFileSync(path(format));
    const bad = join(folder, `bad.${format}`);
    for (let at = 700; at < bytes.length - 2000; at += 150_001) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      writeFileSync(bad, flipped);
      await expect(readBack(bad, expected(format)), `at ${at}`).rejects.toThrow(VerifyError);
    }
  });
});

it("finds another kind of compression in a zip", async () => {
  const change = { entries: changeEntry(0, { compressed: false }) };
  const reading = readBack(path("zip"), { ...expected("zip"), ...change });
  await expect(reading).rejects.toThrow("its compression method is 8, not 0");
});

it("finds a local header that says other than the directory", async () => {
  const bytes = readFileSync(path("zip"));
  bytes.write("M", 30);
  writeFileSync(join(folder, "local.zip"), bytes);
  const reading = readBack(join(folder, "local.zip"), expected("zip"));
  await expect(reading).rejects.toThrow("its local name is Model/first.txt");
});

it("finds an owner in a tar", async () => {
  const tar = gunzipSync(readFileSync(path("tar.gz")));
  // The first header's owner: 1000 in octal. The checksum counts the three digits that it adds.
  tar.write("001750", 108);
  const sum = Number.parseInt(tar.toString("latin1", 148, 154), 8) + 1 + 7 + 5;
  tar.write(sum.toString(8).padStart(6, "0"), 148);
  writeFileSync(join(folder, "owner.tar.gz"), gzipSync(tar));
  const reading = readBack(join(folder, "owner.tar.gz"), expected("tar.gz"));
  await expect(reading).rejects.toThrow("its owner is 1000:0");
});

describe("writeBundle", () => {
  it.each(["zip", "tar.gz"] as const)("refuses a %s that a disk spoils", async (format) => {
    const source = fill(join(folder, "source"), { "models/model.ts": noise(20_000_000) });
    const where = fill(join(folder, `spoilt-${format}`), { bundle: "old" });
    const options = {
      target: join(where, "bundle"),
      format,
      compression: "store",
      force: true,
    } as const;
    const result = await packInChild({ folder: source, options, flip: true });
    expect(result.error?.name).toBe("VerifyError");
    expect(result.error?.message).toContain("The archive was read back");
    expect(result.threads).toBe(1);
    expect(readFileSync(options.target, "utf8")).toBe("old");
    expect(readdirSync(where)).toEqual(["bundle"]);
  });
});
