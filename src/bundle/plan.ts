import type { SourceFile } from "../files/source-file.js";
import { CONFIG_YAML, MDAI_FOLDER, MDAI_NAMES, REQUIREMENTS } from "../mdai/layout.js";
import type { ConfigMdai } from "../model/config-mdai.js";
import type { DerivationOptions } from "../options/schema.js";
import type { AddedFile, DerivedConfig, Runtime } from "../runtimes/runtime.js";
import type { Selection } from "../sources/selection.js";
import type { SourceModel } from "../sources/source.js";
import type { BundleEntry, BundlePlan } from "../write/bundle-plan.js";
import type { TemplateFile } from "./templates.js";

/** What a plan is made from. */
export interface PlanInput {
  readonly source: SourceModel;
  readonly selection: Selection;
  readonly runtime: Runtime;
  readonly configMdai: ConfigMdai;
  readonly derivedConfig: DerivedConfig;
  /** Files that the runtime adds to the model's folder. */
  readonly added: readonly AddedFile[];
  readonly templates: readonly TemplateFile[];
  /** Lines that the user adds to requirements.txt. */
  readonly requirements: readonly string[];
  readonly options: DerivationOptions;
}

/** Files of a kind that are left out of the bundle. */
export interface OmittedGroup {
  readonly reason: string;
  readonly files: number;
  /** Their total size in bytes. */
  readonly size: number;
  readonly paths: readonly string[];
}

/**
 * Plans the bundle: the deploy code, its configs, then the model byte for byte, with the weights
 * last, so that whoever streams the archive sees the small files first.
 */
export function planBundle(input: PlanInput): BundlePlan {
  const { source, selection, runtime, configMdai, derivedConfig, options } = input;
  const { workspace } = runtime;
  const root = `${workspace}/${configMdai.root_folder}`;
  const config = runtime.configYaml({ device: options.device, env: options.env }, source);
  const own = [...source.files.values()]
    .filter((file) => selection(file.path) === undefined && file.path !== derivedConfig.path)
    .sort(smallFirst);
  const entries: BundleEntry[] = [
    made(CONFIG_YAML, config, "what MD.ai's builder reads"),
    ...input.templates.map((template) => templateEntry(template, input.requirements)),
    made(
      `${workspace}/${MDAI_NAMES.configMdai}`,
      jsonText(configMdai),
      "what the deploy code knows of the model",
    ),
    made(`${root}/${derivedConfig.path}`, derivedConfig.text, "the inference config for MD.ai"),
    ...input.added.map(({ path, text, reason }) => made(`${root}/${path}`, text, reason)),
    ...own.map((file) => fileEntry(`${root}/${file.path}`, file, reasonOf(source))),
  ];
  return { entries, totalSize: entries.reduce((sum, entry) => sum + entry.size, 0) };
}

/** What the plan leaves out of the model, by reason; the most bytes first. */
export function omittedGroups(source: SourceModel, selection: Selection): OmittedGroup[] {
  const groups = new Map<string, SourceFile[]>();
  for (const file of source.files.values()) {
    const reason = selection(file.path)?.reason;
    if (reason === undefined) continue;
    const group = groups.get(reason);
    if (group === undefined) groups.set(reason, [file]);
    else group.push(file);
  }
  return [...groups]
    .map(([reason, files]) => ({
      reason,
      files: files.length,
      size: files.reduce((sum, file) => sum + file.size, 0),
      paths: files.map((file) => file.path),
    }))
    .sort((a, b) => b.size - a.size);
}

const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function made(path: string, text: string, reason: string): BundleEntry {
  return bytesEntry(path, Buffer.from(text, "utf8"), reason);
}

function bytesEntry(path: string, bytes: Uint8Array, reason: string): BundleEntry {
  return { path, mode: 0o644, size: bytes.length, reason, content: { kind: "bytes", bytes } };
}

function templateEntry(template: TemplateFile, requirements: readonly string[]): BundleEntry {
  const path = `${MDAI_FOLDER}/${template.name}`;
  if (path !== REQUIREMENTS) return bytesEntry(path, template.bytes, "the deploy code");
  const own = Buffer.from(template.bytes).toString("utf8").trimEnd();
  const added =
    requirements.length === 0 ? [] : ["", "# Added when the bundle was packed.", ...requirements];
  return made(path, [own, ...added, ""].join("\n"), "what pip installs in the image");
}

/** What the model's own files are, for `--dry-run`. */
const reasonOf = ({ source }: SourceModel): string =>
  source === "mmar" ? "the MMAR" : "the MONAI bundle";

function fileEntry(path: string, file: SourceFile, reason: string): BundleEntry {
  // Some ways of copying lose the run bit; a script has it all the same.
  const runs = file.executable || file.path.endsWith(".sh");
  const mode = runs ? 0o755 : 0o644;
  return { path, mode, size: file.size, reason, content: { kind: "file", file } };
}

/** Files from this size on stand behind all others, the larger the later. */
const LARGE = 1024 * 1024;

function smallFirst(a: SourceFile, b: SourceFile): number {
  const weight = (file: SourceFile): number =>
    file.size >= LARGE || /\.(pt|ts|pth)$/.test(file.path) ? 1 + file.size : 0;
  return weight(a) - weight(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
}
