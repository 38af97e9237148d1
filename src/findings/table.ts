import type { ArgsOf, Row } from "./row.js";
import { archive } from "./tables/archive.js";
import { bundle } from "./tables/bundle.js";
import { clara } from "./tables/clara.js";
import { classification } from "./tables/classification.js";
import { configMdai } from "./tables/config-mdai.js";
import { deployCode } from "./tables/deploy-code.js";
import { derived } from "./tables/derived.js";
import { environment } from "./tables/environment.js";
import { files } from "./tables/files.js";
import { image } from "./tables/image.js";
import { inferenceConfig } from "./tables/inference-config.js";
import { input } from "./tables/input.js";
import { json } from "./tables/json.js";
import { manifest } from "./tables/manifest.js";
import { monaiBundle } from "./tables/monai-bundle.js";
import { pickle } from "./tables/pickle.js";
import { requirements } from "./tables/requirements.js";
import { requirementsFile } from "./tables/requirements-file.js";
import { runtime } from "./tables/runtime.js";
import { weights } from "./tables/weights.js";

export type { Args, ArgValue, Severity } from "./row.js";
export type { JsonFault } from "./tables/json.js";

/** Areas whose findings are of an MMAR: `pack` gives them, and `verify` of the MMAR in a bundle. */
const mmarAreas = {
  input: { title: "The input", rows: input },
  archive: { title: "An archive instead of a folder", rows: archive },
  clara: { title: "The version of Clara", rows: clara },
  json: { title: "JSON files", rows: json },
  environment: { title: "environment.json", rows: environment },
  weights: { title: "Weights", rows: weights },
  pickle: { title: "Pickles", rows: pickle },
  files: { title: "Files and folders", rows: files },
  inferenceConfig: { title: "The inference config", rows: inferenceConfig },
  classification: { title: "Classification", rows: classification },
  monaiBundle: { title: "MONAI bundles", rows: monaiBundle },
  derived: { title: "Derived facts and options", rows: derived },
  requirements: { title: "Requirements that you add", rows: requirements },
  runtime: { title: "The runtime", rows: runtime },
};

/** Areas whose findings only `verify` gives. */
const verifyAreas = {
  bundle: { title: "The bundle's archive", rows: bundle },
  image: { title: "config.yaml and the image", rows: image },
  requirementsFile: { title: "The bundle's requirements.txt", rows: requirementsFile },
  deployCode: { title: "The deploy code", rows: deployCode },
  configMdai: { title: "config_mdai.json and the MMAR in the bundle", rows: configMdai },
  manifest: { title: "The manifest", rows: manifest },
};

/** The areas that the findings are of, in the order of docs/findings.md. */
export const findingAreas = { ...mmarAreas, ...verifyAreas };

/** What a finding is about. */
export type FindingArea = keyof typeof findingAreas;

/**
 * Every finding there is. The key is its code: stable, since reports and scripts name it.
 * docs/findings.md is made from this table.
 */
export const findingTable = {
  ...input,
  ...archive,
  ...clara,
  ...json,
  ...environment,
  ...weights,
  ...pickle,
  ...files,
  ...inferenceConfig,
  ...classification,
  ...monaiBundle,
  ...derived,
  ...requirements,
  ...runtime,
  ...bundle,
  ...image,
  ...requirementsFile,
  ...deployCode,
  ...configMdai,
  ...manifest,
};

export type FindingCode = keyof typeof findingTable;

/** Codes of an area. */
export type CodeOf<A extends FindingArea> = {
  [K in A]: keyof (typeof findingAreas)[K]["rows"];
}[A];

/** Codes that only `verify` gives. */
export type VerifyCode = CodeOf<keyof typeof verifyAreas>;

/** What a finding of a code carries. */
export type FindingArgs<C extends FindingCode> = {
  [K in C]: ArgsOf<(typeof findingTable)[K]>;
}[C];

export function rowOf<C extends FindingCode>(code: C): Row<FindingArgs<C>> {
  // The table ties every code to its own arguments; TypeScript can't follow that link through an
  // index by a type parameter.
  return findingTable[code] as unknown as Row<FindingArgs<C>>;
}

const AREAS = new Map(
  Object.entries(findingAreas).flatMap(([area, { rows }]) =>
    Object.keys(rows).map((code) => [code, area as FindingArea]),
  ),
);

export const areaOf = (code: FindingCode): FindingArea => AREAS.get(code) as FindingArea;

/** Whether only `verify` gives findings of the area. */
export const isVerifysOwn = (area: FindingArea): boolean => Object.hasOwn(verifyAreas, area);
