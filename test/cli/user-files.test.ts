import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONFIG_FILE } from "../../src/options/file.js";
import { MOST } from "../../src/text/limits.js";
import { cli, cliProcess } from "../support/cli.js";
import { mmarMaker, scratch } from "../support/mmars.js";

const make = mmarMaker();
const isRoot = process.getuid?.() === 0;

/** Files that no command takes, whatever it reads them for; each is made at a path. */
const BAD: readonly (readonly [what: string, make: (path: string) => void, says: RegExp])[] = [
  ["a pipe", (path) => execFileSync("mkfifo", [path]), /is a pipe\. Name a regular file\./],
  [
    "a folder",
    (path) => mkdirSync(path),
    /is a folder\. Name a regular file\.|no MMAR at or below it/,
  ],
  ["a device", (path) => execFileSync("ln", ["-s", "/dev/zero", path]), /is a device\. Name a/],
  [
    "a link to itself",
    (path) => execFileSync("ln", ["-s", path, path]),
    /can't be read \(ELOOP\)|does not exist/,
  ],
  ["UTF-16", (path) => writeFileSync(path, "\ufeffdevice: cpu\n", "utf16le"), /is UTF-16/],
  ["not UTF-8", (path) => writeFileSync(path, Buffer.from([0x61, 0xff, 0x0a])), /is not UTF-8/],
  [
    "too large",
    (path) => execFileSync("truncate", ["-s", String(MOST.manifestBytes + 1), path]),
    /is too large: it has (25|1[01]) MB, and at most (25|1\.0) MB are read/,
  ],
];

/** What reads a file that the user names: its arguments, where the file is and the MMAR. */
const READERS: readonly (readonly [string, (file: string, mmar: string) => string[]])[] = [
  ["--config", (file, mmar) => ["pack", mmar, "--dry-run", "--config", file]],
  ["--requirements", (file, mmar) => ["pack", mmar, "--dry-run", "--requirements", file]],
  ["a list", (file) => ["batch", file, "-o", join(dirname(file), "out")]],
  ["--manifest", (file, mmar) => ["verify", mmar, "--manifest", file]],
];

describe.each(READERS)("as the file of %s", (_, args) => {
  it.each(BAD)("%s is wrong usage", async (_what, makeBad, says) => {
    const file = join(scratch(), "file.yaml");
    makeBad(file);
    const { exitCode, stderr } = await cli(args(file, make().path));
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(says)]);
    expect(stderr).not.toMatch(/undefined|\n {4}at /);
  });

  it("one that is not there is wrong usage", async () => {
    const { exitCode, stderr } = await cli(args(join(scratch(), "no.yaml"), make().path));
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/ENOENT|does not exist/)]);
  });

  it.skipIf(!isRoot)("one that may not be read is wrong usage", async () => {
    const mmar = make();
    const folder = scratch();
    const file = join(folder, "file.yaml");
    writeFileSync(file, "a\n");
    chmodSync(file, 0o000);
    for (const path of [folder, mmar.path]) chmodSync(path, 0o777);
    const { exitCode, stderr } = await cliProcess(args(file, mmar.path), { uid: 65534 });
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/can't be read \(EACCES\)/)]);
  });
});

describe("a socket", () => {
  const path = join(scratch(), "socket.yaml");
  const server = createServer();
  beforeAll(() => new Promise<void>((resolve) => void server.listen(path, resolve)));
  afterAll(() => void server.close());

  it("is wrong usage", async () => {
    const { exitCode, stderr } = await cli(["pack", make().path, "--dry-run", "--config", path]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/is a socket or a device/)]);
  });
});

describe("the config file beside the MMAR, which nobody named,", () => {
  it.each(BAD)("is wrong usage where it is %s", async (_what, makeBad, says) => {
    const mmar = make();
    makeBad(join(dirname(mmar.path), CONFIG_FILE));
    const { exitCode, stderr } = await cli(["pack", mmar.path, "--dry-run"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(says)]);
  });
});

it("a byte order mark is no part of a file", async () => {
  const mmar = make();
  const config = join(scratch(), "own.yaml");
  const requirements = join(scratch(), "requirements.txt");
  writeFileSync(config, "\ufeffdevice: cpu\n");
  writeFileSync(requirements, "\ufefffoo==1.0\n");
  const more = ["--config", config, "--requirements", requirements, "--json"];
  const { exitCode, stdout } = await cli(["pack", mmar.path, "--dry-run", ...more]);
  expect([exitCode, JSON.parse(stdout).config_mdai.device]).toEqual([0, "cpu"]);
});

it.skipIf(!existsSync("/proc/version"))("a file whose length is told as 0 is read", async () => {
  const more = ["--dry-run", "--config", "/proc/version"];
  const { exitCode, stderr } = await cli(["pack", make().path, ...more]);
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/must hold options|is not YAML/)]);
});

it("a line of YAML as long as the file is not shown whole", async () => {
  const config = join(scratch(), "own.yaml");
  writeFileSync(config, `exclude: ${"[".repeat(20_000)}`);
  const { exitCode, stderr } = await cli(["pack", make().path, "--dry-run", "--config", config]);
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/is not YAML/)]);
  expect(stderr.length).toBeLessThan(1000);
});

