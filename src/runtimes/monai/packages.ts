import type { ModelSpec } from "../../model/spec.js";
import type { Component, Config } from "../../sources/mmar/config.js";
import { asString } from "../../text/json.js";
import { builtComponents } from "./sections.js";

/**
 * Packages that MONAI 0.8.1 imports only where a component needs them (its calls of
 * `optional_import`), by the parts of the requirements that name them.
 */
const PARTS: readonly (readonly [part: string, needs: (component: Component) => boolean])[] = [
  ["largest-component", ({ name }) => /^KeepLargestConnectedComponent(d|D|Dict)?$/.test(name)],
  ["attention", ({ name }) => /^(ViT|ViTAutoEnc|UNETR|Unetr)$/.test(name)],
  ["torchvision", ({ name }) => /^(Rand)?TorchVision|^MILModel$/.test(name)],
  ["itk", ({ args }) => /^itkreader$/i.test(asString(args.reader) ?? "")],
];

/** The parts of the requirements that a model needs besides those of its task. */
export function requirementParts(config: Config, { classifier }: ModelSpec): string[] {
  const components = builtComponents(config);
  const isOfPictures = classifier !== undefined && classifier.form.value !== "nifti";
  return [
    ...PARTS.filter(([, needs]) => components.some(needs)).map(([part]) => part),
    ...(isOfPictures ? ["pictures"] : []),
  ];
}
