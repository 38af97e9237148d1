import { type BaseImage, PYTHONS } from "./base-images.js";

/** A package whose newest version asks for another version of a package that is installed before. */
interface Dependent {
  /** In its normal form (PEP 503). */
  readonly name: string;
  /** The package that it moves. */
  readonly of: string;
  /** What it asks for. */
  readonly asks: string;
  /** Pythons for which its newest version does so; any if absent. */
  readonly pythons?: readonly string[];
}

/**
 * What the newest versions for each image's Python ask for, by their own metadata (PyPI, November
 * 2026). Left out are those that do with what is installed: for Python 3.8 MONAI 1.3 and
 * pytorch-ignite 0.5.2, which ask for no PyTorch newer than the image's.
 */
export const DEPENDENTS: readonly Dependent[] = [
  { name: "dicom2nifti", of: "pydicom", asks: "pydicom 3 or newer" },
  { name: "highdicom", of: "pydicom", asks: "pydicom 3.0.1 or newer", pythons: ["3.10"] },
  { name: "tensorflow", of: "protobuf", asks: "another protobuf" },
  { name: "onnx", of: "protobuf", asks: "protobuf 3.20.2 or newer" },
  {
    name: "tensorboard",
    of: "protobuf",
    asks: "protobuf 6.31.1 or newer",
    pythons: ["3.8", "3.9", "3.10"],
  },
  { name: "torchvision", of: "torch", asks: "the one PyTorch that it was built for" },
  { name: "torchaudio", of: "torch", asks: "the one PyTorch that it was built for" },
  { name: "pytorch-lightning", of: "torch", asks: "PyTorch 2.1 or newer" },
  { name: "torchmetrics", of: "torch", asks: "PyTorch 2.0 or newer" },
];

/** Whether it does so in an image; of one whose Python is not known only what holds for all. */
export function isMovedIn({ pythons }: Dependent, image: BaseImage | undefined): boolean {
  if (pythons === undefined) return true;
  const python = image && PYTHONS[image];
  return python !== undefined && pythons.includes(python);
}

/**
 * Packages that bring PyTorch, the newest one where nothing holds it: they ask for some version or
 * newer (PyPI, November 2026).
 */
export const BRINGS_TORCH: ReadonlySet<string> = new Set([
  "torch",
  "torchvision",
  "torchaudio",
  "monai",
  "pytorch-ignite",
  "pytorch-lightning",
  "torchmetrics",
]);

/** Packages that ask for one PyTorch: a limit on one of them is a limit on that. */
export const HOLDS_TORCH: ReadonlySet<string> = new Set(["torch", "torchvision", "torchaudio"]);

/** Modules that import pydicom. */
export const IMPORTS_PYDICOM: ReadonlySet<string> = new Set([
  "pydicom",
  "dicom2nifti",
  "highdicom",
  "pydicom_seg",
]);
