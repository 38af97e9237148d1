import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli } from "../support/cli.js";
import { REPOSITORY, scratch, TestMmar } from "../support/mmars.js";
import { manyMmars } from "./folders.js";

const SPLEEN = join(REPOSITORY, "fixtures/spleen_ct");

describe("batch", () => {
  it("with all well says so by its exit code, and prints one line each", async () => {
    const root = scratch();
    for (const name of ["a", "b"]) new TestMmar(join(root, name), SPLEEN);
    const { exitCode, stdout, stderr } = await cli(["batch", "a", "b", "-o", "out"], { cwd: root });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^packed +\d+ kB {2}out\/a\.mdai\.zip\npacked +\d+ kB {2}out\/b\.mdai\.zip\n\nOn MD\.ai, .+\n {2}a\.mdai\.zip {2}Series; .+: 0 spleen\n {2}b\.mdai\.zip {2}.+\n\n2 MMARs: 2 packed\n$/,
    );
    expect(stderr).toMatch(/^2 MMARs, \d+ kB\n\[1\/2\] packed .*\n\[2\/2\] packed .*\n$/);
    const again = await cli(["batch", "a", "b", "-o", "out"], { cwd: root });
    expect(again.stdout).toMatch(/\n2 MMARs: 2 current\n$/);
    const forced = await cli(["batch", "a", "b", "-o", "out", "--no-cache"], { cwd: root });
    expect(forced.stdout).toMatch(/\n2 MMARs: 2 packed\n$/);
  });

  it("with --json prints one document and nothing else", async () => {
    const root = manyMmars(10);
    const { exitCode, stdout, stderr } = await cli(["batch", root, "-o", "out", "--json"], {
      cwd: scratch(),
    });
    expect([exitCode, stderr]).toEqual([1, ""]);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ schema: 1, command: "batch", ok: false, out: "out" });
    expect(result.counts).toMatchObject({ packed: 9, not_fit: 1, current: 0 });
    expect(result.models).toHaveLength(10);
    expect(result.models[0]).toMatchObject({
      outcome: "packed",
      target: join("out", "model_000.mdai.zip"),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      failure: null,
      findings: [],
    });
    expect(result.models[9]).toMatchObject({
      outcome: "not_fit",
      sha256: null,
      findings: [{ code: "weights-missing" }],
    });
  });

  it("of nothing in a part prints an empty result", async () => {
    const root = scratch();
    new TestMmar(join(root, "a"), SPLEEN);
    const args = ["batch", root, "-o", join(root, "out"), "--shard", "2/2"];
    const { exitCode, stdout } = await cli(args);
    expect([exitCode, stdout]).toEqual([0, "0 MMARs\n"]);
    const { models } = JSON.parse((await cli([...args, "--json"])).stdout);
    expect(models).toEqual([]);
  });

  it.each([
    [["batch", "."], /required option '-o, --out <folder>'/],
    [["batch", "-o", "out"], /missing required argument 'inputs'/],
    [["batch", "nothing", "-o", "out"], /nothing does not exist/],
    [["batch", ".", "-o", "out"], /there is no MMAR at or below it/],
    [["batch", ".", "-o", "out", "--shard", "9/8"], /--shard: must be from 1\/8 to 8\/8/],
    [["batch", ".", "-o", "out", "--jobs", "x"], /--jobs: must be a whole number/],
  ])("wrongly used says so: %j", async (args, says) => {
    const cwd = scratch();
    const { exitCode, stdout, stderr } = await cli(args, { cwd });
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(says);
  });

  it("says what is in the way of a bundle, and leaves it", async () => {
    const root = scratch();
    new TestMmar(join(root, "a"), SPLEEN);
    writeFileSync(join(root, "a.mdai.zip"), "mine");
    const { exitCode, stderr } = await cli(["batch", join(root, "a"), "-o", root]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/refused.*\n +\/.*a\.mdai\.zip already exists\. .*--force/);
    expect(readFileSync(join(root, "a.mdai.zip"), "utf8")).toBe("mine");
  });
});
