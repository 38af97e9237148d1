import type { BaseImage } from "./base-images.js";

/** A package that is there before a bundle's requirements are installed, and must stay. */
export interface ProtectedPackage {
  /** In its normal form (PEP 503). */
  readonly name: string;
  /**
   * The version that is installed, or the two that it lies between, where no more is known: then a
   * requirement leaves it in place if it allows both.
   */
  readonly version: string | readonly [lowest: string, highest: string];
  /** Whose it is: what runs on it. */
  readonly owner: "server" | "image";
  /** What is installed, for a reader: `pydicom 2.3.1`. */
  readonly shown: string;
  /** Why it must stay, as the end of "…, which". */
  readonly reason: string;
}

const ofServer = (name: string, version: string): ProtectedPackage => ({
  name,
  version,
  owner: "server",
  shown: `${name} ${version}`,
  reason: "MD.ai's server runs on",
});

/**
 * What MD.ai's server is installed with, in every image (public platform repository,
 * mdai/requirements.txt). It asks for numpy, too, but for no version of it.
 */
const SERVER: readonly ProtectedPackage[] = [
  ofServer("fastapi", "0.92.0"),
  ofServer("msgpack", "1.0.4"),
  ofServer("uvicorn", "0.20.0"),
  ofServer("pydicom", "2.3.1"),
  ofServer("pylibjpeg", "1.4.0"),
  ofServer("pylibjpeg-libjpeg", "1.3.4"),
  ofServer("pylibjpeg-openjpeg", "1.3.2"),
  ofServer("pylibjpeg-rle", "1.3.0"),
  ofServer("protobuf", "3.20.1"),
];

/** The requirements that MD.ai's server is installed with, before those of a bundle. */
export const SERVER_REQUIREMENTS: readonly string[] = [
  "numpy",
  ...SERVER.map(({ name, version }) => `${name}==${version}`),
];

/**
 * What NVIDIA's Clara Train 4.1 image brings. That MONAI is 0.8 is documented; PyTorch and NumPy are
 * known by the image's date and its Python 3.8: PyTorch is NVIDIA's own build of about 1.10, and
 * 1.24.4 was the last NumPy for Python 3.8.
 */
const CLARA: readonly ProtectedPackage[] = [
  {
    name: "monai",
    version: ["0.8.0", "0.8.1"],
    owner: "image",
    shown: "monai 0.8",
    reason: "Clara was built with",
  },
  {
    name: "torch",
    version: ["1.9.0", "1.11.0"],
    owner: "image",
    shown: "torch of about 1.10",
    reason: "NVIDIA built for the image's CUDA",
  },
  {
    name: "numpy",
    version: ["1.17.3", "1.24.4"],
    owner: "image",
    shown: "numpy of at most 1.24.4",
    reason: "the image's PyTorch and MONAI and the server's pydicom were built with",
  },
];

/** The packages that an image has before a bundle's requirements are installed, by name. */
export function protectedPackages(
  image: BaseImage | undefined,
): ReadonlyMap<string, ProtectedPackage> {
  const all = image === "nvidia" ? [...SERVER, ...CLARA] : SERVER;
  return new Map(all.map((each) => [each.name, each]));
}
