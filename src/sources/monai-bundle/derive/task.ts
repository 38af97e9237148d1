import { type Finding, finding } from "../../../findings/finding.js";
import type { Fact } from "../../../model/facts.js";
import type { Task } from "../../../options/words.js";
import { asList, asObject, asString } from "../../../text/json.js";
import { METADATA, type MonaiBundle } from "../bundle.js";
import { isSaver } from "../code.js";
import type { Component } from "../config.js";
import { dataFormat } from "../kind.js";

/**
 * Concludes what a bundle does: by the words of metadata.json's task and name, by what the config
 * writes, or by the output that metadata.json states.
 */
export function deriveTask(
  bundle: MonaiBundle,
  post: readonly Component[],
): { task: Fact<Task> | undefined; findings: readonly Finding[] } {
  const sources = [ofConfig(bundle, post), ofWords(bundle), ofOutput(bundle)];
  const [task, ...others] = sources.filter((source) => source !== undefined);
  const findings = others
    .filter(({ value, from }) => value !== task?.value && from.includes(METADATA))
    .map((other) => {
      const args = {
        says: `${other.value} (${other.from})`,
        but: `it is ${task?.value} by ${task?.from}`,
      };
      return finding("metadata-wrong", args);
    });
  return { task, findings };
}

/** Savers of volumes and argmax are a segmentation's, ClassificationSaver is a classifier's. */
function ofConfig({ config }: MonaiBundle, post: readonly Component[]): Fact<Task> | undefined {
  if (config === undefined) return undefined;
  const handlers = ["handlers", "val_handlers"].flatMap((id) =>
    asList(config.at(id)).map((item) => asString(asObject(item)?._target_) ?? ""),
  );
  if (handlers.some((target) => /(^|\.)ClassificationSaver$/.test(target))) {
    return { value: "classification", from: `ClassificationSaver in ${config.path}` };
  }
  const scores = post.find(({ name }) => /^SaveClassification(d|D|Dict)$/.test(name));
  if (scores !== undefined) {
    const from = `${scores.name} in postprocessing of ${config.path}`;
    return { value: "classification", from };
  }
  const writer =
    post.find(({ name }) => isSaver(name)) ??
    post.find(({ name }) => /^Invert(d|D|Dict)$/.test(name));
  const where = `${writer?.name} in postprocessing of ${config.path}`;
  return writer && { value: "segmentation", from: where };
}

function ofWords({ metadata }: MonaiBundle): Fact<Task> | undefined {
  for (const key of ["task", "name", "description"]) {
    const text = asString(metadata?.value[key]) ?? "";
    const from = `${key} "${text}" in ${METADATA}`;
    if (/segment/i.test(text)) return { value: "segmentation", from };
    if (/classif/i.test(text)) return { value: "classification", from };
  }
  return undefined;
}

function ofOutput({ metadata }: MonaiBundle): Fact<Task> | undefined {
  const { output } = dataFormat(metadata);
  const [type, format] = [asString(output.type) ?? "", asString(output.format) ?? ""];
  if (/segmentation/.test(format)) {
    return { value: "segmentation", from: `outputs.pred.format in ${METADATA}` };
  }
  const isScores = /probabilit/.test(type) || /classes|classification/.test(format);
  return isScores
    ? { value: "classification", from: `outputs.pred.type in ${METADATA}` }
    : undefined;
}
