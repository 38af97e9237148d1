import { posix } from "node:path";
import type { Environment } from "../environment.js";
import { readAll, type SourceFile } from "../files/source-file.js";
import { type Finding, finding, hasErrors } from "../findings/finding.js";
import { checkDeployCode, importedFiles } from "../mdai/check-deploy-code.js";
import { checkPackages } from "../mdai/check-packages.js";
import { readDeployCode } from "../mdai/deploy-code.js";
import { MDAI_NAMES } from "../mdai/layout.js";
import type { Requirement } from "../mdai/pep508.js";
import { DEFAULT_IMAGE, type ImageFacts, readImage } from "../mdai/read-config-yaml.js";
import { checkRequirementsFile } from "../mdai/requirements-file.js";
import { formatBytes } from "../text/format.js";
import type { Learnt } from "./learnt.js";

/** The folder that MD.ai builds from. */
export interface BuildFolder {
  /** Its path in the archive, "" for the archive's top. */
  readonly root: string;
  /** Files of the archive, by paths in it. */
  readonly files: readonly SourceFile[];
}

/** How programs are stopped and looked up. */
export interface ProgramHooks {
  readonly signal?: AbortSignal;
  readonly env?: Environment;
}

/** A path in the folder, as a path in the archive. */
export const inFolder = ({ root }: BuildFolder, ...parts: string[]): string =>
  (root === "" ? parts : [root, ...parts]).join("/");

/**
 * Checks what MD.ai's builder and server read: config.yaml, the files that must be there,
 * requirements.txt and the deploy code.
 *
 * @throws {@link FileChangedError} or a system error if a file can't be read
 */
export async function checkBuildFolder(folder: BuildFolder, hooks: ProgramHooks): Promise<Learnt> {
  const { files } = folder;
  const byPath = new Map(files.map((file) => [file.path, file]));
  const mdai = (name: string): string => inFolder(folder, MDAI_NAMES.folder, name);
  const config = await readConfig(MDAI_NAMES.configs.map(mdai), byPath);
  const { image } = config;
  const requirements = await readRequirements(mdai, byPath, image);
  const code = await inspectCode(mdai, files, image, requirements.list, hooks);
  const packages = {
    image: image?.baseImage,
    file: mdai(MDAI_NAMES.requirements),
    imports: code.imports,
  };
  return {
    known: { image },
    findings: [
      ...config.findings,
      ...checkNeeded({ has: (path) => byPath.has(path), mdai, image }),
      ...checkWorkspaceUse(inFolder(folder, MDAI_NAMES.workspace), files, image),
      ...(await checkDockerfile(byPath.get(mdai(MDAI_NAMES.dockerfile)), image)),
      ...requirements.findings,
      ...(requirements.isRead ? checkPackages(requirements.list, packages) : []),
      ...code.findings,
    ],
  };
}

/** What the builder makes of config.yaml, of config.yml, or of none of them. */
async function readConfig(
  paths: readonly string[],
  byPath: ReadonlyMap<string, SourceFile>,
): Promise<{ image: ImageFacts | undefined; findings: readonly Finding[] }> {
  const [file, other] = paths.flatMap((path) => byPath.get(path) ?? []);
  if (file === undefined) {
    return { image: DEFAULT_IMAGE, findings: [finding("config-yaml-absent", {})] };
  }
  const read = readImage(file.path, await readSmall(file));
  if (other === undefined) return read;
  const twice = finding("config-yaml-twice", {}, { file: other.path });
  return { image: read.image, findings: [...read.findings, twice] };
}

/** Files of text that are read have a few kilobytes: of others the beginning says enough. */
const LARGEST_TEXT = 8 * 1024 * 1024;

const readSmall = (file: SourceFile): Promise<Buffer> =>
  readAll(file, { start: 0, end: Math.min(LARGEST_TEXT, file.size) });

interface Needed {
  readonly has: (path: string) => boolean;
  readonly mdai: (name: string) => string;
  readonly image: ImageFacts | undefined;
}

