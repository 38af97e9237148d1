import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { pack, verify } from "../../src/index.js";
import { placeText } from "../../src/report/text.js";
import type { Json } from "../../src/text/json.js";
import { unzip } from "../support/bundles.js";
import { type BundleFiles, BY_HAND, writeTar, writeZip } from "../support/handmade.js";
import { changed, type Keys, REPOSITORY, scratch } from "../support/mmars.js";
import { messageOf } from "../support/words.js";
import { check } from "./check.js";

const folder = scratch();
const MDAI = "model/workspace/config_mdai.json";
/** What this project makes of spleen_ct. */
let ours: BundleFiles = {};

beforeAll(async () => {
  const target = join(folder, "ours.zip");
  await pack(join(REPOSITORY, "fixtures/spleen_ct"), { out: target });
  ours = Object.fromEntries([...(await unzip(target))].map(([path, { bytes }]) => [path, bytes]));
});

let count = 0;
/** A folder for one bundle, whose name stands in places. */
function place(name: string): string {
  const inner = join(folder, String(count++));
  mkdirSync(inner);
  return join(inner, name);
}

describe("an archive that is not to be trusted", () => {
  it.each(["zip", "tar.gz"] as const)(
    "finds each flipped bit and each cut of a %s",
    async (format) => {
      const path = place(`c.${format}`);
      const made = format === "zip" ? writeZip(path, BY_HAND) : await writeTar(path, BY_HAND);
      const bytes = readFileSync(made);
      expect((await verify(path)).ok).toBe(true);
      for (let at = 3; at < bytes.length; at += 23) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ 0x10;
        writeFileSync(path, flipped);
        const { ok, findings } = await verify(path, {}, { env: { PATH: "" } });
        // A time, a mode or a version in a header is covered by no checksum, and changes nothing.
        if (ok) expect(contentOf(flipped, format)).toEqual(contentOf(bytes, format));
        expect(findings.every((found) => messageOf(found) !== "")).toBe(true);
        writeFileSync(path, bytes.subarray(0, at));
        expect((await verify(path, {}, { env: { PATH: "" } })).ok, `cut at ${at}`).toBe(false);
      }
    },
  );
});

/** What of an archive counts: all of a tar but its gzip header, and of a zip the contents. */
function contentOf(bytes: Buffer, format: "zip" | "tar.gz"): unknown {
  return format === "tar.gz"
    ? gunzipSync(bytes)
    : Object.keys(BY_HAND).map((name) => bytes.indexOf(name) > 0);
}

/** What somebody might have put in the place of a value. */
const JUNK: readonly (Json | undefined)[] = [
  ...[
    undefined,
    null,
    true,
    -1,
    1.5,
    1e300,
    "",
    " ",
    ".",
    "..",
    "/",
    "../x",
    "a\\b",
    "constructor",
  ],
  ...["__proto__", "classification", "config/environment.json", [], [[]], {}, { name: 1 }, ["a"]],
];

describe("verify", () => {
  it("comes to a verdict whatever stands in config_mdai.json", async () => {
    const config = JSON.parse(String(ours[MDAI])) as Record<string, Json>;
    const keys: Keys[] = [...Object.keys(config), "mmar.inference_config", "mmar.set_env"].map(
      (key) => key.split("."),
    );
    const place = fc.constantFrom<Keys>(...keys, ["classes", 0], ["input", "channels"]);
    await fc.assert(
      fc.asyncProperty(place, fc.constantFrom(...JUNK), async (at, to) => {
        const text = JSON.stringify(changed(config, at, to));
        const path = writeZip(join(folder, "junk.zip"), { ...ours, [MDAI]: text });
        const { findings } = await verify(path, {}, { env: { PATH: "" } });
        for (const found of findings) {
          check(found, found.place === undefined ? {} : { at: placeText(found.place) });
        }
      }),
      { numRuns: 60 },
    );
  });
});
