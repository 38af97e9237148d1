import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { shardOfMachine } from "../../src/batch/auto-shard.js";
import type { Environment } from "../../src/environment.js";
import { cli } from "../support/cli.js";
import { REPOSITORY, scratch } from "../support/mmars.js";

const slurm = (id: number, min: number, max: number, step = 1): Environment => ({
  SLURM_ARRAY_TASK_ID: `${id}`,
  SLURM_ARRAY_TASK_COUNT: `${Math.floor((max - min) / step) + 1}`,
  SLURM_ARRAY_TASK_MIN: `${min}`,
  SLURM_ARRAY_TASK_MAX: `${max}`,
  SLURM_ARRAY_TASK_STEP: `${step}`,
});

/** What each scheduler sets for machine `i` of `n`, counted from 0. */
const MACHINES: readonly [name: string, env: (i: number, n: number) => Environment][] = [
  [
    "a GitHub matrix, by strategy.job-index and job-total",
    (i, n) => ({ MMAR2MDAI_SHARD_INDEX: `${i}`, MMAR2MDAI_SHARD_COUNT: `${n}` }),
  ],
  ["a Slurm array from 1", (i, n) => slurm(i + 1, 1, n)],
  ["a Slurm array from 0", (i, n) => slurm(i, 0, n - 1)],
  ["a Slurm array with a step", (i, n) => slurm(10 + i * 5, 10, 10 + (n - 1) * 5, 5)],
  [
    "a Slurm array that tells neither its highest index nor its step",
    (i, n) => ({
      SLURM_ARRAY_TASK_ID: `${i + 1}`,
      SLURM_ARRAY_TASK_COUNT: `${n}`,
      SLURM_ARRAY_TASK_MIN: "1",
    }),
  ],
  [
    "a Kubernetes indexed Job",
    (i, n) => ({ JOB_COMPLETION_INDEX: `${i}`, MMAR2MDAI_SHARD_COUNT: `${n}` }),
  ],
  ["GitLab's parallel", (i, n) => ({ CI_NODE_INDEX: `${i + 1}`, CI_NODE_TOTAL: `${n}` })],
];

describe("--shard auto", () => {
  it.each(MACHINES)("on %s tells every machine its own part", (_, env) => {
    for (const count of [1, 2, 8]) {
      const parts = Array.from({ length: count }, (_, i) => shardOfMachine(env(i, count)));
      expect(parts).toEqual(Array.from({ length: count }, (_, i) => ({ index: i + 1, count })));
    }
  });

  it("lets the user's own variables win", () => {
    const own = { MMAR2MDAI_SHARD_INDEX: "1", MMAR2MDAI_SHARD_COUNT: "4" };
    const more = {
      ...own,
      SLURM_ARRAY_TASK_ID: "x",
      JOB_COMPLETION_INDEX: "9",
      CI_NODE_INDEX: "1",
    };
    expect(shardOfMachine(more)).toEqual({ index: 2, count: 4 });
  });

  it.each<[string, Environment, RegExp]>([
    ["nothing", {}, /no variable tells which part .*MMAR2MDAI_SHARD_INDEX \(from 0\)/],
    ["an empty variable", { CI_NODE_INDEX: "" }, /no variable tells/],
    ["GitLab without parallel", { CI_NODE_TOTAL: "1" }, /no variable tells/],
    [
      "Kubernetes without the count",
      { JOB_COMPLETION_INDEX: "0" },
      /MMAR2MDAI_SHARD_COUNT is not set.*completions of a Kubernetes Job/,
    ],
    [
      "an index without a count",
      { MMAR2MDAI_SHARD_INDEX: "0" },
      /MMAR2MDAI_SHARD_COUNT is not set/,
    ],
    ["Slurm without the rest", { SLURM_ARRAY_TASK_ID: "1" }, /SLURM_ARRAY_TASK_COUNT is not set/],
    [
      "a Slurm array of single numbers",
      { ...slurm(3, 1, 7), SLURM_ARRAY_TASK_COUNT: "3" },
      /not evenly spaced.*--array=1-3/,
    ],
    [
      "an index past the end",
      { MMAR2MDAI_SHARD_INDEX: "8", MMAR2MDAI_SHARD_COUNT: "8" },
      /MMAR2MDAI_SHARD_INDEX is 8, which is none of 8 parts .* counted from 0/,
    ],
    ["GitLab's from 0", { CI_NODE_INDEX: "0", CI_NODE_TOTAL: "2" }, /CI_NODE_INDEX is 0/],
    ["text", { CI_NODE_INDEX: "two", CI_NODE_TOTAL: "2" }, /CI_NODE_INDEX is two, but must be/],
    [
      "two schedulers",
      { ...slurm(1, 1, 2), CI_NODE_INDEX: "1", CI_NODE_TOTAL: "2" },
      /SLURM_ARRAY_TASK_ID \(Slurm\) and CI_NODE_INDEX \(GitLab\) both tell/,
    ],
  ])("by %s stops, and says why", (_, env, says) => {
    expect(() => shardOfMachine(env)).toThrow(says);
  });

  it.each(MACHINES)("packs all models, each once: %s", async (_, env) => {
    const cwd = scratch();
    const models = join(REPOSITORY, "fixtures/catalogue");
    const args = ["batch", models, "-o", "out", "--dry-run", "--json", "--shard", "auto"];
    const seen: string[] = [];
    for (const i of [0, 1, 2]) {
      const told = Object.entries(env(i, 3)).map(([name, value]) => [name, value ?? ""]);
      const { stdout } = await cli(args, { cwd, env: Object.fromEntries(told) });
      for (const { location } of JSON.parse(stdout).models) seen.push(basename(location));
    }
    const { stdout } = await cli(args.slice(0, -2), { cwd });
    const all = JSON.parse(stdout).models.map((m: { location: string }) => basename(m.location));
    expect(seen.sort()).toEqual(all.sort());
  });

  it("is wrong usage where nothing tells the part", async () => {
    const args = ["batch", join(REPOSITORY, "fixtures/spleen_ct"), "-o", "out", "--shard", "auto"];
    const { exitCode, stdout, stderr } = await cli(args, { cwd: scratch() });
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^error: --shard auto: no variable tells/);
  });
});

