import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { outputDefinition } from "../../src/public-json/output.js";
import { cli } from "../support/cli.js";
import { scratch } from "../support/mmars.js";
import { bundleMaker, config, inYaml, PRE } from "../support/monai-bundles.js";

const make = bundleMaker();

describe("the command line with a MONAI bundle", () => {
  it("shows with inspect what it is and how it runs", async () => {
    const { stdout, exitCode } = await cli(["inspect", make().path]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("MONAI bundle, made with MONAI 1.5.2 and PyTorch 2.5.1\n");
    expect(stdout).toMatch(/version 0\.2\.1 by configs\/metadata\.json\n {2}licence: LICENSE\n/);
    expect(stdout).toMatch(
      /class_index 0 +spleen +outputs\.pred\.channel_def in configs\/metadata/,
    );
    expect(stdout).toMatch(
      /output +label map +argmax in postprocessing in configs\/inference\.json/,
    );
    expect(stdout).toMatch(
      /runtime +monai: MONAI of the bundle's own version .* chosen since a MONAI bundle runs on MONAI/,
    );
    expect(stdout).toMatch(/inferer#sw_batch_size +4 → 1 .*--sw-batch-size/);
    expect(stdout).not.toMatch(/MMAR|0\.8\.1/);
    const diff = await cli(["inspect", "--diff", make().path]);
    expect(diff.stdout).toBe(stdout);
  });

  it("prints JSON by its schema, with inspect and pack", async () => {
    const bundle = make();
    for (const args of [
      ["inspect", "--json", bundle.path],
      ["pack", "--json", "-o", scratch(), bundle.path],
    ]) {
      const { stdout } = await cli(args);
      const output: unknown = JSON.parse(stdout);
      expect(outputDefinition.safeParse(output).error).toBeUndefined();
      expect(output).toMatchObject({
        ok: true,
        mmar: "monai_spleen_ct",
        generation: { generation: "monai-bundle" },
        runtime: "monai",
        inference_config: {
          path: "configs/inference_mdai.json",
          source: "configs/inference.json",
        },
      });
    }
  });

  it("lists with --dry-run what would be packed, and verifies what was", async () => {
    const bundle = make();
    const planned = await cli(["pack", "--dry-run", bundle.path]);
    expect(planned.stdout).toMatch(/configs\/metadata\.json +the MONAI bundle\n/);
    const out = join(scratch(), "b.tar.gz");
    const packed = await cli(["pack", "-o", out, bundle.path]);
    expect(packed.exitCode).toBe(0);
    const { stdout, exitCode } = await cli(["verify", out]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/made by +mmar2mdai, runtime monai\n/);
    expect(stdout).toMatch(/MONAI bundle +model\/workspace\/monai_spleen_ct\/\n/);
  });

  it("names the place of a fault in YAML, and what allows it", async () => {
    const bundle = config(make(), ["imports"], ["$import json"]);
    config(bundle, [...PRE, 4, "dtype"], "$json.loads('1')");
    const { path } = inYaml(bundle);
    const { stderr, exitCode } = await cli(["inspect", path]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /configs\/inference\.yaml:\d+:\d+ \(preprocessing\.transforms\[4\]\.dtype\) \[expression-untrusted\]/,
    );
    expect(stderr).toContain("--trust json.loads");
    expect((await cli(["inspect", path, "--trust", "json.loads"])).exitCode).toBe(0);
  });

  it("takes another config by its name, and refuses Clara", async () => {
    const bundle = make();
    bundle.copy("configs/inference.json", "configs/other.json").remove("configs/inference.json");
    bundle.write("configs/train.json", "{}");
    const lost = await cli(["inspect", bundle.path]);
    expect(lost.stderr).toMatch(
      /configs\/other\.json, configs\/train\.json\.\n.*--inference-config/,
    );
    const args = ["inspect", "--inference-config", "configs/other.json", bundle.path];
    expect((await cli(args)).exitCode).toBe(0);
    const refused = await cli([...args, "--runtime", "clara"]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/--runtime clara can't run this model.*\n.*Leave --runtime out/);
  });

  it("says how weights that are missing are had", async () => {
    const bundle = make().remove("models");
    const { stderr } = await cli(["pack", "-o", scratch(), bundle.path]);
    expect(stderr).toContain(
      "python -m monai.bundle download --name monai_spleen_ct --version 0.2.1 --bundle_dir .",
    );
    expect(stderr).toContain("https://example.org/monai_spleen_ct/model.pt");
  });
});
