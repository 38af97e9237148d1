import type { Inspection } from "./prepare.js";

/** What was derived of an MMAR, each with where from, as `--json` and the manifest have it. */
export function derivedFacts({ model, rootFolder }: Inspection): Record<string, unknown> {
  return {
    task: model?.task ?? null,
    root_folder: rootFolder ?? null,
    out_classes: model?.outClasses ?? null,
    data_list_key: model?.dataListKey ?? null,
    classes: model?.classes ?? null,
    output: model?.output ?? null,
    input: model?.input ?? null,
    classifier: model?.classifier ?? null,
  };
}
