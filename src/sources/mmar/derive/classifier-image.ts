import { type Finding, finding } from "../../../findings/finding.js";
import { type Fact, fromOption } from "../../../model/facts.js";
import type { Classifier, ClassifierOverrides } from "../../../model/spec.js";
import type { OptionName } from "../../../options/names.js";
import type { ImageForm, Window } from "../../../options/words.js";
import { asList, asObject, asString, type Json, type JsonObject } from "../../../text/json.js";
import { isTrue, keysOf } from "../config.js";
import type { Mmar } from "../mmar.js";
import { deriveRange, formOfRange, type PictureRange, rangeOfForm } from "./classifier-range.js";
import { is } from "./classifier-scores.js";

/** What an image is written as, and the range that its values are stretched to. */
interface ImageInput {
  readonly form: Fact<ImageForm>;
  readonly range: PictureRange;
  readonly findings: readonly Finding[];
}

/**
 * Concludes what the network's loader and transforms take.
 *
 * @param wish - the form that the user names, with the range that it stands for
 */
export function deriveImage(
  mmar: Mmar,
  key: string | undefined,
  imageKey: string,
  wish: ImageForm | undefined,
): ImageInput | undefined {
  if (wish !== undefined) {
    const from = fromOption("imageForm");
    return { form: { value: wish, from }, range: { value: rangeOfForm(wish), from }, findings: [] };
  }
  const dimensions = imageDimensions(mmar, key, imageKey);
  if (dimensions === undefined) return undefined;
  const none = { value: undefined, from: dimensions.from };
  if (dimensions.value === 3) {
    return { form: { value: "nifti", from: dimensions.from }, range: none, findings: [] };
  }
  const { inference } = mmar;
  const { range, doubt, step } = deriveRange(mmar, imageKey, imagePaths(mmar, key, imageKey));
  const colour = channelAxis(mmar, imageKey);
  // Pillow reads no more than 8 bits of red, green and blue, whether a transform says so or not.
  const isByte = range.value === undefined || range.value.high <= 255;
  if (colour !== undefined && isByte) {
    const value = range.value ?? rangeOfForm("rgb8");
    return { form: colour, range: { value, from: range.from }, findings: [] };
  }
  const taken = range.value ? `${range.value.low} to ${range.value.high}` : "values as they are";
  const findings =
    doubt === undefined
      ? []
      : [
          finding(
            "image-range-unclear",
            { taken, doubt },
            inference?.place(step?.at ?? ["pre_transforms"]),
          ),
        ];
  const form = colour ?? { value: formOfRange(range.value), from: range.from };
  return { form, range, findings };
}

/** A grey picture has no axis that could be moved to the front: the network takes colours. */
function channelAxis(mmar: Mmar, imageKey: string): Fact<ImageForm> | undefined {
  const { inference } = mmar;
  const steps = (inference?.preTransforms ?? []).filter((t) => keysOf(t).includes(imageKey));
  const first = steps.find((t) =>
    ["AddChannel", "AsChannelFirst", "EnsureChannelFirst"].some((base) => is(t, base)),
  );
  if (first === undefined || !is(first, "AsChannelFirst")) return undefined;
  const from = `${first.name}, which moves a channel axis, in pre_transforms of ${inference?.file.path}`;
  return { value: "rgb8", from };
}

/** The images that the data list names; those that inference reads come first. */
function imagePaths({ dataList }: Mmar, key: string | undefined, imageKey: string): string[] {
  const lists: JsonObject = dataList?.value ?? {};
  const inferred = key === undefined ? undefined : lists[key];
  return [inferred, ...Object.values(lists)]
    .flatMap((list) => asList(list))
    .map((item) => asString(asObject(item)?.[imageKey] ?? item) ?? "");
}

/** 2 or 3, by the data list's files, the loader, the sizes of transforms, the network. */
function imageDimensions(
  mmar: Mmar,
  key: string | undefined,
  imageKey: string,
): Fact<2 | 3> | undefined {
  const { dataList, inference, train } = mmar;
  for (const path of imagePaths(mmar, key, imageKey)) {
    if (/\.(png|jpe?g|bmp)$/i.test(path)) return { value: 2, from: `${dataList?.path}: pictures` };
    if (/\.nii(\.gz)?$/i.test(path)) return { value: 3, from: `${dataList?.path}: NIfTI files` };
  }
  for (const step of inference?.preTransforms ?? []) {
    const where = `${step.name} in ${inference?.file.path}`;
    if (/PIL/.test(asString(step.args.reader) ?? "")) return { value: 2, from: where };
    const size = step.args.spatial_size ?? step.args.roi_size ?? step.args.pixdim;
    const count = asList(size).length;
    if (count === 2 || count === 3) return { value: count, from: where };
  }
  for (const config of [inference, train]) {
    const model = config?.value.model ?? asObject(config?.value.train)?.model;
    for (const member of Array.isArray(model) ? model : [model]) {
      const args = asObject(asObject(member as Json | undefined)?.args);
      const count = args?.spatial_dims ?? args?.dimensions;
      if (count === 2 || count === 3) {
        return { value: count, from: `the network's spatial_dims in ${config?.file.path}` };
      }
    }
  }
  return undefined;
}

/** Pictures of 8 bits were made as a viewer shows them; of 16 bits, of the values themselves. */
export function usualWindow(form: ImageForm): Fact<Window> {
  return form === "png8" || form === "rgb8"
    ? { value: "dicom", from: "pictures of 8 bits are as a viewer shows them" }
    : { value: "none", from: "the network's own transforms scale the values" };
}

const MASK_KEY = /mask|^label_image$|^lung/i;

export function deriveMask(
  mmar: Mmar,
  key: string | undefined,
  imageKey: string,
  { lungMask }: ClassifierOverrides,
): { mask: Classifier["mask"]; findings: readonly Finding[] } {
  const { inference } = mmar;
  const steps = (inference?.preTransforms ?? []).filter((t) => !isTrue(t.args.allow_missing_keys));
  const loaded = steps.filter((t) => /^Load/.test(t.name)).flatMap(keysOf);
  const wanted = loaded.find((name) => name !== imageKey && MASK_KEY.test(name));
  const labelled = steps.find((t) => keysOf(t).some((name) => /^labels?$/.test(name)));
  const others = new Set(loaded.filter((name) => name !== imageKey && name !== wanted));
  for (const name of labelled === undefined ? [] : keysOf(labelled)) {
    if (/^labels?$/.test(name)) others.add(name);
  }
  const findings: Finding[] = [];
  if (others.size > 0) {
    const args = { keys: [...others].join(", ") };
    findings.push(
      finding("needs-more-than-image", args, labelled && inference?.place(labelled.at)),
    );
  }
  if (wanted === undefined) {
    if (lungMask !== undefined) findings.push(unused("lungMask", "the network wants no mask"));
    return { mask: undefined, findings };
  }
  if (key === "test") findings.push(finding("mask-in-test-list", { key: wanted }));
  else if (lungMask === undefined) findings.push(finding("lung-mask-wanted", { key: wanted }));
  return { mask: { key: wanted, builtin: lungMask === "builtin" }, findings };
}

// ── The mask ────────────────────────────────────────────────────────────────────────────────
export const unused = (option: OptionName, why: string): Finding =>
  finding("option-without-use", { option, why });
