import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMaker, makeEnvironment } from "../../src/run/environment-maker.js";
import { cliProcess, INSTALLED } from "../support/cli.js";
import { REPOSITORY, scratch } from "../support/mmars.js";
import { Wheels } from "./wheels.js";

// The command makes its environment itself, of wheels that hold next to nothing.

const LONG = 600_000;
const HERE = join(REPOSITORY, "test/run");
const SPLEEN = join(REPOSITORY, "fixtures/spleen_ct");
const PATH = "/usr/local/bin:/usr/bin:/bin";
const QUESTION = "Go on? [y/N]";

/** The Python that the command finds, which the tests use, too. */
const python = await findMaker({ PATH }).then(
  ({ program }) =>
    execFileSync(program, ["-I", "-c", "import sys; print(sys.executable)"], {
      env: { PATH },
      encoding: "utf8",
    }).trim(),
  () => undefined,
);

/** The folder of a uv that is installed for the tests; undefined where it can't be had. */
async function uvFolder(python: string): Promise<string | undefined> {
  const folder = join(scratch(), "uv");
  const list = join(REPOSITORY, "test/python/requirements-uv.txt");
  const bin = join(folder, "bin");
  try {
    await execa(python, ["-m", "venv", folder]);
    await execa(join(bin, "python"), ["-m", "pip", "install", "-q", "-r", list]);
    return bin;
  } catch (error) {
    if (process.env.CI === "true") throw error;
    console.warn(`LEFT OUT: uv can't be installed: ${(error as Error).message}`);
    return undefined;
  }
}

/** Processes whose command line names a folder, where the system tells. */
function processesOf(folder: string): string[] {
  const pids = existsSync("/proc") ? readdirSync("/proc").filter((name) => /^\d+$/.test(name)) : [];
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
    } catch {
      return false;
    }
  });
}

