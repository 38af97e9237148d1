import { type Finding, finding } from "../findings/finding.js";

/** A model of a form that is known, and not read where it lies. */
export interface KnownTree {
  /** What a person calls it, to go on after "it is". */
  readonly is: string;
  /** The folder that it lies in, relative to what was looked at; "" for that itself. */
  readonly root: string;
  /**
   * @param path - of what was given
   * @param isArchive - whether that is an archive
   */
  finding(path: string, isArchive: boolean): Finding;
}

interface TreeKind {
  readonly is: string;
  readonly code: "monai-bundle" | "nnunet-model";
  /** A file of such a model, with the model's folder as its first group. */
  readonly mark: RegExp;
  /** What has to be among the model's other files, by paths below its folder. */
  readonly and: RegExp;
}

const KNOWN_TREES: readonly TreeKind[] = [
  {
    // MONAI's "MONAI Bundle Specification": configs/metadata.json is the one file that must be.
    is: "a MONAI bundle",
    code: "monai-bundle",
    mark: /^(?:(.*)\/)?configs\/metadata\.json$/,
    and: /^configs\/(?!metadata\.)[^/]+\.(json|ya?ml)$/,
  },
  {
    // nnU-Net's results folders: version 2 has plans.json and *.pth, version 1 plans.pkl and *.model.
    is: "an nnU-Net model",
    code: "nnunet-model",
    mark: /^(?:(.*)\/)?fold_(?:\d+|all)\/(?:checkpoint_\w+\.pth|model_\w+\.model)$/,
    and: /^(plans\.(json|pkl)|nnUNetPlans\w*\.json|dataset\.json)$/,
  },
];

/**
 * Finds a model of a known form at or below a folder.
 *
 * @param paths - of files, with "/" between their parts
 */
export function knownTree(paths: readonly string[]): KnownTree | undefined {
  for (const { is, code, mark, and } of KNOWN_TREES) {
    for (const path of paths) {
      const match = mark.exec(path);
      if (match === null) continue;
      const root = match[1] ?? "";
      const prefix = root === "" ? "" : `${root}/`;
      if (!paths.some((p) => p.startsWith(prefix) && and.test(p.slice(prefix.length)))) continue;
      return {
        is,
        root,
        finding: (given, isArchive) =>
          code === "monai-bundle"
            ? finding(code, { path: given, root: root || ".", isArchive })
            : finding(code, { path: given, root: root || null }),
      };
    }
  }
  return undefined;
}
