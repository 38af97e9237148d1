import { type Finding, finding } from "../../findings/finding.js";
import type { FindingCode } from "../../findings/table.js";
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

/** What was said of the MMAR when it was packed, and is no fault of the bundle. */
const SAID: ReadonlySet<FindingCode> = new Set<FindingCode>([
  "generation-4-0",
  "generation-unknown",
  "inference-config-made",
  "set-env-missing",
  "custom-component",
  "path-outside-ignored",
  "aside-unreadable",
]);

const isNews = ({ code }: Finding): boolean => !SAID.has(code);

/**
 * What stops inference however the deploy code of another make goes about it: files that Clara's
 * reader fails on, and weights that are none. What its own code may set, replace or do without is
 * not asked for.
 */
const DECISIVE = /^(json-|weights-|generation-tensorflow$|name-case-clash$)/;

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
    code.startsWith("weights-") && (unused.includes(place?.key) || unused.includes(place?.file));
  const old =
    generation === "4.0" ? [finding("bundle-clara-4-0", { evidence: evidence.join("; ") })] : [];
  return [...found.filter((f) => DECISIVE.test(f.code) && !isUnused(f)), ...old];
}
