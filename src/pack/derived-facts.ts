import type { Inspection } from "../bundle/prepare.js";

/** What was derived of an MMAR, each with where from, as `--json` and the manifest have it. */
export function derivedFacts({ model, rootFolder }: Inspection): Record<string, unknown> {
  return {
    task: model?.task ?? null,
    root_folder: rootFolder ?? null,
    out_classes: model?.outClasses ?? null,
    data_list_key: model?.dataListKey ?? null,
    classes: snakeKeys(model?.classes ?? null),
    output: snakeKeys(model?.output ?? null),
    input: snakeKeys(model?.input ?? null),
    classifier: snakeKeys(model?.classifier ?? null),
  };
}

/** The same with `class_index` for `classIndex`, as config_mdai.json spells its keys. */
function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeKeys(inner),
    ]),
  );
}
