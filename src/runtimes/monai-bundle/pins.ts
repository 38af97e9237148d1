import { type Finding, finding } from "../../findings/finding.js";
import { allows } from "../../mdai/pep440.js";
import type { MonaiBundle } from "../../sources/monai-bundle/bundle.js";
import { asObject, asString } from "../../text/json.js";

/** A MONAI that is installed, and what it goes with. */
interface MonaiPin {
  readonly version: string;
  /** The PyTorch that is taken where the bundle asks for none that goes with it. */
  readonly torch: string;
  /** The PyTorch that it asks for, as its own metadata has it. */
  readonly asks: readonly { readonly operator: string; readonly version: string }[];
}

const from = (version: string): MonaiPin["asks"][number] => ({ operator: ">=", version });

/**
 * The last release of each minor version of MONAI that runs on Python 3.10 (PyPI, November 2026;
 * each with its PyTorch is there for Python 3.10).
 */
const MONAI: Readonly<Record<string, MonaiPin>> = {
  "1.0": { version: "1.0.1", torch: "1.13.1", asks: [from("1.7")] },
  "1.1": { version: "1.1.0", torch: "1.13.1", asks: [from("1.8")] },
  "1.2": { version: "1.2.0", torch: "2.0.1", asks: [from("1.9")] },
  "1.3": { version: "1.3.2", torch: "2.2.2", asks: [from("1.9")] },
  "1.4": { version: "1.4.0", torch: "2.4.1", asks: [from("1.9")] },
  "1.5": { version: "1.5.2", torch: "2.5.1", asks: [from("2.4.1")] },
  "1.6": { version: "1.6.1", torch: "2.8.0", asks: [from("2.8.0")] },
};

/** What a bundle gets that says nothing of its MONAI, and what those get that say more or less. */
const USUAL = "1.5";
const [OLDEST, NEWEST] = ["1.0", "1.6"];

/** A PyTorch that is installed, and what goes with it. */
interface TorchPin {
  readonly version: string;
  /** The torchvision that was built for it. */
  readonly vision: string;
  /**
   * Of the versions of CUDA that MD.ai's builder has images for the lowest that is not below the
   * wheel's own, as CUDA_VERSION is for PyTorch 1.13; the highest where all are.
   */
  readonly cuda: string;
}

/**
 * The last release of each minor version of PyTorch up to the newest that was tried (PyPI; all are
 * there for Python 3.10).
 */
const TORCH: Readonly<Record<string, TorchPin>> = {
  "1.13": { version: "1.13.1", vision: "0.14.1", cuda: "11.8" },
  "2.0": { version: "2.0.1", vision: "0.15.2", cuda: "11.8" },
  "2.1": { version: "2.1.2", vision: "0.16.2", cuda: "12.1" },
  "2.2": { version: "2.2.2", vision: "0.17.2", cuda: "12.1" },
  "2.3": { version: "2.3.1", vision: "0.18.1", cuda: "12.1" },
  "2.4": { version: "2.4.1", vision: "0.19.1", cuda: "12.1" },
  "2.5": { version: "2.5.1", vision: "0.20.1", cuda: "12.4" },
  "2.6": { version: "2.6.0", vision: "0.21.0", cuda: "12.4" },
  "2.7": { version: "2.7.1", vision: "0.22.1", cuda: "12.4" },
  "2.8": { version: "2.8.0", vision: "0.23.0", cuda: "12.4" },
};

/** The version of CUDA of the image that a bundle for a GPU asks for. */
export const cudaOf = ({ torch }: Pins): string | undefined => TORCH[minorOf(torch) ?? ""]?.cuda;

/** Versions of PyTorch that are older than any that has a wheel for Python 3.10 here. */
const OLDEST_TORCH = "1.13";

/** What a bundle's packages come to. */
export interface Pins {
  /** Lines of requirements.txt. */
  readonly lines: readonly string[];
  readonly monai: string;
  readonly torch: string;
  readonly findings: readonly Finding[];
}

/**
 * Resolves what metadata.json asks for to packages that are there for Python 3.10 and go beside
 * MD.ai's server: MONAI of the bundle's own minor version, PyTorch of its own where that goes with
 * it, and the others.
 */
export function resolvePins({ metadata }: Pick<MonaiBundle, "metadata">): Pins {
  const value = metadata?.value ?? {};
  const required = asObject(value.required_packages_version) ?? {};
  const wanted = new Map<string, string>();
  for (const list of [value.optional_packages_version, value.required_packages_version]) {
    for (const [name, version] of Object.entries(asObject(list) ?? {})) {
      const text = asString(version)?.trim();
      if (text !== undefined) wanted.set(normal(name), text);
    }
  }
  const findings: Finding[] = [];
  const tell = (asked: string, taken: string, why: string): void => {
    findings.push(finding("bundle-requirement", { asked, taken, why }, metadata?.place([])));
  };
  const clash = (one: string, other: string, why: string): void => {
    findings.push(finding("bundle-requirements-clash", { one, other, why }, metadata?.place([])));
  };
  const monai = chooseMonai(wanted.get("monai") ?? asString(value.monai_version), tell);
  const asked = wanted.get("torch") ?? asString(value.pytorch_version);
  const isFirm = Object.keys(required).some((name) => normal(name) === "torch");
  const torch = chooseTorch(asked, monai, isFirm, tell, clash);
  const vision = TORCH[minorOf(torch) ?? ""]?.vision;
  const lines = [
    "# MONAI and PyTorch of the bundle's own versions (configs/metadata.json).",
    `torch==${torch}`,
    `monai==${monai.version}`,
    ...others(wanted, vision, { tell, clash }),
  ];
  return { lines, monai: monai.version, torch, findings };
}

