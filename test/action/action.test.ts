import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { action, echoingProgram, runAction } from "../support/action.js";
import { INSTALLED } from "../support/cli.js";
import { mmarMaker, REPOSITORY, scratch } from "../support/mmars.js";

const make = mmarMaker();

/** What a shell would run, if it saw it, in the ways in which it could come to see it. */
const HOSTILE = [
  "$(touch pwned)",
  "`touch pwned`",
  "; touch pwned;",
  '"; touch pwned; "',
  "'; touch pwned; '",
  "x\ntouch pwned\n",
  "&& touch pwned",
  "$IFS|touch pwned",
  "-x",
  "* ? ~ $HOME \\",
];

describe("action.yml", () => {
  const { inputs, outputs, runs } = action;

  it("is a composite action whose scripts hold no expressions", () => {
    expect(runs.using).toBe("composite");
    for (const { run, shell } of runs.steps) {
      expect(shell).toBe("bash");
      expect(run).not.toContain("${{");
    }
  });

  it("hands each input to the script, which reads it, and each output on", () => {
    const script = readFileSync(join(REPOSITORY, "scripts/action.mjs"), "utf8");
    const read = [...script.matchAll(/input\(env, "(\w+)"\)/g)].map(([, name]) => name);
    const names = Object.keys(inputs);
    expect([...new Set(read)].sort()).toEqual(names.map((name) => name.toUpperCase()).sort());
    const env = Object.assign({}, ...runs.steps.map((step) => step.env));
    expect(env).toEqual(
      Object.fromEntries(names.map((n) => [`INPUT_${n.toUpperCase()}`, `\${{ inputs.${n} }}`])),
    );
    for (const [name, { value }] of Object.entries(outputs)) {
      expect(value).toBe(`\${{ steps.run.outputs.${name} }}`);
    }
  });

  it("asks for the Node that the package needs", () => {
    const { engines } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));
    expect(engines.node).toBe(">=20.15");
    expect(runs.steps[0]?.run).toContain("major * 100 + minor >= 2015");
  });
});

describe("the arguments", () => {
  const argumentsFor = async (inputs: Record<string, string>) =>
    JSON.parse(
      readFileSync((await runAction(echoingProgram(), inputs)).outputs.result ?? "", "utf8"),
    ).args;

  it("come from the inputs, each in its place", async () => {
    expect(
      await argumentsFor({
        command: "batch",
        path: "a b\r\n\n  models/*\n-x\n",
        out: "out dir",
        config: "c.yaml",
        strict: "True",
        sarif: "s.sarif",
        args: "--shard\n2/8\n--class-names=liver, tumour\n",
      }),
    ).toEqual([
      ...["batch", "--json", "--out=out dir", "--config=c.yaml", "--report=sarif=s.sarif"],
      ...["--strict", "--shard", "2/8", "--class-names=liver, tumour"],
      ...["a b", "models/*", "./-x"],
    ]);
    expect(await argumentsFor({ path: "x" })).toEqual(["pack", "--json", "x"]);
  });

  it.each(HOSTILE)("are no shell's: %j", async (text) => {
    const cwd = scratch();
    const inputs = { path: text, out: text, config: text, sarif: text, args: text };
    const { outputs, exitCode } = await runAction(echoingProgram(), inputs, { cwd });
    expect(exitCode).toBe(0);
    expect(readdirSync(cwd)).toEqual([]);
    const { args } = JSON.parse(readFileSync(outputs.result ?? "", "utf8"));
    const [one, lines] = [text.trim(), text.trim().split("\n")];
    expect(args).toEqual([
      ...["pack", "--json", `--out=${one}`, `--config=${one}`, `--report=sarif=${one}`, ...lines],
      ...lines.map((line) => line.replace(/^-/, "./-")),
    ]);
  });
});

