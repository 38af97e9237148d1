import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { batch, type PackOptions, pack, verify } from "../../src/index.js";
import { parseInspectOptions } from "../../src/options/schema.js";
import type { Manifest } from "../../src/public-json/manifest.js";
import { makeModelFolder } from "../../src/run/model-folder.js";
import { violations } from "../../src/schemas.js";
import { tarOf, zipOf } from "../files/archives.js";
import { unzip } from "../support/bundles.js";
import { codesOf, scratch, type TestMmar } from "../support/mmars.js";
import { bundleMaker, config, inYaml, metadata, PRE } from "../support/monai-bundles.js";

const make = bundleMaker();

const packed = async (location: string, options: PackOptions = {}) =>
  pack(location, { out: scratch(), ...options }, { env: {} });

const sha256 = (path: string): string =>
  createHash("sha256").update(readFileSync(path)).digest("hex");

const FILES = [
  "LICENSE",
  "configs/inference.json",
  "configs/metadata.json",
  "docs/README.md",
  "large_files.yml",
  "models/model.pt",
  "models/model.ts",
];

const entries = (bundle: TestMmar) =>
  FILES.map((path) => ({
    name: `monai_spleen_ct/${path}`,
    data: readFileSync(bundle.file(path)),
  }));

describe("a packed MONAI bundle", () => {
  it("verifies, also against its manifest, and names its runtime", async () => {
    const { target, findings, ok } = await packed(make().path, { manifest: true });
    expect([ok, findings]).toEqual([true, []]);
    const manifest = `${target}.manifest.json`;
    const verified = await verify(target, { manifest });
    expect(verified.findings).toEqual([]);
    expect(verified).toMatchObject({
      ok: true,
      isOurs: true,
      runtime: "monai",
      engine: "monai-bundle",
      mmar: "model/workspace/monai_spleen_ct",
      model: { task: "segmentation", outClasses: 2, classes: [{ classIndex: 0, name: "spleen" }] },
    });
    const said = JSON.parse(readFileSync(manifest, "utf8")) as Manifest;
    expect(violations("manifest", said)).toEqual([]);
    expect(said).toMatchObject({ runtime: "monai", mmar: { generation: "monai-bundle" } });
  });

  it("holds the bundle byte for byte, but for weights that are not loaded", async () => {
    const bundle = make();
    const { target } = await packed(bundle.path);
    const files = await unzip(target);
    const root = "model/workspace/monai_spleen_ct/";
    for (const path of FILES.filter((each) => each !== "models/model.pt")) {
      expect(files.get(root + path)?.bytes, path).toEqual(readFileSync(bundle.file(path)));
    }
    expect([...files.keys()]).not.toContain(`${root}models/model.pt`);
    expect([...files.keys()]).toContain("model/.mdai/mmar2mdai_engine.py");
  });

  it("is the same from a folder, a zip and a tar.gz, whenever it is packed", async () => {
    const bundle = make();
    const folder = scratch();
    const [zip, tar] = [join(folder, "m.zip"), join(folder, "m.tar.gz")];
    writeFileSync(zip, zipOf(entries(bundle)));
    writeFileSync(tar, gzipSync(await tarOf(entries(bundle))));
    const all = [bundle.path, make().path, zip, tar];
    const hashes = new Set<string>();
    for (const location of all) hashes.add(sha256((await packed(location)).target));
    expect(hashes.size).toBe(1);
  });

  it("verifies with a config in YAML, with code of its own, and with trusted names", async () => {
    const bundle = config(make(), [...PRE, 4, "_target_"], "scripts.own.Smoothd");
    config(bundle, ["imports"], ["$import json"]);
    config(bundle, ["inferer", "overlap"], "$json.loads('0.25')");
    inYaml(bundle).write("scripts/own.py", "class Smoothd:\n    pass\n");
    expect(codesOf(await packed(bundle.path))).toEqual(["expression-untrusted", "bundle-code"]);
    const result = await packed(bundle.path, { trust: ["json.loads"] });
    expect(codesOf(result)).toEqual(["bundle-code", "trust-used"]);
    expect(result.configMdai?.trust).toEqual(["json.loads"]);
    const { ok, findings } = await verify(result.target);
    expect([ok, codesOf({ findings })]).toEqual([true, ["trust-in-bundle"]]);
  });

  it("is found broken where its weights, config or packages are", async () => {
    const { target } = await packed(make().path);
    const files = await unzip(target);
    const root = "model/workspace/monai_spleen_ct";
    const without = async (change: (path: string, bytes: Buffer) => Buffer | undefined) => {
      const path = join(scratch(), "b.zip");
      const changed = [...files].flatMap(([name, { bytes }]) => {
        const data = change(name, bytes);
        return data === undefined ? [] : [{ name, data }];
      });
      writeFileSync(path, zipOf(changed));
      return codesOf(await verify(path));
    };
    const model = await without((path, bytes) => (path.endsWith("/model.ts") ? undefined : bytes));
    expect(model).toContain("bundle-weights-missing");
    const broken = await without((path, bytes) =>
      path === `${root}/configs/inference.json` ? Buffer.from("{") : bytes,
    );
    expect(broken).toContain("json-syntax");
    const torch = await without((path, bytes) =>
      path.endsWith("requirements.txt")
        ? Buffer.from(bytes.toString("utf8").replace(/^torch==.*$/m, ""))
        : bytes,
    );
    expect(torch).toContain("runtime-package");
    const named = await without((path, bytes) =>
      path === `${root}/configs/metadata.json` ? undefined : bytes,
    );
    expect(named).toContain("config-mdai-path");
  });

  it("is packed by a batch among others", async () => {
    const folder = join(make().path, "..");
    const result = await batch([folder], { out: scratch() }, { env: {} });
    expect([result.ok, result.counts.packed]).toEqual([true, 1]);
  });

  it("is run with its own packages", async () => {
    const options = parseInspectOptions({ device: "cpu" });
    const bundle = metadata(make(), ["monai_version"], "1.4.0");
    metadata(bundle, ["pytorch_version"], "2.4.0");
    for (const location of [bundle.path, (await packed(bundle.path)).target]) {
      const { model } = await makeModelFolder(location, options, scratch(), undefined);
      expect(model?.requirements).toContain("monai==1.4.0");
      expect(model?.requirements).toContain("torch==2.4.1");
      expect(model?.config.engine.name).toBe("monai-bundle");
      expect(model?.standsIn).toBe(false);
      expect(basename(model?.folder ?? "")).toBe("model");
    }
  });
});
