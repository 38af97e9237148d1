import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Ajv } from "ajv";
import { beforeAll, describe, expect, it } from "vitest";
import type { RunOutput } from "../../src/public-json/output.js";
import { cli, cliProcess } from "../support/cli.js";
import { mmarMaker, REPOSITORY, scratch } from "../support/mmars.js";
import { fakePython, GOOD, isRunning } from "./fake-python.js";

const make = mmarMaker();
const SPLEEN = join(REPOSITORY, "fixtures/spleen_ct");

/** A folder to stand in, with a file that is named as the DICOM input. */
function place(): string {
  const cwd = scratch();
  writeFileSync(join(cwd, "image.dcm"), "x");
  return cwd;
}

const argsOf = (python: string, ...more: readonly string[]): string[] => [
  ...["run", SPLEEN, "image.dcm", "--python", python, "-o", "out"],
  ...more,
];

const read = (name: string): object =>
  JSON.parse(readFileSync(join(REPOSITORY, "schemas", `${name}.schema.json`), "utf8")) as object;

const validate = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true })
  .addSchema(read("config_mdai"))
  .compile(read("output"));

function outputOf(stdout: string): RunOutput {
  const output: unknown = JSON.parse(stdout);
  validate(output);
  expect(validate.errors ?? []).toEqual([]);
  return output as RunOutput;
}

describe("a run that works", () => {
  it("writes the results, prints the numbers, and leaves nothing else", async () => {
    const cwd = place();
    const python = fakePython();
    const { exitCode, stdout, stderr } = await cli(argsOf(python.path), { cwd });
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain("spleen: 1.3 ml, 7 voxels on 2 slices, 1 piece");
    expect(stdout).toContain(join(cwd, "out", "report.html"));
    expect(readdirSync(cwd).sort()).toEqual(["image.dcm", "out"]);
    expect(readdirSync(join(cwd, "out")).sort()).toEqual(["answer.json", "masks", "report.html"]);
    const order = python.order();
    expect(order).toMatchObject({ scope: "SERIES", series: [], annotations: [], args: {} });
    expect(order.inputs).toEqual([join(cwd, "image.dcm")]);
    // The bundle that was made for it is gone.
    expect(existsSync(order.bundle as string)).toBe(false);
  });

  it("prints JSON by the schema, with what has to be set up on MD.ai", async () => {
    const { exitCode, stdout } = await cli(argsOf(fakePython().path, "--json"), { cwd: place() });
    expect(exitCode).toBe(0);
    const output = outputOf(stdout);
    expect(output.hand_over).toEqual({
      name: expect.any(String),
      bundle: null,
      scope: "SERIES",
      labels: [
        {
          kind: "class",
          name: "spleen",
          type: "local",
          scope: "INSTANCE",
          annotation_modes: ["mask"],
          colour: "#e64b3c",
          class_index: 0,
        },
      ],
      note: null,
    });
    expect(output.requests[0]?.series[0]?.classes[0]).toMatchObject({ voxels: 7, ml: 1.25 });
  });

  it("passes on annotations, arguments, series, scope and the reference", async () => {
    const cwd = place();
    writeFileSync(join(cwd, "a.json"), JSON.stringify({ annotations: [{ id: "A_1" }] }));
    const python = fakePython();
    const more = ["--annotations", "a.json", "--args", "n=3", "--args", "s=x", "--args", "l=[1]"];
    const others = ["--series", "4", "--series", "AX", "--scope", "study", "--label", "l.nii"];
    const { exitCode, stdout } = await cli(argsOf(python.path, ...more, ...others), { cwd });
    expect(exitCode).toBe(0);
    expect(python.order()).toMatchObject({
      annotations: [{ id: "A_1" }],
      args: { n: 3, s: "x", l: [1] },
      series: ["4", "AX"],
      scope: "STUDY",
      label: join(cwd, "l.nii"),
    });
    expect(stdout).toContain("Dice 0.8750, Hausdorff 95 2.5 mm");
  });

  it("has the numbers in the Markdown report and the step's summary of GitHub", async () => {
    const cwd = place();
    const summary = join(cwd, "summary.md");
    const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary, GITHUB_WORKSPACE: cwd };
    const args = argsOf(fakePython().path, "--report", "markdown=run.md", "--label", "l.nii");
    const { exitCode } = await cli(args, { cwd, env });
    expect(exitCode).toBe(0);
    for (const file of [join(cwd, "run.md"), summary]) {
      const text = readFileSync(file, "utf8");
      expect(text).toContain("spleen\\: 1.3 ml, 7 voxels on 2 slices, 1 piece");
      expect(text).toContain("spleen against the reference\\: Dice 0.8750, Hausdorff 95 2.5 mm");
      expect(text).toContain("The model answered the request, and MD.ai takes the answer.");
    }
  });

  it("opens the report where that is asked for", async () => {
    const cwd = place();
    const bin = scratch();
    writeFileSync(join(bin, "xdg-open"), `#!/bin/sh\nprintf %s "$1" > "${join(bin, "opened")}"\n`);
    chmodSync(join(bin, "xdg-open"), 0o755);
    const env = { PATH: `${bin}:${process.env.PATH}` };
    const { exitCode } = await cli(argsOf(fakePython().path, "--open"), { cwd, env });
    expect(exitCode).toBe(0);
    for (let i = 0; i < 100 && !existsSync(join(bin, "opened")); i++) await wait(50);
    expect(readFileSync(join(bin, "opened"), "utf8")).toBe(join(cwd, "out", "report.html"));
  });

  it("takes a virtual environment by its folder, and lines that are no events as the log", async () => {
    const noisy = `fs.writeSync(1, "noise\\n{}\\n[1]\\n"); ${GOOD}`;
    const folder = scratch();
    mkdirSync(join(folder, "bin"));
    symlinkSync(fakePython(noisy).path, join(folder, "bin", "python"));
    const { exitCode, stderr } = await cli(argsOf(folder), { cwd: place() });
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("noise")]);
  });
});

