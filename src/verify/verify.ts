import { posix } from "node:path";
import { ArchiveFault, inputFinding } from "../errors.js";
import { printable } from "../files/archive.js";
import { giveBackChunk } from "../files/chunks.js";
import { kindOf, listArchive, type OpenedArchive, SYSTEM_FILES } from "../files/open.js";
import { readAll, type SourceFile } from "../files/source-file.js";
import { type Finding, finding, isFit, ordered } from "../findings/finding.js";
import { checkDeployCode } from "../mdai/check-deploy-code.js";
import { readDeployCode } from "../mdai/deploy-code.js";
import { bundleRoots, MDAI_NAMES } from "../mdai/layout.js";
import { DEFAULT_IMAGE, type ImageFacts, readImage } from "../mdai/read-config-yaml.js";
import type { Requirement } from "../mdai/requirements.js";
import { checkRequirementsFile } from "../mdai/requirements-file.js";
import type { CompleteVerifyOptions } from "../options/schema.js";
import type { ArchiveFormat } from "../options/words.js";
import type { Manifest } from "../pack/manifest.js";
import { holdsModel } from "../sources/recognise.js";
import { formatBytes, formatList } from "../text/format.js";
import { formatOfName } from "../write/archive-format.js";
import { hashChunks } from "../write/file-hash.js";
import { compareArchive, compareEntries, readManifest } from "./compare-manifest.js";
import { type BundleModel, checkWorkspace } from "./workspace.js";

/** What verifying a bundle gave. */
export interface Verification {
  /** Whether nothing was found that stops MD.ai; with `strict`, no warning either. */
  readonly ok: boolean;
  /** The bundle, as the user gave it. */
  readonly location: string;
  /** What is wrong, doubtful or worth knowing, errors first. Places are paths in the archive. */
  readonly findings: readonly Finding[];
  /** Form of the archive; undefined where it is none that MD.ai takes. */
  readonly format: ArchiveFormat | undefined;
  /** Length of the archive in bytes. */
  readonly size: number | undefined;
  /** SHA-256 of the archive, in hexadecimal. */
  readonly sha256: string | undefined;
  /** Number of files in the archive. */
  readonly files: number;
  /** Their sizes in sum, in bytes. */
  readonly contentSize: number;
  /** The folder that holds .mdai, "" for the archive's top; undefined where it was not found. */
  readonly root: string | undefined;
  /** The image that the bundle asks for; undefined where its base or device is not known. */
  readonly image: ImageFacts | undefined;
  /** Whether mmar2mdai made the bundle. */
  readonly isOurs: boolean;
  /** Folder of the MMAR in the archive, if there is one. */
  readonly mmar: string | undefined;
  /** What is known of the model; undefined where the bundle does not say. */
  readonly model: BundleModel | undefined;
}

