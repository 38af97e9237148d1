import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RunFailure } from "../../src/errors.js";
import { isWhole, makeOnce, pythonIn, spoil } from "../../src/run/cache.js";
import { needsOf } from "../../src/run/choose-python.js";
import { findMaker, type Maker, makeEnvironment } from "../../src/run/environment-maker.js";
import { askPython, lackOf } from "../../src/run/python.js";
import { onSmallDisk } from "../support/disk.js";
import { scratch } from "../support/mmars.js";
import { pythonWith } from "../support/python.js";

const PYTHON = pythonWith("venv", "ensurepip");

/** A package of one module, as a wheel of a few hundred bytes. */
const WHEEL = `
import sys, zipfile
folder, name, version, size = sys.argv[1:]
info = f"{name}-{version}.dist-info/"
with zipfile.ZipFile(f"{folder}/{name}-{version}-py3-none-any.whl", "w") as wheel:
    wheel.writestr(f"{name}/__init__.py", "#" * int(size))
    wheel.writestr(info + "METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "")
`;

const NO_INDEX = { PIP_NO_INDEX: "1", PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_CACHE_DIR: "1" };

describe.skipIf(PYTHON === undefined)("making an environment", () => {
  let maker: Maker;
  let env: Record<string, string | undefined>;
  let wheels: string;
  afterAll(() => rmSync(wheels, { recursive: true }));
  beforeAll(() => {
    maker = { program: PYTHON as string, isUv: false };
    // pip parts the variable at spaces, which the folders of tests have.
    wheels = mkdtempSync(join(tmpdir(), "wheels-"));
    for (const [name, size] of [
      ["tinyone", "10"],
      ["tinytwo", "10"],
      ["hugeone", "40000000"],
    ]) {
      execFileSync(PYTHON as string, ["-c", WHEEL, wheels, name as string, "1.0", size as string]);
    }
    env = { ...process.env, ...NO_INDEX, PIP_FIND_LINKS: wheels };
  });

  const lists = (...names: readonly string[]) =>
    names.map((n) => ({ name: `${n}.txt`, lines: [n] }));

  it("installs one list after the other, once", async () => {
    const folder = join(scratch(), "env");
    const said: string[] = [];
    const hooks = { env, onLine: (line: string) => void said.push(line) };
    await makeEnvironment(folder, maker, { lists: lists("tinyone", "tinytwo") }, hooks);
    const installed = said.filter((line) => line.startsWith("Successfully installed"));
    expect(installed).toEqual([
      "Successfully installed tinyone-1.0",
      "Successfully installed tinytwo-1.0",
    ]);
    expect(await isWhole(folder)).toBe(true);
    const facts = await askPython(pythonIn(folder), needsOf(["tinyone==1.0", "tinytwo"]));
    expect(facts?.missing).toEqual(["pydicom", "numpy", "highdicom", "PIL"]);
    said.length = 0;
    await makeEnvironment(folder, maker, { lists: lists("tinyone") }, hooks);
    expect(said).toEqual([]);
  });

  it("keeps nothing where the package index fails, and says why", async () => {
    const folder = join(scratch(), "env");
    const failing = {
      ...process.env,
      PIP_INDEX_URL: "http://127.0.0.1:9/simple",
      PIP_RETRIES: "0",
    };
    const made = makeEnvironment(folder, maker, { lists: lists("tinyone") }, { env: failing });
    const error = await made.then(undefined, (reason: unknown) => reason as RunFailure);
    expect(error).toBeInstanceOf(RunFailure);
    expect(error?.kind).toBe("python");
    expect(error?.details.join("\n")).toMatch(/tinyone/);
    expect(readdirSync(join(folder, ".."))).toEqual([]);
    await makeEnvironment(folder, maker, { lists: lists("tinyone") }, { env });
    expect(await isWhole(folder)).toBe(true);
  });

  it("keeps nothing on a full disk, and says so", async (context) => {
    const wasDone = await onSmallDisk(scratch(), 45, async (disk) => {
      const folder = join(disk, "env");
      const made = makeEnvironment(folder, maker, { lists: lists("hugeone") }, { env });
      const error = await made.then(undefined, (reason: unknown) => reason as Error);
      expect(error?.message).toMatch(/no space is left/i);
      expect(existsSync(folder)).toBe(false);
    });
    if (!wasDone) context.skip();
  });

  it("leaves no process and no folder where it is interrupted, and is made at the next run", async () => {
    const folder = join(scratch(), "env");
    const controller = new AbortController();
    const slow = join(scratch(), "python");
    const pids = `${slow}.pids`;
    writeFileSync(
      slow,
      `#!/bin/sh\nmkdir -p "${folder}"\nsleep 60 & echo $$ $! > "${pids}"\nwait\n`,
    );
    chmodSync(slow, 0o755);
    const made = makeEnvironment(
      folder,
      { ...maker, program: slow },
      { lists: [] },
      {
        env,
        signal: controller.signal,
      },
    );
    const ended = made.then(undefined, (reason: unknown) => reason as Error);
    for (let i = 0; i < 200 && !existsSync(pids); i++) await wait(25);
    controller.abort();
    expect((await ended)?.name).toBe("AbortError");
    await wait(100);
    for (const pid of readFileSync(pids, "utf8").trim().split(" ")) {
      const state = existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : "gone";
      expect(state).toMatch(/gone|\) Z/);
    }
    expect(readdirSync(join(folder, ".."))).toEqual([]);
    await makeEnvironment(folder, maker, { lists: lists("tinyone") }, { env });
    expect(await isWhole(folder)).toBe(true);
  });

  it("is not led by modules in the working folder", async () => {
    const cwd = scratch();
    for (const name of ["venv", "pip", "json", "importlib"]) {
      writeFileSync(join(cwd, `${name}.py`), "raise SystemExit('led astray')");
    }
    const before = process.cwd();
    process.chdir(cwd);
    try {
      const folder = join(scratch(), "env");
      await makeEnvironment(folder, maker, { lists: lists("tinyone") }, { env });
      expect(await askPython(pythonIn(folder), needsOf([]))).toBeDefined();
    } finally {
      process.chdir(before);
    }
  });
});

