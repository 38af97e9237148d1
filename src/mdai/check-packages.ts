import { type Finding, finding } from "../findings/finding.js";
import type { BaseImage } from "./base-images.js";
import { BRINGS_TORCH, HOLDS_TORCH, IMPORTS_PYDICOM } from "./dependents.js";
import { allows, isExact, isLimit } from "./pep440.js";
import type { Requirement } from "./pep508.js";

/** What is known of a bundle that its packages have to fit. */
export interface PackagesContext {
  readonly image: BaseImage | undefined;
  /** Path of requirements.txt. */
  readonly file: string;
  /** Modules that the deploy code imports; undefined where it was not read. */
  readonly imports: ReadonlySet<string> | undefined;
}

/** Images for whose Python the server's `numpy`, which has no version, is NumPy 2, and their Pythons. */
const NUMPY_2: Readonly<Partial<Record<BaseImage, string>>> = { py39: "3.9", py310: "3.10" };

/** Lines that name what is not known here: other files, wheels, URLs, another index than PyPI. */
const UNKNOWN = /^(?:-[rcei]|--(?:requirement|constraint|editable|index-url|no-index)\b|[^-])/;

/**
 * Finds what a py image's server does not survive (measured with its own list of requirements on
 * Python 3.8, 3.9 and 3.10): NumPy 2, for which its pydicom 2.3.1 and the decoders were not built,
 * and a setuptools without pkg_resources, which its pylibjpeg 1.4.0 imports at the start.
 */
export function checkPackages(
  requirements: readonly Requirement[],
  context: PackagesContext,
): Finding[] {
  if (requirements.some(({ name, text }) => name === undefined && UNKNOWN.test(text))) return [];
  return [...checkNumpy(requirements, context), ...checkSetuptools(requirements, context)];
}

const named = (requirements: readonly Requirement[], name: string): Requirement[] =>
  requirements.filter((each) => each.name === name);

function checkNumpy(
  requirements: readonly Requirement[],
  { image, file, imports }: PackagesContext,
): Finding[] {
  const python = image && NUMPY_2[image];
  const importer = [...(imports ?? [])].find((module) => IMPORTS_PYDICOM.has(module));
  if (python === undefined || importer === undefined) return [];
  const isHeld = named(requirements, "numpy").some(
    (each) => each.isDirect || !mayBeFrom(each, "2", NUMPY_VERSIONS),
  );
  // Of another pydicom nothing was measured.
  const isOther = named(requirements, "pydicom").some(
    ({ isDirect, clauses }) => isDirect || !clauses.every((clause) => allows(clause, "2.3.1")),
  );
  if (isHeld || isOther) return [];
  return [finding("numpy-too-new", { python, imports: importer }, { file })];
}

/** Some versions from each step on, by which a range is tried; the last stands for all to come. */
const NUMPY_VERSIONS = ["2.0.0", "2.0.2", "2.1.3", "2.2.6", "2.9999"];
const TORCH_VERSIONS = ["2.13.0", "2.13.1", "2.14.0", "2.14.1", "2.9999", "9999"];
const OLD_SETUPTOOLS = ["40.0.0", "59.6.0", "65.5.0", "69.5.1", "75.3.0", "80.9.0", "81.0.0"];

/** Whether a requirement admits a version from a given one on. */
function mayBeFrom({ clauses }: Requirement, least: string, tried: readonly string[]): boolean {
  const exact = clauses.find(isExact)?.version;
  if (exact !== undefined) return allows({ operator: ">=", version: least }, exact);
  return tried.some((version) => clauses.every((clause) => allows(clause, version)));
}

function checkSetuptools(
  requirements: readonly Requirement[],
  { image, file }: PackagesContext,
): Finding[] {
  if (image === undefined || NUMPY_2[image] === undefined) return [];
  const own = named(requirements, "setuptools");
  if (own.some(({ isDirect }) => isDirect)) return [];
  const tooNew = own.find((each) => !admitsOld(each));
  if (tooNew !== undefined) {
    const args = { requirement: tooNew.text, isSetuptools: true };
    return [finding("setuptools-too-new", args, { file })];
  }
  const isHeld = own.some((each) => !mayBeFrom(each, "82", ["82.0.0", "9999"]));
  // PyTorch 2.8 is the last one for Python 3.9.
  const brings = image === "py310" && !isHeld ? bringsNewTorch(requirements) : undefined;
  if (brings === undefined) return [];
  const args = { requirement: brings.text, isSetuptools: false };
  return [finding("setuptools-too-new", args, { file })];
}

function admitsOld({ clauses }: Requirement): boolean {
  const exact = clauses.find(isExact)?.version;
  const tried = exact === undefined ? OLD_SETUPTOOLS : [exact];
  return tried.some(
    (version) =>
      allows({ operator: "<", version: "82" }, version) &&
      clauses.every((clause) => allows(clause, version)),
  );
}

/** The requirement by which pip takes PyTorch 2.13 or newer, if there is one. */
function bringsNewTorch(requirements: readonly Requirement[]): Requirement | undefined {
  const holders = requirements.filter(({ name }) => name !== undefined && HOLDS_TORCH.has(name));
  const isHeld = holders.some(
    (each) =>
      each.isDirect ||
      (each.name === "torch"
        ? !mayBeFrom(each, "2.13", TORCH_VERSIONS)
        : each.clauses.some(isLimit)),
  );
  if (isHeld) return undefined;
  return requirements.find(({ name }) => name !== undefined && BRINGS_TORCH.has(name));
}