/** Files without which the build, or the server, stops. */
function checkNeeded({ has, mdai, image }: Needed): Finding[] {
  const needed = [
    [MDAI_NAMES.deploy, "MD.ai's server imports MDAIModel from it at its start"],
    [MDAI_NAMES.requirements, "MD.ai's Dockerfile copies it; it may be empty"],
    ...(image?.baseImage === "custom"
      ? ([
          [MDAI_NAMES.dockerfile, "base_image is custom, and MD.ai takes the image from it"],
        ] as const)
      : []),
  ] as const;
  return needed
    .filter(([name]) => !has(mdai(name)))
    .map(([name, why]) => finding("bundle-file-missing", { name, why }, { file: mdai(name) }));
}

function checkWorkspaceUse(
  workspace: string,
  files: readonly SourceFile[],
  image: ImageFacts | undefined,
): Finding[] {
  if (image === undefined) return [];
  const isThere = files.some(({ path }) => path.startsWith(`${workspace}/`));
  const place = { file: workspace };
  if (image.baseImage === "nvidia") {
    const why = "MD.ai's Dockerfile for nvidia copies it to /workspace";
    return isThere ? [] : [finding("bundle-file-missing", { name: "workspace/", why }, place)];
  }
  return isThere ? [finding("workspace-unused", { image: image.baseImage }, place)] : [];
}

async function checkDockerfile(
  file: SourceFile | undefined,
  image: ImageFacts | undefined,
): Promise<Finding[]> {
  if (file === undefined || image?.baseImage !== "custom") return [];
  const text = (await readSmall(file)).toString("utf8");
  return /^\s*FROM\s+\S/im.test(text)
    ? [finding("image-unchecked", {}, { file: file.path })]
    : [finding("dockerfile-without-from", {}, { file: file.path })];
}

async function readRequirements(
  mdai: (name: string) => string,
  byPath: ReadonlyMap<string, SourceFile>,
  image: ImageFacts | undefined,
): Promise<{
  list: readonly Requirement[];
  /** Whether pip can read it: of what is in it nothing is known else. */
  isRead: boolean;
  findings: readonly Finding[];
}> {
  const path = mdai(MDAI_NAMES.requirements);
  const file = byPath.get(path);
  if (file === undefined) return { list: [], isRead: false, findings: [] };
  const wheels = [...byPath.keys()].filter(
    (other) => posix.dirname(other) === posix.dirname(path) && posix.extname(other) === ".whl",
  );
  const { requirements, findings } = checkRequirementsFile(await readSmall(file), path, {
    image: image?.baseImage,
    wheels: new Set(wheels.map((wheel) => posix.basename(wheel))),
    isMade: false,
  });
  return { list: requirements, isRead: !hasErrors(findings), findings };
}

/** A model's code has some ten files; Python's parser takes 100 times their size in memory. */
const MOST_CODE_FILES = 2000;
const MOST_CODE = 32 * 1024 * 1024;

async function inspectCode(
  mdai: (name: string) => string,
  files: readonly SourceFile[],
  image: ImageFacts | undefined,
  requirements: readonly Requirement[],
  { env = {}, signal }: ProgramHooks,
): Promise<{ findings: readonly Finding[]; imports?: ReadonlySet<string> }> {
  const code = files.filter(({ path }) => path.startsWith(mdai("")) && path.endsWith(".py"));
  if (code.length === 0) return { findings: [] };
  const size = code.reduce((sum, file) => sum + file.size, 0);
  if (code.length > MOST_CODE_FILES || size > MOST_CODE) {
    const why = `${code.length} files of ${formatBytes(size)} are far more than a model's code`;
    return { findings: [finding("deploy-unchecked", { why })] };
  }
  const sources = [];
  for (const file of code) sources.push({ path: file.path, source: await readAll(file) });
  const facts = await readDeployCode(sources, image?.python, { env, signal });
  if (typeof facts === "string") {
    return { findings: [finding("deploy-unchecked", { why: facts })] };
  }
  const context = {
    folder: mdai("").slice(0, -1),
    deploy: mdai(MDAI_NAMES.deploy),
    python: image?.python,
    requirements,
  };
  const imported = importedFiles(facts.files, context);
  const imports = facts.files.flatMap((file) => (imported.has(file.path) ? file.imports : []));
  return { findings: checkDeployCode(facts, context), imports: new Set(imports) };
}
