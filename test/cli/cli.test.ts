import { createHash } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli, cliProcess } from "../support/cli.js";
import { mmarMaker, scratch, type TestMmar } from "../support/mmars.js";

const make = mmarMaker();

/** An MMAR with a warning, and one with an error. */
const doubtful = (): TestMmar => make().remove("commands/set_env.sh");
const broken = (): TestMmar => make().remove("models/model.ts");

describe("pack", () => {
  it("writes <mmar>.mdai.zip here, with a summary, and exit code 0", async () => {
    const cwd = scratch();
    const { exitCode, stdout, stderr } = await cliProcess(["pack", make().path], { cwd });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(readdirSync(cwd)).toEqual(["spleen_ct.mdai.zip"]);
    const bytes = readFileSync(join(cwd, "spleen_ct.mdai.zip"));
    const hash = createHash("sha256").update(bytes).digest("hex");
    for (const part of [
      /type +segmentation +PROCESSING_TASK in config\/environment\.json/,
      /root_folder +spleen_ct/,
      /out_classes +2 +OUTPUT_CHANNELS in config\/environment\.json/,
      /data_list_key +test +dataset\.data_list_key in config\/config_inference\.json, through \{INFER_DATALIST_KEY\}/,
      /class_index 0 +spleen +config\/dataset_0\.json/,
      /dataloader\.args\.num_workers +4 → 0/,
      /inferer\.args\.sw_batch_size +4 → 1/,
      new RegExp(`\\(${bytes.length} bytes\\)`),
      new RegExp(`SHA-256 ${hash}`),
      /scope Series/,
      /class_index 0: spleen, #e64b3c\n/,
    ]) {
      expect(stdout).toMatch(part);
    }
    expect(stdout).not.toContain("Set by you");
  });

  it("asks for the whole study where a network takes several series", async () => {
    const mmar = make()
      .env("INPUT_CHANNELS", 2)
      .set("config/dataset_0.json", ["modality"], { "0": "T2", "1": "ADC" });
    const { stdout } = await cli(["pack", mmar.path, "-o", scratch()]);
    expect(stdout).toMatch(/2 channels: T2, ADC/);
    expect(stdout).toMatch(/scope Study/);
  });

  it("says what is left out, and what that saves", async () => {
    const mmar = make().write("eval/x.nii.gz", "1".repeat(1500)).write("models/final.pt", "1234");
    const { stdout } = await cli(["pack", mmar.path, "-o", scratch()]);
    expect(stdout).toMatch(/Left out, 1\.5 kB less to upload/);
    expect(stdout).toMatch(/evaluation outputs: eval\/x\.nii\.gz, 1\.5 kB/);
    expect(stdout).toMatch(
      /weights that environment\.json does not name: models\/final\.pt, 4 bytes/,
    );
  });

  it("says each override, and what it is in the place of", async () => {
    const args = ["--task", "segmentation", "--out-classes", "3", "--class-names", "a,b"];
    args.push("--data-list-key", "training", "--root-folder", "x1");
    const { exitCode, stdout } = await cli(["pack", make().path, "--dry-run", ...args]);
    expect(exitCode).toBe(0);
    const said = stdout.slice(stdout.indexOf("Set by you")).split("\n\n")[0]?.split("\n").slice(1);
    expect(said?.map((line) => line.trim())).toEqual([
      "--task segmentation (without it it would be segmentation)",
      "--data-list-key training (without it it would be test)",
      "--out-classes 3 (without it it would be 2)",
      expect.stringMatching(/^--class-names a, b \(without it/),
      "--root-folder x1 (without it it would be spleen_ct)",
    ]);
  });

  it("with --dry-run lists each entry, with size and reason, and writes nothing", async () => {
    const cwd = scratch();
    const { exitCode, stdout } = await cli(["pack", make().path, "--dry-run"], { cwd });
    expect(exitCode).toBe(0);
    expect(readdirSync(cwd)).toEqual([]);
    expect(stdout).toMatch(/Would be packed into spleen_ct\.mdai\.zip: \d+ files, \d+ kB/);
    expect(stdout).toMatch(
      /755 +262 bytes {2}model\/workspace\/spleen_ct\/commands\/set_env\.sh +the MMAR/,
    );
    expect(stdout).toMatch(/644 .*model\/\.mdai\/mdai_deploy\.py +the deploy code/);
  });

  it("with --quiet prints nothing where all is well, and warnings where not", async () => {
    const out = scratch();
    const good = await cli(["pack", make().path, "-q", "-o", join(out, "a.zip")]);
    expect([good.exitCode, good.stdout, good.stderr]).toEqual([0, "", ""]);
    const { exitCode, stdout, stderr } = await cli([
      "pack",
      doubtful().path,
      "--quiet",
      "-o",
      join(out, "b.zip"),
    ]);
    expect([exitCode, stdout]).toEqual([0, ""]);
    expect(stderr).toMatch(/^warning commands\/set_env\.sh \[set-env-missing\]\n {2}.+\n {2}.+\n$/);
  });

  it("with --strict fails for a warning", async () => {
    const cwd = scratch();
    const { exitCode, stderr } = await cli(["pack", doubtful().path, "--strict"], { cwd });
    expect(exitCode).toBe(1);
    expect(readdirSync(cwd)).toEqual([]);
    expect(stderr).toMatch(/Nothing was packed: 1 warning \(--strict\)/);
  });

  it("of an MMAR that is not fit ends with 1 and writes nothing", async () => {
    const cwd = scratch();
    const { exitCode, stdout, stderr } = await cliProcess(["pack", broken().path], { cwd });
    expect(exitCode).toBe(1);
    expect(readdirSync(cwd)).toEqual([]);
    expect(stderr).toMatch(
      /^\n?error config\/environment\.json:12:3 \(MMAR_TORCHSCRIPT\) \[weights-missing\]/,
    );
    expect(stderr).toMatch(/Nothing was packed: 1 error\.\n$/);
    expect(stdout).not.toMatch(/SHA-256|Next, on MD\.ai/);
  });
});

describe("--json", () => {
  it("prints one object and nothing else: pack", async () => {
    const out = join(scratch(), "x.zip");
    const { exitCode, stdout, stderr } = await cli(["pack", doubtful().path, "--json", "-o", out]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      schema: 1,
      command: "pack",
      ok: true,
      target: out,
      format: "zip",
      size: readFileSync(out).length,
      sha256: createHash("sha256").update(readFileSync(out)).digest("hex"),
      mmar: "spleen_ct",
      derived: { out_classes: { value: 2, from: "OUTPUT_CHANNELS in config/environment.json" } },
      overrides: [],
      config_mdai: { type: "segmentation", root_folder: "spleen_ct" },
      findings: [
        { code: "set-env-missing", severity: "warning", place: { file: "commands/set_env.sh" } },
      ],
    });
    expect(result.entries[0]).toEqual({
      path: "model/.mdai/config.yaml",
      size: expect.any(Number),
      mode: "644",
      reason: expect.any(String),
    });
  });

  it("prints one object and nothing else: inspect, and what is not fit", async () => {
    const good = await cli(["inspect", make().path, "--json"]);
    expect(good.exitCode).toBe(0);
    expect(JSON.parse(good.stdout)).toMatchObject({ schema: 1, command: "inspect", ok: true });
    for (const command of ["inspect", "pack"]) {
      for (const path of [broken().path, "/nothing"]) {
        const { exitCode, stdout, stderr } = await cli([command, path, "--json"]);
        expect([exitCode, stderr]).toEqual([1, ""]);
        const result = JSON.parse(stdout);
        expect(result).toMatchObject({ command, ok: false });
        expect(result.findings[0]).toMatchObject({
          code: expect.any(String),
          severity: "error",
          message: expect.any(String),
          hint: expect.any(String),
        });
      }
    }
  });
});

