import type { MonaiEngine } from "../model/config-engine.js";
import type { ModelSpec } from "../model/spec.js";
import { ENVIRONMENT } from "../sources/mmar/mmar.js";
import { MmarModel } from "../sources/mmar/mmar-source.js";
import type { SourceModel } from "../sources/source.js";
import type { Json } from "../text/json.js";
import { deriveInferenceConfig } from "./inference-config.js";
import type { DerivedConfig, RunOptions } from "./runtime.js";

/** What runs an MMAR's inference config, whichever runtime does it. */
export interface MmarRun {
  readonly model: MmarModel;
  /** What every engine's part of config_mdai.json says of it. */
  readonly engine: Omit<MonaiEngine, "name">;
  readonly derivedConfig: DerivedConfig;
}

/** Derives what a runtime needs of an MMAR; undefined where too little is known of the model. */
export function prepareMmar(
  model: SourceModel,
  spec: ModelSpec,
  options: RunOptions,
): MmarRun | undefined {
  if (!(model instanceof MmarModel) || spec.dataListKey === undefined) return undefined;
  const { inference, derivation, settings } = model.mmar;
  if (inference === undefined || derivation === undefined) return undefined;
  const derived = deriveInferenceConfig(inference, {
    ...options,
    dataListKey: spec.dataListKey.value,
  });
  const { input, classifier, clicks } = spec;
  const isBare = classifier?.mask === undefined && clicks === undefined;
  return {
    model,
    engine: {
      inference_config: derived.path,
      environment: ENVIRONMENT,
      item: isBare ? input.item : "object",
      image_key: input.imageKey,
      settings: settingTexts(settings),
      timeout_seconds: options.inferenceTimeout,
    },
    derivedConfig: {
      ...derived,
      source: derivation.source,
      changes: [...derivation.changes, ...derived.changes],
    },
  };
}

/** What a run sets besides what a request changes, as Python writes the values. */
const settingTexts = (settings: ReadonlyMap<string, Json>): Readonly<Record<string, string>> =>
  Object.fromEntries([...settings].map(([key, value]) => [key, settingText(value)]));

const settingText = (value: Json): string =>
  typeof value === "boolean" ? (value ? "True" : "False") : String(value);
