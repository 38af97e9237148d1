import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli, cliProcess } from "../support/cli.js";
import { BY_HAND, DEPLOY, writeZip } from "../support/handmade.js";
import { REPOSITORY, scratch } from "../support/mmars.js";
import { pythonWith } from "../support/python.js";

const folder = scratch();
const YAML = "model/.mdai/config.yaml";
const good = writeZip(join(folder, "good.zip"), BY_HAND);
const bad = writeZip(join(folder, "bad.zip"), { ...BY_HAND, [YAML]: "base_image: py27\n" });
const doubtful = writeZip(join(folder, "doubtful.zip"), {
  ...BY_HAND,
  [YAML]: "env:\n  A: 1.10\n",
  "model/workspace/x": "",
});

describe("mmar2mdai verify", () => {
  it("shows what is known of a bundle, and that it is fit", async () => {
    const { exitCode, stdout, stderr } = await cli(["verify", good]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(
      stdout
        .replace(/[0-9a-f]{64}/, "…")
        .replace(/zip, \d+ bytes/, "zip, …")
        .replaceAll(folder, ""),
    ).toBe(
      [
        "/good.zip",
        "  archive  zip, …, 4 files, 304 bytes unpacked",
        "  SHA-256  …",
        "  folder   model/",
        "  made by  others",
        "  image    py310, Python 3.10, cpu",
        "",
        "Nothing was found that stops the build or the start; nothing was run.",
        "",
      ].join("\n"),
    );
  });

  it("tells of a model that mmar2mdai packed", async () => {
    const mmar = join(REPOSITORY, "fixtures/liver_tumor_ct");
    await cli(["pack", mmar, "-o", join(folder, "liver.zip")]);
    const { exitCode, stdout } = await cli(["verify", join(folder, "liver.zip")]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/made by +mmar2mdai, runtime clara\n/);
    expect(stdout).toMatch(/image +nvidia, Clara Train 4\.1\.0, Python 3\.8, gpu\n/);
    expect(stdout).toMatch(/MMAR +model\/workspace\/liver_tumor_ct\/\n/);
    expect(stdout).toMatch(/model +segmentation, out_classes 3, data_list_key \w+\n/);
    expect(stdout).toMatch(/class_index 0 +liver\n.*class_index 1 +tumou?r\n/i);
  });

  it("says on stderr why a bundle is not fit, with exit code 1", async () => {
    const { exitCode, stdout, stderr } = await cli(["verify", bad]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("bad.zip");
    expect(stderr).toContain(`error ${YAML}:1:13 (base_image) [config-yaml-value]`);
    expect(stderr).toMatch(/\nNot fit for MD\.ai: 1 error\.\n$/);
    const quiet = await cli(["verify", bad, "--quiet"]);
    expect(quiet).toMatchObject({ exitCode: 1, stdout: "" });
    expect(quiet.stderr).toBe(stderr.replace(/^\n/, ""));
  });

  it("lets warnings pass, unless --strict", async () => {
    const { exitCode, stdout, stderr } = await cli(["verify", doubtful]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /\nNothing was found that stops the build or the start, but 1 warning; nothing was run\.\n$/,
    );
    expect(stderr).toContain("[config-yaml-read-other]");
    expect(stderr).toContain("[workspace-unused]");
    const strict = await cli(["verify", doubtful, "--strict", "-q"]);
    expect(strict).toMatchObject({ exitCode: 1, stdout: "" });
    expect(strict.stderr).toMatch(/Not fit for MD\.ai: 1 warning \(--strict\)\.\n$/);
    expect(strict.stderr).not.toContain("workspace-unused");
  });

  it("prints JSON on stdout alone", async () => {
    const { exitCode, stdout, stderr } = await cli(["verify", bad, "--json"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      schema: 1,
      command: "verify",
      ok: false,
      bundle: bad,
      format: "zip",
      size: expect.any(Number),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      files: 4,
      content_size: expect.any(Number),
      made_by_mmar2mdai: false,
      runtime: null,
      root: "model",
      image: null,
      mmar: null,
      model: null,
      findings: [
        {
          code: "config-yaml-value",
          severity: "error",
          place: { file: YAML, line: 1, column: 13, key: "base_image" },
          message: expect.any(String),
          hint: expect.any(String),
          args: {
            key: "base_image",
            is: '"py27"',
            wanted: "one of py37, py38, py39, py310, nvidia and custom",
          },
        },
      ],
    });
    const none = await cli(["verify", join(folder, "none.zip"), "--json"]);
    expect(JSON.parse(none.stdout)).toMatchObject({
      ok: false,
      format: null,
      size: null,
      root: null,
    });
  });

  it("shows names so that they steer no terminal", async () => {
    const name = join(folder, "steer.zip");
    writeZip(name, { ...BY_HAND, "model/.mdai/\u001b[31m.py": "x = (\n", "\u001b[2J/a": "" });
    const { exitCode, stdout, stderr } = await cli(["verify", name]);
    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toContain("\u001b");
    expect(stderr).toContain("[deploy-syntax-unused]");
    expect(stderr).toContain("[bundle-beside]");
  });

  it("takes no options that are none, and needs a bundle: exit code 2", async () => {
    expect((await cli(["verify"])).exitCode).toBe(2);
    expect((await cli(["verify", good, "--task", "x"])).exitCode).toBe(2);
  });

  it("says that the machine failed with exit code 3", async () => {
    const inner = join(folder, "closed");
    mkdirSync(inner);
    const path = writeZip(join(inner, "secret.zip"), { "model/.mdai/mdai_deploy.py": DEPLOY });
    chmodSync(path, 0);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chmodSync(folder, 0o755);
    const { exitCode, stderr } = await cliProcess(["verify", path], isRoot ? { uid: 65534 } : {});
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^error: Can't read .*secret\.zip: permission is denied \(EACCES\)/);
  });

  describe("without a Python that can be run", () => {
    const empty = scratch();
    const notExecutable = join(scratch(), "python3");
    writeFileSync(notExecutable, "");
    const NONE: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ["a named one that is not executable", { MMAR2MDAI_PYTHON: notExecutable }],
      ["a named one that is not there", { MMAR2MDAI_PYTHON: join(empty, "python3") }],
      ["nothing on PATH", { PATH: empty }],
    ];

    // A machine under load is slow; a timer that is left over is slower (30 s).
    it.each(NONE)("says what it did not check, and ends at once: %s", async (_, env) => {
      for (const json of [[], ["--json"]]) {
        const { exitCode, stdout, stderr, durationMs } = await cliProcess(
          ["verify", good, ...json],
          { env },
        );
        expect(exitCode).toBe(0);
        if (json.length === 0) {
          expect(stderr).toContain("info [deploy-unchecked]");
          expect(stdout).toMatch(/; nothing was run\.\nNot checked: the Python code\.\n$/);
        }
        if (json.length > 0) {
          expect(JSON.parse(stdout).findings).toMatchObject([{ code: "deploy-unchecked" }]);
        }
        expect(durationMs).toBeLessThan(10_000);
      }
    });

    it("takes python where there is no python3", async () => {
      const bin = scratch();
      const real = pythonWith("ast") ?? "python3";
      const path = execFileSync(real, ["-c", "import sys; print(sys.executable)"]);
      writeFileSync(join(bin, "python"), `#!/bin/sh\nexec '${path.toString().trim()}' "$@"\n`);
      chmodSync(join(bin, "python"), 0o755);
      const faulty = writeZip(join(bin, "x.zip"), {
        ...BY_HAND,
        "model/.mdai/mdai_deploy.py": "x = (\n",
      });
      const run = await cliProcess(["verify", faulty, "--json"], { env: { PATH: bin } });
      expect(run.exitCode).toBe(1);
      expect(JSON.parse(run.stdout).findings).toMatchObject([{ code: "deploy-syntax" }]);
      expect(run.durationMs).toBeLessThan(10_000);
    });
  });
});
