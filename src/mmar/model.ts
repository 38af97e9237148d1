import { type Finding, finding } from "../findings/finding.js";
import {
  type ClassSources,
  type Fact,
  isCount,
  type ModelClass,
  nameClasses,
  outClassesSources,
} from "./classes.js";
import { type Config, isTrue, keysOf } from "./config.js";
import { asList, asObject, asString, type Json } from "./json.js";
import { ENVIRONMENT, insidePath, type Mmar, SET_ENV } from "./mmar.js";
import { type Output, readOutput } from "./output.js";

/** What the user says in the place of what would be derived. */
export interface Overrides {
  readonly task?: string | undefined;
  readonly outClasses?: number | undefined;
  readonly classNames?: readonly string[] | undefined;
  readonly dataListKey?: string | undefined;
}

/** What takes the place of what: shown in the summary. */
export interface Override {
  readonly option: string;
  readonly value: string;
  /** What would have been taken, or undefined where nothing could be derived. */
  readonly instead: string | undefined;
}

/** What inference is fed with. */
export interface ModelInput {
  /** Form of an item of the data list; see schemas/config_mdai.schema.json. */
  readonly item: "string" | "object";
  /** The key that holds the image in an item. */
  readonly imageKey: string;
  /** Number of image channels of the network. */
  readonly channels: Fact<number>;
}

/** What is known of the model, each value with its source; undefined is what could not be derived. */
export interface Model {
  readonly task: Fact<string> | undefined;
  readonly dataListKey: Fact<string> | undefined;
  readonly outClasses: Fact<number> | undefined;
  readonly classes: Fact<readonly ModelClass[]> | undefined;
  readonly output: Output | undefined;
  readonly input: ModelInput;
  /** The script that sets the environment, if the MMAR has one. */
  readonly setEnv: string | undefined;
  readonly overrides: readonly Override[];
}

/** Concludes from an MMAR what its model is, and what about that is wrong or doubtful. */
export function deriveModel(
  mmar: Mmar,
  overrides: Overrides,
): { model: Model; findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const used: Override[] = [];
  const override = <T>(
    option: string,
    value: T | undefined,
    derived: Fact<T> | undefined,
  ): Fact<T> | undefined => {
    if (value === undefined) return derived;
    used.push({ option, value: String(value), instead: derived && String(derived.value) });
    return { value, from: option };
  };

  const task = override("--task", overrides.task, deriveTask(mmar));
  findings.push(...checkTask(mmar, task, overrides));

  const dataListKey = override("--data-list-key", overrides.dataListKey, deriveDataListKey(mmar));
  findings.push(...checkDataList(mmar, dataListKey));

  const read = mmar.inference === undefined ? undefined : readOutput(mmar.inference);
  findings.push(...(read?.findings ?? []));
  const counted = outClassesSources(classSources(mmar, read?.output));
  const outClasses = override("--out-classes", overrides.outClasses, counted[0]);
  const output = forOneChannel(read?.output, outClasses?.value);
  const sources = classSources(mmar, output);
  const named = classesOf(sources, outClasses, overrides.classNames);
  findings.push(...countFindings(outClasses, counted, overrides), ...named.findings);
  if (overrides.classNames !== undefined) {
    const derived =
      outClasses === undefined ? undefined : nameClasses(sources, outClasses.value, undefined);
    used.push({
      option: "--class-names",
      value: overrides.classNames.join(", "),
      instead: derived?.classes.value.map((c) => c.name).join(", "),
    });
  }

  const input = deriveInput(mmar, dataListKey?.value);
  findings.push(...input.findings);
  return {
    model: {
      task,
      dataListKey,
      outClasses,
      classes: named.classes,
      output,
      input: input.input,
      setEnv: mmar.files.has(SET_ENV) ? SET_ENV : undefined,
      overrides: used,
    },
    findings,
  };
}

function environmentPlace(
  mmar: Mmar,
  key: string,
): ReturnType<NonNullable<Mmar["environment"]>["place"]> {
  return mmar.environment?.place([key]) ?? { file: ENVIRONMENT };
}

function deriveTask({ environment }: Mmar): Fact<string> | undefined {
  const task = asString(environment?.value.PROCESSING_TASK)?.trim().toLowerCase();
  return task ? { value: task, from: `PROCESSING_TASK in ${ENVIRONMENT}` } : undefined;
}

function checkTask(mmar: Mmar, task: Fact<string> | undefined, overrides: Overrides): Finding[] {
  const place = environmentPlace(mmar, "PROCESSING_TASK");
  // Of an environment.json that could not be read, that is said already.
  if (task === undefined) {
    return mmar.environment === undefined ? [] : [finding("task-unknown", {}, place)];
  }
  if (task.value === "segmentation") return [];
  const args = { task: task.value };
  return [finding("task-unsupported", args, overrides.task === undefined ? place : undefined)];
}

function deriveDataListKey({ inference, environment }: Mmar): Fact<string> | undefined {
  const stated = asObject(inference?.file.value.dataset)?.data_list_key;
  const key = asString(asObject(inference?.value.dataset)?.data_list_key);
  if (inference !== undefined && key && inference.variables.unknown(key).length === 0) {
    const through = key === stated ? "" : `, through ${stated}`;
    return { value: key, from: `dataset.data_list_key in ${inference.file.path}${through}` };
  }
  const fallback = asString(environment?.value.INFER_DATALIST_KEY);
  return fallback ? { value: fallback, from: `INFER_DATALIST_KEY in ${ENVIRONMENT}` } : undefined;
}

