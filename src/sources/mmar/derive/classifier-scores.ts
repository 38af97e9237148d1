import { type Finding, finding } from "../../../findings/finding.js";
import type { Fact } from "../../../model/facts.js";
import type { Scores } from "../../../options/words.js";
import { asObject, asString, type Json } from "../../../text/json.js";
import { argFor, type Component, type Config, isTrue, keysOf } from "../config.js";

const PREDICTION = "pred";

export function readSaver(config: Config): {
  file: string | undefined;
  delimiter: string;
  findings: readonly Finding[];
} {
  const saver = config.handlers.find((handler) => handler.name === "ClassificationSaver");
  if (saver === undefined) {
    const none = finding("no-classification-saver", {}, config.place(["handlers"]));
    return { file: undefined, delimiter: ",", findings: [none] };
  }
  const file = asString(saver.args.filename) ?? "predictions.csv";
  const delimiter = asString(saver.args.delimiter) ?? ",";
  const problem = saverProblem(config, saver, file);
  if (problem === undefined) return { file, delimiter, findings: [] };
  const bad = finding("scores-unusable", { problem }, config.place(saver.at));
  return { file: undefined, delimiter, findings: [bad] };
}

function saverProblem(config: Config, saver: Component, file: string): string | undefined {
  if (saver.args.saver !== undefined) return "ClassificationSaver has a saver of its own";
  if (!/^[^/\\]+$/.test(file) || file === "." || file === "..") {
    return `ClassificationSaver's filename is ${file}, which is not a plain file name`;
  }
  if (saver.args.batch_transform === undefined) {
    return "ClassificationSaver has no batch_transform, so that it does not write which image a line is of";
  }
  const decides = config.postTransforms.find(
    (t) =>
      is(t, "AsDiscrete") &&
      keysOf(t).includes(PREDICTION) &&
      isTrue(argFor(t, "argmax", PREDICTION)) &&
      !isOneHot(argFor(t, "to_onehot", PREDICTION)),
  );
  return decides && `${decides.name} leaves the number of a class, and no probabilities`;
}

const isOneHot = (value: Json | undefined): boolean => typeof value === "number" || isTrue(value);

/** Told by the post transforms, else by the handler's own code, else by the loss. */
export function deriveScores(
  config: Config,
  train: Config | undefined,
  outClasses: number | undefined,
): Fact<Scores> | undefined {
  const where = `post_transforms of ${config.file.path}`;
  const steps = config.postTransforms.filter((t) => keysOf(t).includes(PREDICTION));
  for (const step of steps.toReversed()) {
    if (!is(step, "Activations")) continue;
    const kind = (["sigmoid", "softmax"] as const).find((k) => isTrue(argFor(step, k, PREDICTION)));
    if (kind !== undefined) return { value: kind, from: `${kind} in ${where}` };
  }
  const saver = config.handlers.find((handler) => handler.name === "ClassificationSaver");
  const [code] = /sigmoid|softmax/.exec(asString(saver?.args.output_transform) ?? "") ?? [];
  if (code === "sigmoid" || code === "softmax") {
    return {
      value: code,
      from: `the ClassificationSaver's output_transform in ${config.file.path}`,
    };
  }
  const loss = lossName(train);
  const none = `no activation in ${where}`;
  if (/BCE|BinaryCrossEntropy/i.test(loss)) {
    return { value: "sigmoid_of_logits", from: `${none}, trained with ${loss}` };
  }
  if (/CrossEntropy|NLL/i.test(loss)) {
    return { value: "softmax_of_logits", from: `${none}, trained with ${loss}` };
  }
  return outClasses === 1 ? { value: "sigmoid_of_logits", from: `${none}, one class` } : undefined;
}

function lossName(train: Config | undefined): string {
  const loss = asObject(asObject(train?.value.train)?.loss ?? train?.value.loss);
  return asString(loss?.path) ?? asString(loss?.name) ?? "";
}

export const is = (component: Component, base: string): boolean =>
  ["", "d", "D", "Dict"].some((end) => component.name === base + end);
