import { stat } from "node:fs/promises";
import { basename, join, posix, resolve } from "node:path";
import { type Finding, finding } from "../findings/finding.js";
import { type Config, readConfig } from "./config.js";
import { listFolder, type Oddity } from "./folder-source.js";
import { type GenerationFact, tellGeneration } from "./generation.js";
import { asString, type JsonFile, type JsonObject, readJson } from "./json.js";
import { readAll, type SourceFile } from "./source.js";

/** Where the parts of an MMAR lie (Clara Train documentation, Medical Model ARchive). */
export const ENVIRONMENT = "config/environment.json";
export const INFERENCE_CONFIG = "config/config_inference.json";
export const SET_ENV = "commands/set_env.sh";

/** An MMAR as it lies there: what was read, before anything is concluded from it. */
export interface Mmar {
  /** Name of its folder. */
  readonly name: string;
  /** The folder, as the user gave it. */
  readonly location: string;
  /** Its files by path, in the order of their paths. */
  readonly files: ReadonlyMap<string, SourceFile>;
  /** What lies there besides readable files. */
  readonly oddities: readonly Oddity[];
  /** environment.json, if it could be read. */
  readonly environment: JsonFile | undefined;
  /** config_inference.json, if it could be read. */
  readonly inference: Config | undefined;
  readonly train: Config | undefined;
  readonly dataList: JsonFile | undefined;
  readonly aiaa: JsonFile | undefined;
  readonly readme: { readonly path: string; readonly text: string } | undefined;
  readonly generation: GenerationFact;
}

/** What reading gave: an MMAR, if there is one, and the faults of its files. */
export interface ReadResult {
  readonly mmar: Mmar | undefined;
  readonly findings: readonly Finding[];
}

/** A README beyond this length is no description of a model. */
const LONGEST_README = 1024 * 1024;

/**
 * Reads an MMAR from its folder. A folder that is no MMAR, or a bad one, throws nothing: it gives
 * findings.
 *
 * @param location - path of the MMAR's root folder
 * @throws {@link FileChangedError} or a system error if a file can't be read to its end
 */
export async function readMmar(location: string): Promise<ReadResult> {
  const kind = await kindOf(location);
  if (kind === "nothing") return failed(finding("mmar-not-found", { path: location }));
  if (kind === "file") return failed(finding("mmar-not-a-folder", { path: location }));
  const listing = await listFolder(location);
  const files = new Map(listing.files.map((file) => [file.path, file]));
  const wrongFolder = notAnMmar(location, files, listing.oddities);
  if (wrongFolder !== undefined) return failed(wrongFolder);

  const findings: Finding[] = [];
  const json = async (path: string, needed: boolean): Promise<JsonFile | undefined> => {
    const source = files.get(path);
    if (source === undefined) return undefined;
    const result = await readJson(source);
    findings.push(...(needed ? result.findings : result.findings.slice(0, 1).map(aside)));
    return result.file;
  };
  const environment = await json(ENVIRONMENT, true);
  const values: JsonObject = environment?.value ?? {};
  const config = async (path: string, needed = false): Promise<Config | undefined> => {
    const file = await json(path, needed);
    return file === undefined ? undefined : readConfig(file, values);
  };
  const inference = await config(INFERENCE_CONFIG, true);
  const dataListAt = dataListPath(values, files);
  const mmar: Mmar = {
    name: basename(resolve(location)),
    location,
    files,
    oddities: listing.oddities,
    environment,
    inference,
    train: await config("config/config_train.json"),
    dataList: dataListAt === undefined ? undefined : await json(dataListAt, false),
    aiaa: await json("config/config_aiaa.json", false),
    readme: await readReadme(files),
    generation: tellGeneration({
      environment: values,
      config: inference ?? (await config("config/config_validation.json")),
      paths: files.keys(),
    }),
  };
  return { mmar, findings };
}

/** A fault in a file that inference does not need stops nothing. */
const aside = ({ message, place }: Finding): Finding =>
  finding("aside-unreadable", { problem: message }, place);

const failed = (only: Finding): ReadResult => ({ mmar: undefined, findings: [only] });

async function kindOf(location: string): Promise<"nothing" | "file" | "folder"> {
  try {
    return (await stat(location)).isDirectory() ? "folder" : "file";
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return "nothing";
    throw error;
  }
}

function notAnMmar(
  location: string,
  files: ReadonlyMap<string, SourceFile>,
  oddities: readonly Oddity[],
): Finding | undefined {
  const paths = [...files.keys()];
  const root = paths.find((path) => path.endsWith(`/${ENVIRONMENT}`));
  const inner =
    root === undefined ? undefined : join(location, root.slice(0, -ENVIRONMENT.length - 1));
  if (paths.some((path) => /^([^/]+\/)?\.mdai\//.test(path))) {
    return finding("already-a-bundle", { path: location, inner });
  }
  const isMmar = paths.some((path) => /^config\/(environment|config_\w+)\.json$/.test(path));
  // A config/ that can't be read is a finding of its own, and a better one.
  const hidden = oddities.some(
    (o) => o.kind === "unreadable" && /^(\.|config(\/.*)?)$/.test(o.path),
  );
  return isMmar || hidden ? undefined : finding("not-an-mmar", { path: location, better: inner });
}

/** The data list that environment.json names, or the usual one where that lies elsewhere. */
function dataListPath(
  environment: JsonObject,
  files: ReadonlyMap<string, SourceFile>,
): string | undefined {
  const named = asString(environment.DATASET_JSON);
  const candidates = [named === undefined ? undefined : insidePath(named), "config/dataset_0.json"];
  return candidates.find((path) => path !== undefined && files.has(path));
}

async function readReadme(files: ReadonlyMap<string, SourceFile>): Promise<Mmar["readme"]> {
  for (const [path, file] of files) {
    if (!/^(docs\/)?readme(\.md|\.txt)?$/i.test(path) || file.size > LONGEST_README) continue;
    return { path, text: (await readAll(file)).toString("utf8") };
  }
  return undefined;
}

/**
 * A path that the MMAR names, as a path relative to its root in normal form; undefined where it
 * leaves the MMAR. The one guard for every path that comes from a config.
 */
export function insidePath(path: string): string | undefined {
  const normal = posix.normalize(path).replace(/(?<=.)\/+$/, "");
  const leaves = posix.isAbsolute(normal) || normal === ".." || normal.startsWith("../");
  return leaves || /^[A-Za-z]:|\\/.test(path) ? undefined : normal;
}
