import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { zipOf } from "../files/archives.js";
import { cli } from "../support/cli.js";
import { BY_HAND, writeTar, writeZip } from "../support/handmade.js";
import { REPOSITORY, scratch } from "../support/mmars.js";

const schema = (name: string) =>
  JSON.parse(readFileSync(join(REPOSITORY, `schemas/${name}.schema.json`), "utf8"));
const validate = new Ajv({ strict: true, allowUnionTypes: true })
  .addSchema(schema("config_mdai"))
  .compile(schema("output"));

const TREE = [
  "236 bytes  └── model/",
  "229 bytes      ├── .mdai/",
  " 35 bytes      │   ├── config.yaml",
  "174 bytes      │   ├── mdai_deploy.py",
  " 20 bytes      │   └── requirements.txt",
  "  7 bytes      └── model.h5",
];

/** The sizes are those of the files, whatever they are now. */
const FILES = { ...BY_HAND, "model/.mdai/mdai_deploy.py": "#".repeat(174) };

/** The files below a folder. */
function unpacked(): string {
  const folder = join(scratch(), "by-hand");
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const HEADS = {
  zip: [
    () => Promise.resolve(writeZip(join(scratch(), "b.zip"), FILES)),
    /b\.zip {2}zip, \d+ bytes, 4 files, 236 bytes unpacked$/,
  ],
  "tar.gz": [
    () => writeTar(join(scratch(), "b.tar.gz"), FILES),
    /b\.tar\.gz {2}tar\.gz, \d+ bytes, 4 files, 236 bytes unpacked$/,
  ],
  folder: [() => Promise.resolve(unpacked()), /by-hand {2}folder, 4 files, 236 bytes$/],
} as const;

describe("list", () => {
  it.each(Object.entries(HEADS))("shows a %s as a tree with sizes", async (_, [make, head]) => {
    const { exitCode, stdout, stderr } = await cli(["list", await make()]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const [first, ...tree] = stdout.trimEnd().split("\n");
    expect(first).toMatch(head);
    expect(tree).toEqual(TREE);
  });

  it.each(Object.entries(HEADS))("prints a %s as JSON", async (format, [make]) => {
    const { exitCode, stdout } = await cli(["list", await make(), "--json"]);
    expect(exitCode).toBe(0);
    const result = JSON.parse(stdout);
    validate(result);
    expect(validate.errors ?? []).toEqual([]);
    const entries = Object.entries(FILES).map(([path, text]) => ({ path, size: text.length }));
    expect(result).toMatchObject({
      command: "list",
      ok: true,
      format,
      files: 4,
      content_size: 236,
      entries: entries.sort((a, b) => (a.path < b.path ? -1 : 1)),
      findings: [],
    });
    expect(result.size === null).toBe(format === "folder");
  });

  it("shows what pack wrote, in all its forms the same", async () => {
    const folder = scratch();
    const mmar = join(REPOSITORY, "fixtures/spleen_ct");
    const trees = [];
    for (const name of ["x.zip", "x.tar.gz"]) {
      expect((await cli(["pack", mmar, "-q", "-o", join(folder, name)])).exitCode).toBe(0);
      const { stdout } = await cli(["list", join(folder, name)]);
      trees.push(stdout.split("\n").slice(1));
    }
    expect(trees[0]).toEqual(trees[1]);
    expect(trees[0]?.join("\n")).toMatch(
      /├── \.mdai\/\n[\s\S]*config_mdai\.json\n[\s\S]*model\.ts\n/,
    );
  });

  it("says of a folder what it does not follow", async () => {
    const folder = unpacked();
    symlinkSync("model.h5", join(folder, "model/a-link"));
    symlinkSync("../..", join(folder, "model/outside"));
    symlinkSync("nowhere", join(folder, "model/broken"));
    const { exitCode, stdout } = await cli(["list", folder]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ {2}7 bytes .*── a-link {2}\(link to model\.h5\)$/m);
    expect(stdout).toMatch(/^ {8}– .*── outside {2}\(link to \.\.\/\.\., not followed\)$/m);
    expect(stdout).toMatch(
      /^ {8}– .*── broken {2}\(link to nowhere, which leads nowhere \(ENOENT\)\)$/m,
    );
    const { stdout: json } = await cli(["list", folder, "--json"]);
    expect(JSON.parse(json)).toMatchObject({ files: 5, content_size: 243 });
    expect(validate(JSON.parse(json))).toBe(true);
  });

  it.each([
    ["nothing", () => "nowhere.zip", "bundle-not-found"],
    ["another file", () => put("x.zip", Buffer.from("text")), "bundle-not-an-archive"],
    [
      "a zip that was cut",
      () => put("x.zip", zipOf([{ name: "a", data: "b" }]).subarray(0, 40)),
      "archive-damaged",
    ],
  ])("says why it can't list %s", async (_, make, code) => {
    const path = make();
    const { exitCode, stdout, stderr } = await cli(["list", path]);
    expect(exitCode).toBe(1);
    expect(stdout).not.toContain("──");
    expect(stderr).toMatch(
      new RegExp(`^error .*\\[${code}\\]\n[\\s\\S]*mmar2mdai explain ${code}\n$`),
    );
    const json = await cli(["list", path, "--json"]);
    expect(json.exitCode).toBe(1);
    const result = JSON.parse(json.stdout);
    expect(result).toMatchObject({ ok: false, findings: [{ code }] });
    validate(result);
    expect(validate.errors ?? []).toEqual([]);
  });

  it("writes out what would steer the terminal", async () => {
    const folder = unpacked();
    writeFileSync(join(folder, "model/a\u001b[31m"), "");
    const { stdout } = await cli(["list", folder]);
    expect(stdout).toContain("── a\\u001b[31m\n");
    expect(stdout).not.toContain("\u001b");
  });

  it("takes one bundle, and any folder", async () => {
    const { exitCode, stderr } = await cli(["list", "a", "b"]);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining("list takes one bundle, not 2"),
    ]);
    const empty = join(scratch(), "empty");
    mkdirSync(empty);
    expect((await cli(["list", empty])).stdout).toMatch(/empty {2}folder, 0 files, 0 bytes\n$/);
  });
});

function put(name: string, bytes: Buffer): string {
  const path = join(scratch(), name);
  writeFileSync(path, bytes);
  return path;
}
