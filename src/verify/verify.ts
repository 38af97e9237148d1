import type { Environment } from "../environment.js";
import { inputFinding } from "../errors.js";
import { kindOf, listArchive, SYSTEM_FILES } from "../files/open.js";
import { type Finding, finding, isFit, ordered } from "../findings/finding.js";
import { MDAI_NAMES } from "../mdai/layout.js";
import type { CompleteVerifyOptions } from "../options/schema.js";
import type { Manifest } from "../public-json/manifest.js";
import { runtimeOf } from "../runtimes/runtimes.js";
import { tellFile } from "../sources/known-files.js";
import { checkArchive, type ListedArchive } from "./archive.js";
import { type BuildFolder, checkBuildFolder, inFolder, type ProgramHooks } from "./build-folder.js";
import { readManifest } from "./compare-manifest.js";
import { checkLayout } from "./layout.js";
import { type BundleFacts, end, found, type Learnt, together } from "./learnt.js";
import { checkBundleLoading } from "./loading.js";
import { checkPlatform } from "./platform.js";
import { checkWorkspace, isMadeByUs } from "./workspace.js";

/** What verifying a bundle gave. */
export interface Verification extends BundleFacts {
  /** Whether nothing was found that stops MD.ai; with `strict`, no warning either. */
  readonly ok: boolean;
  /** The bundle, as the user gave it. */
  readonly location: string;
  /** What is wrong, doubtful or worth knowing, errors first. Places are paths in the archive. */
  readonly findings: readonly Finding[];
}

/** How verifying is stopped, and where programs are looked up. */
export interface VerifyHooks extends ProgramHooks {
  readonly signal?: AbortSignal;
  /** Has PATH, and MMAR2MDAI_PYTHON, which may name the Python that reads the code. */
  readonly env?: Environment;
}

const NOTHING_KNOWN: BundleFacts = {
  format: undefined,
  size: undefined,
  sha256: undefined,
  files: 0,
  contentSize: 0,
  root: undefined,
  image: undefined,
  isOurs: false,
  runtime: undefined,
  engine: undefined,
  mmar: undefined,
  model: undefined,
};

/** Verifies a bundle with options that were checked; see `verify` of the library. */
export async function verifyBundle(
  location: string,
  { strict, manifest: path }: CompleteVerifyOptions,
  hooks: VerifyHooks = {},
): Promise<Verification> {
  const manifest = path === undefined ? undefined : await readManifest(path);
  const { known, findings } = await orFault(location, () => inspect(location, manifest, hooks));
  const ok = isFit(findings, strict);
  return { ...NOTHING_KNOWN, ...known, ok, location, findings: ordered(findings) };
}

/** What a step learns; a fault of the archive that it meets is a finding, and the end. */
async function orFault(location: string, step: () => Promise<Learnt>): Promise<Learnt> {
  try {
    return await step();
  } catch (error) {
    return end(inputFinding(error, location));
  }
}

async function inspect(
  location: string,
  manifest: Manifest | undefined,
  hooks: VerifyHooks,
): Promise<Learnt> {
  const kind = await kindOf(location);
  if (kind === "nothing") return end(finding("bundle-not-found", { path: location }));
  if (kind !== "file") {
    const is = kind === "folder" ? "it is a folder" : "it is neither a file nor a folder";
    return end(finding("bundle-not-an-archive", { path: location, is }));
  }
  const opened = await listArchive(location, hooks.signal);
  if (opened.format === undefined) {
    const known = await tellFile(opened.archive);
    const is = known === undefined ? opened.is : `it is ${known.is}`;
    return end(finding("bundle-not-an-archive", { path: location, is }));
  }
  try {
    return await inspectArchive(opened, location, manifest, hooks);
  } finally {
    await opened.close();
  }
}

/** Goes from the archive inwards, as far as it makes sense. */
async function inspectArchive(
  opened: ListedArchive,
  location: string,
  manifest: Manifest | undefined,
  hooks: VerifyHooks,
): Promise<Learnt> {
  const archive = await orFault(location, () =>
    checkArchive(opened, location, manifest, hooks.signal),
  );
  if (archive.isEnd) return archive;
  const files = opened.listing.files.filter(({ path }) => !SYSTEM_FILES.test(path));
  const layout = checkLayout(files, opened.archive.path);
  const { root } = layout.known;
  if (root === undefined) {
    const loading = await orFault(location, async () =>
      found(await checkBundleLoading(files, undefined, [])),
    );
    return together([archive, layout, loading]);
  }
  const folder: BuildFolder = { root, files };
  const build = await orFault(location, () => checkBuildFolder(folder, hooks));
  const workspace = build.isEnd
    ? found([])
    : await orFault(location, () => inspectWorkspace(folder, location, build.known.image));
  const configMdai = inFolder(folder, MDAI_NAMES.workspace, MDAI_NAMES.configMdai);
  const loading = await orFault(location, async () =>
    found(await checkBundleLoading(files, configMdai, workspace.findings)),
  );
  const runtime = runtimeOf(workspace.known.engine);
  const platform =
    runtime === undefined
      ? found([])
      : await orFault(location, () => checkPlatform(runtime, folder, build.known.image));
  // A bundle of our own finds its workspace beside the code.
  const isFound = runtime !== undefined;
  const findings = build.findings.filter(({ code }) => !isFound || code !== "workspace-unused");
  return together([archive, layout, { ...build, findings }, workspace, loading, platform]);
}

async function inspectWorkspace(
  folder: BuildFolder,
  location: string,
  image: BundleFacts["image"],
): Promise<Learnt> {
  const path = inFolder(folder, MDAI_NAMES.workspace);
  const files = folder.files.filter((file) => file.path.startsWith(`${path}/`));
  if (files.length === 0) return found([]);
  const workspace = {
    location,
    path,
    files,
    configMdai: `${path}/${MDAI_NAMES.configMdai}`,
    image,
  };
  // What a folder of that name is for in the bundle of others is not known in other images.
  const isKnown = image === undefined || image.baseImage === "nvidia";
  if (!isKnown && !(await isMadeByUs(workspace))) return found([]);
  const { findings, ...known } = await checkWorkspace(workspace);
  return { known, findings };
}
