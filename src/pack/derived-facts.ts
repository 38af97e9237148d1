import type { Inspection } from "../bundle/prepare.js";
import type { Fact, Override } from "../model/facts.js";
import type { Classifier, ModelClass, ModelInput, Output, ScoredClass } from "../model/spec.js";
import { flag, type Naming, onCommandLine } from "../options/names.js";
import type { Derived, OverrideRow } from "../public-json/parts.js";

/**
 * What was derived of an MMAR, each with where from, as `--json` and the manifest have it.
 *
 * @param naming - what options are called; by default as on the command line
 */
export function derivedFacts({ model, rootFolder }: Inspection, naming: Naming = flag): Derived {
  const shown = <T>(fact: Fact<T>): { value: T; from: string } => ({
    value: fact.value,
    from: onCommandLine(fact.from, naming),
  });
  return {
    task: model?.task ? shown(model.task) : null,
    root_folder: rootFolder ? shown(rootFolder) : null,
    out_classes: model?.outClasses ? shown(model.outClasses) : null,
    data_list_key: model?.dataListKey ? shown(model.dataListKey) : null,
    classes: model?.classes
      ? { ...shown(model.classes), value: model.classes.value.map(classRow) }
      : null,
    output: model?.output ? outputRow(model.output) : null,
    input: model?.input ? inputRow(model.input, shown) : null,
    modalities: model?.modalities ? shown(model.modalities) : null,
    classifier: model?.classifier ? classifierRow(model.classifier, shown) : null,
  };
}

type Show = <T>(fact: Fact<T>) => { value: T; from: string };

const classRow = ({ classIndex, name, value, ...scored }: ModelClass | ScoredClass) => ({
  class_index: classIndex,
  name,
  value,
  ...("threshold" in scored && { threshold: scored.threshold }),
});

const outputRow = (output: Output) => ({
  form: output.form,
  postfix: output.postfix,
  extension: output.extension,
  separate_folder: output.separateFolder,
  threshold: output.threshold,
  channels: output.channels,
  chosen: output.chosen && {
    from: output.chosen.from,
    to: output.chosen.to,
    has_background: output.chosen.hasBackground,
  },
  from: output.from,
});

const inputRow = ({ item, imageKey, count, channels }: ModelInput, shown: Show) => ({
  item,
  image_key: imageKey,
  count: shown(count),
  channels: shown(channels),
});

const classifierRow = (classifier: Classifier, shown: Show) => ({
  form: shown(classifier.form),
  range: shown({ ...classifier.range, value: classifier.range.value ?? null }),
  window: shown(classifier.window),
  mask: classifier.mask,
  scores: shown(classifier.scores),
  file: classifier.file,
  delimiter: classifier.delimiter,
});

/** What the user said in place of what was derived, by the options' names on the command line. */
export const overrideRows = (
  overrides: readonly Override[],
  naming: Naming = flag,
): OverrideRow[] =>
  overrides.map(({ option, value, instead }) => ({
    option: flag(option),
    from: naming(option),
    value,
    instead,
  }));

/** A file's mode in a bundle, which has but these two. */
export const octal = (mode: number): "644" | "755" => (mode === 0o755 ? "755" : "644");
