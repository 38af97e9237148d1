import { execFileSync } from "node:child_process";
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { archiveOf } from "../files/archives.js";
import { cli, cliProcess } from "../support/cli.js";
import { mmarMaker, scratch, type TestMmar } from "../support/mmars.js";

const make = mmarMaker();

const doubtful = (): TestMmar => make().remove("commands/set_env.sh");
const broken = (): TestMmar => make().remove("models/model.ts");

const KINDS = ["sarif", "junit", "github", "markdown"] as const;
const ALL = KINDS.flatMap((kind) => ["--report", `${kind}=${kind}.out`]);

/** What the reports of a folder say, by kind. */
const reports = (cwd: string) =>
  Object.fromEntries(KINDS.map((kind) => [kind, readFileSync(join(cwd, `${kind}.out`), "utf8")]));

const results = (cwd: string): { ruleId: string; message: { text: string } }[] =>
  JSON.parse(readFileSync(join(cwd, "sarif.out"), "utf8")).runs[0].results;

describe("--report", () => {
  it.each(["inspect", "pack"])(
    "writes all kinds for %s, and changes nothing else",
    async (name) => {
      const [cwd, plain] = [scratch(), scratch()];
      const mmar = doubtful();
      const run = await cli([name, mmar.path, ...ALL], { cwd });
      const without = await cli([name, mmar.path], { cwd: plain });
      expect([run.exitCode, run.stdout, run.stderr]).toEqual([0, without.stdout, without.stderr]);
      const written = reports(cwd);
      for (const text of Object.values(written)) expect(text).toContain("set-env-missing");
      expect(written.junit).toContain('failures="0" errors="0"');
      expect(written.github).toMatch(/^::warning /);
      expect(written.markdown).toMatch(
        name === "pack" ? /packed into spleen\\_ct\.mdai/ : /can be/,
      );
      expect(readdirSync(cwd).filter((file) => file.includes("partial"))).toEqual([]);
    },
  );

  it.each(["inspect", "pack"])("is written where %s finds errors", async (name) => {
    const cwd = scratch();
    const { exitCode } = await cli([name, broken().path, ...ALL], { cwd });
    expect(exitCode).toBe(1);
    expect(reports(cwd).junit).toContain('failures="1"');
    expect(results(cwd).map((r) => r.ruleId)).toEqual(["weights-missing"]);
  });

  it("says where --strict is what fails", async () => {
    const cwd = scratch();
    const { exitCode } = await cli(["pack", doubtful().path, "--strict", ...ALL], { cwd });
    expect(exitCode).toBe(1);
    expect(results(cwd).map((r) => r.ruleId)).toEqual(["command-failed", "set-env-missing"]);
    expect(reports(cwd).junit).toContain('errors="1"');
  });

  it("says that the bundle is there already", async () => {
    const cwd = scratch();
    const { path } = make();
    expect((await cli(["pack", path, ...ALL], { cwd })).exitCode).toBe(0);
    expect(results(cwd)).toEqual([]);
    const { exitCode, stdout } = await cli(["pack", path, "--json", ...ALL], { cwd });
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      schema: 1,
      command: "pack",
      ok: false,
      error: {
        kind: "target-exists",
        message: expect.stringContaining("already exists"),
        exit_code: 2,
      },
    });
    expect(results(cwd)).toMatchObject([{ ruleId: "command-failed" }]);
    expect(results(cwd)[0]?.message.text).toContain("already exists");
  });

  it("says that the machine failed", async () => {
    const cwd = scratch();
    mkdirSync(join(cwd, "spleen_ct.mdai.zip"));
    const { exitCode, stdout } = await cli(["pack", make().path, "--json", ...ALL], { cwd });
    expect([exitCode, JSON.parse(stdout).error.kind]).toEqual([3, "machine"]);
    expect(results(cwd)).toMatchObject([{ ruleId: "command-failed" }]);
  });

  it("replaces an older report, in one step", async () => {
    const cwd = scratch();
    writeFileSync(join(cwd, "a"), "older");
    linkSync(join(cwd, "a"), join(cwd, "b"));
    const args = ["inspect", make().path, "--report", "junit=a"];
    expect((await cli(args, { cwd })).exitCode).toBe(0);
    expect(readFileSync(join(cwd, "a"), "utf8")).toMatch(/^<\?xml/);
    expect(readFileSync(join(cwd, "b"), "utf8")).toBe("older");
  });

  it("gives the same to the byte each time", async () => {
    const { path } = broken();
    const [a, b] = [scratch(), scratch()];
    await cli(["inspect", path, ...ALL], { cwd: a });
    await cli(["inspect", path, ...ALL], { cwd: b, env: { TZ: "Asia/Kathmandu", LANG: "tr_TR" } });
    const relative = (cwd: string) => JSON.stringify(reports(cwd)).replaceAll(cwd, "");
    expect(relative(a)).toBe(relative(b));
  });

  const REFUSED: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["no kind", ["x.sarif"], /"x\.sarif" must be KIND=FILE.*sarif, junit, github, markdown/],
    ["an unknown kind", ["html=x"], /"html=x" must be KIND=FILE/],
    ["no file", ["sarif="], /"sarif=" must name a file/],
    ["stdout", ["sarif=-"], /"sarif=-" must name a file: stdout is for the result/],
    ["a missing folder", ["sarif=no/x"], /no\/x: the folder no does not exist\. Create it first/],
    ["a folder", ["sarif=sub"], /sub: it is not a file/],
    ["a device", ["sarif=/dev/null"], /\/dev\/null: it is not a file/],
    ["a link", ["sarif=link"], /link: it is not a file/],
    ["one file twice", ["sarif=x", "junit=./x"], /two reports can't be one file/],
    ["one file by two folders", ["sarif=x", "junit=here/x"], /two reports can't be one file/],
    ["one old file twice", ["sarif=old", "junit=here/old"], /two reports can't be one file/],
    ["the bundle", ["sarif=m.mdai.zip"], /m\.mdai\.zip: a report can't be named like an archive/],
    ["the manifest", ["sarif=m.mdai.zip.manifest.json"], /json is what the command writes/],
    [
      "the checksum by another path",
      ["sarif=here/m.mdai.zip.sha256"],
      /is what the command writes/,
    ],
    ["a file of the MMAR", ["sarif=m/config/environment.json"], /would lie in m, which/],
    ["a new file in the MMAR", ["sarif=m/x.sarif"], /would lie in m, which the command reads/],
    ["the MMAR by another path", ["sarif=here/m/x"], /would lie in m, which the command reads/],
    ["the requirements", ["sarif=r.txt"], /r\.txt: it is read by the command/],
    ["the config file", ["sarif=mmar2mdai.config.yaml"], /it is read by the command/],
  ];

  it.each(REFUSED)("refuses %s before any work", async (_, given, says) => {
    const cwd = scratch();
    const mmar = make("spleen_ct", "m");
    execFileSync("cp", ["-r", mmar.path, cwd]);
    mkdirSync(join(cwd, "sub"));
    for (const name of ["old", "r.txt", "mmar2mdai.config.yaml"])
      writeFileSync(join(cwd, name), "");
    symlinkSync("old", join(cwd, "link"));
    symlinkSync(".", join(cwd, "here"));
    const before = readdirSync(cwd, { recursive: true }).length;
    const args = given.flatMap((report) => ["--report", report]);
    const run = await cli(["pack", "m", "--requirements", "r.txt", ...args, "--json"], { cwd });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(says);
    expect(JSON.parse(run.stdout).error).toMatchObject({ kind: "usage", exit_code: 2 });
    expect(readdirSync(cwd, { recursive: true })).toHaveLength(before);
    expect(readFileSync(join(cwd, "old"), "utf8")).toBe("");
  });

  it("refuses the archive that is read, whatever its name", async () => {
    const cwd = scratch();
    await cli(["pack", make().path, "-o", join(cwd, "a.zip")]);
    linkSync(join(cwd, "a.zip"), join(cwd, "b"));
    for (const [name, says] of [
      ["a.zip", "a report can't be named like an archive"],
      ["b", "it is read by the command"],
    ] as const) {
      const run = await cli(["inspect", "a.zip", "--report", `sarif=${name}`], { cwd });
      expect([run.exitCode, run.stdout]).toEqual([2, ""]);
      expect(run.stderr).toContain(says);
    }
  });

  it("tells of a batch, each MMAR a subject", async () => {
    const cwd = scratch();
    for (const [name, mmar] of [
      ["a", make()],
      ["b", doubtful()],
      ["c", broken()],
    ] as const) {
      execFileSync("cp", ["-r", mmar.path, join(cwd, name)]);
    }
    mkdirSync(join(cwd, "data"));
    writeFileSync(join(cwd, "data/x"), "1");
    await archiveOf("zip, deflated", join(cwd, "data"), join(cwd, "d"), false);
    const args = ["batch", ".", "-o", "out", ...ALL];
    const run = await cli(args, { cwd });
    expect(run.exitCode).toBe(1);
    const { markdown, junit, github } = reports(cwd);
    expect(markdown).toContain("2 of 3 are fine; 1 error, 1 warning.");
    expect(markdown).toMatch(/\| ✅ \| a \| packed into out/);
    expect(junit?.match(/<testsuite /g)).toHaveLength(3);
    expect(github).toMatch(/^::warning file=b\/commands[^\n]*\n::error file=c\/[^\n]*\n$/);
    expect(results(cwd).map((r) => r.ruleId)).toEqual(["set-env-missing", "weights-missing"]);
    expect((await cli(args, { cwd })).exitCode).toBe(1);
    expect(reports(cwd).markdown).toMatch(/\| ✅ \| a \| up to date\\: out/);
  });

  it("of a batch may lie in a folder that is searched, but not in an MMAR or on a list", async () => {
    const cwd = scratch();
    execFileSync("cp", ["-r", make().path, join(cwd, "m")]);
    writeFileSync(join(cwd, "list.yaml"), "models: [m]\n");
    const batch = (report: string) =>
      cli(["batch", ".", "list.yaml", "-o", "out", "--report", report], { cwd });
    for (const [report, says] of [
      ["sarif=m/config/x", /x: it would lie in the MMAR .*\/m\. Name/],
      ["sarif=list.yaml", /list\.yaml: it is read by the command/],
    ] as const) {
      const { exitCode, stderr } = await batch(report);
      expect([exitCode, stderr]).toEqual([2, expect.stringMatching(says)]);
    }
    expect(readdirSync(cwd).sort()).toEqual(["list.yaml", "m"]);
  });

  it("says of a batch that its folder can't be made", async () => {
    const cwd = scratch();
    execFileSync("cp", ["-r", make().path, join(cwd, "m")]);
    writeFileSync(join(cwd, "out"), "a file");
    const { exitCode, stdout } = await cli(["batch", "m", "-o", "out", "--json", ...ALL], { cwd });
    expect([exitCode, JSON.parse(stdout).error.kind]).toEqual([3, "machine"]);
    expect(results(cwd)).toMatchObject([{ ruleId: "command-failed" }]);
  });

  it.skipIf(process.platform !== "linux")(
    "that has no room is said, fails with 3, and takes nothing of the result back",
    async () => {
      const cwd = scratch();
      // /dev/full itself is no file; a limit on the size of files is met as a full disk is.
      const script = 'ulimit -f 8; exec "$@"';
      const mmar = broken();
      const run = await cliProcess(
        ["inspect", mmar.path, "--json", "--report", "sarif=a", ...ALL.slice(2)],
        {
          cwd,
          shell: script,
        },
      );
      expect(run.exitCode).toBe(3);
      expect(run.stderr).toMatch(/Can't write the report a: .*\(EFBIG\)\. .*--report\./);
      expect(JSON.parse(run.stdout)).toMatchObject({ command: "inspect", ok: false });
      expect(readdirSync(cwd).sort()).toEqual(["github.out", "junit.out", "markdown.out"]);
    },
  );
});

describe("in GitHub Actions", () => {
  const actions = (cwd: string, more: Readonly<Record<string, string>> = {}) => ({
    cwd,
    env: {
      GITHUB_ACTIONS: "true",
      GITHUB_WORKSPACE: cwd,
      GITHUB_STEP_SUMMARY: join(cwd, "summary"),
      ...more,
    },
  });
  const annotations = (stderr: string) =>
    stderr.split("\n").filter((line) => line.startsWith("::"));

  it("annotations are on stderr and the summary is appended, by themselves", async () => {
    const cwd = scratch();
    writeFileSync(join(cwd, "summary"), "before\n");
    execFileSync("cp", ["-r", broken().path, join(cwd, "m")]);
    mkdirSync(join(cwd, "sub"));
    const options = actions(cwd);
    const run = await cli(["pack", "../m"], { ...options, cwd: join(cwd, "sub") });
    expect(run.exitCode).toBe(1);
    expect(annotations(run.stderr)).toEqual([
      expect.stringMatching(/^::error file=m\/config\/environment\.json,line=12,col=3,title=m%3A /),
    ]);
    expect(run.stdout).not.toContain("::");
    const summary = readFileSync(join(cwd, "summary"), "utf8");
    expect(summary).toMatch(/^before\n## mmar2mdai pack\n/);
    expect(summary).toContain("weights-missing");
  });

  const RUNS: readonly (readonly [readonly string[], () => TestMmar, number])[] = [
    [["pack"], doubtful, 1],
    [["inspect"], doubtful, 1],
    [["pack"], broken, 1],
    [["inspect"], broken, 1],
    [["pack", "--out", "no/x.zip"], make, 1],
    [["pack", "--strict", "--quiet", ...ALL], doubtful, 2],
  ];

  it("stdout is one JSON document and nothing else", async () => {
    for (const [args, mmar, told] of RUNS) {
      const run = await cli([...args, mmar().path, "--json"], actions(scratch()));
      const result = JSON.parse(run.stdout);
      expect([result.schema, result.command]).toEqual([1, args[0]]);
      expect(annotations(run.stderr)).toHaveLength(told);
    }
  });

  it("a shell can take the hash from it", async () => {
    const cwd = scratch();
    const { path } = doubtful();
    const sha = await cliProcess(["pack", path, "--json"], {
      ...actions(cwd),
      shell: `sha=$("$@" | "$1" -pe 'JSON.parse(fs.readFileSync(0)).sha256') && printf %s "$sha"`,
    });
    const [bundle = ""] = readdirSync(cwd).filter((name) => name.endsWith(".zip"));
    const own = execFileSync("sha256sum", [join(cwd, bundle)], { encoding: "utf8" });
    expect(sha.stdout).toBe(own.slice(0, 64));
  });

  it("wrong usage and failures are annotated, too", async () => {
    const cwd = scratch();
    const bad = await cli(["pack", make().path, "--device", "cpu", "--env", "1=2"], actions(cwd));
    expect([bad.exitCode, annotations(bad.stderr)]).toEqual([
      2,
      [expect.stringMatching(/^::error title=mmar2mdai pack::--env/)],
    ]);
    mkdirSync(join(cwd, "spleen_ct.mdai.zip"));
    const failed = await cli(["pack", make().path], actions(cwd));
    expect([failed.exitCode, annotations(failed.stderr)]).toEqual([
      3,
      [expect.stringMatching(/^::error title=spleen_ct%3A mmar2mdai pack::Can't create/)],
    ]);
    expect(readFileSync(join(cwd, "summary"), "utf8")).toContain("❌");
  });

  it("--no-annotations turns both off, and nothing is told elsewhere", async () => {
    const cwd = scratch();
    const { path } = doubtful();
    for (const [args, env] of [
      [["--no-annotations"], {}],
      [[], { GITHUB_ACTIONS: "" }],
    ] as const) {
      const run = await cli(["inspect", path, ...args], actions(cwd, env));
      expect([run.exitCode, annotations(run.stderr)]).toEqual([0, []]);
      expect(readdirSync(cwd)).toEqual([]);
    }
  });

  it("a summary that is full, missing or not to be written fails nothing", async () => {
    const cwd = scratch();
    const { path } = doubtful();
    writeFileSync(join(cwd, "full"), "x".repeat(1024 * 1024 - 100));
    writeFileSync(join(cwd, "nearly"), "x".repeat(1024 * 1024 - 5000));
    const tell = (file: string) =>
      cli(["inspect", path], actions(cwd, { GITHUB_STEP_SUMMARY: file }));
    for (const file of ["", join(cwd, "full"), join(cwd, "nearly")]) {
      const { exitCode, stderr } = await tell(file);
      expect([exitCode, stderr.includes("can't be written")]).toEqual([0, false]);
    }
    expect(statSync(join(cwd, "full")).size).toBe(1024 * 1024 - 100);
    const size = statSync(join(cwd, "nearly")).size;
    expect(size).toBeGreaterThan(1024 * 1024 - 5000);
    expect(size).toBeLessThanOrEqual(1024 * 1024);
    const { exitCode, stderr } = await tell(join(cwd, "no/summary"));
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringMatching(/summary can't be written \(ENOENT\)/),
    ]);
  });

  it("names of an MMAR give the runner no orders", async () => {
    const cwd = scratch();
    const mmar = make("spleen_ct", "::stop-commands::x").set("config/dataset_0.json", ["labels"], {
      "0": "background",
      "1": "##[add-mask]x",
    });
    for (const args of [
      ["inspect"],
      ["inspect", "--json"],
      ["batch", "--out", "out", "--strict"],
    ]) {
      const { stdout, stderr } = await cli([...args, mmar.path], actions(cwd));
      // In an annotation the runner looks for nothing more.
      const others = stderr
        .split("\n")
        .filter((line) => !/^::(error|warning) (file|title)=/.test(line));
      const orders = [stdout, ...others].join("\n").match(/^\s*::|##\[/gm) ?? [];
      expect(orders).toEqual([]);
      expect(stdout).toContain("stop-commands");
    }
  });
});
