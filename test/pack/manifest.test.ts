import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { type PackOptions, pack, TargetExistsError, UsageError, verify } from "../../src/index.js";
import type { Manifest } from "../../src/public-json/manifest.js";
import { violations } from "../../src/schemas.js";
import { archiveOf } from "../files/archives.js";
import { unzip } from "../support/bundles.js";
import { type FixtureName, mmarMaker, scratch, type TestMmar } from "../support/mmars.js";
import { messageOf } from "../support/words.js";

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
    for (const word of [hostname(), one.out, dirname(one.source?.location ?? "?")]) {
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

describe("verify with a manifest", () => {
  /** The bundle's files in a folder, to be changed and zipped anew. */
  async function unpacked(target: string): Promise<string> {
    const folder = scratch();
    for (const [path, { mode, bytes }] of await unzip(target)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes, { mode });
    }
    return folder;
  }

  const README = "model/workspace/spleen_ct/docs/Readme.md";
  const RUN = "model/workspace/spleen_ct/commands/infer.sh";

  it("finds nothing in the bundle that it was written for, in either form", async () => {
    for (const format of ["zip", "tar.gz"] as const) {
      const { target } = await packed(make(), { format });
      const { ok, findings } = await verify(target, { manifest: `${target}.manifest.json` });
      expect([ok, findings]).toEqual([true, []]);
    }
  });

  it.each<[string, (folder: string) => unknown, readonly string[]]>([
    ["has a file less", (folder) => rmSync(join(folder, README)), [`${README} is not in the b`]],
    [
      "has a file more",
      (folder) => writeFileSync(join(folder, "model/more.txt"), "x"),
      ["model/more.txt is in the bundle, but not in the manifest"],
    ],
    [
      "has another length",
      (folder) => writeFileSync(join(folder, README), "x"),
      [`${README} has 1 bytes, not`],
    ],
    [
      "has another content",
      (folder) => {
        const text = readFileSync(join(folder, README), "utf8");
        writeFileSync(join(folder, README), text.replace(/[a-z]/, "X"));
      },
      [`${README} has another content`],
    ],
    [
      "has lost a run bit",
      (folder) => chmodSync(join(folder, RUN), 0o644),
      [`${RUN} has lost its run bit`],
    ],
    ["holds the same, but is another", () => undefined, []],
  ])("says in what a bundle differs that %s", async (_, change, says) => {
    const { target } = await packed(make());
    const folder = await unpacked(target);
    change(folder);
    const other = await archiveOf("zip, deflated", folder, join(scratch(), "other"), false);
    const result = await verify(other, { manifest: `${target}.manifest.json` });
    expect(result.ok).toBe(false);
    const [first, ...others] = result.findings;
    expect(first?.code).toBe("manifest-bundle");
    expect(messageOf(first)).toContain(result.sha256);
    const told = others.filter(({ code }) => code === "manifest-entry");
    const lines = told.map((found) =>
      messageOf(found)?.replace("The file", found.place?.file ?? ""),
    );
    expect(lines).toHaveLength(says.length);
    for (const [i, line] of lines.entries()) expect(line).toContain(says[i]);
  });

  it("shows a few of many differences", async () => {
    const [one, other] = [await packed(make()), await packed(make("brain_channels"))];
    const { findings } = await verify(one.target, { manifest: `${other.target}.manifest.json` });
    expect(findings.filter(({ code }) => code === "manifest-entry")).toHaveLength(20);
  });

  it.each<[string | undefined, RegExp]>([
    [undefined, /`manifest`: .*x\.json can't be read \(ENOENT\)/],
    ["{", /`manifest`: .*x\.json is not JSON/],
    ["{}", /`manifest`: .*x\.json is not the manifest of a bundle: it must have required/],
    ["[]", /is not the manifest of a bundle: it must be object/],
  ])("refuses what is no manifest: %j", async (text, says) => {
    const { target } = await packed(make());
    const manifest = join(scratch(), "x.json");
    if (text !== undefined) writeFileSync(manifest, text);
    const work = verify(target, { manifest });
    await expect(work).rejects.toThrow(UsageError);
    await expect(work).rejects.toThrow(says);
  });
});
