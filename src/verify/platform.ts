import { readPartRequirements } from "../bundle/templates.js";
import { readAll } from "../files/source-file.js";
import { type Finding, finding } from "../findings/finding.js";
import { MDAI_NAMES } from "../mdai/layout.js";
import { allows, isExact, isLimit } from "../mdai/pep440.js";
import { parseRequirement, type Requirement } from "../mdai/pep508.js";
import type { ImageFacts } from "../mdai/read-config-yaml.js";
import { checkRequirementsFile, readLines } from "../mdai/requirements-file.js";
import type { Runtime } from "../runtimes/runtime.js";
import { type BuildFolder, inFolder } from "./build-folder.js";
import { found, type Learnt } from "./learnt.js";

/**
 * Holds a bundle of our own against the platform of its runtime: MD.ai's base image, and the
 * packages without which the runtime does not run in it.
 *
 * @throws {@link ArchiveFault} if the archive is damaged
 * @throws {@link FileChangedError} or a system error if a file can't be read
 */
export async function checkPlatform(
  runtime: Runtime,
  folder: BuildFolder,
  image: ImageFacts | undefined,
): Promise<Learnt> {
  return found([
    ...checkImage(runtime, folder, image),
    ...(await checkRuntimePackages(runtime, folder, image)),
  ]);
}

function checkImage(
  runtime: Runtime,
  folder: BuildFolder,
  image: ImageFacts | undefined,
): Finding[] {
  const wanted = runtime.baseImage;
  if (image === undefined || image.baseImage === wanted) return [];
  const paths = new Set(folder.files.map(({ path }) => path));
  const file = MDAI_NAMES.configs
    .map((name) => inFolder(folder, MDAI_NAMES.folder, name))
    .find((path) => paths.has(path));
  const args = { runtime: runtime.name, image: image.baseImage, wanted };
  return [finding("runtime-image", args, file === undefined ? undefined : { file })];
}

async function checkRuntimePackages(
  runtime: Runtime,
  folder: BuildFolder,
  image: ImageFacts | undefined,
): Promise<Finding[]> {
  const path = inFolder(folder, MDAI_NAMES.folder, MDAI_NAMES.requirements);
  const file = folder.files.find((each) => each.path === path);
  if (file === undefined) return [];
  const context = { image: image?.baseImage, wheels: new Set<string>(), isMade: false };
  const { requirements } = checkRequirementsFile(await readAll(file), path, context);
  return (await ownRequirements(runtime))
    .filter((own) => !requirements.some((each) => holds(each, own)))
    .map(({ text }) =>
      finding("runtime-package", { runtime: runtime.name, requirement: text }, { file: path }),
    );
}

/** The packages that each bundle of a runtime has. */
async function ownRequirements({ templates }: Runtime): Promise<Requirement[]> {
  const lines = await readPartRequirements(templates, undefined);
  return readLines(lines.join("\n"))
    .map(({ text }) => parseRequirement(text))
    .filter((read) => typeof read !== "string");
}

/** Versions from which on MD.ai's server does not survive a package. */
const TOO_NEW: Readonly<Record<string, string>> = { numpy: "2", setuptools: "82" };

/**
 * Whether a requirement is as strict as one of our own. Another release of this program may have
 * asked for another version.
 */
function holds({ name = "", clauses, isDirect }: Requirement, own: Requirement): boolean {
  if (name !== own.name) return false;
  const exact = clauses.find(isExact)?.version;
  const from = TOO_NEW[name];
  if (exact !== undefined && from !== undefined) {
    return !allows({ operator: ">=", version: from }, exact);
  }
  return isDirect || exact !== undefined || (from !== undefined && clauses.some(isLimit));
}
