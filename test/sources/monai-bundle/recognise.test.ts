import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { inspect } from "../../../src/index.js";
import { tarOf, zipOf } from "../../files/archives.js";
import { codesOf, mmarMaker, scratch, type TestMmar } from "../../support/mmars.js";
import { bundleMaker, config, INFERENCE, METADATA } from "../../support/monai-bundles.js";

const make = bundleMaker();

const PATHS = [METADATA, INFERENCE, "models/model.ts", "docs/README.md", "LICENSE"];

const entries = (bundle: TestMmar, prefix: string) =>
  PATHS.map((path) => ({ name: `${prefix}${path}`, data: readFileSync(bundle.file(path)) }));

describe("a MONAI bundle is recognised", () => {
  it.each(["", "spleen/"])("in a zip, below %j", async (prefix) => {
    const path = join(scratch(), "m.zip");
    writeFileSync(path, zipOf(entries(make(), prefix)));
    const { source, configMdai, findings } = await inspect(path);
    expect(findings).toEqual([]);
    expect(source?.source).toBe("monai-bundle");
    expect(configMdai?.root_folder).toBe(prefix === "" ? "m" : "spleen");
  });

  it("in a tar.gz", async () => {
    const path = join(scratch(), "m.tar.gz");
    writeFileSync(path, gzipSync(await tarOf(entries(make(), "spleen/"))));
    const { source, plan } = await inspect(path);
    expect(source?.source).toBe("monai-bundle");
    expect(plan).toBeDefined();
  });

  it("without a config that is called inference, if it is the only one", async () => {
    const bundle = make();
    renameSync(bundle.file(INFERENCE), bundle.file("configs/predict.json"));
    const { configMdai } = await bundle.inspect();
    expect(configMdai?.engine).toMatchObject({ configs: ["configs/predict.json"] });
  });

  it("with the configs that the user names, of which the last one counts", async () => {
    const bundle = make().write("configs/fast.json", '{"inferer": {"_target_": "SimpleInferer"}}');
    const inferenceConfig = [INFERENCE, "configs/fast.json"];
    const { configMdai, derivedConfig } = await bundle.inspect({ inferenceConfig });
    expect(configMdai?.engine).toMatchObject({ configs: inferenceConfig, overrides: {} });
    expect(derivedConfig?.path).toBe("configs/inference_mdai.json");
  });

  it("with places in the file that a part comes from", async () => {
    const own = `inferer:\n  _target_: SlidingWindowInferer\n  roi_size: "$os.system('id')"\n`;
    const bundle = config(make(), ["imports"], ["$import os"]).write("configs/fast.yaml", own);
    const { findings } = await bundle.inspect({
      inferenceConfig: [INFERENCE, "configs/fast.yaml"],
    });
    expect(findings).toMatchObject([
      {
        code: "expression-untrusted",
        args: { name: "os.system", part: "inferer#roi_size" },
        place: { file: "configs/fast.yaml", line: 3, column: 3, key: "inferer.roi_size" },
      },
    ]);
  });
});

describe("--inference-config", () => {
  it("has no effect on an MMAR, and says so", async () => {
    const inspection = await mmarMaker()().inspect({ inferenceConfig: ["config/other.json"] });
    expect(codesOf(inspection)).toEqual(["option-without-use"]);
  });
});
