import type { JsonObject } from "../../../text/json.js";
import { choiceCode } from "../derive/output.js";
import { type Expression, type IndexItem, parsePython } from "./python.js";

/** A post transform of Clara 4.1, without the keys it works on. */
export interface Step {
  readonly name: string;
  readonly args: JsonObject;
}

/** What a lambda makes of the evaluator's output: one of its items, and what is done to it. */
export interface Prediction {
  readonly key: string;
  readonly steps: readonly Step[];
}

/** What AsDiscrete is told, in the words of MONAI 0.5 to 0.7; undefined is its default. */
export interface DiscreteArgs {
  readonly argmax?: boolean | undefined;
  readonly oneHot?: boolean | undefined;
  readonly classes?: number | undefined;
  readonly isThresholded?: boolean | undefined;
  readonly threshold?: number | undefined;
}

/**
 * Reads what an `output_transform` of Clara 4.0 does, whose argument is the evaluator's output with
 * a batch axis (MONAI 0.5: `x['pred']` is of shape (B, C, H, W, D); `x['pred_inverted']`, from
 * TransformInverter, a list of (C, H, W, D)).
 *
 * @returns undefined where it does something that no recognised form has
 */
export function readOutputTransform(code: string): Prediction | undefined {
  const tree = parsePython(code.replace(/^\s*#/, ""));
  if (tree === undefined) return undefined;
  const keys = fromEngineKeys(tree);
  if (keys?.length === 1 && keys[0] !== undefined) return { key: keys[0], steps: [] };
  if (tree.kind !== "lambda") return undefined;
  const result = evaluate(tree.body, new Map([[tree.parameter, { kind: "output" }]]));
  if (result?.kind === "list") return toPrediction(result.item);
  return result?.kind === "tensor" ? toPrediction(result) : undefined;
}

/** Reads what a `post_func` of TransformInverter does to one item, of shape (C, H, W, D). */
export const readItemFunction = (code: string): readonly Step[] | undefined =>
  readTensorFunction(code, ["C", "S"]);

/** Reads what the `func` of a Lambdad does to a batch, of shape (B, C, H, W, D). */
export const readBatchFunction = (code: string): readonly Step[] | undefined =>
  readTensorFunction(code, ["B", "C", "S"]);

function readTensorFunction(code: string, axes: readonly Axis[]): readonly Step[] | undefined {
  const tree = parsePython(code.replace(/^\s*#/, ""));
  if (tree?.kind !== "lambda") return undefined;
  const tensor: Tensor = { kind: "tensor", key: "", axes, isSingle: false, steps: [] };
  const result = evaluate(tree.body, new Map([[tree.parameter, tensor]]));
  // What comes next counts the axes: there have to be as many as before.
  const isSame = result?.kind === "tensor" && result.axes.join("") === axes.join("");
  return isSame ? result.steps : undefined;
}

/**
 * Reads which items of the batch or output a lambda passes on: `lambda x: x['a']`,
 * `lambda x: (x['a'], x['b'])`.
 *
 * @returns their keys, or undefined where the lambda does anything else
 */
export function readPassedKeys(code: string): readonly string[] | undefined {
  const tree = parsePython(code.replace(/^\s*#/, ""));
  if (tree === undefined) return undefined;
  const keys = fromEngineKeys(tree);
  if (keys !== undefined || tree.kind !== "lambda") return keys;
  const { parameter, body } = tree;
  const items = body.kind === "tuple" || body.kind === "list" ? body.items : [body];
  const passed = items.map((item) => itemKey(item, parameter));
  return passed.every((key) => key !== undefined) ? passed : undefined;
}

/** The arguments of AsDiscrete in MONAI 0.8 for those of MONAI 0.5; undefined where they contradict. */
export function discreteArgs(args: DiscreteArgs): JsonObject | undefined {
  if (args.oneHot && args.classes === undefined) return undefined;
  return {
    ...(args.argmax ? { argmax: true } : {}),
    ...(args.oneHot ? { to_onehot: args.classes } : {}),
    ...(args.isThresholded ? { threshold: args.threshold ?? 0.5 } : {}),
  };
}

// ── Evaluation ───────────────────────────────────────────────────────────────────────────

/** Batch, channel, and space: all spatial axes together, always the last. */
type Axis = "B" | "C" | "S";

interface Tensor {
  readonly kind: "tensor";
  readonly key: string;
  readonly axes: readonly Axis[];
  /** Whether the channel axis is known to be of length 1, or gone. */
  readonly isSingle: boolean;
  readonly steps: readonly Step[];
}

type Value =
  | { readonly kind: "output" }
  | Tensor
  /** A list of tensors that are all alike, one per item of the batch. */
  | { readonly kind: "list"; readonly item: Tensor };

type Scope = ReadonlyMap<string, Value>;

function toPrediction({ key, axes, steps }: Tensor): Prediction | undefined {
  // Whatever became of the axes of length 1: space comes last, and a batch axis before it first.
  return ["BCS", "BS", "CS", "S"].includes(axes.join("")) ? { key, steps } : undefined;
}

/** What an expression is, or undefined where it can't be said. */
function evaluate(expression: Expression, scope: Scope): Value | undefined {
  switch (expression.kind) {
    case "name":
      return scope.get(expression.name);
    case "index":
      return evaluateIndex(expression, scope);
    case "call":
      return evaluateCall(expression, scope);
    case "compare":
      return evaluateCompare(expression, scope);
    case "list": {
      const [only, ...more] = expression.items.map((item) => evaluate(item, scope));
      return only?.kind === "tensor" && more.length === 0
        ? { kind: "list", item: only }
        : undefined;
    }
    case "comprehension": {
      const over = asList(evaluate(expression.over, scope));
      if (over === undefined) return undefined;
      const item = evaluate(expression.item, new Map([...scope, [expression.name, over]]));
      return item?.kind === "tensor" ? { kind: "list", item } : undefined;
    }
    default:
      return undefined;
  }
}

/** An item of a list, or of a tensor along its batch axis. */
function asList(value: Value | undefined): Tensor | undefined {
  if (value?.kind === "list") return value.item;
  if (value?.kind !== "tensor" || value.axes[0] !== "B") return undefined;
  return { ...value, axes: value.axes.slice(1) };
}

function evaluateIndex(
  { of, items }: Extract<Expression, { kind: "index" }>,
  scope: Scope,
): Value | undefined {
  const value = evaluate(of, scope);
  const [first] = items;
  if (value?.kind === "output") {
    const key = items.length === 1 && first?.kind === "at" ? constant(first.value) : undefined;
    return typeof key === "string"
      ? { kind: "tensor", key, axes: ["B", "C", "S"], isSingle: false, steps: [] }
      : undefined;
  }
  if (value?.kind === "list") {
    const isFirst = items.length === 1 && first?.kind === "at" && constant(first.value) === 0;
    return isFirst ? value.item : undefined;
  }
  return value === undefined ? undefined : indexTensor(value, items);
}

function indexTensor(tensor: Tensor, items: readonly IndexItem[]): Tensor | undefined {
  let result: Tensor | undefined = { ...tensor, axes: [] };
  let left = tensor.axes;
  for (const [position, item] of items.entries()) {
    if (result === undefined) return undefined;
    if (item.kind === "ellipsis") {
      if (position < items.length - 1) return undefined;
      continue;
    }
    if (item.kind === "at" && constant(item.value) === null) {
      result = { ...result, axes: [...result.axes, "B"] };
      continue;
    }
    const axis: Axis | undefined = left[0];
    if (axis === undefined) return undefined;
    left = left.slice(1);
    result = indexAxis(result, axis, item);
    // Behind the first spatial axis nothing can be told apart any more.
    if (axis === "S" && position < items.length - 1) return undefined;
  }
  return result === undefined ? undefined : { ...result, axes: [...result.axes, ...left] };
}

function indexAxis(tensor: Tensor, axis: Axis, item: IndexItem): Tensor | undefined {
  if (item.kind === "ellipsis") return undefined;
  const kept: Tensor = { ...tensor, axes: [...tensor.axes, axis] };
  if (item.kind === "at") {
    const index = constant(item.value);
    if (axis === "B") return index === 0 ? tensor : undefined;
    if (axis === "S" || typeof index !== "number") return undefined;
    return index === 0 && tensor.isSingle ? tensor : choose(tensor, index, index + 1);
  }
  const from = item.from === undefined ? 0 : constant(item.from);
  const to = item.to === undefined ? undefined : constant(item.to);
  if (from === 0 && to === undefined) return kept;
  if (axis === "B") return from === 0 && to === 1 ? kept : undefined;
  if (axis === "S" || typeof from !== "number") return undefined;
  return typeof to === "number" || to === undefined ? choose(kept, from, to) : undefined;
}

/** Takes channels, counted from the first: others would need the number of channels. */
function choose(tensor: Tensor, from: number, to: number | undefined): Tensor | undefined {
  if (!Number.isInteger(from) || from < 0 || tensor.isSingle) return undefined;
  if (to !== undefined && (!Number.isInteger(to) || to <= from)) return undefined;
  const func = choiceCode({ from, to });
  return then({ ...tensor, isSingle: to === from + 1 }, { name: "Lambdad", args: { func } });
}

const then = (tensor: Tensor, step: Step): Tensor => ({
  ...tensor,
  steps: [...tensor.steps, step],
});

function evaluateCompare(
  { operator, left, right }: Extract<Expression, { kind: "compare" }>,
  scope: Scope,
): Tensor | undefined {
  const value = evaluate(left, scope);
  const limit = constant(right);
  if (value?.kind !== "tensor" || typeof limit !== "number") return undefined;
  if (operator !== ">" && operator !== ">=") return undefined;
  const threshold = operator === ">=" ? limit : nextFloat(limit);
  return then(value, { name: "AsDiscreted", args: { threshold } });
}

/** The next number of single precision: AsDiscrete counts what is equal to its threshold. */
export function nextFloat(value: number): number {
  const [single = 0] = new Float32Array([value]);
  if (single > value) return single;
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, single);
  if (single === 0) view.setInt32(0, 1);
  else view.setInt32(0, view.getInt32(0) + (single > 0 ? 1 : -1));
  return view.getFloat32(0);
}

/** Methods and functions that change no value that is written. */
const WITHOUT_EFFECT = new Set(["detach", "cpu", "cuda", "float", "double", "contiguous", "clone"]);
/** Casts to whole numbers: nothing happens where the values are whole already. */
const CASTS = new Set(["int", "long", "byte", "short", "bool"]);

function evaluateCall(
  call: Extract<Expression, { kind: "call" }>,
  scope: Scope,
): Tensor | undefined {
  const { of, args } = call;
  if (of.kind === "call") {
    const subject = args.length === 1 && args[0] ? evaluate(args[0], scope) : undefined;
    return subject?.kind === "tensor" ? applyTransform(of, subject) : undefined;
  }
  if (of.kind !== "attribute") return undefined;
  const module = moduleName(of.of);
  if (module !== undefined) {
    const subject = args[0] === undefined ? undefined : evaluate(args[0], scope);
    if (subject?.kind !== "tensor" || !/^torch(\.nn\.functional)?$/.test(module)) return undefined;
    return applyMethod(of.name, subject, { ...call, args: args.slice(1) });
  }
  const subject = evaluate(of.of, scope);
  return subject?.kind === "tensor" ? applyMethod(of.name, subject, call) : undefined;
}

function applyMethod(
  name: string,
  tensor: Tensor,
  call: Extract<Expression, { kind: "call" }>,
): Tensor | undefined {
  if (WITHOUT_EFFECT.has(name)) return tensor;
  if (CASTS.has(name)) return isWhole(tensor) ? tensor : undefined;
  const argument = (position: number, keyword: string): unknown => {
    const given = call.keywords.get(keyword) ?? call.args[position];
    return given === undefined ? undefined : constant(given);
  };
  const dim = argument(0, "dim");
  switch (name) {
    case "to":
      return typeof dim === "string" ? tensor : undefined;
    case "sigmoid":
      return then(tensor, { name: "Activationsd", args: { sigmoid: true } });
    case "softmax":
      return typeof dim === "number" && tensor.axes[dim] === "C"
        ? then(tensor, { name: "Activationsd", args: { softmax: true } })
        : undefined;
    case "argmax":
      return argmax(tensor, dim, argument(1, "keepdim") === true);
    case "squeeze":
      return squeeze(tensor, dim);
    case "unsqueeze":
      return dim === 0 ? { ...tensor, axes: ["B", ...tensor.axes] } : undefined;
    default:
      return undefined;
  }
}

function argmax(tensor: Tensor, dim: unknown, keep: boolean): Tensor | undefined {
  if (typeof dim !== "number" || tensor.axes[dim] !== "C") return undefined;
  const axes = keep ? tensor.axes : tensor.axes.filter((axis) => axis !== "C");
  return then({ ...tensor, axes, isSingle: true }, { name: "AsDiscreted", args: { argmax: true } });
}

function squeeze(tensor: Tensor, dim: unknown): Tensor | undefined {
  const isOne = (axis: Axis): boolean => axis === "B" || (axis === "C" && tensor.isSingle);
  if (dim === undefined) return { ...tensor, axes: tensor.axes.filter((axis) => !isOne(axis)) };
  const axis = typeof dim === "number" ? tensor.axes[dim] : undefined;
  if (axis === undefined || axis === "S") return undefined;
  return { ...tensor, axes: isOne(axis) ? tensor.axes.filter((_, i) => i !== dim) : tensor.axes };
}

/** Whether all values are whole numbers: after an argmax or a threshold. */
function isWhole({ steps }: Tensor): boolean {
  return steps.findLast(({ name }) => name !== "Lambdad")?.name === "AsDiscreted";
}

// ── Transforms of MONAI ──────────────────────────────────────────────────────────────────

/** `AsDiscrete(argmax=True)` on a tensor; in MONAI 0.5 the channels are its axis 1. */
function applyTransform(
  maker: Extract<Expression, { kind: "call" }>,
  tensor: Tensor,
): Tensor | undefined {
  const name = transformName(maker.of);
  if (name === "Compose") {
    const [list] = maker.args;
    if (list?.kind !== "list") return undefined;
    return list.items.reduce<Tensor | undefined>(
      (result, item) =>
        result !== undefined && item.kind === "call" ? applyTransform(item, result) : undefined,
      tensor,
    );
  }
  if (name === "AsDiscrete") return asDiscrete(maker, tensor);
  if (name === "Activations") return activations(maker, tensor);
  if (name === "KeepLargestConnectedComponent") return keepLargest(maker, tensor);
  return name === "ToTensor" || name === "EnsureType" ? tensor : undefined;
}

function asDiscrete(
  maker: Extract<Expression, { kind: "call" }>,
  tensor: Tensor,
): Tensor | undefined {
  const given = constants(maker, [
    "argmax",
    "to_onehot",
    "n_classes",
    "threshold_values",
    "logit_thresh",
  ]);
  if (given === undefined) return undefined;
  const oneHot = given.get("to_onehot");
  const classes = given.get("n_classes") ?? given.get("num_classes");
  const args = discreteArgs({
    argmax: given.get("argmax") === true,
    oneHot: oneHot === true || typeof oneHot === "number",
    classes: number(typeof oneHot === "number" ? oneHot : classes),
    isThresholded: given.get("threshold_values") === true || given.has("threshold"),
    threshold: number(given.get("threshold") ?? given.get("logit_thresh")),
  });
  if (args === undefined) return undefined;
  const usesChannels = args.argmax !== undefined || args.to_onehot !== undefined;
  if (usesChannels && tensor.axes[1] !== "C") return undefined;
  if (Object.keys(args).length === 0) return tensor;
  const isSingle = args.to_onehot === undefined && (args.argmax === true || tensor.isSingle);
  return then({ ...tensor, isSingle }, { name: "AsDiscreted", args });
}

function activations(
  maker: Extract<Expression, { kind: "call" }>,
  tensor: Tensor,
): Tensor | undefined {
  const given = constants(maker, ["sigmoid", "softmax", "other"]);
  if (given === undefined || (given.get("other") ?? null) !== null) return undefined;
  const [sigmoid, softmax] = [given.get("sigmoid") === true, given.get("softmax") === true];
  if (sigmoid && softmax) return undefined;
  if (softmax && tensor.axes[1] !== "C") return undefined;
  if (!sigmoid && !softmax) return tensor;
  const args: JsonObject = sigmoid ? { sigmoid } : { softmax };
  return then(tensor, { name: "Activationsd", args });
}

function keepLargest(
  maker: Extract<Expression, { kind: "call" }>,
  tensor: Tensor,
): Tensor | undefined {
  const [first] = maker.args;
  const labels = maker.keywords.get("applied_labels") ?? first;
  const list = labels?.kind === "list" || labels?.kind === "tuple" ? labels.items : [labels];
  const numbers = list.map((item) => number(item === undefined ? undefined : constant(item)));
  if (tensor.axes[1] !== "C" || numbers.length === 0) return undefined;
  const rest = { ...maker, args: [], keywords: new Map(maker.keywords) };
  rest.keywords.delete("applied_labels");
  const given = constants(rest, []);
  if (given === undefined || maker.args.length > 1) return undefined;
  const applied = numbers.filter((value) => value !== undefined);
  if (applied.length < numbers.length) return undefined;
  const args = { applied_labels: applied, ...Object.fromEntries(given) };
  return then(tensor, { name: "KeepLargestConnectedComponentd", args });
}

// ── Parts of expressions ─────────────────────────────────────────────────────────────────

type Constant = string | number | boolean | null;

const constant = (expression: Expression): Constant | undefined =>
  expression.kind === "constant" ? expression.value : undefined;

const number = (value: unknown): number | undefined =>
  typeof value === "number" ? value : undefined;

/** Arguments by name; undefined where one is no constant. None counts as not given. */
function constants(
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
function moduleName(expression: Expression): string | undefined {
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
function transformName(expression: Expression): string | undefined {
  if (expression.kind === "name") return expression.name;
  if (expression.kind !== "attribute") return undefined;
  const module = moduleName(expression.of);
  return module !== undefined && /^monai\.transforms(\.|$)/.test(module)
    ? expression.name
    : undefined;
}

/** The key of `x['key']`. */
function itemKey(expression: Expression, parameter: string): string | undefined {
  if (expression.kind !== "index" || expression.items.length !== 1) return undefined;
  const [item] = expression.items;
  const isParameter = expression.of.kind === "name" && expression.of.name === parameter;
  const key = isParameter && item?.kind === "at" ? constant(item.value) : undefined;
  return typeof key === "string" ? key : undefined;
}

/** The keys of `monai.handlers.from_engine(['key'])`. */
function fromEngineKeys(expression: Expression): readonly string[] | undefined {
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