describe("docs/batch.md", () => {
  const page = readFileSync(join(REPOSITORY, "docs/batch.md"), "utf8");
  const block = (heading: string, language: string): string => {
    const [, section = ""] = page.split(`\n### ${heading}\n`);
    const [, code] =
      new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "m").exec(section) ?? [];
    expect(code, heading).toBeDefined();
    return code ?? "";
  };
  /** The models that a command of the page packs on one machine, in a folder of its own. */
  const packed = async (command: readonly string[], env: Environment): Promise<string[]> => {
    const cwd = scratch();
    const [, ...args] = command.map((word) =>
      word
        .replace(/^\/?models\/?$/, join(REPOSITORY, "fixtures/catalogue"))
        .replace(/^\/(?=bundles)/, ""),
    );
    const told = { ...(env as Record<string, string>) };
    const { stdout } = await cli([...args, "--dry-run", "--json"], { cwd, env: told });
    return JSON.parse(stdout).models.map((m: { location: string }) => basename(m.location));
  };
  const expectAll = (parts: readonly string[][], count: number) => {
    expect(parts).toHaveLength(count);
    const all = readdirSync(join(REPOSITORY, "fixtures/catalogue"));
    expect(parts.flat().sort()).toEqual(all.sort());
  };

  it("has a GitHub matrix that packs all, each once", async () => {
    const { jobs } = load(block("A GitHub matrix", "yaml")) as {
      jobs: {
        pack: {
          strategy: { matrix: { machine: number[] } };
          env: Record<string, string>;
          steps: { run?: string }[];
        };
      };
    };
    const { strategy, env, steps } = jobs.pack;
    const count = strategy.matrix.machine.length;
    const command = steps.map(({ run = "" }) => run).find((run) => run.startsWith("mmar2mdai"));
    const parts = strategy.matrix.machine.map((_, i) => {
      const context: Record<string, number> = { "job-index": i, "job-total": count };
      const told = Object.entries(env).map(([name, text]) => [
        name,
        text.replace(/^\$\{\{ strategy\.([\w-]+) \}\}$/, (_, key) => `${context[key]}`),
      ]);
      return packed((command ?? "").split(" "), Object.fromEntries(told));
    });
    expectAll(await Promise.all(parts), count);
  });

  it("has a Slurm array that packs all, each once", async () => {
    const script = block("A Slurm array", "sh");
    const [, first = "", last = ""] = /^#SBATCH --array=(\d+)-(\d+)$/m.exec(script) ?? [];
    const [, command = ""] = /^srun (mmar2mdai .*)$/m.exec(script) ?? [];
    const ids = Array.from(
      { length: Number(last) - Number(first) + 1 },
      (_, i) => i + Number(first),
    );
    const parts = ids.map((id) =>
      packed(command.split(" "), slurm(id, Number(first), Number(last))),
    );
    expectAll(await Promise.all(parts), 8);
  });

  it("has a Kubernetes Job that packs all, each once", async () => {
    const { spec } = load(block("A Kubernetes indexed Job", "yaml")) as {
      spec: {
        completionMode: string;
        completions: number;
        template: {
          spec: { containers: [{ args: string[]; env: { name: string; value: string }[] }] };
        };
      };
    };
    expect(spec.completionMode).toBe("Indexed");
    const [{ args, env }] = spec.template.spec.containers;
    const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    const parts = Array.from({ length: spec.completions }, (_, i) =>
      packed(["mmar2mdai", ...args], { ...own, JOB_COMPLETION_INDEX: `${i}` }),
    );
    expectAll(await Promise.all(parts), 8);
  });
});