describe("inspect", () => {
  it("shows what pack shows, and writes nothing", async () => {
    const cwd = scratch();
    const mmar = make();
    const inspected = await cli(["inspect", mmar.path], { cwd });
    const packed = await cli(["pack", mmar.path], { cwd });
    expect(packed.stdout.startsWith(inspected.stdout.trimEnd())).toBe(true);
    expect(readdirSync(cwd)).toEqual(["spleen_ct.mdai.zip"]);
  });

  it("does not let names in the MMAR steer the terminal", async () => {
    const mmar = make()
      .write("docs/\u001b]0;x\u0007\n", "")
      .set("config/dataset_0.json", ["labels", "1"], "\u001b[31mred\u202e");
    const { stdout, stderr } = await cli(["inspect", mmar.path]);
    expect(`${stdout}${stderr}`.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(stdout).toContain("\\u001b[31mred");
  });
});

describe("wrong usage ends with 2, says what is wrong, and writes nothing", () => {
  it.each<[readonly string[], RegExp]>([
    [[], /Usage/],
    [["pack"], /missing required argument 'mmar'/],
    [["unknown"], /unknown command 'unknown'/],
    [["pack", "MMAR", "--nothing"], /unknown option '--nothing'/],
    [["pack", "MMAR", "other"], /too many arguments/],
    [["pack", "MMAR", "--out-classes", "two"], /--out-classes: must be a whole number/],
    [["pack", "MMAR", "--out-classes", "0"], /--out-classes: must be 1 or more/],
    [["pack", "MMAR", "--out-classes", "1e3"], /--out-classes/],
    [["pack", "MMAR", "--out-classes", "99999999999"], /--out-classes: must be 65535 or less/],
    [["pack", "MMAR", "--class-names", "a,a"], /--class-names: must not name a class twice/],
    [["pack", "MMAR", "--class-names", ""], /--class-names/],
    [["pack", "MMAR", "--root-folder", "a/b"], /--root-folder: must be one folder name/],
    [["pack", "MMAR", "--root-folder", ".."], /--root-folder/],
    [["pack", "MMAR", "--root-folder=-x"], /--root-folder/],
    [["pack", "MMAR", "--device", "tpu"], /--device.*gpu, cpu/],
    [["pack", "MMAR", "--runtime", "triton"], /--runtime.*clara, monai/],
    [["pack", "MMAR", "--format", "rar"], /--format.*zip, tar\.gz/],
    [["pack", "MMAR", "--compress", "best"], /--compress.*auto, store, max/],
    [["pack", "MMAR", "--env", "NAME"], /KEY=VALUE/],
    [["pack", "MMAR", "--env", "=x"], /KEY=VALUE/],
    [["pack", "MMAR", "--env", "A B=x"], /--env A B: must be a name/],
    [["pack", "MMAR", "--env", "A=x\ny"], /--env A: must be one line/],
    [["pack", "MMAR", "--sw-batch-size", "0"], /--sw-batch-size/],
    [["pack", "MMAR", "--inference-timeout", "0"], /--inference-timeout/],
    [["pack", "MMAR", "--inference-timeout", "86401"], /--inference-timeout.* 86400 or less/],
    [["pack", "MMAR", "-o", "x.rar"], /--out: .*\.zip or \.tar\.gz/],
    [["pack", "MMAR", "-o", "nothing/x.zip"], /--out: the folder nothing does not exist/],
    [["pack", "MMAR", "-o", "x.zip", "--format", "tar.gz"], /Leave one of them out/],
    [["pack", "MMAR", "-o", "there.zip"], /there\.zip.*--force/],
    [["pack", "MMAR", "--requirements", "nothing.txt"], /nothing\.txt can't be read/],
    [["pack", "MMAR", "--requirement", "-r x.txt"], /not in the bundle/],
    [["pack", "MMAR", "--config", "nothing.yaml"], /nothing\.yaml can't be read/],
    [["inspect", "MMAR", "--out", "x"], /unknown option '--out'/],
    [["pack", "MMAR", "--clara-version", "4.1.0"], /unknown option '--clara-version'/],
  ])("%j", async (args, says) => {
    const cwd = scratch();
    writeFileSync(join(cwd, "there.zip"), "mine");
    const path = make().path;
    const { exitCode, stdout, stderr } = await cli(
      args.map((arg) => (arg === "MMAR" ? path : arg)),
      { cwd },
    );
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/\n +at /);
    expect(readdirSync(cwd)).toEqual(["there.zip"]);
    expect(readFileSync(join(cwd, "there.zip"), "utf8")).toBe("mine");
  });

  it("SOURCE_DATE_EPOCH that is no time", async () => {
    const { exitCode, stderr } = await cliProcess(["pack", make().path, "--dry-run"], {
      env: { SOURCE_DATE_EPOCH: "now" },
    });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("SOURCE_DATE_EPOCH")]);
  });
});

