import { type Finding, finding } from "../../../findings/finding.js";
import { type Fact, overriding, type Override as Said } from "../../../model/facts.js";
import type { ModelSpec, Overrides } from "../../../model/spec.js";
import { scoredClasses, unusedOptions } from "../../mmar/derive/classifier.js";
import { METADATA, type MonaiBundle } from "../bundle.js";
import { partsOf } from "../code.js";
import type { Component } from "../config.js";
import { nameClasses, outChannels } from "./classes.js";
import { deriveClassifier } from "./classifier.js";
import { deriveInput, deriveModality } from "./input.js";
import { type Override, type PostResult, readPost, withoutLabels } from "./output.js";
import { deriveTask } from "./task.js";

/** What a bundle's model is, and how its config has to differ. */
export interface Derived {
  readonly spec: ModelSpec;
  readonly findings: readonly Finding[];
  /** Changes that the result needs, whatever runs it. */
  readonly changes: readonly Override[];
}

/** Concludes from a bundle what its model is, and what about that is wrong or doubtful. */
export function deriveModel(bundle: MonaiBundle, overrides: Overrides): Derived {
  const findings: Finding[] = [];
  const said: Said[] = [];
  const override = overriding(said);
  const { pre, post } = transformsOf(bundle);
  const derivedTask = deriveTask(bundle, post);
  const task = override<string>("task", overrides.task, derivedTask.task);
  if (overrides.task === undefined) findings.push(...derivedTask.findings);
  findings.push(...checkTask(bundle, task));
  const classifies = task?.value === "classification";

  const read = classifies ? undefined : bundle.config && readPost(bundle.config, post);
  findings.push(...(read?.findings ?? []));
  const counted = outChannels(bundle);
  const outClasses = override("outClasses", overrides.outClasses, counted[0]);
  findings.push(...countFindings(bundle, outClasses, counted, overrides));
  const output = forOneChannel(read?.output, outClasses?.value);
  const named =
    outClasses &&
    nameClasses({
      bundle,
      outClasses: outClasses.value,
      channels: classifies ? "scores" : output?.form === "channels" ? "overlapping" : "exclusive",
      merged: read?.merged,
      names: overrides.classNames,
    });
  findings.push(...(named?.findings ?? []));
  if (named !== undefined && named.classes.value.length === 0) {
    const args = { classes: outClasses?.value ?? 1, form: (output?.form ?? "").replace("_", " ") };
    findings.push(finding("out-classes-too-few", args));
  }
  if (overrides.classNames !== undefined) {
    const value = overrides.classNames.join(", ");
    said.push({ option: "classNames", value, instead: undefined });
  }
  const scored = classifies && named && scoredClasses(named.classes.value, overrides);
  if (scored) findings.push(...scored.findings);

  const input = deriveSubject(bundle, pre, overrides, classifies);
  const modality = deriveModality(bundle, overrides.modality);
  findings.push(...input.findings, ...modality.findings);
  said.push(...input.overrides, ...modality.overrides);
  const classified = classifies
    ? deriveClassifier(bundle, pre, post, overrides)
    : {
        classifier: undefined,
        findings: unusedOptions(overrides),
        overrides: [],
        changes: read?.overrides ?? [],
      };
  findings.push(...classified.findings);
  said.push(...classified.overrides);
  if (overrides.dataListKey !== undefined) {
    const why = "a MONAI bundle's data list is never read";
    findings.push(finding("option-without-use", { option: "dataListKey", why }));
  }
  const classes = named && {
    value: scored ? scored.classes : named.classes.value,
    from: named.classes.from,
  };
  return {
    spec: {
      task,
      dataListKey: { value: "testing", from: "the usual name: a bundle's data list is never read" },
      outClasses,
      classes,
      output: classifies ? undefined : output,
      input: input.input,
      modalities: modality.modalities,
      classifier: classified.classifier,
      weights: namedWeights(bundle),
      overrides: said,
    },
    findings,
    changes: [
      ...classified.changes,
      ...(bundle.config === undefined ? [] : withoutLabels(bundle.config, [...pre, ...post])),
    ],
  };
}

/** The transforms of preprocessing and postprocessing, as far as they are lists. */
export function transformsOf(bundle: MonaiBundle): { pre: Component[]; post: Component[] } {
  const { preprocessing, postprocessing } = partsOf(bundle);
  const list = (id: string | undefined): Component[] =>
    (id === undefined ? undefined : bundle.config?.transforms(id)) ?? [];
  return { pre: list(preprocessing), post: list(postprocessing) };
}

/** A classifier takes one image, whatever its channels. */
function deriveSubject(
  bundle: MonaiBundle,
  pre: readonly Component[],
  overrides: Overrides,
  classifies: boolean,
): ReturnType<typeof deriveInput> {
  if (!classifies) return deriveInput(bundle, pre, overrides.channel ?? []);
  const { input } = deriveInput(bundle, pre, []);
  const unused = (overrides.channel ?? [])
    .slice(0, 1)
    .map(() =>
      finding("option-without-use", { option: "channel", why: "a classifier takes one image" }),
    );
  return {
    input: {
      ...input,
      count: { value: 1, from: "a classifier takes one image" },
      channels: { value: [{ name: input.imageKey, rules: [] }], from: "any image" },
    },
    findings: unused,
    overrides: [],
  };
}

function checkTask(bundle: MonaiBundle, task: Fact<string> | undefined): Finding[] {
  // A file that can't be read has its finding already.
  if (task === undefined) {
    const isBlind = bundle.metadata === undefined || bundle.config === undefined;
    return isBlind ? [] : [finding("bundle-task-unknown", {}, bundle.metadata?.place(["task"]))];
  }
  if (task.value === "segmentation" || task.value === "classification") return [];
  return [finding("task-unsupported", { task: task.value })];
}

function countFindings(
  { metadata, config }: MonaiBundle,
  taken: Fact<number> | undefined,
  sources: readonly Fact<number>[],
  overrides: Overrides,
): Finding[] {
  if (taken === undefined) {
    const isBlind = metadata === undefined || config === undefined;
    return isBlind ? [] : [finding("bundle-out-classes-unknown", {})];
  }
  if (overrides.outClasses !== undefined) return [];
  return sources
    .filter((other) => other.value !== taken.value && other.from.includes(METADATA))
    .map((other) => {
      const says = `that ${other.value} channels come out (${other.from.replace(` in ${METADATA}`, "")})`;
      return finding("metadata-wrong", { says, but: `it is ${taken.value} by ${taken.from}` });
    });
}

/** The one channel of raw values can't be a background: what exceeds 0 (a sigmoid's half) counts. */
function forOneChannel(
  output: PostResult["output"] | undefined,
  channels: number | undefined,
): PostResult["output"] | undefined {
  const isRaw = output?.form === "one_hot" && output.threshold === 0;
  return isRaw && channels === 1 ? { ...output, form: "channels" } : output;
}

function namedWeights({ weights }: MonaiBundle): ModelSpec["weights"] {
  if (weights === undefined) return [];
  const { form, path, from } = weights;
  const role = form === "torchscript" ? "TorchScript" : "checkpoint";
  return [{ role, path: { value: path, from } }];
}
