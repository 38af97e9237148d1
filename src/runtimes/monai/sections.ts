import type { JSONPath } from "jsonc-parser";
import {
  type Component,
  type Config,
  isTrue,
  modelMembers,
  readComponent,
} from "../../sources/mmar/config.js";
import { asObject, type Json } from "../../text/json.js";

/** What the config's code and paths are taken from where the model runs on MONAI, and where it stands. */
export interface BuiltPart {
  readonly at: JSONPath;
  /** With the variables replaced. */
  readonly value: Json | undefined;
}

/**
 * The parts of a config that are built: pre and post transforms, networks and the inferer, and of
 * the handlers those whose effect is taken over. The dataset, the loader, the evaluator and other
 * handlers are not built.
 */
export function builtParts(config: Config): BuiltPart[] {
  const handlers = config.handlers
    .filter(({ name }) => TAKEN_OVER.has(name))
    .map(({ at, args }) => ({ at: [...at, "args"], value: args }));
  const transforms = [...config.preTransforms, ...config.postTransforms]
    .filter((each) => !isSaver(each))
    .map(({ at, args }) => ({ at: [...at, "args"], value: args }));
  const members = modelMembers(config).filter(({ disabled }) => !isTrue(disabled));
  return [
    ...transforms,
    ...members.map((value) => ({ at: ["model"], value })),
    { at: ["inferer"], value: config.value.inferer },
    ...handlers,
  ];
}

/** Handlers whose effect the engine has by itself. */
export const TAKEN_OVER: ReadonlySet<string> = new Set([
  "CheckpointLoader",
  "ClassificationSaver",
  "SegmentationSaver",
]);

/** The components that are built, with their classes. */
export function builtComponents(config: Config): Component[] {
  const inferer = readComponent(config.value.inferer, ["inferer"]);
  const members = modelMembers(config).flatMap((member) => readComponent(member, ["model"]) ?? []);
  return [
    ...members,
    ...config.preTransforms,
    ...(inferer === undefined ? [] : [inferer]),
    ...config.postTransforms.filter((each) => !isSaver(each)),
  ];
}

/** The result is taken before it would be saved. */
const isSaver = ({ name }: Component): boolean => /^SaveImage(d|D|Dict)?$/.test(name);

/** All texts in a value, with their places. */
export function* textsIn({
  at,
  value,
}: BuiltPart): Generator<{ readonly at: JSONPath; readonly text: string }> {
  if (typeof value === "string") yield { at, text: value };
  const inner = Array.isArray(value) ? value.entries() : Object.entries(asObject(value) ?? {});
  for (const [key, child] of inner) yield* textsIn({ at: [...at, key], value: child as Json });
}
