import type { Oddity } from "../../files/folder.js";
import type { OpenedInput } from "../../files/open.js";
import { JsonBudget } from "../../files/read-json.js";
import { readAll, type SourceFile } from "../../files/source-file.js";
import { type Finding, finding } from "../../findings/finding.js";
import { asList, asObject, asString, type JsonFile } from "../../text/json.js";
import { MOST } from "../../text/limits.js";
import { parseYaml } from "../../text/yaml-json.js";
import { readShortText } from "../mmar/read-text.js";
import { BundleConfig } from "./config.js";
import { chooseWeights, type Weights } from "./weights.js";

/** Where a bundle says what it is (MONAI Bundle Specification). */
export const METADATA = "configs/metadata.json";

/** A config that runs inference, by its name. */
const INFERENCE = /^configs\/inference\.(json|ya?ml)$/;
/** Any other config: `.conf` is for logging. */
const CONFIG = /^configs\/(?!metadata\.json$)[^/]+\.(json|ya?ml)$/;

/** A MONAI bundle as it lies there: what was read, before anything is concluded from it. */
export interface MonaiBundle {
  readonly name: string;
  readonly nameFrom: string;
  readonly location: string;
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly oddities: readonly Oddity[];
  readonly metadata: JsonFile | undefined;
  /** The inference config; undefined where there is none that can be read. */
  readonly config: BundleConfig | undefined;
  /** The weights that inference loads, as far as the config tells. */
  readonly weights: Weights | undefined;
  /** Files that large_files.yml names, with the addresses that they are to be had from. */
  readonly largeFiles: ReadonlyMap<string, string>;
  readonly readme: { readonly path: string; readonly text: string } | undefined;
}

/**
 * Reads a MONAI bundle from its folder or archive. A bad one throws nothing: it gives findings.
 *
 * @param configs - paths of the inference configs, where they are not the usual one
 * @throws {@link ArchiveFault} if an archive is damaged
 * @throws {@link FileChangedError} or a system error if a file can't be read to its end
 */
export async function readBundle(
  opened: OpenedInput,
  configs: readonly string[] | undefined,
): Promise<{ bundle: MonaiBundle; findings: readonly Finding[] }> {
  const files = new Map(opened.files.map((file) => [file.path, file]));
  const findings: Finding[] = [];
  const reader = new ConfigReader(opened.jsonBudget ?? new JsonBudget());
  const metadata = await reader.read(files.get(METADATA), findings);
  const chosen = chooseConfigs([...files.keys()], configs);
  findings.push(...chosen.findings);
  const read: JsonFile[] = [];
  for (const path of chosen.paths) {
    const file = await reader.read(files.get(path), findings);
    if (file !== undefined) read.push(file);
  }
  const [first, ...more] = read;
  const config =
    first === undefined || read.length < chosen.paths.length
      ? undefined
      : new BundleConfig([first, ...more], metadata);
  const bundle: MonaiBundle = {
    name: opened.name,
    nameFrom: opened.nameFrom,
    location: opened.location,
    files,
    oddities: opened.oddities,
    metadata,
    config,
    weights: config && (await chooseWeights(config, files)),
    largeFiles: await readLargeFiles(files, reader),
    readme: await readReadme(files),
  };
  return { bundle, findings };
}

/** The configs that inference runs: those that the user names, else the one called inference. */
function chooseConfigs(
  paths: readonly string[],
  wanted: readonly string[] | undefined,
): { paths: readonly string[]; findings: readonly Finding[] } {
  if (wanted !== undefined && wanted.length > 0) {
    const strange = wanted.filter((path) => !paths.includes(path));
    const findings = strange.map((path) => finding("bundle-config-not-found", { path }));
    return { paths: strange.length > 0 ? [] : wanted, findings };
  }
  const named = paths.filter((path) => INFERENCE.test(path));
  const others = paths.filter((path) => CONFIG.test(path));
  const [only] = named.length > 0 ? named : others.length === 1 ? others : [];
  if (only !== undefined) return { paths: [only], findings: [] };
  const missing = finding("bundle-config-missing", { has: others }, { file: "configs" });
  return { paths: [], findings: [missing] };
}

/** Reads configs in JSON or YAML, within what the configs of one model may hold. */
class ConfigReader {
  /** YAML counts apart: its reader bounds each file itself. */
  private nodes: number = MOST.jsonNodes;

  constructor(private readonly budget: JsonBudget) {}

  async read(file: SourceFile | undefined, findings: Finding[]): Promise<JsonFile | undefined> {
    if (file === undefined) return undefined;
    if (!/\.ya?ml$/.test(file.path)) {
      const result = await this.budget.read(file);
      findings.push(...result.findings);
      return result.file;
    }
    const tooLarge = file.size > MOST.jsonBytes;
    const result = tooLarge
      ? { problem: "it is far too large for a config", place: { file: file.path } }
      : parseYaml(file.path, await readAll(file), this.nodes);
    if ("problem" in result) {
      findings.push(finding("yaml-syntax", { problem: result.problem }, result.place));
      return undefined;
    }
    this.nodes -= result.nodes;
    return result.file;
  }
}

/** `large_files.yml`: what the collection keeps beside the bundle's repository. */
async function readLargeFiles(
  files: ReadonlyMap<string, SourceFile>,
  reader: ConfigReader,
): Promise<ReadonlyMap<string, string>> {
  const found = ["yml", "yaml", "json"].map((end) => files.get(`large_files.${end}`));
  // What it says only helps: one that can't be read stops nothing.
  const file = await reader.read(
    found.find((each) => each !== undefined),
    [],
  );
  const listed = asList(file?.value.large_files).flatMap((item) => {
    const { path, url } = asObject(item) ?? {};
    const [named, address] = [asString(path), asString(url)];
    return named === undefined ? [] : [[named, address ?? ""] as const];
  });
  return new Map(listed);
}

async function readReadme(files: ReadonlyMap<string, SourceFile>): Promise<MonaiBundle["readme"]> {
  for (const path of ["docs/README.md", "README.md"]) {
    const text = await readShortText(files.get(path));
    if (text !== undefined) return { path, text };
  }
  return undefined;
}
