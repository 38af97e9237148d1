import type { Oddity } from "../../files/folder.js";
import type { OpenedInput } from "../../files/open.js";
import { insidePath } from "../../files/paths.js";
import { JsonBudget } from "../../files/read-json.js";
import type { SourceFile } from "../../files/source-file.js";
import { type Finding, finding } from "../../findings/finding.js";
import type { FindingArgs, JsonFault } from "../../findings/table.js";
import { asString, type Json, type JsonFile, type JsonObject } from "../../text/json.js";
import { readClicks } from "./clicks.js";
import { type Config, INFERENCE_CONFIG, readConfig } from "./config.js";
import { AIAA_CONFIG } from "./from-aiaa.js";
import { VALIDATION_CONFIGS } from "./from-validation.js";
import { type GenerationFact, tellGeneration } from "./generation.js";
import { type Derivation, effectiveConfig } from "./inference-config.js";
import { readShortText } from "./read-text.js";
import { SCRIPTS, settle } from "./settings.js";

/** Where the parts of an MMAR lie (Clara Train documentation, Medical Model ARchive). */
export const ENVIRONMENT = "config/environment.json";
export { INFERENCE_CONFIG };
export const SET_ENV = "commands/set_env.sh";

/** An MMAR as it lies there: what was read, before anything is concluded from it. */
export interface Mmar {
  /** Name of its folder, or of the archive where that has no folder. */
  readonly name: string;
  /** Where the name comes from, in words. */
  readonly nameFrom: string;
  /** The folder or archive, as the user gave it. */
  readonly location: string;
  /** Its files by path, in the order of their paths. */
  readonly files: ReadonlyMap<string, SourceFile>;
  /** What lies there besides readable files. */
  readonly oddities: readonly Oddity[];
  /** environment.json with the settings in it, if it could be read. */
  readonly environment: JsonFile | undefined;
  /** What a run passes by `--set` besides, since environment.json does not say it. */
  readonly settings: ReadonlyMap<string, Json>;
  /** The inference config as Clara 4.1 can run it, if there is one or can be made one. */
  readonly inference: Config | undefined;
  /** The file that the inference config comes from, and how they differ. */
  readonly derivation: Derivation | undefined;
  readonly train: Config | undefined;
  readonly validation: Config | undefined;
  readonly dataList: JsonFile | undefined;
  readonly aiaa: JsonFile | undefined;
  readonly readme: { readonly path: string; readonly text: string } | undefined;
  readonly generation: GenerationFact;
}

/** What reading gave: an MMAR, and the faults of its files. */
export interface ReadResult {
  readonly mmar: Mmar;
  readonly findings: readonly Finding[];
}

/**
 * Reads an MMAR from its folder or archive. A bad one throws nothing: it gives findings. Its files
 * can be read as long as the input is open.
 *
 * @param inferenceConfig - path of the inference config, where it is not the usual one
 * @throws {@link ArchiveFault} if an archive is damaged
 * @throws {@link FileChangedError} or a system error if a file can't be read to its end
 */
export async function readMmar(
  opened: OpenedInput,
  inferenceConfig = INFERENCE_CONFIG,
): Promise<ReadResult> {
  const files = new Map(opened.files.map((file) => [file.path, file]));
  const findings: Finding[] = [];
  const read = new Map<string, JsonFile | undefined>();
  const budget = opened.jsonBudget ?? new JsonBudget();
  const json = async (path: string, needed: boolean): Promise<JsonFile | undefined> => {
    const file = files.get(path);
    if (file === undefined || read.has(path)) return read.get(path);
    const result = await budget.read(file);
    read.set(path, result.file);
    findings.push(...(needed ? result.findings : result.findings.slice(0, 1).map(aside)));
    return result.file;
  };
  const stated = await json(ENVIRONMENT, true);
  const { source, sourceAt } = await inferenceSource(
    opened,
    files,
    inferenceConfig,
    json,
    findings,
  );
  const settings =
    stated &&
    settle({
      environment: stated,
      files,
      infer: await readShortText(files.get(SCRIPTS.infer)),
      export: await readShortText(files.get(SCRIPTS.export)),
      config: source?.value ?? {},
    });
  findings.push(...(settings?.findings ?? []));
  const environment = settings?.environment;
  const values: JsonObject = environment?.value ?? {};
  const config = async (path: string): Promise<Config | undefined> => {
    const file = await json(path, false);
    return file === undefined ? undefined : readConfig(file, values);
  };
  const dataListAt = dataListPath(values, files);
  const dataList = dataListAt === undefined ? undefined : await json(dataListAt, false);
  const validation =
    sourceAt === VALIDATION_CONFIGS[0]
      ? source && readConfig(source, values)
      : await config(VALIDATION_CONFIGS[0]);
  const isBroken = source === undefined && sourceAt === inferenceConfig;
  const told =
    isBroken || sourceAt === AIAA_CONFIG ? validation : source && readConfig(source, values);
  const generation = tellGeneration({
    environment: stated?.value ?? {},
    config: told,
    paths: files.keys(),
  });
  const effective =
    source === undefined || generation.generation === "tensorflow"
      ? undefined
      : effectiveConfig({
          file: source,
          isValidation: sourceAt !== inferenceConfig,
          generation,
          environment: values,
          dataList,
          paths: new Set(files.keys()),
        });
  findings.push(...(effective?.findings ?? []));
  const mmar: Mmar = {
    name: opened.name,
    nameFrom: opened.nameFrom,
    location: opened.location,
    files,
    oddities: opened.oddities,
    environment,
    settings: settings?.set ?? new Map(),
    inference: effective?.config,
    derivation: effective?.derivation,
    train: await config("config/config_train.json"),
    validation,
    dataList,
    aiaa: await json(AIAA_CONFIG, false),
    readme: await readReadme(files),
    generation,
  };
  return { mmar, findings };
}

