import { insidePath } from "../../files/paths.js";
import type { SourceFile } from "../../files/source-file.js";
import { type Finding, finding } from "../../findings/finding.js";
import { asString, type JsonFile } from "../../text/json.js";
import { checkPickles } from "../../weights/pickle/check.js";
import { sniffWeights, type WeightsKind } from "../../weights/sniff.js";
import type { CheckUse } from "../source.js";
import { loadedWeights } from "./check-config.js";
import type { Mmar } from "./mmar.js";

/** The weights that environment.json names, where they lie in the MMAR. */
interface WeightsPaths {
  readonly torchscript: string | undefined;
  readonly checkpoint: string | undefined;
}

/** Where the weights are, as far as environment.json says so and they are inside. */
export function weightsPaths(environment: JsonFile | undefined): WeightsPaths {
  const path = (key: string): string | undefined => {
    const named = asString(environment?.value[key]);
    return named === undefined || named === "" ? undefined : insidePath(named);
  };
  return { torchscript: path("MMAR_TORCHSCRIPT"), checkpoint: path("MMAR_CKPT") };
}

interface WeightsRole {
  readonly key: "MMAR_TORCHSCRIPT" | "MMAR_CKPT";
  readonly wanted: "torchscript" | "checkpoint";
  readonly command: string;
  /** Whether a bundle may go without it. */
  readonly optional: boolean;
}

const KIND_NAMES = { torchscript: "TorchScript", checkpoint: "checkpoint" } as const;

function weightsFinding(
  kind: WeightsKind,
  args: { key: string; path: string; command: string },
  wanted: string,
): Finding {
  const place = { file: args.path };
  switch (kind.kind) {
    case "empty":
      return finding("weights-empty", args, place);
    case "lfs-pointer":
      return finding("weights-lfs-pointer", args, place);
    case "html":
      return finding("weights-html", args, place);
    case "truncated":
      return finding("weights-truncated", { ...args, problem: kind.problem }, place);
    case "unknown":
      return finding("weights-unknown", { ...args, starts: kind.starts }, place);
    case "torchscript":
    case "checkpoint":
      return finding("weights-swapped", { ...args, is: KIND_NAMES[kind.kind], wanted }, place);
  }
}

/** What loading the file would do. */
async function checkContent(file: SourceFile, kind: WeightsKind): Promise<Finding[]> {
  // A file that is cut off has its finding already.
  return kind.kind === "truncated" ? [] : checkPickles(file, kind);
}

async function checkWeightsFile(mmar: Mmar, role: WeightsRole): Promise<Finding[]> {
  const { key, wanted, command, optional } = role;
  const named = asString(mmar.environment?.value[key]);
  const path = named ? insidePath(named) : undefined;
  if (path === undefined) return [];
  const args = { key, path, command };
  const place = mmar.environment?.place([key]);
  const file = mmar.files.get(path);
  if (file === undefined) {
    // A link or an unreadable file has its own finding.
    if (mmar.oddities.some((oddity) => oddity.path === path)) return [];
    const isFolder =
      path === "." || [...mmar.files.keys()].some((other) => other.startsWith(`${path}/`));
    return isFolder
      ? [finding("weights-not-a-file", args, place)]
      : [finding("weights-missing", { ...args, optional }, place)];
  }
  const kind = await sniffWeights(file);
  const swapped = kind.kind === wanted ? [] : [weightsFinding(kind, args, KIND_NAMES[wanted])];
  return [...swapped, ...(await checkContent(file, kind))];
}

/** What PyTorch or Python may be asked to load, by the names that people give it. */
const LOADABLE = /(^models[^/]*\/|\.(pt|pth|ckpt|bin|pkl|pickle|pth\.tar)$)/i;

/** Weights that nothing names go into the bundle, too, where the user includes them. */
export async function checkOtherWeights(mmar: Mmar, { selection }: CheckUse): Promise<Finding[]> {
  const named = Object.values(weightsPaths(mmar.environment));
  const findings: Finding[] = [];
  for (const [path, file] of mmar.files) {
    if (!LOADABLE.test(path) || named.includes(path) || selection(path) !== undefined) continue;
    findings.push(...(await checkContent(file, await sniffWeights(file))));
  }
  return findings;
}

/** Checks the weights that the inference config loads, and a checkpoint that goes along. */
export async function checkWeights(mmar: Mmar, use: CheckUse): Promise<Finding[]> {
  const loads = loadedWeights(mmar.inference);
  const torchscript = loads.torchscript
    ? await checkWeightsFile(mmar, {
        key: "MMAR_TORCHSCRIPT",
        wanted: "torchscript",
        command: "commands/export.sh",
        optional: false,
      })
    : [];
  if (!use.checkpoint) return torchscript;
  const checkpoint = await checkWeightsFile(mmar, {
    key: "MMAR_CKPT",
    wanted: "checkpoint",
    command: "commands/train.sh",
    optional: !loads.checkpoint,
  });
  return [...torchscript, ...checkpoint];
}
