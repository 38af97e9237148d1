import { fromOption } from "../../model/facts.js";
import type { MonaiBundle } from "../../sources/monai-bundle/bundle.js";
import { type Parts, partsOf, reachedTexts } from "../../sources/monai-bundle/code.js";
import type { Override } from "../../sources/monai-bundle/derive/output.js";
import type { RunOptions } from "../runtime.js";

/** What a config says of a GPU by name. */
const CUDA = /torch\.device\(\s*(['"])cuda(?::\d+)?\1\s*\)/g;

/**
 * What is set in a bundle's config so that it runs on MD.ai, besides what its result needs.
 *
 * @param changes - what its result needs
 */
export function overridesOf(
  bundle: MonaiBundle,
  changes: readonly Override[],
  options: RunOptions,
): Override[] {
  const parts = partsOf(bundle);
  return [
    ...changes,
    ...windows(bundle, parts, options),
    ...devices(bundle, parts),
    ...pretrained(bundle, parts),
  ];
}

function windows({ config }: MonaiBundle, { inferer }: Parts, options: RunOptions): Override[] {
  const component = inferer === undefined ? undefined : config?.component(inferer);
  if (component === undefined || !/SlidingWindow/.test(component.name)) return [];
  if (config?.arg(component, "sw_batch_size") === options.swBatchSize) return [];
  const why = `windows at once, bounded by the memory of MD.ai's GPU (${fromOption("swBatchSize")})`;
  return [{ id: `${component.id}#sw_batch_size`, value: options.swBatchSize, why }];
}

/** A GPU that is named is not there on a CPU, and may not be the one that is used. */
function devices({ config }: MonaiBundle, parts: Parts): Override[] {
  if (config === undefined) return [];
  const why = "the device is the one that the container has";
  return reachedTexts(config, parts).flatMap(({ id, text }) => {
    const value = text.startsWith("$") ? text.replaceAll(CUDA, "@device") : text;
    return value === text
      ? []
      : [{ id, value: /^\$\s*@device\s*$/.test(value) ? "@device" : value, why }];
  });
}

/** Networks that fetch weights when they are built, which the bundle's own replace at once. */
function pretrained({ config }: MonaiBundle, { network }: Parts): Override[] {
  const component = network === undefined ? undefined : config?.component(network);
  if (component === undefined || config?.arg(component, "pretrained") !== true) return [];
  const why = "the bundle's own weights are loaded: nothing is downloaded at the start";
  return [{ id: `${component.id}#pretrained`, value: false, why }];
}
