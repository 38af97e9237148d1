import type { Expression } from "./python.js";

type Constant = string | number | boolean | null;

export const constant = (expression: Expression): Constant | undefined =>
  expression.kind === "constant" ? expression.value : undefined;

export const number = (value: unknown): number | undefined =>
  typeof value === "number" ? value : undefined;

/** Arguments by name; undefined if one is not a constant. None counts as not given. */
export function constants(
  { args, keywords }: Extract<Expression, { kind: "call" }>,
  names: readonly string[],
): ReadonlyMap<string, Constant> | undefined {
  const given = new Map<string, Constant>();
  for (const [index, value] of args.entries()) {
    const name = names[index];
    if (name === undefined || value.kind !== "constant") return undefined;
    given.set(name, value.value);
  }
  for (const [name, value] of keywords) {
    if (value.kind !== "constant") return undefined;
    given.set(name, value.value);
  }
  return new Map([...given].filter(([, value]) => value !== null));
}

/** `torch.nn.functional`, also where it is made of `__import__('torch')`. */
export function moduleName(expression: Expression): string | undefined {
  if (expression.kind === "attribute") {
    const outer = moduleName(expression.of);
    return outer === undefined ? undefined : `${outer}.${expression.name}`;
  }
  if (expression.kind === "name")
    return expression.name === "torch" || expression.name === "monai" ? expression.name : undefined;
  const isImport =
    expression.kind === "call" &&
    expression.of.kind === "name" &&
    expression.of.name === "__import__" &&
    expression.args.length === 1;
  const imported = isImport && expression.args[0] ? constant(expression.args[0]) : undefined;
  return typeof imported === "string" ? imported : undefined;
}

/** `AsDiscrete` of `monai.transforms.AsDiscrete` or plain `AsDiscrete`. */
export function transformName(expression: Expression): string | undefined {
  if (expression.kind === "name") return expression.name;
  if (expression.kind !== "attribute") return undefined;
  const module = moduleName(expression.of);
  return module !== undefined && /^monai\.transforms(\.|$)/.test(module)
    ? expression.name
    : undefined;
}

/** The key of `x['key']`. */
export function itemKey(expression: Expression, parameter: string): string | undefined {
  if (expression.kind !== "index" || expression.items.length !== 1) return undefined;
  const [item] = expression.items;
  const isParameter = expression.of.kind === "name" && expression.of.name === parameter;
  const key = isParameter && item?.kind === "at" ? constant(item.value) : undefined;
  return typeof key === "string" ? key : undefined;
}

/** The keys of `monai.handlers.from_engine(['key'])`. */
export function fromEngineKeys(expression: Expression): readonly string[] | undefined {
  if (expression.kind !== "call" || expression.of.kind !== "attribute") return undefined;
  const [keys, ...more] = expression.args;
  if (expression.of.name !== "from_engine" || keys === undefined || more.length > 0) {
    return undefined;
  }
  if (moduleName(expression.of.of) !== "monai.handlers" || expression.keywords.size > 0) {
    return undefined;
  }
  const items = keys.kind === "list" || keys.kind === "tuple" ? keys.items : [keys];
  const named = items.map(constant).filter((key): key is string => typeof key === "string");
  return named.length === items.length ? named : undefined;
}