// Each name stands for ten of the one before: ten thousand million in the end.
const bomb = Array.from({ length: 11 }, (_, i) =>
  i === 0
    ? "a0: &a0 [x]"
    : `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(", ")}]`,
).join("\n");

it.each([
  [
    "config file",
    (path: string) => ["pack", make().path, "--dry-run", "--config", path],
    "exclude",
  ],
  ["list", (path: string) => ["batch", path, "-o", join(scratch(), "out")], "models"],
] as const)("aliases of aliases in a %s are refused at once", async (_, args, key) => {
  const path = join(scratch(), "bomb.yaml");
  writeFileSync(path, `${bomb}\n${key}: *a10\n`);
  const start = performance.now();
  const { exitCode, stderr } = await cli(args(path));
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/bomb\.yaml:1:1 \(a0\): unknown/)]);
  expect(performance.now() - start).toBeLessThan(5000);
});

describe("globs", () => {
  const hostile = `${"*a".repeat(14)}b`;

  it("that took minutes are matched at once", async () => {
    const mmar = make().write(`docs/${"a".repeat(200)}`, "");
    const start = performance.now();
    const { exitCode, stderr } = await cli(["pack", mmar.path, "--dry-run", "--exclude", hostile]);
    expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/matches no file/)]);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it("of a batch are matched at once as well", async () => {
    const folder = scratch();
    mkdirSync(join(folder, "a".repeat(200)));
    const glob = join(folder, hostile);
    const { exitCode, stderr } = await cli(["batch", glob, "-o", join(folder, "out")]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/the glob matches nothing/)]);
  });

  it.each<[string[], RegExp]>([
    [["--exclude", "a".repeat(70_000)], /--exclude: "a{59}…" has 70000 characters; at most 500/],
    [["--include", "!docs"], /--include: "!docs" begins with "!", but globs can't be negated/],
    [
      Array.from({ length: 30 }, () => ["--exclude", "a".repeat(400)]).flat(),
      /--exclude: have 12000 characters together; at most 10000/,
    ],
  ])("%.40s is wrong usage", async (args, says) => {
    const { exitCode, stderr } = await cli(["pack", make().path, "--dry-run", ...args]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(says)]);
  });

  it("of a batch that are too long are wrong usage", async () => {
    const { exitCode, stderr } = await cli(["batch", `${"a".repeat(600)}*`, "-o", scratch()]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/has 601 characters; at most/)]);
  });
});

describe("requirements that are refused:", () => {
  const NOT_THERE = /names a file that is not in the bundle/;
  const OPTION = /has the option --?\w.*; only packages are taken/;

  it.each<[string, RegExp]>([
    ["--extra-index-url=http://e", OPTION],
    ["--index-url http://e", OPTION],
    ["-i http://e", OPTION],
    ["--trusted-host e", OPTION],
    ["--pre", OPTION],
    ["-f http://e", OPTION],
    ["a==1 --global-option=x", OPTION],
    ["a==1 --config-settings=x", OPTION],
    ["a==1\u2028--pre", OPTION],
    ["a==1\u0085--pre", OPTION],
    ["a==1\v--pre", OPTION],
    ["a @ file:///x", NOT_THERE],
    ["a @ ./x", NOT_THERE],
    ["a @ /x", NOT_THERE],
    ["a@../x", NOT_THERE],
    ["a @ FILE:x", NOT_THERE],
    ["file:///x/a.whl", NOT_THERE],
    ["git+file:///x", NOT_THERE],
    ["./a", NOT_THERE],
    ["../a", NOT_THERE],
    ["~/a", NOT_THERE],
    ["a.whl", NOT_THERE],
    ["-r a.txt", NOT_THERE],
    ["-c a.txt", NOT_THERE],
    ["-e .", NOT_THERE],
    ["--find-links=file:///x", /not in the bundle|only packages/],
  ])("--requirement %j", async (line, says) => {
    const { exitCode, stderr } = await cli([
      "pack",
      make().path,
      "--dry-run",
      `--requirement=${line}`,
    ]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(says)]);
  });

  it.each([
    "a @ file:///x",
    "git+file:///x",
    "-f ./wheels",
    "--find-links /x",
    "-r x",
    "~/a",
    "a @ ./b",
  ])("%j in a file", async (line) => {
    const file = join(scratch(), "r.txt");
    writeFileSync(file, `scipy==1.7.3\n${line}\n`);
    const more = ["--dry-run", "--requirements", file];
    const { exitCode, stderr } = await cli(["pack", make().path, ...more]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(NOT_THERE)]);
  });

  it.each([
    "a @ https://e/a-1.tar.gz",
    "a @ git+https://e/a.git",
    "scipy==1.7.3; python_version < '3.9'",
  ])("not %j", async (line) => {
    const more = ["--dry-run", "--requirement", line];
    expect((await cli(["pack", make().path, ...more])).exitCode).toBe(0);
  });

  it("not the address of an index in a file", async () => {
    const file = join(scratch(), "r.txt");
    writeFileSync(file, "--extra-index-url https://e/simple\nscipy==1.7.3\n");
    const more = ["--dry-run", "--requirements", file];
    expect((await cli(["pack", make().path, ...more])).exitCode).toBe(0);
  });
});