describe("the folder of the results", () => {
  it("is replaced with --force only, and only where a run made it", async () => {
    const cwd = place();
    const args = argsOf(fakePython().path);
    expect((await cli(args, { cwd })).exitCode).toBe(0);
    writeFileSync(join(cwd, "out", "answer.json"), "old");
    const again = await cli(args, { cwd });
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining("--force")]);
    expect((await cli([...args, "--force"], { cwd })).exitCode).toBe(0);
    expect(readFileSync(join(cwd, "out", "answer.json"), "utf8")).toBe("[]");
    // Somebody's own file among them: nothing of it is removed.
    writeFileSync(join(cwd, "out", "thesis.docx"), "precious");
    const refused = await cli([...args, "--force"], { cwd });
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      expect.stringContaining("not replaced"),
    ]);
    expect(readFileSync(join(cwd, "out", "thesis.docx"), "utf8")).toBe("precious");
    expect(readdirSync(cwd).sort()).toEqual(["image.dcm", "out"]);
  });

  it("may be an empty folder, and not a file", async () => {
    const cwd = place();
    mkdirSync(join(cwd, "out"));
    expect((await cli(argsOf(fakePython().path), { cwd })).exitCode).toBe(0);
    const python = fakePython().path;
    const file = ["run", SPLEEN, "image.dcm", "--python", python, "-o", "image.dcm"];
    expect((await cli(file, { cwd })).exitCode).toBe(2);
    expect(readFileSync(join(cwd, "image.dcm"), "utf8")).toBe("x");
  });

  it("leaves no folders above it where nothing came of the run", async () => {
    const cwd = place();
    const failing = fakePython("process.exit(3);").path;
    const args = ["run", SPLEEN, "image.dcm", "--python", failing, "-o", "a/b/out"];
    expect((await cli(args, { cwd })).exitCode).toBe(1);
    expect(readdirSync(cwd)).toEqual(["image.dcm"]);
  });
});

describe("wrong usage", () => {
  const python = fakePython;
  it.each([
    [["run"], "MODEL"],
    [["run", SPLEEN], "DICOM files are missing"],
    [["run", SPLEEN, "x", "--scope", "patient"], "--scope"],
    [["run", SPLEEN, "x", "--timeout", "soon"], "--timeout"],
    [["run", SPLEEN, "x", "--args", "novalue"], "KEY=VALUE"],
    [["run", SPLEEN, "x", "--annotations", "absent.json"], "can't be read"],
    [["run", SPLEEN, "x", "--annotations", "image.dcm"], "is not JSON"],
    [["run", SPLEEN, "image.dcm", "absent"], "absent does not exist"],
    [["run", SPLEEN, "x", "--device", "tpu"], "--device"],
    [["run", SPLEEN, "x", "--frobnicate"], "unknown option"],
  ])("%j", async (args, told) => {
    const cwd = place();
    const { exitCode, stdout, stderr } = await cli(args, { cwd });
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(told);
    expect(readdirSync(cwd)).toEqual(["image.dcm"]);
  });

  it.each([
    [{ missing: ["torch"] }, "it has no torch"],
    [{ monai: "1.3.0" }, "monai 1.3.0 instead of 0.8.1"],
  ])("a Python that lacks something: %j", async (facts, told) => {
    const { exitCode, stderr } = await cli(argsOf(python(GOOD, facts).path), { cwd: place() });
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining(told)]);
  });

  it("a Python that is not there", async () => {
    const { exitCode, stderr } = await cli(argsOf("/nowhere/python"), { cwd: place() });
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining("can't be started")]);
  });
});

