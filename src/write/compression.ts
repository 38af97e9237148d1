import type { ArchiveFormat, Compression } from "../options/words.js";
import type { BundleEntry, BundlePlan } from "./bundle-plan.js";
import { AUTO_LEVEL, isWorthwhile, type Sample, sampleEntry } from "./sampling.js";

/** How an archive of a plan is compressed. */
export interface CompressionChoice {
  /** Level for what is deflated, 0 to 9. In a tar.gz the whole stream has it. */
  readonly level: number;
  /** For each entry of the plan, in order, whether it is deflated. */
  readonly compressed: readonly boolean[];
}

const MAX_LEVEL = 9;

/**
 * Decides what is deflated. `auto` samples each entry: zip entries are decided one by one; a tar.gz
 * is one stream, so all of it is deflated or, where that hardly shrinks the sum, none of it.
 */
export async function chooseCompression(
  plan: BundlePlan,
  format: ArchiveFormat,
  compression: Compression,
): Promise<CompressionChoice> {
  const { entries } = plan;
  const all = (compressed: boolean) =>
    entries.map(({ size }) => compressed && (format === "tar.gz" || size > 0));
  if (compression === "store") return { level: 0, compressed: all(false) };
  if (compression === "max") return { level: MAX_LEVEL, compressed: all(true) };
  const samples = await sampleAll(entries);
  if (format === "zip") {
    const compressed = samples.map((sample) => sample.plain > 0 && isWorthwhile(sample));
    return { level: AUTO_LEVEL, compressed };
  }
  const worthwhile = isWorthwhile(weigh(entries, samples));
  return { level: worthwhile ? AUTO_LEVEL : 0, compressed: all(worthwhile) };
}

async function sampleAll(entries: readonly BundleEntry[]): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const entry of entries) samples.push(await sampleEntry(entry));
  return samples;
}

/** What the whole would come to, each sample standing for all of its entry. */
function weigh(entries: readonly BundleEntry[], samples: readonly Sample[]): Sample {
  let plain = 0;
  let deflated = 0;
  entries.forEach(({ size }, i) => {
    const sample = samples[i];
    if (sample === undefined || sample.plain === 0) return;
    plain += size;
    deflated += (size * sample.deflated) / sample.plain;
  });
  return { plain, deflated };
}
