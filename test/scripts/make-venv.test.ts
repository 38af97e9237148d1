import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { REPOSITORY, scratch } from "../support/mmars.js";
import { pythonWith } from "../support/python.js";

const SCRIPT = join(REPOSITORY, "scripts/make_venv.py");
const python = pythonWith("venv", "ensurepip", "fcntl");

/** Makes an environment that holds the package of a folder, whose setup says that it ran. */
const make = (folder: string, installs: readonly (readonly string[])[] = []) =>
  execa(python ?? "", [SCRIPT, folder, "[]", JSON.stringify(installs)], { reject: false });

const pip = (folder: string) => execFileSync(join(folder, "bin/pip"), ["--version"]).toString();

describe.skipIf(python === undefined)("a virtual environment", () => {
  it("is made where it stays, so that its commands run, and made once for two at once", async () => {
    const folder = join(scratch(), "env");
    const both = await Promise.all([make(folder), make(folder)]);
    expect(both.map(({ exitCode, all, stderr }) => [exitCode, all, stderr])).toEqual([
      [0, undefined, ""],
      [0, undefined, ""],
    ]);
    expect(pip(folder)).toContain(folder);
    writeFileSync(join(folder, "mine"), "");
    expect((await make(folder)).exitCode).toBe(0);
    expect(existsSync(join(folder, "mine"))).toBe(true);
  });

  it("that was interrupted is made anew", async () => {
    const folder = join(scratch(), "env");
    const running = make(folder);
    while (!existsSync(join(folder, "pyvenv.cfg"))) await new Promise((go) => setTimeout(go, 5));
    writeFileSync(join(folder, "half"), "");
    running.kill("SIGKILL");
    await running;
    expect(existsSync(join(folder, "complete"))).toBe(false);
    expect((await make(folder)).exitCode).toBe(0);
    expect(readdirSync(folder)).not.toContain("half");
    expect(pip(folder)).toContain(folder);
  });

  it("whose packages can't be had is not taken for whole", async () => {
    const folder = join(scratch(), "env");
    const missing = ["--no-index", "no-such-package"];
    const failed = await make(folder, [missing]);
    expect(failed.exitCode).toBe(1);
    expect(failed.stdout).toMatch(/pip install --no-index no-such-package failed:\n[\s\S]*no-such/);
    expect((await make(folder)).exitCode).toBe(0);
  });
});
