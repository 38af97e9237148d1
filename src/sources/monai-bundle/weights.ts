import { insidePath } from "../../files/paths.js";
import type { SourceFile } from "../../files/source-file.js";
import { asList, asObject, asString, type Json } from "../../text/json.js";
import { sniffWeights, type WeightsKind } from "../../weights/sniff.js";
import type { BundleConfig, Component } from "./config.js";
import { evaluate } from "./evaluate.js";

/** The weights that inference loads. */
export interface Weights {
  /** Path relative to the bundle's root. */
  readonly path: string;
  /** Where the path is from, in words. */
  readonly from: string;
  readonly form: "torchscript" | "state_dict";
  /** The key of the state dict in a checkpoint, where it may lie under one. */
  readonly key: string | undefined;
  /** The network's id in the config; undefined where the TorchScript is the network. */
  readonly network: string | undefined;
  /** What the file is; undefined where it is not there. */
  readonly kind: WeightsKind | undefined;
}

/** The TorchScript of a bundle, and its checkpoint (MONAI Bundle Specification). */
const TORCHSCRIPT = "models/model.ts";
const CHECKPOINT = "models/model.pt";

/**
 * Chooses the weights: the TorchScript that the config loads or that the bundle has, else the
 * checkpoint that the config's CheckpointLoader names.
 *
 * @throws {@link FileChangedError} or a system error if a file can't be read
 */
export async function chooseWeights(
  config: BundleConfig,
  files: ReadonlyMap<string, SourceFile>,
): Promise<Weights> {
  const chosen = chosenWeights(config, files);
  const file = files.get(chosen.path);
  const kind = file === undefined ? undefined : await sniffWeights(file);
  // A file called model.pt may be a TorchScript.
  const isScript = chosen.form === "state_dict" && kind?.kind === "torchscript";
  return {
    ...chosen,
    kind,
    ...(isScript && { form: "torchscript", key: undefined, network: undefined }),
  };
}

function chosenWeights(
  config: BundleConfig,
  files: ReadonlyMap<string, SourceFile>,
): Omit<Weights, "kind"> {
  const script = scriptPath(config);
  const ofScript = { form: "torchscript", key: undefined, network: undefined } as const;
  if (script !== undefined) return { ...ofScript, ...script };
  const loader = checkpointLoaders(config)[0];
  const named = loader && asString(config.arg(loader, "load_path"));
  const path = named === undefined ? undefined : insidePath(named);
  const isUsual = path === undefined || path === CHECKPOINT;
  if (isUsual && files.has(TORCHSCRIPT)) {
    return { ...ofScript, path: TORCHSCRIPT, from: "the bundle has it" };
  }
  return {
    path: path ?? CHECKPOINT,
    from:
      path === undefined
        ? "where bundles have it"
        : `load_path of CheckpointLoader in ${config.path}`,
    form: "state_dict",
    key: Object.keys(asObject(loader?.args.load_dict) ?? {})[0],
    network: ["network_def", "network", "net"].find((id) => config.at(id) !== undefined),
  };
}

/** The TorchScript that the network's expression loads. */
function scriptPath(config: BundleConfig): { path: string; from: string } | undefined {
  for (const id of ["network_def", "network", "net"]) {
    const text = asString(config.at(id)) ?? "";
    const [, argument] = /torch\.jit\.load\(([^,()]{1,1000})[,)]/.exec(text) ?? [];
    if (argument === undefined) continue;
    const value = evaluate(argument, (key) => config.valueOf(key));
    const path = typeof value === "string" ? insidePath(value) : undefined;
    if (path !== undefined) return { path, from: `${id} in ${config.path}` };
  }
  return undefined;
}

/** The handlers that load weights, wherever they stand. */
export function checkpointLoaders(config: BundleConfig): Component[] {
  const found: Component[] = [];
  const visit = (value: Json | undefined, id: string): void => {
    const object = asObject(value);
    if (/(^|\.)CheckpointLoader$/.test(asString(object?._target_) ?? "")) {
      const component = config.component(id);
      if (component !== undefined) found.push(component);
      return;
    }
    for (const [index, item] of asList(value).entries()) visit(item, `${id}#${index}`);
    for (const [key, inner] of Object.entries(object ?? {})) visit(inner, `${id}#${key}`);
  };
  for (const file of config.files) {
    for (const key of Object.keys(file.value)) visit(config.at(key), key);
  }
  return found;
}
