import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyProject } from "../support/project.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

let folder: string;
/** A copy of the project: packing builds it, and others may run the program in dist/ meanwhile. */
let project: string;
let tarball: string;

beforeAll(async () => {
  const copy = await copyProject();
  ({ folder, project } = copy);
  const { stdout } = await execa("npm", ["pack", "--json", "--pack-destination", folder], {
    cwd: project,
  });
  // The build prints before the JSON does.
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as { filename: string }[];
  tarball = join(folder, packed?.filename ?? "");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("the tarball holds what it needs at run time, and nothing of the tests", async () => {
  const { stdout } = await execa("tar", ["-tzf", tarball]);
  const paths = stdout.split("\n").map((path) => path.replace(/^package\//, ""));
  expect(paths).toEqual(
    expect.arrayContaining([
      "bin/mmar2mdai.js",
      "dist/index.js",
      "dist/index.d.ts",
      "dist/write/follower-thread.js",
      "python/bool_masks.py",
      "python/read_deploy_code.py",
      "schemas/config_mdai.schema.json",
      "schemas/output.schema.json",
      "templates/segmentation/mdai_deploy.py",
      "templates/engines/clara/requirements.txt",
      "templates/engines/monai/mmar2mdai_engine.py",
      "templates/engines/monai/requirements.txt",
      "templates/engines/monai/requirements-nifti.txt",
      "LICENSE",
      "README.md",
    ]),
  );
  expect(
    paths.filter((path) => /^(test|src|fixtures|bench|scripts)\/|pycache|\.pyc$/.test(path)),
  ).toEqual([]);
});

test("it installs elsewhere, and its command and library run there", async () => {
  const home = join(folder, "elsewhere");
  await execa("mkdir", [home]);
  await writeFile(join(home, "package.json"), '{"private": true, "type": "module"}');
  await execa("npm", ["install", "--no-audit", "--no-fund", tarball], { cwd: home });
  const mmar = join(ROOT, "fixtures/spleen_ct");
  const command = await execa("npx", ["mmar2mdai", "pack", mmar, "--json"], { cwd: home });
  expect(JSON.parse(command.stdout)).toMatchObject({ ok: true, target: "spleen_ct.mdai.zip" });
  const script = `
    import { inspect, pack } from "mmar2mdai";
    const seen = await inspect(process.argv[2]);
    const { ok, bundle } = await pack(process.argv[2], { out: "library.zip" });
    console.log(JSON.stringify({ ok, size: bundle.size, classes: seen.model.classes.value.length }));
  `;
  await writeFile(join(home, "use.mjs"), script);
  const library = await execa("node", ["use.mjs", mmar], { cwd: home });
  const size = (await readFile(join(home, "library.zip"))).length;
  expect(JSON.parse(library.stdout)).toEqual({ ok: true, size, classes: 1 });
});

test("publint and are-the-types-wrong have nothing to say", async () => {
  const options = { cwd: project, preferLocal: true, reject: false, all: true } as const;
  const publint = await execa("publint", ["run", "--strict", "--pack", "npm"], options);
  expect(publint.all).toContain("All good!");
  // Node 10's resolution knows no exports; the package is for Node 20 and up, and ESM only.
  const types = await execa("attw", [tarball, "--profile", "esm-only"], options);
  expect(types.exitCode, types.all).toBe(0);
});

test("it has no script that npm runs, and warns about, where it is installed", async () => {
  const { stdout } = await execa("tar", ["-xzOf", tarball, "package/package.json"]);
  const { scripts, repository, homepage, bugs } = JSON.parse(stdout);
  for (const name of ["preinstall", "install", "postinstall", "prepublish", "prepare"]) {
    expect(scripts).not.toHaveProperty(name);
  }
  const url = /^git\+(https:\/\/github\.com\/[\w-]+\/[\w-]+)\.git$/.exec(repository.url)?.[1];
  expect(url).toBeDefined();
  expect(homepage).toBe(`${url}#readme`);
  expect(bugs.url).toBe(`${url}/issues`);
});

test("no link of its pages leads nowhere", async () => {
  const { stdout } = await execa("tar", ["-tzf", tarball]);
  const packed = new Set(stdout.split("\n").map((path) => path.replace(/^package\//, "")));
  const pages = [...packed].filter((path) => path.endsWith(".md"));
  expect(pages).toEqual(expect.arrayContaining(["README.md", "docs/findings.md", "SECURITY.md"]));
  for (const page of pages) {
    const text = await readFile(join(ROOT, page), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)) {
      // npm's page takes what is relative from the repository.
      const path = join(dirname(page), target);
      expect(packed.has(path) || existsSync(join(ROOT, path)), `${page}: ${target}`).toBe(true);
    }
  }
});
