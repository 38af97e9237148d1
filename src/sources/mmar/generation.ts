import type { CLARA_GENERATIONS } from "../../model/spec.js";
import { asList, asObject, asString, type Json, type JsonObject } from "../../text/json.js";
import type { Config } from "./config.js";

/** A generation of Clara Train whose configs are of their own. */
export type Generation = (typeof CLARA_GENERATIONS)[number];

/** Which generation an MMAR is of, and what says so. */
export interface GenerationFact {
  readonly generation: Generation;
  /** What was seen, in words for people. */
  readonly evidence: readonly string[];
}

/** What the generation is told from. */
export interface GenerationSources {
  readonly environment: JsonObject;
  /** The inference config, or where there is none, another one. */
  readonly config: Config | undefined;
  /** Paths of the MMAR's files. */
  readonly paths: Iterable<string>;
}

/** Transforms and writers of ai4med, the TensorFlow engine of Clara 3 and before. */
const TENSORFLOW = new Set([
  "LoadNifti",
  "LoadPng",
  "ConvertToChannelsFirst",
  "ConvertToChannelsLast",
  "ScaleByResolution",
  "ScaleToShape",
  "WriteNifti",
  "WriteClassificationResult",
  "RestoreOriginalShape",
]);

/** Handlers that Clara 4.0 wrote its results with, and 4.1 replaced. */
const HANDLERS_4_0 = new Set(["TransformInverter", "SegmentationSaver"]);

/**
 * Finds the generation of an MMAR. The config decides, since it is what has to run; the
 * environment's CLARA_TRAIN_VERSION counts where the config shows nothing (mixtures exist).
 * The marks are those of NVIDIA's notes on bringing an MMAR to 4.0 and to 4.1.
 */
export function tellGeneration(sources: GenerationSources): GenerationFact {
  const { config, environment } = sources;
  const tensorflow = tensorflowMarks(sources);
  if (tensorflow.length > 0) return { generation: "tensorflow", evidence: tensorflow };
  const version = asString(environment.CLARA_TRAIN_VERSION);
  const stated = version === undefined ? [] : [`CLARA_TRAIN_VERSION is ${version}`];
  if (config !== undefined) {
    const inverter = config.handlers.find((handler) => handler.name === "TransformInverter");
    if (inverter !== undefined) {
      return { generation: "4.0", evidence: [...marksOf40(config), ...against(version, "4.0")] };
    }
    const wired = wiring(config.value);
    if (wired !== undefined) {
      return {
        generation: "4.1",
        evidence: [
          `${config.file.path} is wired explicitly (${wired})`,
          ...against(version, "4.1"),
        ],
      };
    }
    const old = marksOf40(config);
    if (old.length > 0) {
      return { generation: "4.0", evidence: [...old, ...against(version, "4.0")] };
    }
  }
  if (version?.startsWith("4.1")) return { generation: "4.1", evidence: stated };
  if (version?.startsWith("4.0")) return { generation: "4.0", evidence: stated };
  return { generation: "unknown", evidence: stated };
}

/** What environment.json says beside the config, which decides. */
function against(version: string | undefined, generation: "4.0" | "4.1"): string[] {
  if (version?.startsWith(generation)) return [`CLARA_TRAIN_VERSION is ${version}`];
  const decides = "the config decides";
  if (version !== undefined) return [`CLARA_TRAIN_VERSION is ${version}, but ${decides}`];
  return generation === "4.0"
    ? ["environment.json has no CLARA_TRAIN_VERSION, which came with 4.1"]
    : [`environment.json is of 4.0, without CLARA_TRAIN_VERSION, but ${decides}`];
}

function tensorflowMarks({ environment, config, paths }: GenerationSources): string[] {
  if (environment.MMAR_TORCHSCRIPT !== undefined) return [];
  const marks: string[] = [];
  const value = config?.value ?? {};
  for (const section of ["pre_transforms", "post_transforms", "writers"]) {
    for (const item of asList(value[section])) {
      const name = asString(asObject(item)?.name) ?? "";
      if (TENSORFLOW.has(name)) marks.push(`${config?.file.path} uses ${name}`);
    }
  }
  for (const path of paths) {
    if (/\.(trt|fzn)\.pb$|\.ckpt\.(meta|index|data-\S+)$/.test(path))
      marks.push(`there is ${path}`);
  }
  return marks.slice(0, 3);
}

/** The first argument that names another section, which only 4.1 has. */
function wiring(config: JsonObject): string | undefined {
  for (const section of ["evaluator", "dataset", "dataloader"]) {
    const args = asObject(asObject(config[section])?.args) ?? {};
    const found = Object.entries(args).find(([, value]) => isReference(value));
    if (found !== undefined) return `${section}.args.${found[0]} is ${JSON.stringify(found[1])}`;
  }
  return undefined;
}

const isReference = (value: Json | undefined): boolean =>
  typeof value === "string" && value.startsWith("@");

function marksOf40(config: Config): string[] {
  const { path } = config.file;
  const handlers = config.handlers
    .filter((handler) => HANDLERS_4_0.has(handler.name))
    .map((handler) => `${path} has the handler ${handler.name}`);
  const evaluator = asObject(config.value.evaluator);
  const unwired = evaluator !== undefined && asObject(evaluator.args)?.network === undefined;
  return unwired ? [...handlers, `the evaluator in ${path} is not wired`] : handlers;
}
