import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Manifest } from "../../src/bundle/manifest.js";
import { type PackOptions, pack, TargetExistsError } from "../../src/index.js";
import { violations } from "../../src/schemas.js";
import { unzip } from "../support/bundles.js";
import { type FixtureName, mmarMaker, scratch, type TestMmar } from "../support/mmars.js";

const make = mmarMaker();

async function packed(mmar: TestMmar, options: PackOptions = {}) {
  const out = scratch();
  const result = await pack(mmar.path, { out, manifest: true, ...options }, { env: {} });
  const text = readFileSync(`${result.target}.manifest.json`, "utf8");
  return { ...result, out, text, manifest: JSON.parse(text) as Manifest };
}

const sha256 = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");

describe("a manifest", () => {
  it.each<FixtureName>(["spleen_ct", "liver_tumor_ct", "brain_channels", "lung_resampled"])(
    "of %s fits its schema, and has the hash of every entry",
    async (fixture) => {
      const { manifest, target } = await packed(make(fixture));
      expect(violations("manifest", manifest)).toEqual([]);
      const files = await unzip(target);
      expect(manifest.entries).toEqual(
        [...files].map(([path, { mode, bytes }]) => ({
          path,
          mode: mode.toString(8),
          size: bytes.length,
          sha256: sha256(bytes),
        })),
      );
      const bytes = readFileSync(target);
      const { name, size } = manifest.bundle;
      expect([name, size]).toEqual([basename(target), bytes.length]);
      expect(manifest.bundle.sha256).toBe(sha256(bytes));
    },
  );

  it("says what the MMAR is, what was derived and what was overridden", async () => {
    const mmar = make("spleen_ct", "clara_pt_spleen_ct_segmentation_1");
    const { manifest } = await packed(mmar, { classNames: ["milt"] });
    expect(manifest.mmar).toMatchObject({
      name: "clara_pt_spleen_ct_segmentation_1",
      catalogue: "clara_pt_spleen_ct_segmentation",
      generation: "4.1",
    });
    expect(manifest.derived).toMatchObject({
      task: { value: "segmentation", from: "PROCESSING_TASK in config/environment.json" },
      out_classes: { value: 2 },
      classes: { value: [{ name: "milt" }], from: "--class-names" },
    });
    expect(manifest.overrides).toMatchObject([{ option: "--class-names", value: "milt" }]);
  });

  it("is the same for the same MMAR, wherever and whenever it is packed", async () => {
    const [one, other] = [await packed(make()), await packed(make())];
    expect(other.text).toBe(one.text);
    for (const word of [hostname(), one.out, dirname(one.mmar?.location ?? "?")]) {
      expect(one.text).not.toContain(word);
    }
  });

  it("names the MMAR by its packed files, as sha256sum does", async () => {
    const mmar = make();
    const { manifest, plan } = await packed(mmar, { checkpoint: false });
    const files = (plan?.entries ?? []).flatMap(({ content }) =>
      content.kind === "file" ? [content.file.path] : [],
    );
    expect(files).not.toContain("models/model.pt");
    const lines = execFileSync("sha256sum", files.sort(), { cwd: mmar.path });
    expect(manifest.mmar.sha256).toBe(sha256(lines));
    const changed = await packed(mmar.write("docs/Readme.md", "else"), { checkpoint: false });
    expect(changed.manifest.mmar.sha256).not.toBe(manifest.mmar.sha256);
  });

  it("is not written where nothing is packed", async () => {
    const out = scratch();
    await pack(make().remove("models/model.ts").path, { out, manifest: true });
    await pack(make().path, { out, manifest: true, dryRun: true });
    expect(readdirSync(out)).toEqual([]);
  });

  it.each([".manifest.json", ".sha256"])("does not replace %s without force", async (ending) => {
    const mmar = make();
    const { out, target } = await packed(mmar);
    for (const other of readdirSync(out)) {
      if (!other.endsWith(ending)) rmSync(join(out, other));
    }
    writeFileSync(`${target}${ending}`, "mine");
    const again = pack(mmar.path, { out, manifest: true });
    await expect(again).rejects.toThrow(TargetExistsError);
    expect(readdirSync(out)).toHaveLength(1);
    expect(readFileSync(`${target}${ending}`, "utf8")).toBe("mine");
    expect((await pack(mmar.path, { out, manifest: true, force: true })).ok).toBe(true);
    expect(readdirSync(out)).toHaveLength(3);
  });
});

describe("the checksum file", () => {
  it.each(["spleen_ct", "with space", "line\\slash", "ünïcode"])(
    "is one that sha256sum -c takes: %s",
    async (name) => {
      const mmar = make();
      const out = scratch();
      await pack(mmar.path, { out: join(out, `${name}.zip`), manifest: true });
      const check = () =>
        execFileSync("sha256sum", ["--strict", "-c", `${name}.zip.sha256`], {
          cwd: out,
          encoding: "utf8",
          stdio: "pipe",
        });
      expect(check()).toMatch(/: OK\n$/);
      writeFileSync(join(out, `${name}.zip`), "spoilt");
      expect(check).toThrow(/did NOT match/);
    },
  );
});