describe("a run that fails", () => {
  const failing = async (behaviour: string, ...more: readonly string[]) => {
    const cwd = place();
    const done = await cli(argsOf(fakePython(behaviour).path, ...more), { cwd });
    return { ...done, left: readdirSync(cwd) };
  };

  it.each([
    ["input", 2],
    ["choice", 2],
    ["model", 1],
    ["machine", 3],
  ])("tells an error of the kind %s", async (kind, code) => {
    const error = { event: "error", kind, message: "It\u001b[31m failed.", details: ["a\u0007b"] };
    const behaviour = `say(${JSON.stringify(error)}); process.exitCode = 1;`;
    const { exitCode, stdout, stderr, left } = await failing(behaviour, "--json");
    expect(exitCode).toBe(code);
    expect(stderr).toContain("failed.");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are looked for
    expect(stderr).not.toMatch(/[\u001b\u0007]/);
    expect(outputOf(stdout)).toMatchObject({ ok: false, error: { exit_code: code } });
    expect(left).toEqual(["image.dcm"]);
  });

  it.each([
    ["error: 'ValueError: no spleen'", "ValueError: no spleen"],
    ["refused: ['Answer 1: study_uid is missing.']", "refused by MD.ai: Answer 1"],
  ])("has exit code 1 and a report where MD.ai would show an error", async (request, told) => {
    const behaviour = `say({ event: 'result', result: result({ ${request} }) });`;
    const { exitCode, stdout, left } = await failing(behaviour);
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining(told)]);
    expect(left).toEqual(["image.dcm", "out"]);
  });

  it("tells how a process ended that says nothing, with its last words", async () => {
    const { exitCode, stderr } = await failing(
      "fs.writeSync(2, 'out of luck\\n'); process.abort();",
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain("SIGABRT");
    expect(stderr).toContain("out of luck");
  });

  it("prints hostile names as text, and as text in the report", async () => {
    const title = "series \u001b]0;x\u0007 <img src=x onerror=alert(1)>";
    const behaviour = `say({ event: 'result', result: result({ title: ${JSON.stringify(title)} }) });`;
    const cwd = place();
    const { stdout } = await cli(argsOf(fakePython(behaviour).path), { cwd });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are looked for
    expect(stdout).not.toMatch(/[\u001b\u0007]/);
    expect(readFileSync(join(cwd, "out", "report.html"), "utf8")).not.toContain("<img src=x");
  });

  it("is stopped after --timeout, with all that it started", async () => {
    const child = join(scratch(), "pid");
    const behaviour = `
      const { pid } = require("node:child_process").spawn("sleep", ["60"], { stdio: "inherit" });
      fs.writeFileSync(${JSON.stringify(child)}, String(pid));
      process.on("SIGTERM", () => {});
      setInterval(() => {}, 1000);`;
    const { exitCode, stderr, left } = await failing(behaviour, "--timeout", "3");
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("longer than 3 s")]);
    expect(left).toEqual(["image.dcm"]);
    expect(isRunning(Number(readFileSync(child, "utf8")))).toBe(false);
  });

  it("does not wait for what the model left running", async () => {
    const behaviour = `
      require("node:child_process").spawn("sleep", ["60"], { stdio: "inherit" }).unref();
      ${GOOD} process.exit(0);`;
    const start = Date.now();
    expect((await failing(behaviour)).exitCode).toBe(0);
    expect(Date.now() - start).toBeLessThan(20_000);
  });
});

