import type { OptionEntry } from "./entry.js";
import type { OwnBatchOptions } from "./types.js";

/** What batch has besides; `--config` is that of pack and inspect, too. */
export const BATCH_OPTIONS = {
  out: {
    flags: "-o, --out <folder>",
    group: "output",
    text: "the folder for the bundles, created if needed",
    mandatory: true,
  },
  dryRun: {
    flags: "--dry-run",
    group: "output",
    text: "write nothing; say what would be packed",
  },
  jobs: {
    flags: "-j, --jobs <number>",
    group: "batch",
    text: "how many MMARs to pack at once",
    default: "two more than processors",
  },
  shard: {
    flags: "--shard <part>",
    group: "batch",
    text: "pack one part of the MMARs, as in 2/8; auto: the one that CI, Slurm or Kubernetes tells",
  },
  cache: { flags: "--no-cache", group: "batch", text: "also pack what is up to date" },
} as const satisfies Record<Exclude<keyof OwnBatchOptions, "config"> | "dryRun", OptionEntry>;
