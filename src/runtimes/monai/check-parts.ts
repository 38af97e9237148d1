import { type Finding, finding } from "../../findings/finding.js";
import {
  type Component,
  type Config,
  isTrue,
  modelMembers,
  readComponent,
} from "../../sources/mmar/config.js";
import { asString } from "../../text/json.js";
import { TAKEN_OVER } from "./sections.js";

/**
 * Handlers that log, measure or save for training: what they do is not part of the result. The
 * engine passes over the same ones (templates/engines/monai/).
 */
const HARMLESS = new Set(
  `
    StatsHandler TensorBoardHandler TensorBoardStatsHandler TensorBoardImageHandler MetricsSaver
    MetricLogger MLFlowHandler GarbageCollector CheckpointSaver EarlyStopHandler LrScheduleHandler
    ParamSchedulerHandler ValidationHandler RangeHandler RangePushHandler RangePopHandler MarkHandler
    MeanDice ROCAUC ConfusionMatrix HausdorffDistance SurfaceDistance MeanAbsoluteError
    MeanSquaredError RootMeanSquaredError PeakSignalToNoiseRatio IgniteMetric
  `
    .trim()
    .split(/\s+/),
);

/** Datasets and loaders that give each item to the transforms once, as it is. */
const DATASETS =
  /^(Dataset|CacheDataset|PersistentDataset|SmartCacheDataset|CacheNTransDataset|LMDBDataset)$/;
const LOADERS = /^(DataLoader|ThreadDataLoader)$/;

/** Finds what takes part in Clara's run, is not built on MONAI alone, and may change the result. */
export function checkParts(config: Config): Finding[] {
  return [
    ...config.handlers.flatMap((handler) => checkHandler(config, handler)),
    ...checkSavers(config),
    ...checkRandom(config),
    ...checkSections(config),
    ...checkEvaluator(config),
    ...checkMembers(config),
  ];
}

function checkHandler(config: Config, { name, path = name, at }: Component): Finding[] {
  const isOwn = path.includes(".") && !path.startsWith("monai.");
  if (!isOwn && (TAKEN_OVER.has(name) || HARMLESS.has(name))) return [];
  return [finding("handler-unsupported", { handler: path }, config.place(at))];
}

/** An answer is one result. */
function checkSavers(config: Config): Finding[] {
  const savers = config.handlers.filter(({ name }) =>
    /^(Classification|Segmentation)Saver$/.test(name),
  );
  return savers.length > 1 ? [unsupported(config, "handlers", "several that save a result")] : [];
}

/** A request has the same answer each time. */
const checkRandom = (config: Config): Finding[] =>
  [...config.preTransforms, ...config.postTransforms]
    .filter(({ name, path = "monai." }) => name.startsWith("Rand") && path.startsWith("monai."))
    .map(({ name, at }) => unsupported(config, String(at[0]), `the random transform ${name}`));

/** What SupervisedEvaluator of MONAI 0.8.1 takes. */
const EVALUATOR_ARGS = new Set(
  `
    device val_data_loader network epoch_length non_blocking prepare_batch iteration_update inferer
    postprocessing key_val_metric additional_metrics metric_cmp_fn val_handlers amp mode event_names
    event_to_attr decollate
  `
    .trim()
    .split(/\s+/),
);

const unsupported = (config: Config, section: string, what: string): Finding =>
  finding("section-unsupported", { section, what }, config.place([section]));

function checkSections(config: Config): Finding[] {
  return (
    [
      ["dataset", DATASETS],
      ["dataloader", LOADERS],
      ["evaluator", /^SupervisedEvaluator$/],
    ] as const
  ).flatMap(([section, known]) => {
    const component = readComponent(config.value[section], [section]);
    if (component === undefined) return [];
    const { name, path = name } = component;
    const isOwn = path.includes(".") && !/^(monai|torch)\./.test(path);
    return known.test(name) && !isOwn ? [] : [unsupported(config, section, path)];
  });
}

function checkEvaluator(config: Config): Finding[] {
  const args = readComponent(config.value.evaluator, [])?.args ?? {};
  const mode = asString(args.mode)?.split(".").at(-1)?.toLowerCase() ?? "eval";
  const changing = [
    ...((args.iteration_update ?? null) !== null ? ["iteration_update"] : []),
    ...(args.decollate !== undefined && !isTrue(args.decollate) ? ["decollate"] : []),
    ...(mode === "eval" ? [] : ["mode"]),
    ...Object.keys(args).filter((key) => !EVALUATOR_ARGS.has(key)),
  ];
  return changing.map((key) => unsupported(config, "evaluator", `the argument ${key}`));
}

/** Clara's list of networks has switches: one of them runs. */
function checkMembers(config: Config): Finding[] {
  const members = modelMembers(config).filter(({ disabled }) => !isTrue(disabled));
  return members.length > 1 ? [unsupported(config, "model", "several networks at once")] : [];
}