describe("what was made before", () => {
  const fill = (folder: string, made: string[]) => async () => {
    made.push(folder);
    mkdirSync(folder);
    writeFileSync(join(folder, "x"), String(made.length));
    await wait(100);
  };

  it("is made once where two want it at once", async () => {
    const folder = join(scratch(), "env");
    const made: string[] = [];
    await Promise.all([makeOnce(folder, fill(folder, made)), makeOnce(folder, fill(folder, made))]);
    expect(made).toHaveLength(1);
    expect(readdirSync(join(folder, ".."))).toEqual(["env"]);
  });

  it.each([
    ["half of one", undefined],
    ["one of another version", '{"made":1}'],
    ["one with a broken mark", "{"],
  ])("is made anew: %s", async (_name, mark) => {
    const folder = join(scratch(), "env");
    mkdirSync(folder);
    writeFileSync(join(folder, "old"), "");
    if (mark !== undefined) writeFileSync(join(folder, "mmar2mdai.json"), mark);
    const made: string[] = [];
    await makeOnce(folder, fill(folder, made));
    expect([made.length, existsSync(join(folder, "old"))]).toEqual([1, false]);
    await makeOnce(folder, fill(folder, made));
    expect(made).toHaveLength(1);
    await spoil(folder);
    await makeOnce(folder, fill(folder, made));
    expect(made).toHaveLength(2);
  });

  it("takes over the lock of a process that has ended, whoever of several is first", async () => {
    const folder = join(scratch(), "env");
    const gone = spawn("true");
    await new Promise((resolve) => gone.once("exit", resolve));
    mkdirSync(`${folder}.lock`);
    writeFileSync(join(`${folder}.lock`, "pid"), String(gone.pid));
    const made: string[] = [];
    await Promise.all([1, 2, 3].map(() => makeOnce(folder, fill(folder, made))));
    expect(made).toHaveLength(1);
    expect(readdirSync(join(folder, ".."))).toEqual(["env"]);
  });

  it("waits for the lock of one that runs, until it is told to stop", async () => {
    const folder = join(scratch(), "env");
    mkdirSync(`${folder}.lock`);
    writeFileSync(join(`${folder}.lock`, "pid"), String(process.pid));
    const made: string[] = [];
    const waiting = makeOnce(folder, fill(folder, made), AbortSignal.timeout(700));
    await expect(waiting).rejects.toThrow();
    expect([made, existsSync(`${folder}.lock`)]).toEqual([[], true]);
    rmSync(`${folder}.lock`, { recursive: true });
  });
});

describe("finding a Python", () => {
  it("says what has to be installed where there is neither Python nor uv", async () => {
    const found = findMaker({ PATH: scratch() });
    await expect(found).rejects.toThrow(
      /Python 3\.10, 3\.11, 3\.9 with venv, or uv, has to be in PATH/,
    );
  });

  it("takes uv before a Python", async () => {
    const bin = scratch();
    writeFileSync(join(bin, "uv"), "#!/bin/sh\necho uv 0.13\n");
    chmodSync(join(bin, "uv"), 0o755);
    expect(await findMaker({ PATH: `${bin}:/usr/bin:/bin` })).toMatchObject({ isUv: true });
  });

  it("asks for packages by name and module, and passes over options and markers", () => {
    const lines = ["--extra-index-url x", "-r y.txt", "scikit-image", 'z==1; python_version < "3"'];
    const { modules, exact } = needsOf([...lines, "monai[nibabel]==0.8.1  # why", "my.pkg>=2", ""]);
    expect(exact).toEqual({ monai: "0.8.1" });
    expect(modules).toMatchObject({ skimage: "scikit-image", my_pkg: "my.pkg", monai: "monai" });
    expect(Object.keys(modules).sort()).toEqual(
      ["PIL", "highdicom", "monai", "my_pkg", "numpy", "pydicom", "skimage"].sort(),
    );
  });

  it("says what one lacks", () => {
    const needs = needsOf(["monai==0.8.1"]);
    const facts = { version: "3.10.1", isVirtual: true, missing: [], versions: {} };
    expect(lackOf({ ...facts, versions: { monai: "0.8.1" } }, needs)).toBeUndefined();
    expect(lackOf(facts, needs)).toBe("it has monai without a version instead of 0.8.1");
    expect(lackOf({ ...facts, missing: ["PIL"] }, needs)).toBe("it has no pillow");
  });
});
