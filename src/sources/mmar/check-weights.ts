import { insidePath } from "../../files/paths.js";
import { type Finding, finding } from "../../findings/finding.js";
import { asString, type JsonFile } from "../../text/json.js";
import { sniffWeights, type WeightsKind } from "../../weights/sniff.js";
import type { CheckUse } from "../source.js";
import { loadedWeights } from "./check-config.js";
import { checkpointLoaders } from "./checkpoint-loader.js";
import { modelMembers } from "./config.js";
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

/**
 * Files that the inference config loads as weights, where they lie in the MMAR: what its models
 * and checkpoint loaders name, with their variables replaced.
 */
export function namedWeights({ inference, files }: Mmar): string[] {
  if (inference === undefined) return [];
  const named = [
    ...modelMembers(inference).flatMap(({ ts_path: ts, ckpt_path: ckpt }) => [ts, ckpt]),
    ...checkpointLoaders(inference).map(({ args }) => args.load_path),
  ];
  return named.flatMap((value) => {
    const text = asString(value)?.replace(/^\{MMAR_ROOT\}\/+/, "");
    const path = text === undefined ? undefined : insidePath(text);
    return path !== undefined && files.has(path) ? [path] : [];
  });
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
  return kind.kind === wanted ? [] : [weightsFinding(kind, args, KIND_NAMES[wanted])];
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