describe("a model", () => {
  it("that is not fit gives findings, and nothing is run", async () => {
    const mmar = make().remove("models/model.ts");
    const args = ["run", mmar.path, "image.dcm", "--python", "/nowhere", "-o", "out"];
    const cwd = place();
    const { exitCode, stderr } = await cli(args, { cwd });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("Nothing was run")]);
    const { stdout } = await cli([...args, "--json"], { cwd });
    expect(outputOf(stdout)).toMatchObject({ ok: false, out: null, requests: [], hand_over: null });
    expect(readdirSync(cwd)).toEqual(["image.dcm"]);
  });

  describe("as a bundle", () => {
    let folder: string;
    beforeAll(async () => {
      folder = scratch();
      const { exitCode } = await cli(["pack", SPLEEN, "-o", join(folder, "s.mdai.zip")]);
      expect(exitCode).toBe(0);
    });

    it("for Clara's image runs on MONAI, and the report says so", async () => {
      const cwd = place();
      const python = fakePython(`
        const config = JSON.parse(fs.readFileSync(join(order.bundle, "workspace/config_mdai.json")));
        const code = fs.readdirSync(join(order.bundle, ".mdai"));
        fs.writeFileSync(${JSON.stringify(join(folder, "seen.json"))}, JSON.stringify([config, code]));
        ${GOOD}`);
      const args = ["run", join(folder, "s.mdai.zip"), "image.dcm", "--python", python.path];
      const { exitCode, stdout, stderr } = await cli([...args, "--json"], { cwd });
      expect(exitCode, stderr).toBe(0);
      const [config, code] = JSON.parse(readFileSync(join(folder, "seen.json"), "utf8"));
      expect(config.engine.name).toBe("monai");
      expect(config.device).toBe("cpu");
      expect(code).toContain("mmar2mdai_engine.py");
      const output = outputOf(stdout);
      expect(output.hand_over?.bundle).toMatchObject({ path: join(folder, "s.mdai.zip") });
      expect(output.out).toBe(join(cwd, "s.run"));
      const report = readFileSync(join(cwd, "s.run", "report.html"), "utf8");
      expect(report).toContain("The same model and the same config ran on MONAI instead.");
      expect(report).toMatch(/\), cpu\b/);
      expect(report).not.toMatch(/\), gpu\b/);
      expect(report).toContain(output.hand_over?.bundle?.sha256);
    });

    it.each([
      ["without a config of ours", undefined],
      ["with a config of another version", { schema: 1, engine: {}, classes: [] }],
      ["with a config that is not whole", { schema: 2, engine: { name: "x" }, classes: [] }],
      ["with an empty config", {}],
    ])("that is not ours is refused: %s", async (_name, config) => {
      const root = join(scratch(), "bundle");
      mkdirSync(join(root, ".mdai"), { recursive: true });
      mkdirSync(join(root, "workspace"));
      writeFileSync(join(root, ".mdai", "config.yaml"), "base_image: py310\n");
      writeFileSync(join(root, ".mdai", "mdai_deploy.py"), "raise SystemExit\n");
      if (config !== undefined) {
        writeFileSync(join(root, "workspace", "config_mdai.json"), JSON.stringify(config));
      }
      const cwd = place();
      const args = ["run", root, "image.dcm", "--python", fakePython().path];
      const { exitCode, stderr } = await cli(args, { cwd });
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining("not one that this version")]);
      expect(readdirSync(cwd)).toEqual(["image.dcm"]);
    });
  });
});

describe("signals", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s leaves no process, no temporary folder and no result", async (name, code) => {
    const cwd = place();
    const tmp = scratch();
    const python = fakePython(`
      const { pid } = require("node:child_process").spawn("sleep", ["60"], { stdio: "ignore" });
      fs.writeFileSync(${JSON.stringify(join(tmp, "..", `${name}.pid`))}, String(pid));
      setInterval(() => {}, 1000);`);
    const running = cliProcess(argsOf(python.path), { cwd, env: { TMPDIR: tmp } });
    const child = join(tmp, "..", `${name}.pid`);
    for (let i = 0; i < 600 && !existsSync(child); i++) await wait(50);
    const pids = [...python.pids(), Number(readFileSync(child, "utf8"))];
    running.kill(name);
    const { exitCode, stderr } = await running;
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining("Nothing was written")]);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(readdirSync(tmp)).toEqual([]);
    expect(readdirSync(cwd)).toEqual(["image.dcm"]);
  });
});

describe("run --clean", () => {
  it("removes the environments and nothing else", async () => {
    const cache = scratch();
    const env = { XDG_CACHE_HOME: cache };
    const none = await cli(["run", "--clean"], { env });
    expect([none.exitCode, none.stdout]).toEqual([0, expect.stringContaining("There is no")]);
    mkdirSync(join(cache, "mmar2mdai", "environments", "abc", "bin"), { recursive: true });
    mkdirSync(join(cache, "other"));
    const { exitCode, stdout } = await cli(["run", "--clean"], { env });
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringContaining("Removed 1 Python environment"),
    ]);
    expect(readdirSync(join(cache, "mmar2mdai"))).toEqual([]);
    expect(existsSync(join(cache, "other"))).toBe(true);
  });
});
