import { type Finding, finding } from "../../findings/finding.js";
import { asObject, asString } from "../../text/json.js";
import type { Component, Config } from "./config.js";

/** Datasets, transforms and handlers of MONAI and Clara that read or write whole-slide images. */
const COMPONENT = /WSI|PatchWSI|^ProbMap|GridPatch|TileOnGrid|SlidingPatch/;

/** Libraries that read whole-slide images, as datasets name them. */
const READER = /^(cucim|openslide|tifffile|wsi)/i;

/** Finds that a model reads whole-slide images, by what its inference config is made of. */
export function checkWholeSlide(config: Config | undefined): Finding[] {
  if (config === undefined) return [];
  const { value, preTransforms, postTransforms, handlers } = config;
  const dataset = asObject(value.dataset);
  const name = asString(dataset?.path) ?? asString(dataset?.name) ?? "";
  const reader = asString(asObject(dataset?.args)?.image_reader_name) ?? "";
  const parts: readonly Component[] = [...preTransforms, ...postTransforms, ...handlers];
  const component =
    COMPONENT.test(name) || READER.test(reader)
      ? { name: name || reader, at: ["dataset"] }
      : parts.find((part) => COMPONENT.test(part.name));
  if (component === undefined) return [];
  return [finding("whole-slide", { component: component.name }, config.place(component.at))];
}
