// Compares packing with other programs on one large MMAR; see README.md beside it.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine, median, timed } from "./measure.mjs";
import { makeMmar } from "./mmar.mjs";

const MB = 1024 * 1024;
const HERE = fileURLToPath(new URL(".", import.meta.url));
const WORK = join(HERE, "work");
const CLI = fileURLToPath(new URL("../bin/mmar2mdai.js", import.meta.url));
const DIST = fileURLToPath(new URL("../dist/index.js", import.meta.url));

const USAGE = `Usage: node bench/pack.mjs [options]
  --runs <n>   how often each program runs (default 5; the median counts)
  --size <MB>  size of the MMAR's weights (default 550)
  --before <folder>
               another checkout of the project, compiled, to compare with
  --brief      leaves out zip, tar and cp, and the promises
  --big        also packs 5 GB, for the memory it takes (needs 10 GB of disk)
  --help       shows this
`;

const NODE = process.execPath;
const OUT = join(WORK, "out");
const PACK = { name: "mmar2mdai pack", command: (mmar) => packCommand(mmar) };
const OTHERS = [
  { name: "zip -r", command: (mmar) => ["zip", "-q", "-r", `${OUT}.zip`, mmar] },
  { name: "zip -0 -r", command: (mmar) => ["zip", "-q", "-0", "-r", `${OUT}.zip`, mmar] },
  { name: "tar -czf", command: (mmar) => ["tar", "-czf", `${OUT}.tar.gz`, mmar] },
  { name: "cp -r", command: (mmar) => ["cp", "-r", mmar, OUT] },
  { name: "bare loop", command: (mmar) => [NODE, join(HERE, "bare-loop.mjs"), mmar, OUT] },
];

function packCommand(mmar, cli = CLI) {
  return [NODE, cli, "pack", mmar, "--out", `${OUT}.zip`, "--quiet"];
}

await main();

async function main() {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "5" },
      size: { type: "string", default: "550" },
      before: { type: "string" },
      brief: { type: "boolean", default: false },
      big: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  if (!existsSync(DIST)) throw new Error("The project is not compiled. Run npm run build first.");
  mkdirSync(WORK, { recursive: true });
  const mmar = join(WORK, `mmar_${values.size}`);
  await makeMmar(mmar, Number(values.size) * MB);
  console.log(describeMachine());
  const results = comparePrograms(programs(values), mmar, Number(values.runs));
  printTable(results);
  if (values.brief) return undefined;
  printPromises(results, compareStart(4 * Number(values.runs)));
  if (values.big) await printBig(results);
}

/** What is compared; `before` is the folder of an older state of the project. */
function programs({ before, brief }) {
  const others = brief ? OTHERS.filter(({ name }) => name === "bare loop") : OTHERS;
  if (before === undefined) return [PACK, ...others];
  const cli = join(before, "bin/mmar2mdai.js");
  const older = { name: "the same, before", command: (mmar) => packCommand(mmar, cli) };
  return [PACK, older, ...others];
}

/** Runs all programs in turns, so that a noisy moment meets all alike. The first turn warms up. */
function comparePrograms(all, mmar, runs) {
  const results = all.map(({ name }) => ({ name, seconds: [], cpus: [], peaks: [], size: 0 }));
  for (let run = 0; run <= runs; run += 1) {
    all.forEach(({ command }, i) => {
      const { seconds, cpu, peak, size } = measure(command(mmar));
      if (run === 0) return;
      results[i].seconds.push(seconds);
      results[i].cpus.push(cpu);
      results[i].peaks.push(peak);
      results[i].size = size;
    });
  }
  return results.map(({ name, seconds, cpus, peaks, size }) => ({
    name,
    seconds: median(seconds),
    fastest: Math.min(...seconds),
    cpu: median(cpus),
    peak: Math.max(...peaks),
    size,
  }));
}

/** Runs a command on a quiet disk: as `timed` does, and with the bytes of what it wrote. */
function measure(command) {
  removeOutput();
  return { ...timed(command, WORK), size: outputSize() };
}

function outputs() {
  return readdirSync(WORK)
    .filter((name) => /^out(\.|$)/.test(name))
    .map((name) => join(WORK, name));
}

function removeOutput() {
  for (const path of outputs()) rmSync(path, { recursive: true });
}

function outputSize() {
  return outputs().reduce((sum, path) => sum + sizeOf(path), 0);
}

function sizeOf(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

function printTable(results) {
  const reference = find(results, "zip -r")?.seconds;
  console.log(
    "| program | seconds, median | fastest | CPU, s | times `zip -r` | written, MB | peak, MB |",
  );
  console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const { name, seconds, fastest, cpu, size, peak } of results) {
    const speed = reference === undefined ? "" : (reference / seconds).toFixed(1);
    const times = [seconds, fastest, cpu].map((each) => each.toFixed(2));
    const cells = [...times, speed, inMb(size), inMb(peak)];
    console.log(`| \`${name}\` | ${cells.join(" | ")} |`);
  }
}

/** How many times longer `--help` takes than starting Node. */
function compareStart(runs) {
  const seconds = { help: [], nothing: [] };
  for (let run = 0; run <= runs; run += 1) {
    const help = measure([NODE, CLI, "--help"]).seconds;
    const nothing = measure([NODE, "-e", "0"]).seconds;
    if (run === 0) continue;
    seconds.help.push(help);
    seconds.nothing.push(nothing);
  }
  return median(seconds.help) / median(seconds.nothing);
}

/** What the project wants of its speed, beside what it is. */
function printPromises(results, startRatio) {
  const pack = find(results, "mmar2mdai pack");
  const zip = find(results, "zip -r");
  const bare = find(results, "bare loop");
  console.log("\n| wanted | measured | |");
  console.log("| --- | ---: | --- |");
  promise("at least 12 times as fast as `zip -r`", zip.seconds / pack.seconds, (x) => x >= 12);
  promise("archive at most 1.10 times that of `zip -r`", pack.size / zip.size, (x) => x <= 1.1);
  promise("at most 2 times the bare loop", pack.seconds / bare.seconds, (x) => x <= 2);
  promise("at most 150 MB of memory", pack.peak / MB, (x) => x <= 150);
  promise("`--help` at most 3 times `node -e 0`", startRatio, (x) => x <= 3);
}

function promise(wanted, measured, isKept) {
  const verdict = isKept(measured) ? "yes" : "NO";
  console.log(`| ${wanted} | ${measured.toFixed(measured < 10 ? 2 : 1)} | ${verdict} |`);
}

async function printBig(results) {
  const mmar = join(WORK, "mmar_5000");
  await makeMmar(mmar, 5000 * MB);
  const { peak, seconds, size } = measure(packCommand(mmar));
  removeOutput();
  const small = find(results, "mmar2mdai pack");
  console.log(
    `\n5 GB: ${inMb(peak)} MB of memory (${inMb(small.peak)} MB for ${inMb(small.size)} MB), ` +
      `${seconds.toFixed(1)} s, ${inMb(size)} MB written`,
  );
}

function find(results, name) {
  return results.find((result) => result.name === name);
}

function inMb(bytes) {
  return Math.round(bytes / MB);
}