describe.skipIf(python === undefined)("a run without an environment", () => {
  let wheels: Wheels;
  beforeAll(async () => {
    wheels = new Wheels(python ?? "");
    await wheels.listen();
  });
  afterAll(() => wheels.close());

  /** A folder to stand in, a cache of its own, and the variables for both. */
  function place() {
    const cwd = scratch();
    writeFileSync(join(cwd, "image.dcm"), "x");
    const cache = scratch();
    const env = {
      PATH,
      XDG_CACHE_HOME: cache,
      VIRTUAL_ENV: "",
      // What the machine's own settings name must not be asked.
      PIP_CONFIG_FILE: "/dev/null",
      PIP_EXTRA_INDEX_URL: "",
      PIP_FIND_LINKS: "",
      UV_NO_CONFIG: "1",
      UV_FIND_LINKS: "",
      UV_EXTRA_INDEX_URL: "",
      PIP_INDEX_URL: wheels.url("all"),
      PIP_NO_CACHE_DIR: "1",
      UV_DEFAULT_INDEX: wheels.url("all"),
      UV_CACHE_DIR: join(cache, "uv"),
    };
    const environments = join(cache, "mmar2mdai", "environments");
    const made = () => (existsSync(environments) ? readdirSync(environments) : []);
    return { cwd, env, made, tmp: scratch() };
  }

  // With a GPU no other index is asked, whatever network there is.
  const ARGS = ["run", SPLEEN, "image.dcm", "-o", "out", "--device", "gpu"];

  /** Runs the command where a user sits. */
  async function onTerminal(
    { cwd, env, tmp }: ReturnType<typeof place>,
    steps: readonly { after: string; keys: string }[],
    ...more: readonly string[]
  ) {
    const bin = join(INSTALLED, "bin/mmar2mdai.js");
    const command = [process.execPath, bin, ...ARGS, ...more];
    const { stdout } = await execa(python ?? "", [join(HERE, "terminal.py")], {
      cwd,
      env: { ...env, TMPDIR: tmp, TERM: "xterm" },
      input: JSON.stringify({ command, steps }),
    });
    return JSON.parse(stdout) as { code: number; output: string };
  }

  it(
    "asks on a terminal, and installs nothing after a no",
    async () => {
      const at = place();
      const { code, output } = await onTerminal(at, [{ after: QUESTION, keys: "n\r" }]);
      expect(code, output).toBe(3);
      expect(output).toContain("a Python environment is made once");
      expect(output).toMatch(/torch==1\.13\.1.*monai==0\.8\.1/);
      expect(output).toContain("about 3.5 GB on the disk; --clean removes it.");
      expect(output).toContain("Nothing was installed");
      expect(at.made()).toEqual([]);
      expect(readdirSync(at.cwd)).toEqual(["image.dcm"]);
    },
    LONG,
  );

  it(
    "takes Ctrl-D for a no, and Ctrl-C for a stop",
    async () => {
      const at = place();
      const closed = await onTerminal(at, [{ after: QUESTION, keys: "\u0004" }]);
      expect(closed.code, closed.output).toBe(3);
      const stopped = await onTerminal(at, [{ after: QUESTION, keys: "\u0003" }]);
      expect(stopped.code, stopped.output).toBe(130);
      expect(stopped.output).toContain("Nothing was written");
      expect([at.made(), readdirSync(at.cwd), readdirSync(at.tmp)]).toEqual([
        [],
        ["image.dcm"],
        [],
      ]);
    },
    LONG,
  );

  it(
    "makes the environment after a yes, and asks no more the next time",
    async () => {
      const at = place();
      const { code, output } = await onTerminal(at, [{ after: QUESTION, keys: "y\r" }]);
      expect(code, output).toBe(0);
      expect(output).toMatch(/Successfully installed .*pydicom-2\.3\.1/);
      expect(output).toMatch(/Successfully installed .*torch-1\.13\.1/);
      expect(at.made()).toHaveLength(1);
      expect(existsSync(join(at.cwd, "out/report.html"))).toBe(true);
      wheels.asked.length = 0;
      const again = await onTerminal(at, [], "--force");
      expect(again.code, again.output).toBe(0);
      expect(again.output).not.toContain("Go on?");
      expect(wheels.asked).toEqual([]);
    },
    LONG,
  );

  it(
    "installs with --yes where nobody can be asked, and without it nothing",
    async () => {
      const { cwd, env, made } = place();
      const refused = await cliProcess(ARGS, { cwd, env });
      expect([refused.exitCode, refused.stderr]).toEqual([3, expect.stringContaining("--yes")]);
      expect(made()).toEqual([]);
      const { exitCode, stderr } = await cliProcess([...ARGS, "--yes"], { cwd, env });
      expect(exitCode, stderr).toBe(0);
      expect(made()).toHaveLength(1);
      const cleaned = await cliProcess(["run", "--clean"], { cwd, env });
      expect(cleaned.stdout).toContain("Removed 1 Python environment");
      expect(made()).toEqual([]);
    },
    LONG,
  );

  it(
    "keeps nothing of an installation that Ctrl-C stops, and makes it anew",
    async () => {
      const at = place();
      wheels.stallsAt = "torch-";
      const stopped = await onTerminal(at, [
        { after: QUESTION, keys: "y\r" },
        { after: "Collecting torch", keys: "\u0003" },
      ]);
      expect(stopped.code, stopped.output).toBe(130);
      expect(stopped.output).toContain("Successfully installed");
      expect(at.made()).toEqual([]);
      expect(processesOf(at.env.XDG_CACHE_HOME)).toEqual([]);
      wheels.goOn();
      const { exitCode, stderr } = await cliProcess([...ARGS, "--yes"], at);
      expect(exitCode, stderr).toBe(0);
      expect(at.made()).toHaveLength(1);
    },
    LONG,
  );

  it(
    "takes over from one that was killed in the middle of installing",
    async () => {
      const { cwd, env, made } = place();
      wheels.stallsAt = "torch-";
      const killed = cliProcess([...ARGS, "--yes"], { cwd, env });
      await expect.poll(() => wheels.isStalled, { timeout: LONG }).toBe(true);
      killed.kill("SIGKILL");
      await killed;
      // Half of one, and its lock.
      expect(made()).toHaveLength(2);
      wheels.goOn();
      const { exitCode, stderr } = await cliProcess([...ARGS, "--yes"], { cwd, env });
      expect(exitCode, stderr).toBe(0);
      expect(made()).toHaveLength(1);
    },
    LONG,
  );

  it(
    "is made by uv where it is in PATH",
    async (context) => {
      const uv = await uvFolder(python ?? "");
      if (uv === undefined) return context.skip();
      const { cwd, env, made } = place();
      const withUv = { ...env, PATH: `${uv}:${PATH}` };
      const { exitCode, stderr } = await cliProcess([...ARGS, "--yes"], { cwd, env: withUv });
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toMatch(/\+ torch==1\.13\.1/);
      const [name = ""] = made();
      const folder = join(env.XDG_CACHE_HOME, "mmar2mdai/environments", name);
      expect(readFileSync(join(folder, "pyvenv.cfg"), "utf8")).toMatch(/^uv = /m);

      // PyTorch's own index has another NumPy than the one that is asked for.
      const program = join(uv, "uv");
      const other = join(scratch(), "env");
      const lines = ["torch==1.13.1", "numpy==1.23.5", "scipy==1.10.1"];
      const said: string[] = [];
      await makeEnvironment(
        other,
        { program, isUv: true },
        { lists: [{ name: "list.txt", lines }], cpuIndex: wheels.url("cpu") },
        { env: { ...process.env, ...withUv }, onLine: (line) => said.push(line) },
      );
      expect(said.filter((line) => line.startsWith(" + "))).toEqual([
        " + numpy==1.23.5",
        " + scipy==1.10.1",
        " + torch==1.13.1+cpu",
      ]);
    },
    LONG,
  );
});
