import { chmodSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { inspect, pack } from "../../src/index.js";
import { archiveOf, FORMS, type Form } from "../files/archives.js";
import { codesOf, type FixtureName, mmarMaker, scratch } from "../support/mmars.js";

const make = mmarMaker();
const folder = scratch();
const env = { SOURCE_DATE_EPOCH: "1600000000" };
let count = 0;

const packed = async (path: string, name: string): Promise<Buffer> => {
  const out = join(folder, `${count++}-${name}.zip`);
  const result = await pack(path, { out }, { env });
  expect(codesOf(result).filter((code) => code.startsWith("archive"))).toEqual([]);
  expect(result.ok).toBe(true);
  return readFileSync(out);
};

describe("a bundle of an archived MMAR", () => {
  const fixtures: FixtureName[] = ["spleen_ct", "liver_tumor_ct", "lung_resampled"];
  const forms = Object.keys(FORMS) as Form[];
  it.each(forms.map((form, i) => [form, fixtures[i % fixtures.length] ?? "spleen_ct"] as const))(
    "has the same bytes as that of the folder: %s",
    async (form, fixture) => {
      const mmar = make(fixture, "a model");
      mmar.write("resources/run", "#!/bin/sh\n").write("events.out.tfevents.1", "left out");
      mmar.write("models/large.bin", Buffer.alloc(3_000_000, "weights, of a kind; "));
      mmar.write("docs/Ünder.txt", "ü");
      chmodSync(mmar.file("resources/run"), 0o755);
      const below = await archiveOf(form, mmar.path, join(folder, `below ${count}`), "a model");
      mkdirSync(join(folder, `${count} top`));
      const top = await archiveOf(form, mmar.path, join(folder, `${count} top/a model`), false);
      const wanted = await packed(mmar.path, "folder");
      expect((await packed(below, "below")).equals(wanted)).toBe(true);
      expect((await packed(top, "top")).equals(wanted)).toBe(true);
    },
  );

  it("is made with the same findings and facts", async () => {
    const mmar = make("spleen_ct", "m").env("PROCESSING_TASK", undefined);
    mmar.write("docs/A.txt", "a").write("docs/a.txt", "a");
    const zip = await archiveOf("zip, deflated", mmar.path, join(folder, "facts"), "m");
    const [of, from] = [await inspect(zip), await inspect(mmar.path)];
    expect(of.findings).toEqual(from.findings);
    expect(codesOf(of)).toContain("name-case-clash");
    expect(of.model).toEqual(from.model);
    expect(of.rootFolder).toEqual({ value: "m", from: "the folder's name" });
  });

  it("is named after the archive", async () => {
    const mmar = make("spleen_ct");
    const out = dirname(mmar.path);
    const zip = await archiveOf("tar.gz", mmar.path, join(out, "model_v1.2"), false);
    const result = await pack(zip, { out });
    expect(result.target).toBe(join(out, "model_v1.2.mdai.zip"));
    expect(result.rootFolder).toEqual({ value: "model_v1.2", from: "the archive's name" });
    expect(readdirSync(out)).toContain("model_v1.2.mdai.zip");
  });

  it("does not replace the archive that it is made from", async () => {
    const zip = await archiveOf("zip, stored", make().path, join(folder, "itself"), false);
    const before = readFileSync(zip);
    await expect(pack(zip, { out: zip, force: true })).rejects.toThrow("is the MMAR itself");
    expect(readFileSync(zip).equals(before)).toBe(true);
  });
});
