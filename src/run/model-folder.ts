import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Inspection, prepareFor } from "../bundle/prepare.js";
import { readTemplates } from "../bundle/templates.js";
import { asMachineError, RunFailure } from "../errors.js";
import { type OpenedInput, openInput } from "../files/open.js";
import type { SourceFile } from "../files/source-file.js";
import type { Finding } from "../findings/finding.js";
import { hasErrors } from "../findings/finding.js";
import { bundleRoots, MDAI_NAMES, ROOT } from "../mdai/layout.js";
import type { MonaiEngine } from "../model/config-engine.js";
import { type ConfigMdai, configMdaiDefinition } from "../model/config-mdai.js";
import type { DerivationOptions } from "../options/schema.js";
import { hashChunks } from "../write/file-hash.js";

/** A bundle's folder on the disk, ready to be run. */
export interface ModelFolder {
  /** The folder that holds .mdai. */
  readonly folder: string;
  /** The model's name. */
  readonly name: string;
  readonly config: ConfigMdai;
  /** The lines of the bundle's requirements.txt. */
  readonly requirements: readonly string[];
  /** Whether the bundle is for NVIDIA's image, and MONAI stands in for it here. */
  readonly standsIn: boolean;
  /** The bundle's file, where one was given. */
  readonly bundle:
    | { readonly path: string; readonly size: number; readonly sha256: string }
    | undefined;
  readonly findings: readonly Finding[];
}

/** What opening gave: the folder, or the findings that say why there is none. */
export type ModelResult =
  | { readonly model: ModelFolder }
  | { readonly model: undefined; readonly findings: readonly Finding[] };

/**
 * Makes the folder of a bundle from what the user gave: a bundle that mmar2mdai packed, or a model
 * that it packs.
 *
 * @param folder - an empty folder
 * @throws {@link RunFailure} for a bundle that was not made by mmar2mdai, or can't run here
 * @throws {@link MachineError} if the disk fails
 */
export async function makeModelFolder(
  location: string,
  options: DerivationOptions,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<ModelResult> {
  const opened = await openInput(location, signal);
  if (opened.input !== undefined) {
    try {
      const [root] = bundleRoots(opened.input.files.map(({ path }) => path));
      if (root !== undefined)
        return { model: await unpackBundle(opened.input, root, options, folder) };
    } finally {
      await opened.input.close();
    }
  }
  const monai = { ...options, runtime: "monai" as const };
  return prepareFor(location, monai, { signal }, (inspection) => writePlan(inspection, folder));
}

async function writePlan(inspection: Inspection, folder: string): Promise<ModelResult> {
  const { plan, configMdai, findings, source } = inspection;
  if (plan === undefined || configMdai === undefined || hasErrors(findings)) {
    return { model: undefined, findings };
  }
  for (const { path, content } of plan.entries) {
    await write(join(folder, path), content.kind === "bytes" ? content.bytes : content.file);
  }
  const root = join(folder, ROOT);
  return {
    model: {
      folder: root,
      name: source?.name ?? configMdai.root_folder,
      config: configMdai,
      requirements: await readRequirements(root),
      standsIn: false,
      bundle: undefined,
      findings,
    },
  };
}

async function unpackBundle(
  input: OpenedInput,
  root: string,
  options: DerivationOptions,
  folder: string,
): Promise<ModelFolder> {
  const prefix = root === "" ? "" : `${root}/`;
  const files = input.files.filter(({ path }) => path.startsWith(prefix));
  const target = join(folder, ROOT);
  for (const file of files) await write(join(target, file.path.slice(prefix.length)), file);
  const packed = await readConfig(target, input.location);
  const standsIn = packed.engine.name === "clara";
  if (standsIn) await useMonai(target, packed);
  const config = { ...packed, device: options.device };
  await setDevice(target, options.device);
  const sha256 = input.isArchive ? await hashOf(input.location) : undefined;
  return {
    folder: target,
    name: config.root_folder,
    config,
    requirements: await readRequirements(target),
    standsIn,
    bundle: sha256 && { path: input.location, ...sha256 },
    findings: [],
  };
}

const configPath = (folder: string): string =>
  join(folder, MDAI_NAMES.workspace, MDAI_NAMES.configMdai);

/** @throws {@link RunFailure} if the bundle has none that this version knows */
async function readConfig(folder: string, location: string): Promise<ConfigMdai> {
  const text = await readFile(configPath(folder), "utf8").catch(() => undefined);
  const config: unknown = text === undefined ? undefined : parsed(text);
  if (isConfig(config)) return config;
  throw new RunFailure(
    "input",
    `${location} is a bundle, but not one that this version of mmar2mdai packed. Give the model that it was made of, or pack that again.`,
  );
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Whether a value is a config_mdai.json of today's form. */
const isConfig = (value: unknown): value is ConfigMdai =>
  configMdaiDefinition.safeParse(value).success;

/** Puts the engine that runs on MONAI in the place of that for NVIDIA's image. */
async function useMonai(folder: string, config: ConfigMdai): Promise<void> {
  if (config.engine.name !== "clara") return;
  const { set_env: _setEnv, result: _result, ...ofMmar } = config.engine;
  const engine: MonaiEngine = { ...ofMmar, name: "monai" };
  await writeText(configPath(folder), JSON.stringify({ ...config, engine }, null, 2));
  for (const { name, bytes } of await readTemplates(config.type, "monai")) {
    await write(join(folder, MDAI_NAMES.folder, name), bytes);
  }
}

async function setDevice(folder: string, device: string): Promise<void> {
  const config = JSON.parse(await readFile(configPath(folder), "utf8")) as ConfigMdai;
  await writeText(configPath(folder), JSON.stringify({ ...config, device }, null, 2));
}

async function readRequirements(folder: string): Promise<string[]> {
  const path = join(folder, MDAI_NAMES.folder, MDAI_NAMES.requirements);
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split(/\r?\n/);
}

async function hashOf(path: string): Promise<{ size: number; sha256: string }> {
  const { size } = await stat(path);
  return { size, sha256: await hashChunks(createReadStream(path)) };
}

async function write(path: string, content: Uint8Array | SourceFile): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    if (content instanceof Uint8Array) await writeFile(path, content);
    else await pipeline(content.open(), createWriteStream(path));
  } catch (error) {
    throw asMachineError(error, "unpack into", path);
  }
}

const writeText = (path: string, text: string): Promise<void> => write(path, Buffer.from(text));
