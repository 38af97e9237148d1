import type { Component, Config } from "./config.js";

/** The saver of a config: SaveImaged (Clara 4.1), or the handler SegmentationSaver. */
export function findSaver(config: Config): Component | undefined {
  return (
    config.postTransforms.findLast((transform) => isNamed(transform, "SaveImage")) ??
    config.handlers.find((handler) => handler.name === "SegmentationSaver")
  );
}

/** MONAI gives each dictionary transform three names: SaveImaged, SaveImageD, SaveImageDict. */
export function isNamed(component: Component, base: string): boolean {
  return ["d", "D", "Dict"].some((end) => component.name === base + end);
}
