import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { namesInTar, unzip } from "../support/bundles.js";
import { cli, cliProcess } from "../support/cli.js";
import { onSmallDisk } from "../support/disk.js";
import { mmarMaker, REPOSITORY, scratch, TestMmar } from "../support/mmars.js";
import { bundlesIn, leftIn } from "./folders.js";

const make = mmarMaker();
const SPLEEN = join(REPOSITORY, "fixtures/spleen_ct");
const MB = 1024 * 1024;

describe("a full disk", () => {
  it("fails those of a batch that don't fit, with exit code 3, and spoils nothing", async (context) => {
    const isDone = await onSmallDisk(scratch(), 20, async (disk) => {
      const root = scratch();
      for (const [name, size] of [
        ["a", 30],
        ["b", 1],
        ["c", 40],
        ["d", 2],
      ] as const) {
        const mmar = new TestMmar(join(root, name), SPLEEN).write("resources/big.bin", "");
        truncateSync(mmar.file("resources/big.bin"), size * MB);
      }
      writeFileSync(join(disk, "mine.txt"), "mine");
      const args = ["batch", root, "-o", disk, "--compress", "store", "--jobs", "1"];
      const { exitCode, stdout, stderr } = await cli(args);
      expect(exitCode).toBe(3);
      expect(stdout).toMatch(/4 MMARs: 2 packed and 2 failed/);
      expect(stderr.match(/no space is left on the disk \(ENOSPC\)\. Free/g)).toHaveLength(2);
      expect(bundlesIn(disk)).toEqual(["b.mdai.zip", "d.mdai.zip"]);
      expect(leftIn(disk)).toEqual(["mine.txt"]);
      expect(openFiles().filter((path) => path.endsWith("big.bin"))).toEqual([]);
    });
    if (!isDone) context.skip();
  });
});

/** What this process has open. */
const openFiles = (): string[] =>
  readdirSync("/proc/self/fd").flatMap((number) => {
    try {
      return [readlinkSync(`/proc/self/fd/${number}`)];
    } catch {
      return []; // the folder's own, which is closed by now
    }
  });

describe("what can't be read", () => {
  it.skipIf(process.getuid?.() !== 0)("in one MMAR does not stop a batch", async () => {
    const root = scratch();
    chmodSync(root, 0o755);
    for (const name of ["a", "b", "c"]) new TestMmar(join(root, name), SPLEEN);
    chmodSync(join(root, "b/models/model.ts"), 0);
    const out = scratch();
    chmodSync(out, 0o777);
    const { exitCode, stdout, stderr } = await cliProcess(["batch", root, "-o", out], {
      uid: 65534,
    });
    expect([exitCode, stdout.split("\n").at(-2)]).toEqual([1, "3 MMARs: 2 packed and 1 not fit"]);
    expect(stderr).toMatch(/models\/model\.ts \[unreadable\]/);
  });
});

describe("long paths and odd names", () => {
  const NAMES = [
    "脾臓モデル",
    "طحال",
    "селезёнка",
    "प्लीहा",
    "비장",
    "σπλήν ά",
    "🫀 heart",
    "e\u0301 decomposed",
    "' \" ` $(x) ; & | < > # %",
    "-rf",
    "a\u00a0b\u2003c",
  ];

  it.each(NAMES)("a name in any script is packed as it is: %s", async (name) => {
    const mmar = make("spleen_ct", name).write(`custom/${name}.py`, "x = 1\n");
    const out = scratch();
    const { exitCode, stdout } = await cli(["pack", mmar.path, "-o", out, "--json"]);
    expect(exitCode).toBe(0);
    const { target, derived } = JSON.parse(stdout);
    const root = derived.root_folder.value;
    expect(root).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/);
    const files = await unzip(target);
    expect(files.get(`model/workspace/${root}/custom/${name}.py`)?.bytes.toString()).toBe(
      "x = 1\n",
    );
  });

  it("all of them in one batch, beside each other", async () => {
    const root = scratch();
    for (const name of NAMES) new TestMmar(join(root, name), SPLEEN);
    const out = scratch();
    const { exitCode, stdout } = await cli(["batch", root, "-o", out]);
    expect([exitCode, stdout.split("\n").at(-2)]).toEqual([0, `${NAMES.length} MMARs: 11 packed`]);
    expect(bundlesIn(out).sort()).toEqual(NAMES.map((name) => `${name}.mdai.zip`).sort());
  });

  describe("a path of nearly 3,500 characters", () => {
    let mmar: TestMmar;
    let long: string;
    beforeAll(() => {
      mmar = make();
      const rest = 3480 - "custom/x.py".length;
      const folders = Array.from({ length: Math.floor(rest / 200) }, () => "f".repeat(199));
      long = join("custom", ...folders, `${"l".repeat(rest % 200)}x.py`);
      expect(long.length).toBeGreaterThan(3460);
      mmar.write(long, "x = 1\n");
    });

    it.each(["zip", "tar.gz"])("is packed into a %s", async (format) => {
      const args = ["pack", mmar.path, "-o", scratch(), "--format", format, "--json"];
      const { exitCode, stdout } = await cli(args);
      expect(exitCode).toBe(0);
      const { target, entries } = JSON.parse(stdout);
      const path = `model/workspace/spleen_ct/${long}`;
      expect(entries.some((entry: { path: string }) => entry.path === path)).toBe(true);
      if (format === "zip") expect((await unzip(target)).get(path)?.bytes).toHaveLength(6);
      else expect(namesInTar(target).length).toBeGreaterThan(10);
    });

    it("that the system can't open is told, without a stack trace", async () => {
      const above = join(scratch(), "d".repeat(190), "d".repeat(190), "d".repeat(190));
      mkdirSync(above, { recursive: true });
      const deep = join(above, "d".repeat(190));
      renameSync(mmar.path, deep);
      try {
        const { exitCode, stderr } = await cli(["pack", deep, "-o", scratch()]);
        expect(exitCode).toBe(1);
        expect(stderr).toMatch(/\[unreadable\]/);
        expect(stderr).toMatch(/ENAMETOOLONG|name is too long/i);
        expect(stderr).not.toMatch(/ {4}at /);
      } finally {
        // Where it lies too deep it can't be removed.
        renameSync(deep, mmar.path);
      }
    });
  });
});