type Tell = (asked: string, taken: string, why: string) => void;

function chooseMonai(asked: string | undefined, tell: Tell): MonaiPin {
  const known = MONAI[minorOf(asked) ?? ""];
  if (known !== undefined) return known;
  const nearest = asked === undefined ? USUAL : isFrom(USUAL, asked) ? NEWEST : OLDEST;
  const taken = MONAI[nearest];
  if (taken === undefined) throw new Error(`There is no MONAI ${nearest}`);
  if (asked !== undefined) {
    const why =
      "no release of that minor version is known to run bundles here, and it is the nearest";
    tell(`MONAI ${asked}`, `MONAI ${taken.version} is taken`, why);
  }
  return taken;
}

function chooseTorch(
  asked: string | undefined,
  monai: MonaiPin,
  isFirm: boolean,
  tell: Tell,
  clash: Tell,
): string {
  if (asked === undefined) return monai.torch;
  const known = TORCH[minorOf(asked) ?? ""]?.version;
  if (known !== undefined && monai.asks.every((clause) => allows(clause, known))) return known;
  const needs = monai.asks.map(({ version }) => `PyTorch ${version} or newer`).join(", ");
  if (known !== undefined && isFirm) {
    clash(`MONAI ${monai.version}`, `PyTorch ${asked}`, `that MONAI needs ${needs}`);
  } else {
    const isOld = !allows({ operator: ">=", version: OLDEST_TORCH }, plain(asked));
    const why =
      known !== undefined
        ? `MONAI ${monai.version} needs ${needs}`
        : isOld
          ? "there is none for Python 3.10 that was tried"
          : "a PyTorch as new was not tried beside MD.ai's server";
    tell(`PyTorch ${asked}`, `PyTorch ${monai.torch} is taken`, why);
  }
  return monai.torch;
}

/** Packages that only train, evaluate, log or start MONAI's own command line. */
const NOT_NEEDED: ReadonlySet<string> = new Set([
  ...["pytorch-ignite", "fire", "tensorboard", "tensorboardx", "mlflow", "pynvml", "psutil"],
  ...["tqdm", "pandas", "gdown", "matplotlib", "cucim-cu12", "cucim", "lpips"],
]);

/** Packages whose versions are those that the deploy code was tried with. */
const FIXED: ReadonlySet<string> = new Set(["nibabel", "numpy", "setuptools", "scipy", "pillow"]);

/** From which version on a package asks for NumPy 2 or for a newer Python than 3.10 (PyPI). */
const TOO_NEW: Readonly<Record<string, readonly [version: string, why: string]>> = {
  "scikit-image": ["0.26", "it needs Python 3.11"],
  pandas: ["3", "it needs Python 3.11"],
  "opencv-python": ["4.12", "it needs NumPy 2, which MD.ai's server does not survive"],
  "opencv-python-headless": ["4.12", "it needs NumPy 2, which MD.ai's server does not survive"],
  "scikit-learn": ["1.8", "it needs Python 3.11"],
};

function others(
  wanted: ReadonlyMap<string, string>,
  vision: string | undefined,
  { tell, clash }: { readonly tell: Tell; readonly clash: Tell },
): string[] {
  const lines: string[] = [];
  for (const [name, version] of wanted) {
    if (["monai", "torch", ...NOT_NEEDED, ...FIXED].includes(name)) continue;
    if (name === "torchvision" && vision !== undefined) {
      lines.push(`torchvision==${vision}`);
      continue;
    }
    const [limit, why] = TOO_NEW[name] ?? [];
    if (limit !== undefined && why !== undefined && isFrom(limit, version)) {
      clash(`${name} ${version}`, "MD.ai's image of Python 3.10", why);
      continue;
    }
    if (/^\d[\w.+!-]*$/.test(version)) lines.push(`${name}==${version}`);
    else if (/^[<>=~!]/.test(version)) lines.push(`${name}${version.replaceAll(/\s/g, "")}`);
    else tell(`${name} ${version}`, "it is left out", "that is no version");
  }
  return lines;
}

const isFrom = (limit: string, version: string): boolean =>
  allows({ operator: ">=", version: limit }, plain(version));

/** The number of a version, without what stands in front of and behind it. */
const plain = (version: string): string => /\d+(\.\d+)*/.exec(version)?.[0] ?? "0";

/** `1.4` of `1.4.0`. */
function minorOf(version: string | undefined): string | undefined {
  const [, major, minor] = /^\D*(\d+)\.(\d+)/.exec(version ?? "") ?? [];
  return major === undefined ? undefined : `${major}.${minor}`;
}

/** A package's name in its normal form (PEP 503). */
const normal = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, "-");
