import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { MOST } from "../../src/text/limits.js";
import { type ZipEntry, zipOf } from "../files/archives.js";
import { cliProcess } from "../support/cli.js";
import { mmarMaker, scratch } from "../support/mmars.js";

const make = mmarMaker();

const INFERENCE = "config/config_inference.json";
const ENVIRONMENT = "config/environment.json";

/** So many names may have this length, and what the bundle puts in front of them; not that one. */
const LONG_COUNT = 2900;
const LONG_NAME = 230;
const TOO_LONG_NAME = 280;

/** The most memory that a run may take, in MB. It is below 150 (docs/limits.md), but for chance. */
const MOST_MB = 165;
/**
 * The most time on a processor, in seconds, whatever else the machine does: where little else runs
 * it is less than half as much.
 */
const MOST_SECONDS = 10;
/** The same where something is refused. */
const MOST_SECONDS_TO_REFUSE = 5;

interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  /** The most memory that it had, in MB. */
  readonly megabytes: number;
  /** Its time on all processors. */
  readonly seconds: number;
}

/**
 * What the program runs at its end. Linux counts what its maker had in maxRSS, too, but not in
 * VmHWM.
 */
const MEASURE = `
  const status = fs.existsSync("/proc/self/status") ? fs.readFileSync("/proc/self/status", "utf8") : "";
  const usage = process.resourceUsage();
  const kilobytes = Number(/VmHWM:\\s*(\\d+)/.exec(status)?.[1] ?? usage.maxRSS);
  const seconds = (usage.userCPUTime + usage.systemCPUTime) / 1e6;
  fs.writeFileSync(FILE, JSON.stringify({ megabytes: kilobytes / 1000, seconds }));
`;

/** Runs the program, and measures it. */
async function run(args: readonly string[]): Promise<Run> {
  const folder = scratch();
  const file = join(folder, "usage");
  const hook = join(folder, "hook.mjs");
  const measure = MEASURE.replace("FILE", JSON.stringify(file));
  writeFileSync(hook, `import fs from "node:fs"; process.on("exit", () => {${measure}});`);
  const { exitCode = -1, stdout } = await cliProcess(args, {
    env: { NODE_OPTIONS: `--import=${pathToFileURL(hook).href}` },
  });
  const measured = JSON.parse(readFileSync(file, "utf8")) as { megabytes: number; seconds: number };
  return { exitCode, stdout: String(stdout), ...measured };
}

/** Packs a model and verifies the bundle; both have to succeed, in little memory and time. */
async function packAndVerify(path: string, bundle: string): Promise<void> {
  const out = join(scratch(), bundle);
  for (const args of [
    ["pack", path, "--quiet", "--out", out],
    ["verify", "--quiet", out],
  ]) {
    const { exitCode, stdout, megabytes, seconds } = await run(args);
    if (process.env.MMAR2MDAI_SHOW_USAGE) {
      console.log(`${path} ${args[0]}: ${megabytes} MB, ${seconds} s`);
    }
    expect(exitCode, `${args[0]}: ${stdout}`).toBe(0);
    expect(megabytes, args[0]).toBeLessThan(MOST_MB);
    expect(seconds, args[0]).toBeLessThan(MOST_SECONDS);
  }
}

/** The inference config with something more in it. */
const withMore = (text: string) => {
  const mmar = make();
  return mmar.write(INFERENCE, `${mmar.read(INFERENCE).trimEnd().slice(0, -1)}, "more": ${text}}`);
};

const many = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(",");

