import type { JsonObject } from "../../../text/json.js";
import {
  constant,
  constants,
  fromEngineKeys,
  itemKey,
  moduleName,
  number,
  transformName,
} from "./expression-parts.js";
import { type Expression, parsePython } from "./python.js";
import {
  type Axis,
  afterwards,
  argmax,
  type DiscreteArgs,
  indexTensor,
  isWhole,
  keepLargest,
  nextFloat,
  type Step,
  squeeze,
  type Tensor,
} from "./tensor.js";

/** What a lambda makes of the evaluator's output: one of its items, and what is done to it. */
interface Prediction {
  readonly key: string;
  readonly steps: readonly Step[];
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
function discreteArgs(args: DiscreteArgs): JsonObject | undefined {
  if (args.oneHot && args.classes === undefined) return undefined;
  return {
    ...(args.argmax ? { argmax: true } : {}),
    ...(args.oneHot ? { to_onehot: args.classes } : {}),
    ...(args.isThresholded ? { threshold: args.threshold ?? 0.5 } : {}),
  };
}

// ── Evaluation ───────────────────────────────────────────────────────────────────────────
type Value =
  | { readonly kind: "output" }
  | Tensor
  /** A list of tensors that are all alike, one per item of the batch. */
  | { readonly kind: "list"; readonly item: Tensor };

type Scope = ReadonlyMap<string, Value>;

function toPrediction({ key, axes, steps }: Tensor): Prediction | undefined {
  // Axes of length 1 may have gone: the spatial axes are last, and a batch axis is first.
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
      const over = listOfTensors(evaluate(expression.over, scope));
      if (over === undefined) return undefined;
      const item = evaluate(expression.item, new Map([...scope, [expression.name, over]]));
      return item?.kind === "tensor" ? { kind: "list", item } : undefined;
    }
    default:
      return undefined;
  }
}

/** An item of a list, or of a tensor along its batch axis. */
function listOfTensors(value: Value | undefined): Tensor | undefined {
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

function evaluateCompare(
  { operator, left, right }: Extract<Expression, { kind: "compare" }>,
  scope: Scope,
): Tensor | undefined {
  const value = evaluate(left, scope);
  const limit = constant(right);
  if (value?.kind !== "tensor" || typeof limit !== "number") return undefined;
  if (operator !== ">" && operator !== ">=") return undefined;
  const threshold = operator === ">=" ? limit : nextFloat(limit);
  return afterwards(value, { name: "AsDiscreted", args: { threshold } });
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
      return afterwards(tensor, { name: "Activationsd", args: { sigmoid: true } });
    case "softmax":
      return typeof dim === "number" && tensor.axes[dim] === "C"
        ? afterwards(tensor, { name: "Activationsd", args: { softmax: true } })
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
  return afterwards({ ...tensor, isSingle }, { name: "AsDiscreted", args });
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
  return afterwards(tensor, { name: "Activationsd", args });
}

// ── Parts of expressions ─────────────────────────────────────────────────────────────────
