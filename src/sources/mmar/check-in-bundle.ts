import { type Finding, finding } from "../../findings/finding.js";
import { areaOf, rowOf } from "../../findings/table.js";
import { Trust } from "../../weights/trust.js";
import { checkMmar } from "./check.js";
import { loadedWeights } from "./check-config.js";
import { weightsPaths } from "./check-weights.js";
import type { Mmar } from "./mmar.js";

/**
 * Checks an MMAR as it lies in a bundle.
 *
 * @param isOurs - whether this program made the bundle
 * @param packages - top names of the packages in the image
 * @param read - what reading the MMAR found
 * @throws {@link FileChangedError} or a system error if a file can't be read
 */
export async function checkPackedMmar(
  mmar: Mmar,
  isOurs: boolean,
  packages: ReadonlySet<string>,
  read: readonly Finding[],
): Promise<Finding[]> {
  const checked = await checkMmar(mmar, {
    checkpoint: isCheckpointExpected(mmar),
    selection: () => undefined,
    packages,
    trust: new Trust(),
  });
  const found = [...read, ...checked];
  return isOurs ? found.filter(isNews) : foundInOthers(mmar, found);
}

/** A checkpoint may be left out of a bundle, unless inference loads it. */
function isCheckpointExpected(mmar: Mmar): boolean {
  const { checkpoint } = weightsPaths(mmar.environment);
  const isThere = checkpoint !== undefined && mmar.files.has(checkpoint);
  return isThere || loadedWeights(mmar.inference).checkpoint;
}

const isNews = ({ code }: Finding): boolean => !rowOf(code).saidByPack;

/** What stops inference in a bundle of others: its own code may set, replace or do without the rest. */
function foundInOthers(mmar: Mmar, found: readonly Finding[]): Finding[] {
  const { generation, evidence } = mmar.generation;
  if (generation === "tensorflow")
    return found.filter(({ code }) => code === "generation-tensorflow");
  const loads = loadedWeights(mmar.inference);
  const { torchscript, checkpoint } = weightsPaths(mmar.environment);
  const unused = [
    ...(loads.torchscript ? [] : ["MMAR_TORCHSCRIPT", torchscript]),
    ...(loads.checkpoint ? [] : ["MMAR_CKPT", checkpoint]),
  ];
  const isUnused = ({ code, place }: Finding): boolean =>
    areaOf(code) === "weights" && (unused.includes(place?.key) || unused.includes(place?.file));
  const old =
    generation === "4.0" ? [finding("bundle-clara-4-0", { evidence: evidence.join("; ") })] : [];
  return [...found.filter((f) => rowOf(f.code).stopsAnyDeployCode && !isUnused(f)), ...old];
}
