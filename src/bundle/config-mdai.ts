import type { ConfigMdai, Engine } from "../model/config-mdai.js";
import type { ModelSpec } from "../model/spec.js";
import type { Device } from "../options/words.js";
import type { TaskConfig } from "../tasks/task.js";

/** The parts that config_mdai.json is put together from. */
export interface ConfigParts {
  readonly rootFolder: string;
  readonly device: Device;
  /** What loading the model runs because the user trusts it. */
  readonly trust: readonly string[];
  /** The runtime's part. */
  readonly engine: Engine | undefined;
  /** The task's part. */
  readonly task: TaskConfig | undefined;
}

/** Makes config_mdai.json: the four keys of NVIDIA's and MD.ai's article, and what runs the model. */
export function makeConfigMdai(
  { outClasses, dataListKey, modalities }: ModelSpec,
  { rootFolder, device, trust, engine, task }: ConfigParts,
): ConfigMdai | undefined {
  if (!outClasses || !dataListKey || !engine || !task) return undefined;
  const { type, input, output, classes } = task;
  const all = {
    type,
    root_folder: rootFolder,
    out_classes: outClasses.value,
    data_list_key: dataListKey.value,
    schema: 2,
    modalities: modalities?.value ?? [],
    device,
    ...(trust.length > 0 && { trust }),
    engine,
    input,
    output,
    classes,
  };
  return fits(all) ? all : undefined;
}

/** Whether the engine gives what the task reads: where it is a file, one of a volume or of scores. */
function fits(config: { readonly type: string; readonly engine: Engine }): config is ConfigMdai {
  const { engine, type } = config;
  if (engine.name !== "clara") return true;
  return type !== "annotation" && "file" in engine.result === (type === "classification");
}