describe("just below the limits memory is small, and verify takes what pack made:", () => {
  it.each<[string, () => { readonly path: string }]>([
    ["keys", () => withMore(`{${many(14_400, (i) => `"k${i}":0`)}}`)],
    ["values", () => withMore(`[${many(28_800, () => "0")}]`)],
    ["long values", () => withMore(`[${many(28_800, () => `"${"a".repeat(70)}"`)}]`)],
    [
      "variables that are long",
      () => {
        const mmar = withMore(`[${many(24_000, () => '"x{LONG}"')}]`);
        const environment = JSON.parse(mmar.read(ENVIRONMENT));
        return mmar.write(ENVIRONMENT, JSON.stringify({ ...environment, LONG: "a".repeat(20) }));
      },
    ],
  ])("%s", async (_, input) => packAndVerify(input().path, "b.zip"), 300_000);

  it.each<[string, string, (own: readonly ZipEntry[]) => string]>([
    ["entries of a zip", "b.zip", (own) => zipFile([...own, ...files(MOST.entries - 60)])],
    ["files of a folder", "b.zip", (own) => folderOf([...own, ...files(MOST.entries - 60)])],
    ["files, in a tar", "b.tar.gz", (own) => folderOf([...own, ...files(MOST.entries - 60)])],
    ["bytes of names", "b.zip", (own) => zipFile([...own, ...files(LONG_COUNT, LONG_NAME)])],
  ])("%s", async (_, bundle, make) => packAndVerify(make(ownFiles()), bundle), 300_000);
});

describe("above them it ends at once, and says which:", () => {
  it.each<[string, string, () => string]>([
    ["keys", "json-too-large", () => withMore(`{${many(36_000, (i) => `"k${i}":0`)}}`).path],
    ["many keys", "json-too-large", () => withMore(`{${many(400_000, (i) => `"k${i}":0`)}}`).path],
    ["values", "json-too-large", () => withMore(`[${many(1_900_000, () => "0")}]`).path],
    ["equal keys", "json-too-large", () => withMore(`{${many(400_000, () => '"k":0')}}`).path],
    ["bytes of JSON", "json-too-large", () => withMore(`"${"a".repeat(MOST.jsonBytes + 1)}"`).path],
    [
      "entries of a zip",
      "archive-too-large",
      () => zipFile([...ownFiles(), ...files(MOST.entries)]),
    ],
    [
      "files of a folder",
      "folder-too-large",
      () => folderOf([...ownFiles(), ...files(MOST.entries)]),
    ],
    [
      "bytes of names",
      "archive-too-large",
      () => zipFile([...ownFiles(), ...files(LONG_COUNT, TOO_LONG_NAME)]),
    ],
  ])(
    "%s",
    async (_, code, make) => {
      const { exitCode, stdout, megabytes, seconds } = await run(["inspect", make(), "--json"]);
      if (process.env.MMAR2MDAI_SHOW_USAGE) console.log(`refused: ${megabytes} MB, ${seconds} s`);
      expect(exitCode).toBe(1);
      const { findings } = JSON.parse(stdout) as { findings: { code: string }[] };
      expect(findings.map((finding) => finding.code)).toContain(code);
      expect(megabytes).toBeLessThan(MOST_MB);
      expect(seconds).toBeLessThan(MOST_SECONDS_TO_REFUSE);
    },
    300_000,
  );
});

/** The files of a small MMAR. */
function ownFiles(): ZipEntry[] {
  const mmar = make();
  const configs = [ENVIRONMENT, INFERENCE, "config/config_train.json"];
  const others = ["config/dataset_0.json", "models/model.ts", "models/model.pt"];
  return [...configs, ...others, "commands/set_env.sh"].map((name) => ({
    name,
    data: readFileSync(mmar.file(name)),
  }));
}

/** Small files, with names that are filled up to a length. */
function files(count: number, length = 0): ZipEntry[] {
  const folder = length === 0 ? "docs" : `docs/${"a".repeat(150)}`;
  return Array.from({ length: count }, (_, i) => ({
    name: `${`${folder}/${i}`.padEnd(length - 4, "x")}.txt`,
    data: `${i}`,
  }));
}

function zipFile(entries: readonly ZipEntry[]): string {
  const path = join(scratch(), "many.zip");
  writeFileSync(path, zipOf(entries));
  return path;
}

function folderOf(entries: readonly ZipEntry[]): string {
  const path = join(scratch(), "many");
  for (const { name, data = "" } of entries) {
    const file = join(path, name.toString());
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, data);
  }
  return path;
}
