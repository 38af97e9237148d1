import { insidePath } from "../../../files/paths.js";
import { type Finding, finding } from "../../../findings/finding.js";
import { type Fact, type Override, overriding } from "../../../model/facts.js";
import type {
  Clicks,
  ModelClass,
  ModelSpec,
  NamedWeights,
  Output,
  Overrides,
} from "../../../model/spec.js";
import { TASKS } from "../../../options/words.js";
import { asObject, asString } from "../../../text/json.js";
import { inCatalogue } from "../catalogue.js";
import type { Config } from "../config.js";
import { isAiaaForm } from "../from-aiaa.js";
import { ENVIRONMENT, type Mmar } from "../mmar.js";
import { type ClassSources, nameClasses, outClassesSources } from "./classes.js";
import { CLASSIFIER_OUTPUT, deriveClassifier, scoredClasses, unusedOptions } from "./classifier.js";
import { CLICKED, countOfClicks, deriveClicks, takesClicks, taskOfClicks } from "./clicks.js";
import { deriveInput, deriveSubject } from "./input.js";
import { deriveModalities } from "./modality.js";
import { readOutput } from "./output.js";

/** Concludes from an MMAR what its model is, and what about that is wrong or doubtful. */
export function deriveModel(
  mmar: Mmar,
  overrides: Overrides,
): { spec: ModelSpec; findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const used: Override[] = [];
  const override = overriding(used);

  const task = override("task", overrides.task, taskOfClicks(mmar) ?? deriveTask(mmar));
  findings.push(...checkTask(mmar, task, overrides));
  const clicked = deriveClicks(mmar, task, overrides);
  const { clicks } = clicked;
  findings.push(...clicked.findings);
  used.push(...clicked.overrides);

  const dataListKey = override("dataListKey", overrides.dataListKey, deriveDataListKey(mmar));
  // What a user points out is in no list.
  if (clicks === undefined) findings.push(...checkDataList(mmar, dataListKey));

  const classifies = task?.value === "classification";
  const read = classifies
    ? { output: CLASSIFIER_OUTPUT, findings: [] }
    : mmar.inference && readOutput(mmar.inference);
  findings.push(...(read?.findings ?? []));
  const found = outClassesSources(classSources(mmar, read?.output, clicks));
  const counted = clicks === undefined ? found : countOfClicks(clicks, read?.output, found);
  const outClasses = override("outClasses", overrides.outClasses, counted[0]);
  const output = forOneChannel(read?.output, outClasses?.value);
  const sources = classSources(mmar, output, clicks);
  const named = classesOf(sources, outClasses, overrides.classNames);
  findings.push(...countFindings(outClasses, counted, overrides), ...named.findings);
  if (overrides.classNames !== undefined) {
    const derived =
      outClasses === undefined ? undefined : nameClasses(sources, outClasses.value, undefined);
    used.push({
      option: "classNames",
      value: overrides.classNames.join(", "),
      instead: derived?.classes.value.map((c) => c.name).join(", "),
    });
  }

  const subject = classifies ? "a classifier" : clicks && "a model that takes clicks";
  const input =
    subject === undefined
      ? deriveInput(mmar, dataListKey?.value, overrides.channel ?? [])
      : deriveSubject(
          mmar,
          dataListKey?.value,
          overrides.channel ?? [],
          subject,
          clicks && labelOf(clicks.value),
        );
  const modality = deriveModalities(mmar, overrides.modality, input.input.imageKey);
  findings.push(...input.findings, ...modality.findings);
  used.push(...input.overrides, ...modality.overrides);
  const classified = classifies
    ? deriveClassifier(
        mmar,
        {
          key: dataListKey?.value,
          imageKey: input.input.imageKey,
          outClasses: outClasses?.value,
        },
        overrides,
      )
    : { classifier: undefined, findings: unusedOptions(overrides), overrides: [] };
  findings.push(...classified.findings);
  used.push(...classified.overrides);
  const scored = classifies && named.classes && scoredClasses(named.classes.value, overrides);
  if (scored) findings.push(...scored.findings);
  return {
    spec: {
      task,
      dataListKey,
      outClasses,
      classes:
        scored && named.classes
          ? { value: scored.classes, from: named.classes.from }
          : named.classes,
      output: classifies ? undefined : output,
      input: input.input,
      modalities: modality.modalities,
      classifier: classified.classifier,
      clicks,
      backgroundLabels: clicks?.value.kind === "deepgrow" ? (overrides.backgroundLabel ?? []) : [],
      firstFrame: overrides.firstFrame,
      weights: [
        namedWeights(mmar, "TorchScript", "MMAR_TORCHSCRIPT"),
        namedWeights(mmar, "checkpoint", "MMAR_CKPT"),
      ],
      overrides: used,
    },
    findings,
  };
}

function namedWeights({ environment }: Mmar, role: string, key: string): NamedWeights {
  const value = asString(environment?.value[key]);
  const path = value === undefined ? undefined : { value, from: `${key} in ${ENVIRONMENT}` };
  return { role, path };
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
  // An environment.json that can't be read has its finding already.
  if (task === undefined) {
    return mmar.environment === undefined ? [] : [finding("task-unknown", {}, place)];
  }
  if ((TASKS as readonly string[]).includes(task.value)) return [];
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
  if (inference !== undefined && isAiaaForm(inference)) {
    return { value: "test", from: "usual, and not read: AIAA's config has no data list" };
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

function classSources(
  mmar: Mmar,
  output: Output | undefined,
  clicks: Fact<Clicks> | undefined,
): ClassSources {
  return {
    environment: mmar.environment?.value ?? {},
    environmentPath: ENVIRONMENT,
    inference: mmar.inference,
    train: clicks === undefined || takesClicks(mmar.train, clicks.value) ? mmar.train : undefined,
    metrics: output === CLASSIFIER_OUTPUT ? metricConfigs(mmar) : [],
    // Deepgrow marks anything, and not only what it was trained with.
    dataList: clicks?.value.kind === "deepgrow" ? undefined : mmar.dataList,
    aiaa: mmar.aiaa,
    readme: mmar.readme,
    catalogue: inCatalogue(mmar.name),
    output,
    ...(clicks?.value.kind === "deepgrow" && { usual: CLICKED }),
  };
}

const metricConfigs = ({ inference, validation, train }: Mmar): Config[] =>
  [inference, validation, train].filter((config): config is Config => config !== undefined);

/** The one channel of raw values can't be a background: what exceeds 0 (a sigmoid's half) counts. */
function forOneChannel(
  output: Output | undefined,
  channels: number | undefined,
): Output | undefined {
  const isRaw = output?.form === "one_hot" && output.threshold === 0;
  return isRaw && channels === 1 ? { ...output, form: "channels" } : output;
}

/** The keys of a loader that a model which takes clicks is given besides the image. */
const labelOf = (clicks: Clicks): ReadonlySet<string> =>
  new Set(clicks.kind === "extreme_points" ? [clicks.labelKey] : []);

/** How many channels are not reported: 1 if there is a background, else 0. */
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
