import { insidePath } from "../../files/paths.js";
import type { SourceFile } from "../../files/source-file.js";
import { type Finding, finding } from "../../findings/finding.js";
import { asString, type Json, type JsonFile, type JsonObject } from "../../text/json.js";
import { readScript } from "./scripts.js";

/** What Clara is told by `--set`, and environment.json as it holds with that. */
export interface Settings {
  /** environment.json with the settings in it; its places are those of the file. */
  readonly environment: JsonFile;
  /** What a run has to pass by `--set`, since environment.json does not say it. */
  readonly set: ReadonlyMap<string, Json>;
  readonly findings: readonly Finding[];
}

/** What is known of an MMAR before its settings are. */
export interface SettingSources {
  readonly environment: JsonFile;
  readonly files: ReadonlyMap<string, SourceFile>;
  /** The text of commands/infer.sh and export.sh, where they are there. */
  readonly infer: string | undefined;
  readonly export: string | undefined;
  /** The inference config, whose variables infer.sh may set. */
  readonly config: JsonObject;
}

/** The keys of environment.json that name weights, and where such files usually lie. */
const WEIGHTS = [
  { key: "MMAR_TORCHSCRIPT", usual: "models/model.ts" },
  { key: "MMAR_CKPT", usual: "models/model.pt" },
] as const;

/** What the deploy code sets for each request, and what only concerns how a run is made. */
const NOT_TAKEN = new Set([
  "DATASET_JSON",
  "DATA_ROOT",
  "MMAR_EVAL_OUTPUT_PATH",
  "multi_gpu",
  "use_gpu",
  "print_conf",
  "output_infer_result",
  "do_validation",
]);

/**
 * Settles what environment.json leaves open and what commands/infer.sh says against it: in Clara
 * what infer.sh passes by `--set` wins.
 */
export function settle(sources: SettingSources): Settings {
  const { environment, config } = sources;
  const passed = sources.infer === undefined ? new Map() : readScript(sources.infer).set;
  const set = new Map<string, Json>();
  const findings: Finding[] = [];
  for (const { key, usual } of WEIGHTS) {
    const chosen = chooseWeights(sources, key, usual, passed.get(key));
    findings.push(...chosen.findings);
    if (chosen.path !== undefined) set.set(key, chosen.path);
  }
  for (const [key, text] of passed) {
    if (NOT_TAKEN.has(key) || WEIGHTS.some((weights) => weights.key === key)) continue;
    const value = typed(text);
    const stated = environment.value[key] ?? config[key];
    // What no config asks for is no setting of this run.
    if (stated === undefined || String(stated) === String(value)) continue;
    set.set(key, value);
    const args = { key, environment: String(stated), script: text, taken: text };
    findings.push(finding("script-disagrees", args, { file: INFER }));
  }
  if (set.size === 0) return { environment, set, findings };
  const value = { ...environment.value, ...Object.fromEntries(set) };
  return {
    environment: { ...environment, value, place: (at) => environment.place(at) },
    set,
    findings,
  };
}

const INFER = "commands/infer.sh";
const EXPORT = "commands/export.sh";
export const SCRIPTS = { infer: INFER, export: EXPORT } as const;

/** A file of weights, if it is another than environment.json says. */
function chooseWeights(
  { environment, files, export: exporting }: SettingSources,
  key: string,
  usual: string,
  passed: string | undefined,
): { path: string | undefined; findings: readonly Finding[] } {
  const stated = asString(environment.value[key]);
  const isThere = (path: string | undefined): boolean => files.has(insidePath(path ?? "") ?? "");
  const asStated = { path: undefined, findings: [] };
  const place = stated === undefined ? { file: environment.path } : environment.place([key]);
  if (passed !== undefined && passed !== stated) {
    if (environment.value[key] === undefined) return { path: passed, findings: [] };
    if (stated === undefined) return asStated;
    const taken = isThere(stated) && !isThere(passed) ? stated : passed;
    const args = { key, environment: stated, script: passed, taken };
    const path = taken === stated ? undefined : taken;
    return { path, findings: [finding("script-disagrees", args, place)] };
  }
  if (isThere(stated)) return asStated;
  const made =
    key === "MMAR_TORCHSCRIPT" && exporting !== undefined
      ? readScript(exporting).outputPath
      : undefined;
  if (isThere(made) && made !== undefined) {
    const args = { key, path: made, why: `${EXPORT} writes it there` };
    return { path: made, findings: [finding("environment-weights-assumed", args, place)] };
  }
  // A file that is named and not there is an error of its own: another one may be another model's.
  if (environment.value[key] !== undefined || !isThere(usual)) return asStated;
  const args = { key, path: usual, why: "it lies where such files usually lie" };
  return { path: usual, findings: [finding("environment-weights-assumed", args, place)] };
}

/** A value as Clara reads it: a number, true, false, or a text (documentation of `--set`). */
function typed(text: string): Json {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