/** How verifying is stopped, and where programs are looked up. */
export interface VerifyHooks {
  readonly signal?: AbortSignal;
  /** Has PATH, and MMAR2MDAI_PYTHON, which may name the Python that reads the code. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Verifies a bundle with options that were checked; see `verify` of the library. */
export async function verifyBundle(
  location: string,
  { strict, manifest: path }: CompleteVerifyOptions,
  hooks: VerifyHooks = {},
): Promise<Verification> {
  const manifest = path === undefined ? undefined : await readManifest(path);
  const seen: Seen = { ...NOTHING_SEEN };
  const findings: Finding[] = [];
  try {
    const given = { ...hooks, manifest };
    for await (const found of inspectBundle(location, seen, given)) findings.push(found);
  } catch (error) {
    findings.push(inputFinding(error, location));
  }
  const ok = isFit(findings, strict);
  return { ok, location, findings: ordered(findings), ...seen };
}

/** What is learnt of a bundle on the way, as far as that leads. */
type Seen = {
  -readonly [K in Exclude<keyof Verification, "ok" | "location" | "findings">]: Verification[K];
};

const NOTHING_SEEN: Seen = {
  format: undefined,
  size: undefined,
  sha256: undefined,
  files: 0,
  contentSize: 0,
  root: undefined,
  image: undefined,
  isOurs: false,
  mmar: undefined,
  model: undefined,
};

interface Given extends VerifyHooks {
  /** What the bundle is compared with. */
  readonly manifest: Manifest | undefined;
}

/** Yields what is found, and ends where looking on makes no sense. */
async function* inspectBundle(location: string, seen: Seen, hooks: Given): AsyncGenerator<Finding> {
  const kind = await kindOf(location);
  if (kind === "nothing") return yield finding("bundle-not-found", { path: location });
  if (kind !== "file") {
    const is = kind === "folder" ? "it is a folder" : "it is neither a file nor a folder";
    return yield finding("bundle-not-an-archive", { path: location, is });
  }
  const opened = await listArchive(location, hooks.signal);
  if (opened.format === undefined) {
    return yield finding("bundle-not-an-archive", { path: location, is: opened.is });
  }
  try {
    yield* inspectArchive(opened, location, seen, hooks);
  } finally {
    await opened.close();
  }
}

async function* inspectArchive(
  { archive, format, listing }: Extract<OpenedArchive, { listing: unknown }>,
  location: string,
  seen: Seen,
  hooks: Given,
): AsyncGenerator<Finding> {
  seen.size = archive.size;
  const sha256 = await hashChunks(archive.open(), hooks.signal);
  seen.sha256 = sha256;
  const { manifest } = hooks;
  const differs = manifest
    ? compareArchive(manifest, { path: archive.path, size: archive.size, sha256 })
    : [];
  yield* differs;
  if (format === "tar") {
    const is = "it is a tar that is not compressed";
    return yield finding("bundle-not-an-archive", { path: location, is });
  }
  seen.format = format;
  yield* checkName(archive.path, format);
  if (listing.findings.length > 0) return yield* listing.findings;
  const { files } = listing;
  seen.files = files.length;
  seen.contentSize = files.reduce((sum, { size }) => sum + size, 0);
  // The checksum of a tar.gz was compared when it was listed.
  const damage = format === "zip" ? await readContents(files, hooks.signal) : [];
  if (damage.length > 0) return yield* damage;
  // The same archive holds the same.
  if (manifest && differs.length > 0) yield* await compareEntries(manifest, files, hooks.signal);

  const own = files.filter(({ path }) => !SYSTEM_FILES.test(path));
  const [root, ...others] = bundleRoots(own.map(({ path }) => path));
  if (root === undefined) return yield withoutMdai(own, archive.path);
  if (others.length > 0) {
    const folders = formatList([root, ...others].map(shownRoot).map(printable));
    return yield finding("mdai-folder-several", { folders }, { file: archive.path });
  }
  seen.root = root;
  yield* checkRoot(root, own, archive.path);
  yield* inspectFolder(root, own, location, seen, hooks);
}

// ── The archive ──────────────────────────────────────────────────────────────────────────

function checkName(name: string, format: ArchiveFormat): Finding[] {
  if (formatOfName(name) === format) return [];
  return [finding("bundle-name", { wanted: `.${format}` }, { file: name })];
}

/** Where one entry is damaged there may be many: a few show what is wrong. */
const MOST_DAMAGE = 20;

/** Reads every content to its end, which compares it with its length and CRC-32. */
async function readContents(
  files: readonly SourceFile[],
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  const damage: Finding[] = [];
  for (const file of files) {
    try {
      for await (const chunk of file.open()) {
        signal?.throwIfAborted();
        giveBackChunk(chunk as Buffer);
      }
    } catch (error) {
      if (!(error instanceof ArchiveFault)) throw error;
      damage.push(error.finding);
      if (damage.length === MOST_DAMAGE) break;
    }
  }
  return damage;
}

// ── The layout ───────────────────────────────────────────────────────────────────────────

const shownRoot = (root: string): string => (root === "" ? "the archive's top" : `${root}/`);

function withoutMdai(files: readonly SourceFile[], archive: string): Finding {
  const deploy = files.find(({ path }) => path.split("/").at(-1) === MDAI_NAMES.deploy);
  const folder = deploy?.path.split("/").at(-2);
  const better = folder !== undefined && /^_?mdai$/i.test(folder) ? printable(folder) : undefined;
  const isMmar = holdsModel(files.map(({ path }) => path));
  return finding("mdai-folder-missing", { isMmar, better }, { file: archive });
}

function checkRoot(root: string, files: readonly SourceFile[], archive: string): Finding[] {
  if (root === "") return [finding("bundle-at-top", {}, { file: archive })];
  const named =
    root.split("/").at(-1) === "model"
      ? []
      : [finding("bundle-root-name", { root: `${printable(root)}/` }, { file: archive })];
  const beside = files.filter(({ path }) => !path.startsWith(`${root}/`));
  const [first] = beside;
  if (first === undefined) return named;
  const args = {
    root: `${printable(root)}/`,
    files: beside.length,
    example: printable(first.path),
  };
  return [...named, finding("bundle-beside", args, { file: archive })];
}

// ── The folder that MD.ai builds from ────────────────────────────────────────────────────

async function* inspectFolder(
  root: string,
  files: readonly SourceFile[],
  location: string,
  seen: Seen,
  hooks: VerifyHooks,
): AsyncGenerator<Finding> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const at = (...parts: string[]): string => (root === "" ? parts : [root, ...parts]).join("/");
  const mdai = (name: string): string => at(MDAI_NAMES.folder, name);
  const workspace = at(MDAI_NAMES.workspace);

