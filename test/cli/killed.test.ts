import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cliProcess } from "../support/cli.js";
import { mmarMaker, REPOSITORY, scratch, TestMmar } from "../support/mmars.js";
import { bundlesIn, leftIn } from "./folders.js";

const make = mmarMaker();
const SPLEEN = join(REPOSITORY, "fixtures/spleen_ct");
const MB = 1024 * 1024;

/** Runs the program and kills it after some milliseconds, if it still runs. */
async function killedAfter(ms: number, args: readonly string[], cwd: string): Promise<boolean> {
  const running = cliProcess(args, { cwd });
  const timer = setTimeout(() => running.kill("SIGKILL"), ms);
  const { signal } = await running;
  clearTimeout(timer);
  return signal === "SIGKILL";
}

/** How long the program takes to start, about: earlier there is nothing to disturb. */
const START_MS = 250;

describe("kill -9", () => {
  it("of pack leaves the old bundle or the new one, whole, at any moment", async () => {
    const mmar = make().write("resources/big.bin", "");
    truncateSync(mmar.file("resources/big.bin"), 150 * MB);
    const args = ["pack", mmar.path, "-o", "x.zip", "--force", "--compress", "store"];
    const reference = scratch();
    await cliProcess(args, { cwd: reference });
    const whole = readFileSync(join(reference, "x.zip"));

    const cwd = scratch();
    let kills = 0;
    for (let i = 0; i < 8; i++) {
      writeFileSync(join(cwd, "x.zip"), "old");
      if (await killedAfter(START_MS + i * 70, args, cwd)) kills += 1;
      const left = readFileSync(join(cwd, "x.zip"));
      expect(left.equals(whole) || left.toString() === "old").toBe(true);
    }
    expect(kills).toBeGreaterThan(0);
    expect((await cliProcess(args, { cwd })).exitCode).toBe(0);
    expect(readdirSync(cwd)).toEqual(["x.zip"]);
  });

  it("of batch leaves whole bundles only, at any moment, and the next run makes the rest", async () => {
    const root = scratch();
    for (let i = 0; i < 12; i++) {
      const mmar = new TestMmar(join(root, `m${i}`), SPLEEN).write("resources/big.bin", "");
      truncateSync(mmar.file("resources/big.bin"), 6 * MB + i);
    }
    const reference = scratch();
    const args = (out: string) => ["batch", root, "-o", out, "--compress", "store"];
    expect((await cliProcess(args(reference))).exitCode).toBe(0);

    const out = join(scratch(), "out");
    let kills = 0;
    for (let i = 0; i < 10; i++) {
      if (await killedAfter(START_MS + Math.random() * 700, args(out), root)) kills += 1;
      for (const name of bundlesIn(out)) {
        const same = readFileSync(join(out, name)).equals(readFileSync(join(reference, name)));
        expect([name, same]).toEqual([name, true]);
      }
    }
    expect(kills).toBeGreaterThan(0);
    const { exitCode, stdout } = await cliProcess(args(out));
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/12 MMARs: /);
    expect(bundlesIn(out)).toHaveLength(12);
    expect(leftIn(out)).toEqual([]);
    expect(leftIn(join(out, ".mmar2mdai")).every((name) => name.endsWith(".json"))).toBe(true);
  });
});

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

describe("Ctrl-C and a closed terminal in a batch", () => {
  it.each(["SIGHUP", "SIGINT", "SIGTERM"] as const)(
    "%s ends a batch, which can go on later",
    async (name) => {
      const root = scratch();
      for (const model of ["a", "b", "c"]) new TestMmar(join(root, model), SPLEEN);
      const large = new TestMmar(join(root, "large"), SPLEEN).write("resources/big.bin", "");
      truncateSync(large.file("resources/big.bin"), 3000 * MB);
      const out = join(scratch(), "out");
      const running = cliProcess(["batch", root, "-o", out, "--compress", "max"]);
      while (bundlesIn(out).length < 3 && running.exitCode == null) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      running.kill(name);
      const { exitCode, stdout, stderr } = await running;
      expect([exitCode, stdout]).toEqual([EXIT_CODES[name], ""]);
      expect(stderr).toMatch(
        /\nStopped\. The bundles that are done stay; run it again to go on\.\n$/,
      );
      expect(bundlesIn(out)).toEqual(["a.mdai.zip", "b.mdai.zip", "c.mdai.zip"]);
      expect(leftIn(out)).toEqual([]);
      truncateSync(large.file("resources/big.bin"), MB);
      const again = await cliProcess(["batch", root, "-o", out, "--compress", "max"]);
      expect([again.exitCode, again.stdout.split("\n").at(-2)]).toEqual([
        0,
        "4 MMARs: 1 packed and 3 current",
      ]);
    },
  );
});

describe("Ctrl-C and a closed terminal while packing", () => {
  it.each(["SIGHUP", "SIGINT", "SIGTERM"] as const)(
    "%s leaves nothing, and what was there before",
    async (signal) => {
      const mmar = make().write("resources/big.bin", "");
      truncateSync(mmar.file("resources/big.bin"), 4_000_000_000);
      const cwd = scratch();
      writeFileSync(join(cwd, "x.zip"), "before");
      const running = cliProcess(
        ["pack", mmar.path, "-o", "x.zip", "--force", "--compress", "max"],
        {
          cwd,
        },
      );
      while (!readdirSync(cwd).some((name) => name.endsWith("partial"))) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (running.exitCode !== null && running.exitCode !== undefined) break;
      }
      running.kill(signal);
      // Of a closed terminal the kernel tells, and the shell does.
      if (signal === "SIGHUP") setTimeout(() => running.kill(signal), 1);
      const { exitCode, stdout, stderr } = await running;
      expect([exitCode, stdout, stderr]).toEqual([
        EXIT_CODES[signal],
        "",
        "Stopped. Nothing was written.\n",
      ]);
      expect(readdirSync(cwd)).toEqual(["x.zip"]);
      expect(readFileSync(join(cwd, "x.zip"), "utf8")).toBe("before");
    },
  );
});
