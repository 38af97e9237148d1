// How much faster a batch is on two processors than on one, and what memory it takes for how many
// MMARs; see README.md beside it.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine, median, timed } from "./measure.mjs";
import { makeMmar } from "./mmar.mjs";

const MB = 1024 * 1024;
const WORK = fileURLToPath(new URL("work", import.meta.url));
const CLI = fileURLToPath(new URL("../bin/mmar2mdai.js", import.meta.url));
const OUT = join(WORK, "batch-out");

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "3" },
    size: { type: "string", default: "40" },
    models: { type: "string", default: "12" },
  },
});

mkdirSync(WORK, { recursive: true });
console.log(describeMachine());
compareProcessors(await makeModels(Number(values.models), Number(values.size) * MB));
compareCounts();

async function makeModels(count, size) {
  const root = join(WORK, `batch_${count}_${size}`);
  for (let i = 0; i < count; i += 1) await makeMmar(join(root, `model_${i}`), size);
  return root;
}

/**
 * The same batch on one processor and on two, in turns, and beside it two gzips, which have nothing
 * to do with each other: more than they gain the machine does not give. The first turn warms up.
 */
function compareProcessors(root) {
  const model = (i) => `gzip -9 -c '${join(root, `model_${i}`, "models/model.pt")}' >/dev/null`;
  const gzip = { one: [], two: [] };
  const batch = (jobs) => batchCommand(root, ["--jobs", String(jobs), "--compress", "max"]);
  const one = [];
  const two = [];
  for (let run = 0; run <= Number(values.runs); run += 1) {
    const alone = measure(["taskset", "-c", "0", ...batch(1)]);
    const both = measure(["taskset", "-c", "0,1", ...batch(4)]);
    const serial = timed(["taskset", "-c", "0", "sh", "-c", `${model(0)}; ${model(1)}`], WORK);
    const parallel = ["taskset", "-c", "0,1", "sh", "-c", `${model(0)} & ${model(1)} & wait`];
    const side = timed(parallel, WORK);
    if (run === 0) continue;
    gzip.one.push(serial);
    gzip.two.push(side);
    one.push(alone);
    two.push(both);
  }
  const seconds = (all) => median(all.map((run) => run.seconds));
  console.log("| batch with --compress max | seconds, median | peak, MB |");
  console.log("| --- | ---: | ---: |");
  for (const [name, all] of [
    ["1 processor, --jobs 1", one],
    ["2 processors, --jobs 4", two],
  ]) {
    const peak = Math.round(Math.max(...all.map((run) => run.peak)) / MB);
    console.log(`| ${name} | ${seconds(all).toFixed(2)} | ${peak} |`);
  }
  const gain = (a, b) => `${(seconds(a) / seconds(b)).toFixed(2)} times one`;
  console.log(`\nTwo processors: ${gain(one, two)}; for two gzips ${gain(gzip.one, gzip.two)}.\n`);
}

/** Memory for a few small MMARs and for many. */
function compareCounts() {
  const fixture = fileURLToPath(new URL("../fixtures/spleen_ct", import.meta.url));
  for (const count of [20, 200, 1000]) {
    const list = join(WORK, `list_${count}.yaml`);
    const entries = Array.from({ length: count }, (_, i) => `- {mmar: ${fixture}, out: ${i}.zip}`);
    writeFileSync(list, `models:\n${entries.join("\n")}\n`);
    const { seconds, peak } = measure(batchCommand(list, ["--jobs", "2"]));
    console.log(`${count} small MMARs: ${seconds.toFixed(1)} s, ${Math.round(peak / MB)} MB`);
  }
}

function batchCommand(input, args) {
  return [process.execPath, CLI, "batch", input, "-o", OUT, "--quiet", ...args];
}

function measure(command) {
  rmSync(OUT, { recursive: true, force: true });
  const result = timed(command, WORK);
  rmSync(OUT, { recursive: true, force: true });
  return result;
}
