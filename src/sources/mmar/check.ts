import { type Finding, finding } from "../../findings/finding.js";
import { rowOf } from "../../findings/table.js";
import { checkFileNames, checkOddities } from "../check-files.js";
import type { CheckUse } from "../source.js";
import { inCatalogue } from "./catalogue.js";
import { checkInferenceConfig } from "./check-config.js";
import { checkEnvironment } from "./check-environment.js";
import { checkScripts } from "./check-scripts.js";
import { checkWeights } from "./check-weights.js";
import { AIAA_CONFIG } from "./from-aiaa.js";
import type { Mmar } from "./mmar.js";
import { checkWholeSlide } from "./whole-slide.js";

/**
 * Checks whether an MMAR is fit: its generation, environment.json, weights, inference config,
 * components and file names.
 *
 * @throws {@link FileChangedError} or a system error if a file can't be read
 */
export async function checkMmar(mmar: Mmar, use: CheckUse): Promise<Finding[]> {
  const generation = checkGeneration(mmar);
  // Nothing else in a TensorFlow MMAR fits either: further findings would not help.
  if (mmar.generation.generation === "tensorflow") return generation;
  return [
    ...checkCatalogue(mmar),
    ...checkWholeSlide(mmar.inference),
    ...generation,
    ...checkEnvironment(mmar),
    ...(await checkWeights(mmar, use)),
    ...checkInferenceConfig(mmar, use),
    ...(await checkScripts(mmar)),
    ...checkOddities(mmar.oddities, use.selection),
    ...checkFileNames(mmar.files, use.selection),
  ];
}

/** Of findings with a decisive reason that reason alone, else undefined. */
export function decisive(findings: readonly Finding[]): readonly Finding[] | undefined {
  const reasons = findings.filter(({ code }) => rowOf(code).hidesOthers);
  return reasons.length === 0 ? undefined : reasons;
}

/** Some models of the catalogue can't be packed, whatever their files say. */
function checkCatalogue({ name }: Mmar): Finding[] {
  const model = inCatalogue(name);
  if (model?.refused === undefined) return [];
  return [finding("catalogue-refused", { name: model.name, why: model.refused })];
}

function checkGeneration({ generation, derivation }: Mmar): Finding[] {
  // AIAA's config is of MONAI's transforms, whatever Clara's own configs beside it are of.
  if (derivation?.source.path === AIAA_CONFIG) return [];
  const evidence = generation.evidence.join("; ");
  switch (generation.generation) {
    case "tensorflow":
      return [finding("generation-tensorflow", { evidence })];
    case "4.0":
      return [finding("generation-4-0", { evidence })];
    case "unknown":
      return [finding("generation-unknown", {})];
    case "4.1":
      return [];
  }
}