describe("a failing machine ends with 3", () => {
  it("where the target is a device's folder that takes no files", async () => {
    const { exitCode, stderr } = await cliProcess(["pack", make().path, "-o", "/proc/x.zip"]);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^error: .*\/proc\/x\.zip/);
    expect(stderr).not.toMatch(/\n +at /);
  });

  it("where the target's folder may not be written to", async () => {
    const [mmar, cwd] = [make(), scratch()];
    for (const folder of [cwd, join(mmar.path, "../..")]) chmodSync(folder, 0o555);
    const user = process.getuid?.() === 0 ? { uid: 65534 } : {};
    const { exitCode, stderr } = await cliProcess(["pack", mmar.path], { cwd, ...user });
    chmodSync(cwd, 0o755);
    chmodSync(join(mmar.path, "../.."), 0o755);
    expect([exitCode, stderr]).toEqual([
      3,
      expect.stringMatching(/^error: .*spleen_ct\.mdai\.zip.*permission/is),
    ]);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe("help and version", () => {
  it("go to stdout and end with 0", async () => {
    const help = await cliProcess(["--help"]);
    expect([help.exitCode, help.stderr]).toEqual([0, ""]);
    expect(help.stdout).toMatch(/Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 /);
    const pack = await cli(["pack", "--help"]);
    for (const option of [
      ...["-o, --out", "--task", "--out-classes", "--class-names", "--data-list-key"],
      ...["--root-folder", "--runtime", "--device", "--requirement ", "--requirements"],
      ...["--env", "--include", "--exclude", "--no-checkpoint", "--format", "--compress"],
      ...["--dry-run", "--force", "--strict", "--json", "--quiet", "--no-color", "--config"],
    ]) {
      expect(pack.stdout).toContain(option);
    }
    const version = await cli(["--version"]);
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("the config file", () => {
  /** An MMAR with a config file beside it. */
  const configured = (yaml: string): TestMmar => {
    const mmar = make();
    writeFileSync(join(dirname(mmar.path), "mmar2mdai.config.yaml"), yaml);
    return mmar;
  };
  const dryRun = async (mmar: TestMmar, ...args: string[]) =>
    cli(["pack", mmar.path, "--dry-run", "--json", ...args]);

  it("beside the MMAR is taken, and flags win", async () => {
    const mmar = configured(
      "# mine\ndevice: cpu\nroot-folder: mine\nclass-names: [milt]\ncheckpoint: false\n",
    );
    const result = JSON.parse((await dryRun(mmar, "--root-folder", "other")).stdout);
    expect(result.config_mdai).toMatchObject({
      device: "cpu",
      root_folder: "other",
      classes: [{ name: "milt" }],
    });
    const paths = result.entries.map((entry: { path: string }) => entry.path);
    expect(paths).not.toContain("model/workspace/other/models/model.pt");
  });

  it("says what runs the model, which the summary and --json tell", async () => {
    const mmar = configured("runtime: monai\n");
    const result = JSON.parse((await dryRun(mmar)).stdout);
    expect([result.runtime, result.config_mdai.engine.name]).toEqual(["monai", "monai"]);
    const shown = (await cli(["inspect", mmar.path])).stdout;
    expect(shown).toMatch(/runtime +monai: MONAI 0\.8\.1.*or --runtime clara: NVIDIA's image/);
    const back = await cli(["inspect", mmar.path, "--runtime", "clara"]);
    expect(back.stdout).toMatch(/runtime +clara: NVIDIA's image.*or --runtime monai: MONAI/);
    expect((await cli(["inspect", make().path])).stdout).toMatch(/runtime +clara:/);
  });

  it("holds for inspect as well, which passes over what it says of the archive", async () => {
    const mmar = configured("device: cpu\nout: nowhere.zip\nstrict: true\n");
    const { exitCode, stdout } = await cli(["inspect", mmar.path, "--json"]);
    expect([exitCode, JSON.parse(stdout).config_mdai.device]).toEqual([0, "cpu"]);
  });

  it("may be named, and its paths are relative to it", async () => {
    const folder = scratch();
    writeFileSync(join(folder, "r.txt"), "scipy==1.10.1\n");
    const absolute = join(folder, "abs.zip");
    writeFileSync(join(folder, "a.yaml"), "out: a.zip\nrequirements: r.txt\nformat: zip\n");
    writeFileSync(join(folder, "b.yaml"), `out: ${JSON.stringify(absolute)}\n`);
    const a = JSON.parse((await dryRun(make(), "--config", join(folder, "a.yaml"))).stdout);
    expect([a.ok, a.target]).toEqual([true, join(folder, "a.zip")]);
    const b = JSON.parse((await dryRun(make(), "--config", join(folder, "b.yaml"))).stdout);
    expect(b.target).toBe(absolute);
  });

  it("is named where it has said something that no flag has", async () => {
    const mmar = configured("class-names: [milz]\nout-classes: 2\nexclude: [docs]\n");
    const { stdout } = await cli(["inspect", mmar.path, "--out-classes", "2"]);
    expect(stdout).toMatch(/class_index 0 +milz +class-names in mmar2mdai\.config\.yaml/);
    expect(stdout).toContain("milz, by class-names in mmar2mdai.config.yaml (without it ");
    expect(stdout).toMatch(/out_classes +2 +--out-classes\n/);
    expect(stdout).toContain("exclude in mmar2mdai.config.yaml: ");
    const json = JSON.parse((await dryRun(mmar)).stdout);
    expect(json.derived.classes.from).toBe("class-names in mmar2mdai.config.yaml");
    expect(json.overrides[0].option).toBe("--out-classes");
    expect(json.overrides.map((each: { from: string }) => each.from)).toEqual([
      "out-classes in mmar2mdai.config.yaml",
      "class-names in mmar2mdai.config.yaml",
    ]);
    expect(stdout).toContain("\nOptions from mmar2mdai.config.yaml: class-names, exclude\n");
  });

  it("is named in the manifest by its name alone, and where it sets what is no override", async () => {
    const mmar = make();
    const folder = scratch();
    writeFileSync(join(folder, "own.yaml"), "class-names: [milz]\ndevice: cpu\n");
    const args = ["--config", join(folder, "own.yaml"), "--manifest", "-o", join(folder, "x.zip")];
    const { stdout } = await cli(["pack", mmar.path, ...args]);
    expect(stdout).toContain(`\nOptions from ${join(folder, "own.yaml")}: class-names, device\n`);
    const manifest = JSON.parse(readFileSync(join(folder, "x.zip.manifest.json"), "utf8"));
    expect(manifest.derived.classes.from).toBe("class-names in own.yaml");
    expect(manifest.overrides).toMatchObject([
      { option: "--class-names", from: "class-names in own.yaml" },
    ]);
  });

  it("that is empty, or holds comments only, says nothing", async () => {
    for (const text of ["", "# nothing\n", "---\n", "{}\n"]) {
      expect((await dryRun(configured(text))).exitCode).toBe(0);
    }
  });

  it.each<[string, RegExp]>([
    ["devise: cpu\n", /yaml:1:1 \(devise\): unknown option\. Did you mean device\?/],
    [
      "no-checkpoint: true\n",
      /yaml:1:1 \(no-checkpoint\): unknown option\. Did you mean checkpoint\?/,
    ],
    ["device: tpu\n", /yaml:1:1 \(device\): must be one of gpu, cpu/],
    ["\nout-classes: many\n", /yaml:2:1 \(out-classes\): must be a whole number/],
    ["env:\n  A: 1\n", /yaml:2:3 \(env\.A\): must be text/],
    ["env: [A]\n", /yaml:1:1 \(env\): must be a mapping/],
    ["strict: sometimes\n", /yaml:1:1 \(strict\): must be true or false/],
    ["exclude: [a, 3]\n", /yaml:1:14 \(exclude\[1\]\): must be text/],
    ["- device\n", /yaml:1:1: must hold options/],
    ["cpu\n", /yaml:1:1: must hold options/],
    ["device: [\n", /is not YAML/],
    ["device: cpu\n---\ndevice: gpu\n", /several documents/],
    ["device: cpu\ndevice: gpu\n", /is not YAML.*duplicat/s],
    ["__proto__: {}\n", /\(__proto__\): unknown option/],
  ])("with %j is wrong usage", async (yaml, says) => {
    const { exitCode, stdout, stderr } = await dryRun(configured(yaml));
    expect([exitCode, JSON.parse(stdout).error.kind]).toEqual([2, "usage"]);
    expect(stderr).toMatch(says);
  });
});

describe("colours and progress", () => {
  it("are not in a pipe", async () => {
    for (const env of [{}, { FORCE_COLOR: "1" }, { CI: "1" }, { TERM: "xterm-256color" }]) {
      const { stdout, stderr } = await cliProcess(["pack", doubtful().path, "-o", scratch()], {
        env,
      });
      expect(stdout + stderr).not.toContain("\u001b");
      expect(stderr).not.toMatch(/█|░|\r/);
    }
  });
});

describe("determinism", () => {
  it("holds whatever the time zone, locale and umask", async () => {
    const mmar = make();
    const hashes = new Set<string>();
    for (const env of [
      { TZ: "UTC", LANG: "C", LC_ALL: "C" },
      { TZ: "Asia/Kathmandu", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" },
      { TZ: "America/St_Johns", LANG: "de_DE.UTF-8", LC_ALL: "" },
    ]) {
      const before = process.umask(env.TZ === "UTC" ? 0o077 : 0);
      const { stdout } = await cliProcess(["pack", mmar.path, "--json", "-o", scratch()], { env });
      process.umask(before);
      hashes.add(JSON.parse(stdout).sha256);
    }
    expect([...hashes]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });
});

it("a reader that goes away early is no error", async () => {
  const running = cliProcess(["inspect", make().path]);
  running.stdout.destroy();
  expect((await running).stderr).toBe("");
});