  const config = await readConfig(MDAI_NAMES.configs.map(mdai), byPath);
  yield* config.findings;
  seen.image = config.image;
  yield* checkNeeded({ has: (path) => byPath.has(path), mdai, image: config.image });
  yield* checkWorkspaceUse(workspace, files, config.image);
  yield* await checkDockerfile(byPath.get(mdai(MDAI_NAMES.dockerfile)), config.image);

  const requirements = await readRequirements(mdai, byPath, config.image);
  yield* requirements.findings;
  yield* await inspectCode(mdai, files, config.image, requirements.list, hooks);

  const inWorkspace = files.filter(({ path }) => path.startsWith(`${workspace}/`));
  if (inWorkspace.length === 0 || (config.image && config.image.baseImage !== "nvidia")) return;
  const { findings, ...known } = await checkWorkspace({
    location,
    path: workspace,
    files: inWorkspace,
    configMdai: `${workspace}/${MDAI_NAMES.configMdai}`,
    image: config.image,
  });
  Object.assign(seen, known);
  yield* findings;
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
    ? []
    : [finding("dockerfile-without-from", {}, { file: file.path })];
}

async function readRequirements(
  mdai: (name: string) => string,
  byPath: ReadonlyMap<string, SourceFile>,
  image: ImageFacts | undefined,
): Promise<{ list: readonly Requirement[]; findings: readonly Finding[] }> {
  const path = mdai(MDAI_NAMES.requirements);
  const file = byPath.get(path);
  if (file === undefined) return { list: [], findings: [] };
  const wheels = [...byPath.keys()].filter(
    (other) => posix.dirname(other) === posix.dirname(path) && posix.extname(other) === ".whl",
  );
  const { requirements, findings } = checkRequirementsFile(await readSmall(file), {
    path,
    wheels: new Set(wheels.map((wheel) => posix.basename(wheel))),
    isOwnImage: image === undefined || image.baseImage === "custom",
  });
  return { list: requirements, findings };
}

/** A model's code has some ten files; Python's parser takes 100 times their size in memory. */
const MOST_CODE_FILES = 2000;
const MOST_CODE = 32 * 1024 * 1024;

async function inspectCode(
  mdai: (name: string) => string,
  files: readonly SourceFile[],
  image: ImageFacts | undefined,
  requirements: readonly Requirement[],
  { env = {}, signal }: VerifyHooks,
): Promise<Finding[]> {
  const code = files.filter(({ path }) => path.startsWith(mdai("")) && path.endsWith(".py"));
  if (code.length === 0) return [];
  const size = code.reduce((sum, file) => sum + file.size, 0);
  if (code.length > MOST_CODE_FILES || size > MOST_CODE) {
    const why = `${code.length} files of ${formatBytes(size)} are far more than a model's code`;
    return [finding("deploy-unchecked", { why })];
  }
  const sources = [];
  for (const file of code) sources.push({ path: file.path, source: await readAll(file) });
  const facts = await readDeployCode(sources, image?.python, { env, signal });
  if (typeof facts === "string") return [finding("deploy-unchecked", { why: facts })];
  return checkDeployCode(facts, {
    folder: mdai("").slice(0, -1),
    deploy: mdai(MDAI_NAMES.deploy),
    python: image?.python,
    requirements,
  });
}
