import type { ErrorObject } from "ajv";
import type { JSONPath } from "jsonc-parser";
import { insidePath } from "../files/paths.js";
import { JsonBudget } from "../files/read-json.js";
import { type Finding, finding, findingOf } from "../findings/finding.js";
import type { ImageFacts } from "../mdai/read-config-yaml.js";
import type { RuntimeName } from "../options/words.js";
import type { EngineName } from "../runtimes/runtime.js";
import { runtimeOf } from "../runtimes/runtimes.js";
import { violations } from "../schemas.js";
import { modelRoots } from "../sources/roots.js";
import { asList, asObject, asString, type Json, type JsonFile } from "../text/json.js";
import { checkInside } from "./inside-mmar.js";
import { type BundleModel, engineName, type Workspace } from "./workspace-parts.js";

/** What was found in a bundle's workspace. */
export interface WorkspaceResult {
  /** Whether mmar2mdai made it: its config_mdai.json says so. */
  readonly isOurs: boolean;
  /** What runs the model, where it was made by mmar2mdai. */
  readonly runtime: RuntimeName | undefined;
  /** The same as config_mdai.json names it. */
  readonly engine: EngineName | undefined;
  /** Folder of the MMAR in the bundle; undefined where none was found. */
  readonly mmar: string | undefined;
  readonly model: BundleModel | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Whether mmar2mdai made a workspace, by its config_mdai.json.
 *
 * @throws as {@link checkWorkspace}
 */
export async function isMadeByUs({ files, configMdai }: Workspace): Promise<boolean> {
  const source = files.find(({ path }) => path === configMdai);
  return source !== undefined && isOurConfig((await new JsonBudget().read(source)).file);
}

const isOurConfig = (config: JsonFile | undefined): boolean =>
  config !== undefined && Object.hasOwn(config.value, "schema");

/**
 * Checks config_mdai.json, and the MMAR that lies in a workspace against it. A bundle that
 * mmar2mdai made has to keep all of its schema; of others that file is their own affair, but for
 * the four keys of NVIDIA's and MD.ai's article.
 *
 * @throws {@link ArchiveFault} if the archive is damaged
 * @throws {@link FileChangedError} or a system error if a file can't be read
 */
export async function checkWorkspace(workspace: Workspace): Promise<WorkspaceResult> {
  const source = workspace.files.find(({ path }) => path === workspace.configMdai);
  const read = source === undefined ? undefined : await new JsonBudget().read(source);
  const config = read?.file;
  const isOurs = isOurConfig(config);
  const known = isOurs ? runtimeOf(engineName(config)) : undefined;
  const [runtime, engine] = [known?.name, known?.engine];
  const root = mmarRoot(workspace, config);
  const findings = [
    ...(read?.findings ?? []),
    ...(config === undefined ? [] : isOurs ? checkSchema(config) : checkKeys(config)),
    ...(config === undefined ? [] : checkDevice(config, workspace.image)),
    ...root.findings,
  ];
  const stated = config && statedModel(config);
  if (root.prefix === undefined) {
    return { isOurs, runtime, engine, mmar: undefined, model: stated, findings };
  }
  const inside = await checkInside(workspace, root.prefix, config, isOurs);
  return {
    isOurs,
    runtime,
    engine,
    mmar: root.prefix.replace(/\/$/, ""),
    model: stated ?? inside.model,
    findings: [...findings, ...inside.findings],
  };
}

/** Where the MMAR lies: where root_folder says, or as a folder of the workspace or the whole of it. */
function mmarRoot(
  { path, files }: Workspace,
  config: JsonFile | undefined,
): { prefix: string | undefined; findings: Finding[] } {
  const named = asString(config?.value.root_folder);
  const has = (prefix: string): boolean => files.some((file) => file.path.startsWith(prefix));
  if (config !== undefined && named !== undefined) {
    const inside = insidePath(named);
    const prefix = inside === "." ? `${path}/` : `${path}/${inside}/`;
    if (inside !== undefined && has(prefix)) return { prefix, findings: [] };
    const args = { key: "root_folder", path: named, what: "folder" };
    const missing = finding("config-mdai-path", args, config.place(["root_folder"]));
    return { prefix: undefined, findings: [missing] };
  }
  const [root, ...more] = modelRoots(files.map((file) => file.path.slice(path.length + 1)));
  const prefix = root ? `${path}/${root}/` : `${path}/`;
  if (
    root !== undefined &&
    more.length === 0 &&
    (has(`${prefix}config/`) || has(`${prefix}configs/`))
  ) {
    return { prefix, findings: [] };
  }
  return { prefix: undefined, findings: [finding("bundle-without-mmar", {}, { file: path })] };
}

// ── config_mdai.json ─────────────────────────────────────────────────────────────────────

function checkSchema(config: JsonFile): Finding[] {
  const seen = new Set<string>();
  return violations("config_mdai", config.value).flatMap((error) => {
    // A failed branch of the schema adds nothing to the faults within it.
    if (error.keyword === "if" || (error.keyword === "const" && error.schemaPath.includes("/if/")))
      return [];
    const found = schemaFinding(config, error);
    const text = `${found.args.key} ${found.args.problem}`;
    if (seen.has(text)) return [];
    seen.add(text);
    return [found];
  });
}

function schemaFinding(config: JsonFile, error: ErrorObject): Finding<"config-mdai-schema"> {
  const at = pointerPath(config.value, error.instancePath);
  const inner = error.params.missingProperty ?? error.params.additionalProperty;
  const place = config.place(typeof inner === "string" ? [...at, inner] : at);
  const problem = problemOf(error);
  return findingOf("config-mdai-schema", { key: place.key ?? "", problem }, place);
}

function problemOf({ keyword, message, params }: ErrorObject): string {
  switch (keyword) {
    case "required":
      return "is missing";
    case "additionalProperties":
      return "is not a key of this file";
    case "enum":
      return `must be one of ${asList(params.allowedValues as Json)
        .map(String)
        .join(", ")}`;
    case "const":
      return `must be ${JSON.stringify(params.allowedValue)}`;
    default:
      return message ?? "is wrong";
  }
}

/** A JSON pointer of ajv's as a path of keys. */
function pointerPath(value: Json, pointer: string): JSONPath {
  const keys = pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const path: JSONPath = [];
  let inner: Json | undefined = value;
  for (const key of keys) {
    const isItem: boolean = Array.isArray(inner);
    path.push(isItem ? Number(key) : key);
    inner = isItem ? asList(inner)[Number(key)] : asObject(inner)?.[key];
  }
  return path;
}

/** The keys of NVIDIA's and MD.ai's article of November 2021, which other bundles have as well. */
const ARTICLE_KEYS = [
  { key: "type", wanted: "a text, as segmentation", fits: (v: Json) => typeof v === "string" },
  { key: "root_folder", wanted: "a folder's name", fits: (v: Json) => typeof v === "string" },
  {
    key: "out_classes",
    wanted: "a whole number from 1",
    fits: (v: Json) => Number.isInteger(v) && Number(v) > 0,
  },
  { key: "data_list_key", wanted: "the name of a list", fits: (v: Json) => typeof v === "string" },
] as const;

function checkKeys(config: JsonFile): Finding[] {
  return ARTICLE_KEYS.flatMap(({ key, wanted, fits }) => {
    const value = config.value[key];
    if (value === undefined || fits(value)) return [];
    const args = { key, is: JSON.stringify(value).slice(0, 100), wanted };
    return [finding("config-mdai-key", args, config.place([key]))];
  });
}

function checkDevice(config: JsonFile, image: ImageFacts | undefined): Finding[] {
  const { device } = config.value;
  if (typeof device !== "string" || image === undefined || device === image.device) return [];
  const args = { key: "device", value: device, other: image.device, from: "config.yaml" };
  return [finding("config-mdai-disagrees", args, config.place(["device"]))];
}

function statedModel({ value }: JsonFile): BundleModel {
  const { type, out_classes: outClasses, data_list_key: dataListKey } = value;
  return {
    task: asString(type),
    outClasses: typeof outClasses === "number" ? outClasses : undefined,
    dataListKey: asString(dataListKey),
    classes: asList(value.classes).flatMap((item) => {
      const { class_index: classIndex, name } = asObject(item) ?? {};
      return typeof classIndex === "number" && typeof name === "string"
        ? [{ classIndex, name }]
        : [];
    }),
  };
}