function checkDataList(mmar: Mmar, key: Fact<string> | undefined): Finding[] {
  if (key === undefined) {
    const isBlind = mmar.environment === undefined || mmar.inference === undefined;
    return isBlind
      ? []
      : [finding("data-list-key-unknown", {}, mmar.inference?.place(["dataset"]))];
  }
  const named = asString(mmar.environment?.value.DATASET_JSON);
  const { dataList } = mmar;
  if (
    named !== undefined &&
    insidePath(named) !== undefined &&
    !mmar.files.has(insidePath(named) ?? "")
  ) {
    return [finding("data-list-missing", { path: named }, environmentPlace(mmar, "DATASET_JSON"))];
  }
  if (dataList === undefined || Object.hasOwn(dataList.value, key.value)) return [];
  const lists = Object.keys(dataList.value).filter((name) => Array.isArray(dataList.value[name]));
  const has = lists.length === 0 ? "none" : lists.map((name) => `"${name}"`).join(", ");
  return [finding("data-list-key-absent", { key: key.value, has }, { file: dataList.path })];
}

function classSources(mmar: Mmar, output: Output | undefined): ClassSources {
  return {
    environment: mmar.environment?.value ?? {},
    environmentPath: ENVIRONMENT,
    inference: mmar.inference,
    train: mmar.train,
    dataList: mmar.dataList,
    aiaa: mmar.aiaa,
    readme: mmar.readme,
    output,
  };
}

/** The one channel of raw values can't be a background: what exceeds 0 (a sigmoid's half) counts. */
function forOneChannel(
  output: Output | undefined,
  channels: number | undefined,
): Output | undefined {
  const isRaw = output?.form === "one_hot" && output.threshold === 0;
  return isRaw && channels === 1 ? { ...output, form: "channels" } : output;
}

/** How many channels are no class to report: the background, where there is one. */
const backgroundChannels = (output: Output | undefined): number =>
  output?.form === "channels" ? 0 : 1;

function classesOf(
  sources: ClassSources,
  outClasses: Fact<number> | undefined,
  names: readonly string[] | undefined,
): { classes: Fact<readonly ModelClass[]> | undefined; findings: readonly Finding[] } {
  if (outClasses === undefined) return { classes: undefined, findings: [] };
  if (outClasses.value > backgroundChannels(sources.output))
    return nameClasses(sources, outClasses.value, names);
  const form = sources.output?.form.replace("_", " ") ?? "label map";
  const tooFew = finding("out-classes-too-few", { classes: outClasses.value, form });
  return { classes: undefined, findings: [tooFew] };
}

function countFindings(
  taken: Fact<number> | undefined,
  sources: readonly Fact<number>[],
  overrides: Overrides,
): Finding[] {
  if (taken === undefined) return [finding("out-classes-unknown", {})];
  if (overrides.outClasses !== undefined) return [];
  return sources
    .filter((other) => other.value !== taken.value)
    .map((other) =>
      finding("out-classes-disagree", {
        taken: `${taken.value} (${taken.from})`,
        other: `${other.value} by ${other.from}`,
      }),
    );
}

function deriveInput(
  mmar: Mmar,
  key: string | undefined,
): { input: ModelInput; findings: Finding[] } {
  const { inference, dataList } = mmar;
  const findings: Finding[] = [];
  const loader = inference?.preTransforms.find((transform) =>
    /^(Load|LoadImage)/.test(transform.name),
  );
  const keys = loader === undefined ? [] : keysOf(loader);
  const imageKey = keys.find((name) => name === "image") ?? keys[0] ?? "image";
  const others = keys.filter((name) => name !== imageKey);
  if (inference !== undefined && loader === undefined) {
    findings.push(
      finding("image-key-unclear", { assumed: imageKey }, inference.place(["pre_transforms"])),
    );
  }
  if (inference !== undefined && loader !== undefined && others.length > 0) {
    findings.push(
      finding("needs-more-than-image", { keys: others.join(", ") }, inference.place(loader.at)),
    );
  }
  const first = key === undefined ? undefined : asList(dataList?.value[key])[0];
  const channels = inputChannels(mmar, asObject(first)?.[imageKey]);
  if (channels.value > 1)
    findings.push(finding("channels-unsupported", { channels: channels.value }));
  return { input: { item: itemForm(first, key), imageKey, channels }, findings };
}

/**
 * The data list's own form of an item. Where the list has none, a bare path for "test" and an
 * object for all others: MONAI 0.8.1 wraps each item of "test" into an object itself.
 */
function itemForm(first: Json | undefined, key: string | undefined): "string" | "object" {
  if (first === undefined) return key === "test" ? "string" : "object";
  return typeof first === "string" || Array.isArray(first) ? "string" : "object";
}

function inputChannels(mmar: Mmar, image: Json | undefined): Fact<number> {
  const stated = mmar.environment?.value.INPUT_CHANNELS;
  if (isCount(stated)) return { value: stated, from: `INPUT_CHANNELS in ${ENVIRONMENT}` };
  if (Array.isArray(image) && isCount(image.length))
    return { value: image.length, from: `the items of ${mmar.dataList?.path}` };
  const network = networkArgs(mmar.inference) ?? networkArgs(mmar.train);
  if (network !== undefined) return network;
  return { value: 1, from: "nothing says more" };
}

function networkArgs(config: Config | undefined): Fact<number> | undefined {
  const model = config?.value.model ?? asObject(config?.value.train)?.model;
  for (const candidate of Array.isArray(model) ? model : [model]) {
    const object = asObject(candidate as Json | undefined);
    const channels = asObject(object?.args)?.in_channels;
    if (config !== undefined && isCount(channels) && !isTrue(object?.disabled)) {
      return { value: channels, from: `the network's in_channels in ${config.file.path}` };
    }
  }
  return undefined;
}
