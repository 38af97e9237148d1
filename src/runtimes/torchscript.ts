import type { SourceFile } from "../files/source-file.js";
import { type Finding, finding } from "../findings/finding.js";
import { loadedWeights } from "../sources/mmar/check-config.js";
import { weightsPaths } from "../sources/mmar/check-weights.js";
import { MmarModel } from "../sources/mmar/mmar-source.js";
import type { SourceModel } from "../sources/source.js";
import { sniffWeights } from "../weights/sniff.js";
import { AFTER_1_10, AFTER_1_13, MOST_VERSION } from "../weights/torch-operators.js";
import { readTorchScript } from "../weights/torch-script.js";

/** A PyTorch that a TorchScript is loaded by. */
interface PyTorch {
  /** Its version, for a reader. */
  readonly shown: string;
  /** The newest format of an archive that it reads. */
  readonly format: number;
  /** Operators that it does not have. */
  readonly lacks: ReadonlySet<string>;
  /** Whether its version is known, and not only about. */
  readonly isKnown: boolean;
}

export const PYTORCH_OF_MONAI: PyTorch = {
  shown: "1.13",
  format: MOST_VERSION["1.13"],
  lacks: AFTER_1_13,
  isKnown: true,
};

/**
 * A PyTorch of a release, by its version. Which operators came with which release of 2 is not
 * known: of these only the archive's format is looked at.
 */
export function pytorchOf(version: string): PyTorch {
  const shown = version.split(".").slice(0, 2).join(".");
  return shown === PYTORCH_OF_MONAI.shown
    ? PYTORCH_OF_MONAI
    : { shown, format: MOST_VERSION["1.13"], lacks: new Set(), isKnown: true };
}

/** The image's PyTorch is about 1.10, by the image's date. */
export const PYTORCH_OF_CLARA: PyTorch = {
  shown: "1.10",
  format: MOST_VERSION["1.10"],
  lacks: new Set([...AFTER_1_10, ...AFTER_1_13]),
  isKnown: false,
};

/** More operators that are missing tell nothing more. */
const MOST_NAMED = 3;

/**
 * Finds a TorchScript that was saved by a PyTorch too new for the one that is to load it.
 *
 * @throws {@link FileChangedError} or a system error if the file can't be read
 */
export async function checkTorchScript(model: SourceModel, pytorch: PyTorch): Promise<Finding[]> {
  if (!(model instanceof MmarModel)) return [];
  const { environment, inference, files } = model.mmar;
  const { torchscript: path } = weightsPaths(environment);
  const file = path === undefined ? undefined : files.get(path);
  if (file === undefined || !loadedWeights(inference).torchscript) return [];
  return checkScript(file, pytorch);
}

/**
 * Finds out whether a TorchScript was saved by a PyTorch too new for the one that is to load it.
 *
 * @throws {@link FileChangedError} or a system error if the file can't be read
 */
export async function checkScript(file: SourceFile, pytorch: PyTorch): Promise<Finding[]> {
  const { path } = file;
  const kind = await sniffWeights(file);
  // What else it may be has its own finding.
  if (kind.kind !== "torchscript") return [];
  const { version, operators } = await readTorchScript(kind.entries);
  const missing = [...operators].filter((name) => pytorch.lacks.has(name)).sort();
  const needs =
    version !== undefined && version > pytorch.format
      ? `its archive has format ${version}, and that PyTorch reads up to ${pytorch.format}`
      : missing.length > 0
        ? `it calls ${missing.slice(0, MOST_NAMED).join(", ")}${missing.length > MOST_NAMED ? " and more" : ""}, which that PyTorch does not have`
        : undefined;
  if (needs === undefined) return [];
  const code = pytorch.isKnown ? "torchscript-too-new" : "torchscript-maybe-too-new";
  return [finding(code, { path, pytorch: pytorch.shown, needs }, { file: path })];
}
