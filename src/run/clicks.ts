import { RunFailure } from "../errors.js";
import { option } from "../options/names.js";
import type { CompleteRunOptions } from "../options/schema.js";
import type { OrderedClick } from "./driver.js";
import type { ModelFolder } from "./model-folder.js";

/**
 * The clicks that a model is given.
 *
 * @throws {@link RunFailure} if the model takes no such clicks
 */
export function clicksFor(
  { config }: ModelFolder,
  { click, clickBackground }: CompleteRunOptions,
): OrderedClick[] {
  const refused = (name: "click" | "clickBackground", why: string): RunFailure =>
    new RunFailure("input", `${option(name)}: ${why}.`);
  if (config.type !== "annotation") {
    const why = "this model takes no clicks, it answers for the image alone";
    if (click.length > 0) throw refused("click", why);
    if (clickBackground.length > 0) throw refused("clickBackground", why);
    return [];
  }
  if (config.input.clicks.kind === "extreme_points" && clickBackground.length > 0) {
    throw refused("clickBackground", "this model takes extreme points, all of what is meant");
  }
  return [
    ...click.map((one) => ({ ...one, background: false })),
    ...clickBackground.map((one) => ({ ...one, background: true })),
  ];
}
