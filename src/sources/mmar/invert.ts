import { finding } from "../../findings/finding.js";
import type { JsonObject } from "../../text/json.js";
import type { Edit } from "../../text/json-edit.js";
import { restores } from "./clicks.js";
import { findSaver, imageLoader, isNamed } from "./components.js";
import { type Component, type Config, keysOf } from "./config.js";
import { NOTHING, type Ruling } from "./config-rules.js";

/** Spatial transforms that MONAI 0.8.1 does not write into the affine of the image. */
const MOVES = /(Crop|Pad|Resize|Zoom|Flip|Rotate|Affine)/;

/** Transforms of MONAI 0.8.1 that move voxels and that Invertd takes back, without their endings. */
const INVERTIBLE = new Set([
  "Affine",
  "BorderPad",
  "CenterScaleCrop",
  "CenterSpatialCrop",
  "CropForeground",
  "DivisiblePad",
  "Flip",
  "Resize",
  "ResizeWithPadOrCrop",
  "Rotate",
  "Rotate90",
  "SpatialCrop",
  "SpatialPad",
  "Zoom",
]);

/** Post transforms that leave the prediction a field of numbers, which can be interpolated. */
const CONTINUOUS = /^(Activations|ToTensor|EnsureType|CastToType|ToDevice|MeanEnsemble|CopyItems)/;

/** Pre transforms that move voxels where nothing moves them back. */
export function movedForGood(config: Config): readonly Component[] {
  if (restores(config)) return [];
  if (config.postTransforms.some((transform) => isNamed(transform, "Invert"))) return [];
  return config.preTransforms.filter(({ name }) => MOVES.test(name));
}

/** Whether MONAI's Invertd takes a transform back; of one of the user's own nobody knows. */
export const isInvertible = ({ name, path }: Component): boolean =>
  (path === undefined || path.startsWith("monai.")) &&
  INVERTIBLE.has(name.replace(/(d|D|Dict)$/, ""));

/**
 * Turns the prediction back where the pre transforms moved the image's voxels and nothing does:
 * Invertd, before the prediction becomes labels, and the saver takes the affine that Invertd makes.
 * Without it MONAI 0.8.1 saves the mask with the whole image's affine, and it lies elsewhere.
 */
export function addInversion(config: Config): Ruling {
  const moved = movedForGood(config);
  const saver = findSaver(config);
  const [first] = moved;
  if (first === undefined || saver?.at[0] !== "post_transforms" || !moved.every(isInvertible)) {
    return NOTHING;
  }
  const key = keysOf(saver)[0] ?? "pred";
  const image = imageLoader(config).keys[0] ?? "image";
  const why = `${first.name} moves the image's voxels, and nothing moved the mask's back`;
  const index = config.postTransforms.find(
    (transform) => keysOf(transform).includes(key) && !CONTINUOUS.test(transform.name),
  )?.at[1];
  const args: JsonObject = {
    keys: key,
    transform: "@pre_transforms",
    orig_keys: image,
    meta_keys: `${key}_meta_dict`,
    nearest_interp: false,
    to_tensor: true,
  };
  const { post_transforms: post } = config.file.value;
  const end = Array.isArray(post) ? post.length : 0;
  const savesAs: readonly Edit[] = [
    { at: [...saver.at, "args", "meta_keys"], to: `${key}_meta_dict`, why },
    { at: [...saver.at, "args", "resample"], to: false, why },
  ];
  const inverted: Edit = {
    at: ["post_transforms", typeof index === "number" ? index : end],
    to: { name: "Invertd", args },
    insert: true,
    why,
  };
  return {
    edits: [...savesAs, inverted],
    findings: [finding("inversion-added", { transform: first.name }, config.place(first.at))],
  };
}
