import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pack, verify } from "../../src/index.js";
import { Trust } from "../../src/weights/trust.js";
import { zipOf } from "../files/archives.js";
import { mmarMaker, scratch } from "../support/mmars.js";
import { EVIL } from "../support/pickles.js";

const make = mmarMaker();

it("a name is trusted as it is written, and it is remembered that it was met", () => {
  const trust = new Trust(["a.b", "c.d"]);
  expect([trust.allows("a.b"), trust.allows("a"), trust.allows("a.b.c")]).toEqual([
    true,
    false,
    false,
  ]);
  expect([trust.used, trust.unused]).toEqual([["a.b"], ["c.d"]]);
});

it("what the user trusts is packed, and stands in config_mdai.json and the manifest", async () => {
  const mmar = make();
  mmar.write("models/model.pt", zipOf([{ name: "model/data.pkl", data: EVIL }]));
  const out = join(scratch(), "a.zip");
  expect((await pack(mmar.path, { out })).ok).toBe(false);
  const trust = ["os.system", "mine.Net"];
  const packed = await pack(mmar.path, { out, trust, strict: true, manifest: true });
  expect(packed.ok).toBe(true);
  expect(packed.trusted).toEqual(["os.system"]);
  expect(packed.configMdai?.trust).toEqual(["os.system"]);
  const manifest = JSON.parse(readFileSync(`${out}.manifest.json`, "utf8")) as { trust: string[] };
  expect(manifest.trust).toEqual(["os.system"]);
  const verified = await verify(out);
  expect(verified.findings.map(({ code }) => code)).toEqual(["trust-in-bundle"]);
  expect((await verify(out, { strict: true })).ok).toBe(false);
});

it("a name alone can't be trusted", async () => {
  await expect(pack(make().path, { trust: ["system"] })).rejects.toThrow(/full name/);
});
