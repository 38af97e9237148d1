import type { Environment } from "../environment.js";
import { UsageError } from "../errors.js";
import { option } from "../options/names.js";
import type { Shard } from "../options/schema.js";

/** One kind of machine, and how it tells which part it is. */
interface Scheduler {
  /** The variable that is set where it is such a machine. */
  readonly variable: keyof Environment;
  readonly name: string;
  read(env: Environment): Shard;
}

/**
 * Documented by Slurm (sbatch, output environment variables), Kubernetes (indexed Job: the pods know
 * their index, not how many there are) and GitLab (predefined variables).
 */
const SCHEDULERS: readonly Scheduler[] = [
  {
    variable: "JOB_COMPLETION_INDEX",
    name: "Kubernetes",
    read: (env) => shardBy(env, ["JOB_COMPLETION_INDEX", 0], "MMAR2MDAI_SHARD_COUNT"),
  },
  { variable: "SLURM_ARRAY_TASK_ID", name: "Slurm", read: slurmShard },
  {
    variable: "CI_NODE_INDEX",
    name: "GitLab",
    read: (env) => shardBy(env, ["CI_NODE_INDEX", 1], "CI_NODE_TOTAL"),
  },
];

/** What the messages name `shard: "auto"`. */
const AUTO = option("shard", "auto");

/**
 * The part of a batch that this machine is to pack, as the environment tells it.
 *
 * @throws {@link UsageError} if nothing tells it, several tell it, or what they tell can't be
 */
export function shardOfMachine(env: Environment): Shard {
  // What the user sets wins.
  if (env.MMAR2MDAI_SHARD_INDEX) {
    return shardBy(env, ["MMAR2MDAI_SHARD_INDEX", 0], "MMAR2MDAI_SHARD_COUNT");
  }
  const [first, second] = SCHEDULERS.filter(({ variable }) => env[variable]);
  if (first === undefined) {
    throw new UsageError(
      `${AUTO}: no variable tells which part this machine is. Slurm sets SLURM_ARRAY_TASK_ID, GitLab CI_NODE_INDEX, and Kubernetes JOB_COMPLETION_INDEX; elsewhere set MMAR2MDAI_SHARD_INDEX (from 0) and MMAR2MDAI_SHARD_COUNT, or give the part itself, as in 2/8.`,
    );
  }
  if (second !== undefined) {
    throw new UsageError(
      `${AUTO}: ${first.variable} (${first.name}) and ${second.variable} (${second.name}) both tell a part. Set MMAR2MDAI_SHARD_INDEX (from 0) and MMAR2MDAI_SHARD_COUNT, which win.`,
    );
  }
  return first.read(env);
}

/** The part that two variables tell. */
const shardBy = (
  env: Environment,
  [index, first]: readonly [name: keyof Environment, first: 0 | 1],
  count: keyof Environment,
): Shard =>
  shard(
    { name: index, value: number(env, index), first },
    { name: count, value: number(env, count) },
  );

function slurmShard(env: Environment): Shard {
  const id = number(env, "SLURM_ARRAY_TASK_ID");
  const count = number(env, "SLURM_ARRAY_TASK_COUNT");
  const first = number(env, "SLURM_ARRAY_TASK_MIN");
  const step = env.SLURM_ARRAY_TASK_STEP ? number(env, "SLURM_ARRAY_TASK_STEP") : 1;
  const last = env.SLURM_ARRAY_TASK_MAX
    ? number(env, "SLURM_ARRAY_TASK_MAX")
    : first + (count - 1) * step;
  const place = (id - first) / step;
  // An array of single numbers (1,3,7) does not tell a task its place.
  if (!Number.isInteger(place) || Math.floor((last - first) / step) + 1 !== count) {
    throw new UsageError(
      `${AUTO}: the indices of the Slurm array are not evenly spaced, so that none tells its place. Use sbatch --array=1-${count || 8}.`,
    );
  }
  return shard(
    { name: "SLURM_ARRAY_TASK_ID", value: place, first: 0, shown: id },
    { name: "SLURM_ARRAY_TASK_COUNT", value: count },
  );
}

/** @throws {@link UsageError} if it is not set, or not a whole number */
function number(env: Environment, name: keyof Environment): number {
  const text = env[name];
  if (!text) throw new UsageError(`${AUTO}: ${name} is not set. ${hintFor(name)}`);
  if (!/^\d{1,9}$/.test(text)) {
    throw new UsageError(`${AUTO}: ${name} is ${text}, but must be a whole number.`);
  }
  return Number(text);
}

const hintFor = (name: keyof Environment): string =>
  name === "MMAR2MDAI_SHARD_COUNT"
    ? "Set it to the number of machines: strategy.job-total of a GitHub matrix, completions of a Kubernetes Job."
    : "It comes with the others of its scheduler; pass them all on.";

interface Index {
  readonly name: string;
  readonly value: number;
  /** What it counts from. */
  readonly first: 0 | 1;
  /** The value as the scheduler has it. */
  readonly shown?: number;
}

/** The most parts, as the option has it. */
const MOST = 100_000;

function shard(
  { name, value, first, shown = value }: Index,
  count: { readonly name: string; readonly value: number },
): Shard {
  const index = value - first + 1;
  if (index < 1 || index > count.value || count.value > MOST) {
    throw new UsageError(
      `${AUTO}: ${name} is ${shown}, which is none of ${count.value} parts (${count.name}) counted from ${first}.`,
    );
  }
  return { index, count: count.value };
}
