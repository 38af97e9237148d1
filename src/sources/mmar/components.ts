import { type Component, type Config, keysOf } from "./config.js";

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

/** The first loader, and the keys that it reads: the image's first; none if nothing has keys. */
export function imageLoader({ preTransforms }: Config): {
  loader: Component | undefined;
  keys: readonly string[];
} {
  const loader = preTransforms.find(({ name }) => name.startsWith("Load"));
  const keys = loader === undefined ? [] : keysOf(loader);
  const others = keys.filter((key) => key !== "image");
  return { loader, keys: others.length < keys.length ? ["image", ...others] : keys };
}
