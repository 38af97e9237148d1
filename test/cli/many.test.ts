import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cli } from "../support/cli.js";
import { mmarMaker, scratch } from "../support/mmars.js";
import { manyMmars } from "./folders.js";

const make = mmarMaker();

it("a batch of 200 MMARs of which 20 are broken packs 180, and names the 20", async () => {
  const root = manyMmars(200);
  const out = join(root, "out");
  const { exitCode, stdout, stderr } = await cli(["batch", root, "-o", out]);
  expect(exitCode).toBe(1);
  const rows = stdout.split("\n").filter((line) => /^(packed|not fit)/.test(line));
  expect(rows).toHaveLength(200);
  expect(stdout).toMatch(/\n200 MMARs: 180 packed and 20 not fit\n$/);
  expect(stderr).toMatch(/^200 MMARs, \d/);
  expect(stderr.match(/^\[ *\d+\/200\] /gm)).toHaveLength(200);
  expect(stderr.match(/\[weights-missing\]/g)).toHaveLength(20);
  expect(readdirSync(out)).toHaveLength(181);

  const again = await cli(["batch", root, "-o", out, "--quiet"]);
  expect([again.exitCode, again.stdout]).toEqual([1, ""]);
  expect(again.stderr.match(/^not fit/gm)).toHaveLength(20);
  expect(again.stderr).not.toMatch(/packed|current/);
});

it("2,900 small files are packed", async () => {
  const mmar = make();
  for (let i = 0; i < 29; i++) {
    mkdirSync(mmar.file(`custom/d${i}`), { recursive: true });
    for (let j = 0; j < 100; j++) writeFileSync(mmar.file(`custom/d${i}/f${j}.txt`), `${i} ${j}`);
  }
  for (const format of ["zip", "tar.gz"]) {
    const { exitCode, stdout } = await cli(
      ["pack", mmar.path, "-o", scratch(), "--format", format, "--json"],
      {},
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).entries.length).toBeGreaterThan(2900);
  }
});