/** A fault in a file that inference does not need stops nothing. */
function aside({ code, args, place }: Finding<JsonFault>): Finding {
  // Destructured, TypeScript would not know any more that they belong together.
  const fault = { code, args } as FindingArgs<"aside-unreadable">["fault"];
  return finding("aside-unreadable", { fault }, place);
}

/**
 * What the inference config is read from: a validation config where there is no other. One that
 * says nothing, or a validation config that can't be read, gives way to a whole one.
 */
async function inferenceSource(
  { oddities }: OpenedInput,
  files: ReadonlyMap<string, SourceFile>,
  inferenceConfig: string,
  json: (path: string, needed: boolean) => Promise<JsonFile | undefined>,
  findings: Finding[],
): Promise<{ source: JsonFile | undefined; sourceAt: string | undefined }> {
  // One that is there and can't be read has its own finding: nothing takes its place.
  if (oddities.some((oddity) => oddity.path === inferenceConfig)) {
    return { source: undefined, sourceAt: undefined };
  }
  const aiaa = await aiaaSource(files, inferenceConfig, json);
  if (aiaa !== undefined) return { source: aiaa, sourceAt: AIAA_CONFIG };
  const candidates = [inferenceConfig, ...VALIDATION_CONFIGS].filter((path) => files.has(path));
  const passedOver: string[] = [];
  for (const [index, path] of candidates.entries()) {
    const isLast = index === candidates.length - 1;
    const source = await json(path, isLast || path === inferenceConfig);
    const isWhole = source !== undefined && Object.keys(source.value).length > 0;
    const isBroken = source === undefined && path === inferenceConfig;
    if (!isWhole && !isBroken && !isLast) {
      passedOver.push(path);
      continue;
    }
    for (const empty of passedOver) {
      findings.push(finding("config-passed-over", { taken: path }, { file: empty }));
    }
    return { source, sourceAt: path };
  }
  return { source: undefined, sourceAt: undefined };
}

/**
 * AIAA's config, where it takes a user's clicks and the inference config, if there is one, does not:
 * a validation config makes them of the truth. Points of a label it takes only where there is
 * nothing else.
 */
async function aiaaSource(
  files: ReadonlyMap<string, SourceFile>,
  inferenceConfig: string,
  json: (path: string, needed: boolean) => Promise<JsonFile | undefined>,
): Promise<JsonFile | undefined> {
  if (!files.has(AIAA_CONFIG) || inferenceConfig !== INFERENCE_CONFIG) return undefined;
  const aiaa = await json(AIAA_CONFIG, false);
  const kindOf = (file: JsonFile | undefined) =>
    file && readClicks(readConfig(file, {}))?.clicks.kind;
  const kind = kindOf(aiaa);
  if (kind === undefined) return undefined;
  const own = files.has(inferenceConfig) ? await json(inferenceConfig, true) : undefined;
  const isAlone = ![inferenceConfig, ...VALIDATION_CONFIGS].some((path) => files.has(path));
  const isTaken = kind === "deepgrow" ? kindOf(own) === undefined : isAlone;
  return isTaken ? aiaa : undefined;
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
    if (!/^(docs\/)?readme(\.md|\.txt)?$/i.test(path)) continue;
    const text = await readShortText(file);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}
