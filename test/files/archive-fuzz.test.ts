import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { ArchiveFault } from "../../src/errors.js";
import { openInput } from "../../src/files/open.js";
import { readAll } from "../../src/files/source-file.js";
import { pack } from "../../src/index.js";
import { unzip } from "../support/bundles.js";
import { mmarMaker, scratch } from "../support/mmars.js";
import { archiveOf, tarOf, zipOf } from "./archives.js";

const folder = scratch();
const make = mmarMaker();

/** What the good archives hold. */
const CONTENT: Readonly<Record<string, string>> = {
  "config/environment.json": '{"MMAR_CKPT": "models/model.pt"}',
  "models/model.pt": "weights ".repeat(200),
  "commands/infer.sh": "#!/bin/sh\n",
  "docs/ünder.txt": "",
};

/** Ways to spoil an archive: bytes that change, a piece that goes, and an end that is not there. */
const spoiling = fc.record({
  flips: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 4 }),
  cut: fc.option(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 600 })), { freq: 1 }),
  end: fc.option(fc.nat(), { freq: 1 }),
});

type Spoiling = typeof spoiling extends fc.Arbitrary<infer T> ? T : never;

function spoilt(good: Buffer, { flips, cut, end }: Spoiling): Buffer {
  let bytes = Buffer.from(good);
  for (const [at, mask] of flips) {
    const i = at % bytes.length;
    bytes[i] = (bytes[i] ?? 0) ^ mask;
  }
  if (cut !== null) {
    const at = cut[0] % bytes.length;
    bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + cut[1])]);
  }
  return end === null ? bytes : bytes.subarray(0, end % bytes.length);
}

/** What an archive says it holds: nothing where it is refused, now or while it is read. */
async function contentOf(path: string): Promise<ReadonlyMap<string, string> | undefined> {
  const opened = await openInput(path);
  const { input: source } = opened;
  if (source === undefined) {
    expect(new Set(opened.findings.map(({ severity }) => severity))).toEqual(new Set(["error"]));
    return undefined;
  }
  try {
    const texts = new Map<string, string>();
    for (const file of source.files) texts.set(file.path, (await readAll(file)).toString());
    return texts;
  } catch (error) {
    if (error instanceof ArchiveFault) return undefined;
    throw error;
  } finally {
    await source.close();
  }
}

const RUNS = { numRuns: 600 };

describe("a spoilt archive is refused, or has the right content", () => {
  const entries = Object.entries(CONTENT).map(([name, data]) => ({ name, data }));
  const full = new Map(Object.entries(CONTENT).filter(([, text]) => text !== ""));
  const zips = {
    deflated: zipOf(entries),
    stored: zipOf(entries.map((entry) => ({ ...entry, method: 0 }))),
  };

  it.each(Object.entries(zips))("zip, %s", async (_, good) => {
    const path = join(folder, "spoilt.zip");
    let taken = 0;
    const isSafe = async (how: Spoiling) => {
      const bytes = spoilt(good, how);
      writeFileSync(path, bytes);
      const texts = await contentOf(path);
      if (texts === undefined) return;
      taken += 1;
      // An empty file is a folder where its mode says so; all others are there as they were.
      const whole = [...texts].filter(([, text]) => text !== "");
      expect(new Map(whole)).toEqual(full);
    };
    await fc.assert(fc.asyncProperty(spoiling, isSafe), RUNS);
    expect(taken).toBeGreaterThan(10);
  });

  it("tar.gz", async () => {
    const good = gzipSync(await tarOf(entries));
    const path = join(folder, "spoilt.tgz");
    const isSafe = async (how: Spoiling) => {
      writeFileSync(path, spoilt(good, how));
      const texts = await contentOf(path);
      if (texts !== undefined) expect(Object.fromEntries(texts)).toEqual(CONTENT);
    };
    await fc.assert(fc.asyncProperty(spoiling, isSafe), RUNS);
  });

  it("tar, whose contents have no checksums", async () => {
    const good = await tarOf(entries);
    const path = join(folder, "spoilt.tar");
    await fc.assert(
      fc.asyncProperty(spoiling, async (how) => {
        writeFileSync(path, spoilt(good, how));
        for (const text of (await contentOf(path))?.values() ?? []) {
          expect(text.length).toBeLessThan(2 * good.length);
        }
      }),
      RUNS,
    );
  });
});

describe("packing a spoilt zip", () => {
  let good: Buffer;
  let bundle: ReadonlyMap<string, Buffer>;
  const env = { SOURCE_DATE_EPOCH: "1600000000" };

  beforeAll(async () => {
    const zip = await archiveOf("zip, deflated", make().path, join(folder, "whole"), "m");
    const { target } = await pack(zip, { out: folder }, { env });
    good = readFileSync(zip);
    bundle = await contents(target);
  });

  // No checksum covers the bits of an entry's mode: one that flips makes a file run, or not.
  const contents = async (path: string): Promise<ReadonlyMap<string, Buffer>> =>
    new Map([...(await unzip(path))].map(([name, { bytes }]) => [name, bytes]));

  it("gives the same contents, or none and a reason", async () => {
    const path = join(folder, "spoilt whole.zip");
    const isSafe = async (how: Spoiling) => {
      writeFileSync(path, spoilt(good, how));
      const out = mkdtempSync(join(folder, "out "));
      const result = await pack(path, { out }, { env });
      const written = readdirSync(out);
      if (result.ok) expect(await contents(result.target)).toEqual(bundle);
      else expect(result.findings.some(({ severity }) => severity === "error")).toBe(true);
      expect(written).toHaveLength(result.ok ? 1 : 0);
    };
    await fc.assert(fc.asyncProperty(spoiling, isSafe), { numRuns: 150 });
  });
});
