import { type Finding, finding } from "../../findings/finding.js";
import { asObject, asString, type JsonFile, type JsonObject } from "../../text/json.js";
import { METADATA, type MonaiBundle } from "./bundle.js";
import type { BundleConfig } from "./config.js";

/** What a bundle may be for that can't be packed. */
interface Kind {
  /** To go on after "The bundle is for". */
  readonly what: string;
  readonly why: string;
  /** Words of metadata.json's name and task. */
  readonly words: RegExp;
  /** Whether they count also where segmentation or classification is spoken of beside them. */
  readonly isSure?: true;
  /** What else tells, in words. */
  readonly tells?: (parts: Parts) => string | undefined;
}

interface Parts {
  /** `network_data_format.inputs` and `outputs`, the first of each. */
  readonly input: JsonObject;
  readonly output: JsonObject;
  readonly config: BundleConfig | undefined;
}

const format = (side: string, key: string, value: string): string =>
  `${side} of type or format "${value}" (${key}) in ${METADATA}`;

/** The kinds, the surer ones first: slides are also detected on, and generated images segmented. */
const KINDS: readonly Kind[] = [
  {
    what: "whole slides and cells",
    why: "MD.ai gives DICOM images of radiology, not slides or their patches",
    words:
      /patholog|histolog|whole[- ]slide|\bwsi\b|\bnuclei\b|\bnuclear segment|-cell\b|\bcells? (image|segment|instance|detect|classif|count)/i,
    isSure: true,
  },
  {
    what: "video",
    why: "it takes frames in colour, and MD.ai's CT, MR and X-ray images are none",
    words: /endoscop|\bvideos?\b|surgical/i,
    isSure: true,
    tells: ({ input }) =>
      asString(input.format) === "RGB" && asString(input.modality) === "regular"
        ? format("an input", "inputs", "RGB")
        : undefined,
  },
  {
    what: "generation of images",
    why: "it makes images from noise, and answers nothing about an image of MD.ai's",
    words: /synthes[ie]s|\bgenerat(e|es|ion|ive|or)\b|\bgan\b|diffusion model/i,
    tells: ({ input }) => {
      const type = asString(input.type) ?? "";
      return /noise|latent|tuples/.test(type) ? format("an input", "inputs", type) : undefined;
    },
  },
  {
    what: "registration",
    why: "it moves one image onto another, and gives no finding that MD.ai could show",
    words: /\bregistration\b|spatial transformer/i,
  },
  {
    what: "landmarks",
    why: "it gives points, which are not packed yet",
    words: /\blandmarks?\b|key ?points?\b/i,
    tells: ({ output }) => {
      const points = asString(output.format) === "points";
      return points ? format("an output", "outputs", "points") : undefined;
    },
  },
  {
    what: "detection",
    why: "it gives boxes in three dimensions, which are not packed yet",
    words: /\bdetect(s|ion|or)\b/i,
    tells: ({ output, config }) => {
      if (asString(output.type) === "object") return format("an output", "outputs", "object");
      const target = ["detector", "network_def"]
        .map((id) => config?.component(id)?.target ?? "")
        .find((name) => /RetinaNet|Detector/.test(name));
      return target && `${target} in ${config?.path}`;
    },
  },
];

/** Refuses a bundle that does what can't be packed, with what says so. */
export function checkKind(bundle: MonaiBundle): Finding[] {
  const { metadata, config } = bundle;
  const parts = { ...dataFormat(metadata), config };
  const said = ["name", "task"].map((key) => [key, asString(metadata?.value[key]) ?? ""] as const);
  for (const { what, why, words, isSure, tells } of KINDS) {
    const [key, text] =
      said.find(([, each]) => words.test(each) && (isSure || !/segment|classif/i.test(each))) ?? [];
    const evidence = key === undefined ? tells?.(parts) : `its ${key} "${text}" in ${METADATA}`;
    if (evidence === undefined) continue;
    const place = key === undefined ? undefined : metadata?.place([key]);
    return [finding("bundle-kind", { what, why, evidence }, place)];
  }
  return [];
}

/** What metadata.json says of the first input and the first output. */
export function dataFormat(metadata: JsonFile | undefined): {
  readonly input: JsonObject;
  readonly output: JsonObject;
  readonly inputAt: readonly string[];
  readonly outputAt: readonly string[];
} {
  const formats = asObject(metadata?.value.network_data_format);
  const [inputs, outputs] = [asObject(formats?.inputs) ?? {}, asObject(formats?.outputs) ?? {}];
  const inputKey = Object.hasOwn(inputs, "image") ? "image" : (Object.keys(inputs)[0] ?? "image");
  const outputKey = Object.hasOwn(outputs, "pred") ? "pred" : (Object.keys(outputs)[0] ?? "pred");
  return {
    input: asObject(inputs[inputKey]) ?? {},
    output: asObject(outputs[outputKey]) ?? {},
    inputAt: ["network_data_format", "inputs", inputKey],
    outputAt: ["network_data_format", "outputs", outputKey],
  };
}
