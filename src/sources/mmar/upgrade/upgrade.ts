import { finding } from "../../../findings/finding.js";
import { asList, asObject, asString, type Json, type JsonObject } from "../../../text/json.js";
import type { Edit, EditedFile } from "../../../text/json-edit.js";
import type { Component, Config } from "../config.js";
import {
  applyRules,
  merge,
  NOTHING,
  type Rule,
  type Ruling,
  withoutItems,
} from "../config-rules.js";
import { readPassedKeys } from "./prediction.js";
import { upgradeSaver } from "./saver.js";
import { untranslatable, upgradeTransforms } from "./transforms.js";

/**
 * Brings an inference config of Clara 4.0 to 4.1. docs/clara-4.0.md has each rule with its source.
 *
 * @returns the edited config, with errors for what can't be translated
 */
export function upgradeConfig(
  file: EditedFile,
  environment: JsonObject,
): ReturnType<typeof applyRules> {
  return applyRules(file, environment, RULES);
}

const RULES: readonly Rule[] = [
  dropMetrics,
  upgradeTransforms,
  upgradeSaver,
  upgradeHandlers,
  wire,
];

/** Metrics compare with labels; inference has none. Clara 4.1 also has another place for them. */
function dropMetrics(config: Config): Ruling {
  const why = "metrics need labels, which inference does not have";
  const section: Edit[] =
    config.file.value.metrics === undefined ? [] : [{ at: ["metrics"], to: undefined, why }];
  const savers = config.handlers
    .filter((handler) => handler.name === "MetricsSaver")
    .map(({ at }) => ({ index: Number(at[1]), why }));
  return { edits: [...withoutItems("handlers", savers), ...section], findings: [] };
}

// ── Handlers ─────────────────────────────────────────────────────────────────────────────

/** Handlers that only log: what they log is not part of the result. */
const LOGGERS = new Set(["StatsHandler", "TensorBoardStatsHandler"]);
const QUIET = "lambda x: None";
/** Handlers with a rule of their own. */
const OWN_RULE = new Set(["TransformInverter", "SegmentationSaver"]);

function upgradeHandlers(config: Config): Ruling {
  const images = config.handlers
    .filter((handler) => handler.name === "TensorBoardImageHandler")
    .map(({ at }) => ({ index: Number(at[1]), why: "it only logs pictures" }));
  const others = config.handlers.filter((handler) => handler.name !== "TensorBoardImageHandler");
  return merge([
    ...others.map((handler) => upgradeHandler(config, handler)),
    { edits: withoutItems("handlers", images), findings: [] },
  ]);
}

function upgradeHandler(config: Config, handler: Component): Ruling {
  const { name, at, args } = handler;
  if (OWN_RULE.has(name)) return NOTHING;
  if (name === "CheckpointLoader") return loadDict(handler);
  if (LOGGERS.has(name)) {
    const why = "it logs from batches, which Clara 4.1 takes apart";
    const gone = args.logger_handler === undefined ? [] : ["logger_handler"];
    const speaks = args.output_transform !== undefined && args.output_transform !== QUIET;
    return {
      edits: [
        ...(speaks ? [{ at: [...at, "args", "output_transform"], to: QUIET, why }] : []),
        ...gone.map((key) => ({
          at: [...at, "args", key],
          to: undefined,
          why: "MONAI 0.8 has no such argument",
        })),
      ],
      findings: [],
    };
  }
  return merge(
    ["batch_transform", "output_transform"].map((arg) => takeApart(config, handler, arg)),
  );
}

/** `["model"]`, by name, becomes `{"model": "@model"}`, by reference. */
function loadDict({ at, args }: Component): Ruling {
  const names = asList(args.load_dict).filter((name) => typeof name === "string");
  if (names.length === 0) return NOTHING;
  const to = Object.fromEntries(names.map((name) => [name, `@${name}`]));
  const why = "Clara 4.1 passes sections by reference";
  return { edits: [{ at: [...at, "args", "load_dict"], to, why }], findings: [] };
}

/** A lambda over a batch becomes monai.handlers.from_engine, which takes a list of items. */
function takeApart(config: Config, { name, at, args }: Component, arg: string): Ruling {
  const code = asString(args[arg]);
  if (code === undefined || !/^\s*lambda\b/.test(code)) return NOTHING;
  const keys = readPassedKeys(code);
  const place = config.place([...at, "args", arg]);
  if (keys === undefined) {
    const unknown = finding("upgrade-lambda", { what: name, arg, code: code.trim() }, place);
    return { edits: [], findings: [unknown] };
  }
  const list = keys.map((key) => `'${key}'`).join(", ");
  const to = `#monai.handlers.from_engine([${list}])`;
  const why = "handlers of Clara 4.1 get a list of items instead of a batch";
  return { edits: [{ at: [...at, "args", arg], to, why }], findings: [] };
}

// ── Wiring ───────────────────────────────────────────────────────────────────────────────

/** The arguments that Clara 4.0 passed by itself; 4.1 wants them written out. */
function wire(config: Config): Ruling {
  const { value } = config.file;
  const has = (section: string): boolean =>
    Array.isArray(value[section])
      ? asList(value[section]).length > 0
      : value[section] !== undefined;
  const reference = (section: string): string | undefined =>
    has(section) ? `@${section}` : undefined;
  const evaluator = asObject(value.evaluator);
  const why = "Clara 4.1 passes the sections to each other explicitly";
  const missing = (section: string, args: Readonly<Record<string, Json | undefined>>): Edit[] => {
    const object = asObject(value[section]);
    if (object === undefined) return [];
    const stated = asObject(object.args) ?? {};
    return Object.entries(args)
      .filter(([key, to]) => to !== undefined && stated[key] === undefined)
      .map(([key, to]) => ({ at: [section, "args", key], to, why }));
  };
  const name = asString(evaluator?.path) ?? asString(evaluator?.name) ?? "SupervisedEvaluator";
  if (!/(^|\.)SupervisedEvaluator$/.test(name)) {
    const component: Component = { name, path: undefined, args: {}, at: ["evaluator"] };
    const problem = "only the wiring of SupervisedEvaluator is known";
    return { edits: [], findings: [untranslatable(config, component, problem)] };
  }
  return {
    edits: [
      ...inferer(value),
      ...missing("dataset", { transform: reference("pre_transforms") }),
      ...missing("dataloader", { dataset: reference("dataset") }),
      ...renamedArgs(evaluator),
      ...missing("evaluator", {
        device: "cuda",
        val_data_loader: reference("dataloader"),
        network: reference("model"),
        inferer: "@inferer",
        postprocessing: reference("post_transforms"),
        val_handlers: reference("handlers"),
        amp: value.amp === undefined ? undefined : "{amp}",
      }),
    ],
    findings: [],
  };
}

/** The evaluator of MONAI 0.5 took SimpleInferer where none was given. */
function inferer(config: JsonObject): Edit[] {
  if (config.inferer !== undefined) return [];
  const why = "what Clara 4.0 took where no inferer was given";
  return [{ at: ["inferer"], to: { name: "SimpleInferer" }, why }];
}

function renamedArgs(evaluator: JsonObject | undefined): Edit[] {
  if (asObject(evaluator?.args)?.post_transform === undefined) return [];
  const why = "MONAI 0.8 calls it postprocessing";
  return [{ at: ["evaluator", "args", "post_transform"], to: undefined, why }];
}
