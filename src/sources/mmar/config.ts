import type { JSONPath } from "jsonc-parser";
import type { Place } from "../../findings/finding.js";
import {
  asList,
  asObject,
  asString,
  type Json,
  type JsonFile,
  type JsonObject,
} from "../../text/json.js";
import { type Variables, variables } from "./variables.js";

/** Where an MMAR has the config that inference runs. */
export const INFERENCE_CONFIG = "config/config_inference.json";

/** A transform, handler, saver … of a config: `{"name" or "path", "args", "disabled"}`. */
export interface Component {
  /** The class, without its module: `SaveImaged`. */
  readonly name: string;
  /** The class with its module, where the config says it: `my_transforms.Smooth`. */
  readonly path: string | undefined;
  /** Its arguments, with the variables replaced. */
  readonly args: JsonObject;
  /** Where it stands in the config. */
  readonly at: JSONPath;
}

/** A config of an MMAR, with its variables replaced. */
export interface Config {
  readonly file: JsonFile;
  readonly variables: Variables;
  /** The whole config, with the variables replaced. */
  readonly value: JsonObject;
  readonly preTransforms: readonly Component[];
  readonly postTransforms: readonly Component[];
  readonly handlers: readonly Component[];
  place(at: JSONPath): Place;
}

/** Reads a config's sections, with its variables replaced by those of environment.json. */
export function readConfig(file: JsonFile, environment: JsonObject): Config {
  const scope = variables(file.value, environment);
  const value = asObject(scope.expand(file.value)) ?? {};
  const section = (name: string): Component[] => components(value[name], [name]);
  return {
    file,
    variables: scope,
    value,
    preTransforms: section("pre_transforms"),
    postTransforms: section("post_transforms"),
    handlers: section("handlers"),
    place: (at) => file.place(at),
  };
}

/** The components of a section that are not disabled. */
export function components(section: Json | undefined, at: JSONPath): Component[] {
  return asList(section).flatMap((item, index) => {
    const component = readComponent(item, [...at, index]);
    return component === undefined ? [] : [component];
  });
}

/** One component, or undefined where the value is none or is disabled. */
export function readComponent(value: Json | undefined, at: JSONPath): Component | undefined {
  const object = asObject(value);
  if (object === undefined || isTrue(object.disabled)) return undefined;
  const full = asString(object.path) ?? asString(object.name);
  if (full === undefined) return undefined;
  return {
    name: full.split(".").at(-1) ?? full,
    path: full.includes(".") ? full : undefined,
    args: asObject(object.args) ?? {},
    at,
  };
}

/** Whether a flag is on; variables set on the command line may be text. */
export function isTrue(value: Json | undefined): boolean {
  return value === true || value === "true" || value === "True";
}

/** The keys of a dictionary transform, given as one name or a list. */
export function keysOf(component: Component): string[] {
  const { keys } = component.args;
  const all = typeof keys === "string" ? [keys] : asList(keys);
  return all.filter((key): key is string => typeof key === "string" && key !== "");
}

/** An argument as it holds for one key: MONAI takes one value for all keys, or a list of them. */
export function argFor(component: Component, name: string, key: string): Json | undefined {
  const value = component.args[name];
  return Array.isArray(value) ? value[keysOf(component).indexOf(key)] : value;
}

/**
 * The members of a config's `model`, disabled ones too: an object, or a list of them. A training
 * config has it in its section `train`.
 */
export function modelMembers(config: Config): JsonObject[] {
  const model = config.value.model ?? asObject(config.value.train)?.model;
  const members: readonly (Json | undefined)[] = Array.isArray(model) ? model : [model];
  return members.map(asObject).filter((member) => member !== undefined);
}
