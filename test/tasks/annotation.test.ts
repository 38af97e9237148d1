import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inspect, pack, verify } from "../../src/index.js";
import type { InspectOptions } from "../../src/options/types.js";
import type { InspectOutput } from "../../src/public-json/output.js";
import { cli } from "../support/cli.js";
import { codesOf, REPOSITORY, scratch } from "../support/mmars.js";
import { messageOf } from "../support/words.js";

const fixture = (name: string): string =>
  join(REPOSITORY, "fixtures/catalogue", `clara_pt_${name}_1`);

const NAMES = [
  "spleen_ct_annotation",
  "covid19_ct_lung_annotation",
  "brain_mri_annotation_t1c",
  "deepgrow_2d_annotation",
  "deepgrow_3d_annotation",
];

const POINTS = fixture("spleen_ct_annotation");
const DEEPGROW = fixture("deepgrow_2d_annotation");

describe.each(NAMES)("%s", (name) => {
  it("makes a bundle that verify takes, for MD.ai's image of Python 3.10", async () => {
    const out = join(scratch(), "model.mdai.zip");
    const packed = await pack(fixture(name), { out });
    expect(packed.ok, JSON.stringify(packed.findings)).toBe(true);
    const paths = packed.plan?.entries.map(({ path }) => path) ?? [];
    expect(paths).toContain("model/.mdai/mdai_deploy.py");
    expect(paths).toContain(`model/workspace/clara_pt_${name}_1/config/config_inference.mdai.json`);
    expect(paths).toContain(`model/workspace/clara_pt_${name}_1/config/config_aiaa.json`);
    const { ok, findings, runtime, isOurs } = await verify(out);
    expect(findings.filter(({ severity }) => severity !== "info")).toEqual([]);
    expect({ ok, runtime, isOurs }).toEqual({ ok: true, runtime: "monai", isOurs: true });
  });

  it("is refused for clara, with the reason and what to do", async () => {
    const { findings, plan, configMdai } = await inspect(fixture(name), { runtime: "clara" });
    expect([plan, configMdai]).toEqual([undefined, undefined]);
    const refusals = findings.filter(({ severity }) => severity === "error");
    expect(codesOf({ findings: refusals })).toEqual(["clicks-need-monai"]);
  });

  it("is the same for monai, whether that is named or not", async () => {
    const [named, chosen] = await Promise.all([
      inspect(fixture(name), { runtime: "monai" }),
      inspect(fixture(name)),
    ]);
    expect(named.configMdai).toEqual(chosen.configMdai);
    expect([named.runtimeWhy, chosen.runtimeWhy]).toEqual([
      undefined,
      expect.stringContaining("takes clicks"),
    ]);
  });
});

describe("options", () => {
  it("name background labels and what frames count from", async () => {
    const options = { backgroundLabel: ["L_1", "not this"], firstFrame: 0 };
    const { configMdai, overrides } = await inspect(DEEPGROW, options);
    expect(configMdai?.input).toMatchObject({
      background_labels: ["L_1", "not this"],
      first_frame: 0,
    });
    expect(overrides.map(({ option, value }) => [option, value])).toEqual([
      ["backgroundLabel", "L_1, not this"],
      ["firstFrame", "0"],
    ]);
  });

  it.each<[string, string, InspectOptions, RegExp]>([
    ["a model of extreme points", POINTS, { backgroundLabel: ["x"] }, /extreme points have none/],
    [
      "a segmentation",
      join(REPOSITORY, "fixtures/spleen_ct"),
      { backgroundLabel: ["x"], firstFrame: 1 },
      /takes no clicks/,
    ],
  ])("that %s has no use for are warnings", async (_, mmar, options, why) => {
    const { findings } = await inspect(mmar, options);
    const unused = findings.filter(({ code }) => code === "option-without-use");
    expect(unused.length).toBe(Object.keys(options).length);
    for (const one of unused) expect(messageOf(one)).toMatch(why);
  });

  it.each([2, -1, "a", "01"])("refuse a first frame of %j", async (firstFrame) => {
    await expect(inspect(DEEPGROW, { firstFrame })).rejects.toThrow(
      "`firstFrame`: must be one of 0, 1.",
    );
  });

  it("stand in a config file as well", async () => {
    const folder = scratch();
    cpSync(DEEPGROW, join(folder, "mmar"), { recursive: true });
    const options = "background-label: [L_1]\nfirst-frame: 1\nclass-names: lesion\n";
    writeFileSync(join(folder, "mmar2mdai.config.yaml"), options);
    const { stdout, exitCode } = await cli(["inspect", join(folder, "mmar"), "--json"]);
    expect(exitCode).toBe(0);
    const { config_mdai: config } = JSON.parse(stdout) as InspectOutput;
    expect(config?.input).toMatchObject({ background_labels: ["L_1"], first_frame: 1 });
    expect(config?.classes).toMatchObject([{ name: "lesion" }]);
  });
});

describe("the command line", () => {
  it("says what clicks the model takes, and why monai was chosen", async () => {
    const { stdout } = await cli(["inspect", DEEPGROW, "--background-label", "L_1"]);
    expect(stdout).toMatch(/type +annotation +AddGuidanceFromPointsd in config\/config_aiaa\.json/);
    expect(stdout).toMatch(/clicks +on what is meant and what is not, slice by slice/);
    expect(stdout).toMatch(/background labels +L_1 +--background-label/);
    expect(stdout).toMatch(/runtime +monai: .* chosen since the model takes clicks/);
    expect(stdout).not.toContain("or --runtime");
    const named = await cli(["inspect", DEEPGROW, "--runtime", "monai"]);
    expect(named.stdout).toMatch(/runtime +monai: .*or --runtime clara/);
  });

  it("says what to set up on MD.ai: labels to point with, and where to click", async () => {
    const cwd = scratch();
    const { stdout } = await cli(["pack", DEEPGROW, "-o", "d.zip"], { cwd });
    expect(stdout).toContain("annotation mode Mask");
    expect(stdout).toMatch(/2\. Create the labels to draw with.*\n.*mode Location.*each slice/);
    expect(stdout).toMatch(/background \(.*Location\).*its id \(L_…\).* as background_labels/);
    expect(stdout).toContain("scope Series");
    expect(stdout).toMatch(/is not public/);
    const points = await cli(["pack", POINTS, "-o", "p.zip"], { cwd });
    expect(points.stdout).toMatch(
      /Location or Bounding box or Polygon.*6 extreme points: one each on the first and the last/,
    );
    expect(points.stdout).not.toContain("background_labels");
  });
});
