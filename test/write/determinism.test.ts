import { chmodSync, cpSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { ArchiveFormat, Compression } from "../../src/options/words.js";
import { writeBundle } from "../../src/write/write.js";
import { packInChild } from "./children.js";
import { fill, noise, optionsFor, planOfFolder, scratch, weights } from "./support.js";

const folder = scratch();
const first = join(folder, "first");
const second = join(folder, "second");

const WORLDS = [
  { env: { TZ: "UTC", LC_ALL: "C" }, setup: "umask 022" },
  { env: { TZ: "Asia/Kathmandu", LC_ALL: "de_DE.UTF-8" }, setup: "umask 077" },
  { env: { TZ: "America/St_Johns", LANG: "tr_TR.UTF-8" }, setup: "umask 000" },
];

beforeAll(() => {
  fill(first, {
    "commands/infer.sh": "#!/bin/sh\n",
    "config/Z.json": "{}",
    "config/a.json": `{${" ".repeat(5000)}}`,
    "config/ä.json": "[]",
    "models/model.pt": weights(700_000),
    "models/model.ts": noise(2_500_000),
    // Enough for a thread to be worth its start.
    "resources/zeros.bin": Buffer.alloc(17_000_000),
    "docs/text.txt": "much the same on each line\n".repeat(100_000),
  });
  chmodSync(join(first, "commands/infer.sh"), 0o755);
  cpSync(first, second, { recursive: true });
  chmodSync(join(second, "config/a.json"), 0o600);
  utimesSync(join(second, "config/a.json"), new Date(0), new Date(0));
});

describe.each<[ArchiveFormat, Compression]>([
  ["zip", "auto"],
  ["zip", "max"],
  ["tar.gz", "auto"],
  ["tar.gz", "store"],
  ["tar.gz", "max"],
])("%s at %s", (format, compression) => {
  it("has the same bytes whatever the time zone, locale, umask and the files' times", async () => {
    const digests = new Set<string | undefined>();
    const runs = WORLDS.flatMap((world) => [first, second].map((source) => ({ world, source })));
    for (const { world, source } of runs) {
      const target = join(folder, "child");
      const options = { target, format, compression, force: true };
      const result = await packInChild({ folder: source, options }, world);
      expect(result.error).toBeUndefined();
      expect(result.threads).toBe(1);
      digests.add(result.sha256);
    }
    const target = join(folder, `here-${compression}.${format}`);
    const mtime = new Date("1980-01-01T00:00:00Z");
    const options = optionsFor(target, { format, compression, mtime });
    digests.add((await writeBundle(await planOfFolder(first), options)).sha256);
    expect(digests.size).toBe(1);
  });
});

it("carries SOURCE_DATE_EPOCH, and with it the same bytes", async () => {
  const env = { SOURCE_DATE_EPOCH: "1700000000" };
  const pack = (TZ: string) => {
    const options = { ...optionsFor(join(folder, `epoch-${TZ.length}`)), force: true };
    return packInChild({ folder: first, options }, { env: { ...env, TZ } });
  };
  const [here, there] = [await pack("UTC"), await pack("Asia/Tokyo")];
  expect(here.sha256).toBe(there.sha256);
  const local = readFileSync(join(folder, "epoch-3")).subarray(10, 14);
  // 2023-11-14 22:13:20 as DOS keeps it: time, then date.
  expect([local.readUInt16LE(0), local.readUInt16LE(2)]).toEqual([
    (22 << 11) | (13 << 5) | 10,
    (43 << 9) | (11 << 5) | 14,
  ]);
});