describe("a run", () => {
  it("packs, tells the outputs, and keeps the result out of the runner's reach", async () => {
    const cwd = scratch();
    const { exitCode, outputs, stdout } = await runAction(
      INSTALLED,
      { path: make().path },
      { cwd },
    );
    const bytes = readFileSync(join(cwd, "spleen_ct.mdai.zip"));
    expect(exitCode).toBe(0);
    expect(outputs).toEqual({
      ok: "true",
      result: expect.any(String),
      bundle: "spleen_ct.mdai.zip",
      sha256: createHash("sha256").update(bytes).digest("hex"),
      size: String(bytes.length),
    });
    expect(JSON.parse(readFileSync(outputs.result ?? "", "utf8"))).toMatchObject({ ok: true });
    const [, token = "", json = ""] =
      /::group::.*\n::stop-commands::(\S+)\n([\s\S]*)\n::\1::\n::endgroup::\n/.exec(stdout) ?? [];
    expect(token).toMatch(/^[\da-f-]{36}$/);
    expect(JSON.parse(json)).toMatchObject({ command: "pack", sha256: outputs.sha256 });
  });

  it("of an MMAR that is not fit ends with its exit code, and has a result", async () => {
    const cwd = scratch();
    const mmar = make().remove("models/model.ts");
    const { exitCode, outputs } = await runAction(INSTALLED, { path: mmar.path }, { cwd });
    expect(exitCode).toBe(1);
    expect(outputs).toMatchObject({ ok: "false", bundle: "", sha256: "", size: "" });
    const { findings } = JSON.parse(readFileSync(outputs.result ?? "", "utf8"));
    expect(findings[0].code).toBe("weights-missing");
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("with strict fails for a warning", async () => {
    const path = make().remove("commands/set_env.sh").path;
    expect((await runAction(INSTALLED, { path, strict: "false" })).exitCode).toBe(0);
    expect((await runAction(INSTALLED, { path, strict: "true" })).exitCode).toBe(1);
  });

  it("of a machine that fails ends with 3", async () => {
    const { exitCode, outputs } = await runAction(INSTALLED, {
      path: make().path,
      out: "/proc/x.zip",
    });
    expect([exitCode, outputs.ok, outputs.bundle]).toEqual([3, "false", ""]);
  });

  it("inspects", async () => {
    const { exitCode, outputs } = await runAction(INSTALLED, {
      command: "inspect",
      path: make().path,
      args: "--device\ncpu",
    });
    expect([exitCode, outputs.ok, outputs.bundle]).toEqual([0, "true", ""]);
    const result = JSON.parse(readFileSync(outputs.result ?? "", "utf8"));
    expect(result).toMatchObject({ command: "inspect", config_mdai: { device: "cpu" } });
  });

  it("packs many", async () => {
    const cwd = scratch();
    const path = [make().path, make("liver_tumor_ct").path].join("\n");
    const inputs = { command: "batch", path, out: "bundles" };
    const { exitCode, outputs } = await runAction(INSTALLED, inputs, { cwd });
    expect([exitCode, outputs.ok, outputs.bundle]).toEqual([0, "true", ""]);
    expect(readdirSync(join(cwd, "bundles"))).toEqual(
      expect.arrayContaining(["liver_tumor_ct.mdai.zip", "spleen_ct.mdai.zip"]),
    );
  });

  it("takes names of any kind, and outputs stay apart", async () => {
    const cwd = scratch();
    const name = `it's $(touch pwned) "x"; \`touch pwned\` ::error::`;
    cpSync(make().path, join(cwd, name), { recursive: true });
    const out = "out\nsha256=0\nok<<END";
    mkdirSync(join(cwd, out));
    const { exitCode, outputs, stderr } = await runAction(INSTALLED, { path: name, out }, { cwd });
    expect(exitCode, stderr).toBe(0);
    expect(outputs).toMatchObject({
      ok: "true",
      bundle: join(out, `${name}.mdai.zip`),
      sha256: expect.stringMatching(/^[\da-f]{64}$/),
    });
    expect(existsSync(join(cwd, outputs.bundle ?? ""))).toBe(true);
    expect(readdirSync(cwd).sort()).toEqual([name, out].sort());
  });

  it.each<[Record<string, string>, RegExp]>([
    [{}, /input path is missing/],
    [{ path: " \n" }, /input path is missing/],
    [
      { path: "MMAR", command: "rm" },
      /input command is one of pack, batch, inspect, verify: not "rm"/,
    ],
    [{ path: "MMAR", command: "--help" }, /input command/],
    [{ path: "MMAR", strict: "maybe" }, /input strict is true or false: not "maybe"/],
    [{ path: "MMAR", args: "--nothing" }, /unknown option '--nothing'/],
    [{ path: "MMAR\nother" }, /too many arguments/],
    [{ path: "MMAR", args: "--out" }, /missing required argument/],
  ])("of inputs that can't be ends with 2: %j", async (inputs, says) => {
    const [cwd, path] = [scratch(), make().path];
    const given = Object.entries(inputs).map(([k, v]) => [k, v.replace("MMAR", path)]);
    const run = await runAction(INSTALLED, Object.fromEntries(given), { cwd });
    expect([run.exitCode, run.outputs.ok, run.outputs.bundle]).toEqual([2, "false", ""]);
    expect(run.stderr).toMatch(says);
    expect(run.stderr).not.toMatch(/\n +at /);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe("the installation", () => {
  /** A PATH whose npm says where and how it was called, and installs the program or does not. */
  const npm = (place: string, does: string) => {
    const bin = scratch();
    const script = `#!/bin/sh\necho "npm $* in $PWD"\n${does}\n`;
    writeFileSync(join(bin, "npm"), script);
    chmodSync(join(bin, "npm"), 0o755);
    return {
      env: { PATH: `${bin}:${process.env.PATH}` },
      says: `npm ci --include=dev in ${place}`,
    };
  };

  it("is done where the program does not run yet", async () => {
    const place = echoingProgram();
    const built = join(place, "bin/mmar2mdai.js");
    const later = join(scratch(), basename(built));
    cpSync(built, later);
    writeFileSync(built, 'import "../dist/cli.js";');
    const { env, says } = npm(place, `cp "${later}" "${dirname(built)}"`);
    const { exitCode, stdout, outputs } = await runAction(place, { path: "x" }, { env });
    expect([exitCode, outputs.ok]).toEqual([0, "true"]);
    expect(stdout).toContain(says);
  });

  it("is left out where it does", async () => {
    const { env } = npm("", "exit 1");
    const { exitCode, stdout } = await runAction(echoingProgram(), { path: "x" }, { env });
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain("npm ");
  });

  it("that fails stops the action", async () => {
    const place = scratch();
    const { env, says } = npm(place, "exit 7");
    const { exitCode, stdout, outputs } = await runAction(place, { path: "x" }, { env });
    expect([exitCode, outputs.ok]).toEqual([7, ""]);
    expect(stdout).toContain(says);
  });
});
