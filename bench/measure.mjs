// What the benchmarks measure with.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";

const TIME = "/usr/bin/time";
const GB = 1024 ** 3;

/**
 * Runs a command to its end on a quiet disk.
 *
 * @param folder - where a note is kept meanwhile
 * @returns seconds of the whole process, those that processors worked for it, and its peak memory
 *   in bytes
 */
export function timed(command, folder) {
  spawnSync("sync");
  const note = join(folder, "time");
  const before = process.hrtime.bigint();
  const [program, ...args] = [TIME, "-f", "%M %U %S", "-o", note, ...command];
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  const seconds = Number(process.hrtime.bigint() - before) / 1e9;
  if (error) throw new Error(`Can't run ${program}: ${error.message}. Install GNU time.`);
  if (status !== 0) throw new Error(`${command.join(" ")} failed:\n${stderr}`);
  const [kilobytes, user, system] = readFileSync(note, "utf8").trim().split(" ").map(Number);
  return { seconds, cpu: user + system, peak: kilobytes * 1024 };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function describeMachine() {
  const all = cpus();
  const memory = Math.round(totalmem() / GB);
  return (
    `${all.length} x ${all[0].model}, ${memory} GB, Linux ${release()}, ` +
    `Node ${process.versions.node}\n`
  );
}
