import type { JsonObject } from "../../../text/json.js";
import { choiceCode } from "../derive/output.js";
import { constant, constants, number } from "./expression-parts.js";
import type { Expression, IndexItem } from "./python.js";

/** A post transform of Clara 4.1, without the keys it works on. */
export interface Step {
  readonly name: string;
  readonly args: JsonObject;
}

/** What AsDiscrete is told, in the words of MONAI 0.5 to 0.7; undefined is its default. */
export interface DiscreteArgs {
  readonly argmax?: boolean | undefined;
  readonly oneHot?: boolean | undefined;
  readonly classes?: number | undefined;
  readonly isThresholded?: boolean | undefined;
  readonly threshold?: number | undefined;
}

/** Batch, channel, and space: all spatial axes together, always the last. */
export type Axis = "B" | "C" | "S";

export interface Tensor {
  readonly kind: "tensor";
  readonly key: string;
  readonly axes: readonly Axis[];
  /** Whether the channel axis is known to be of length 1, or gone. */
  readonly isSingle: boolean;
  readonly steps: readonly Step[];
}

export function indexTensor(tensor: Tensor, items: readonly IndexItem[]): Tensor | undefined {
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
    // Axes after the first spatial one can't be told apart.
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
  return afterwards({ ...tensor, isSingle: to === from + 1 }, { name: "Lambdad", args: { func } });
}

export const afterwards = (tensor: Tensor, step: Step): Tensor => ({
  ...tensor,
  steps: [...tensor.steps, step],
});

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

export function argmax(tensor: Tensor, dim: unknown, keep: boolean): Tensor | undefined {
  if (typeof dim !== "number" || tensor.axes[dim] !== "C") return undefined;
  const axes = keep ? tensor.axes : tensor.axes.filter((axis) => axis !== "C");
  return afterwards(
    { ...tensor, axes, isSingle: true },
    { name: "AsDiscreted", args: { argmax: true } },
  );
}

export function squeeze(tensor: Tensor, dim: unknown): Tensor | undefined {
  const isOne = (axis: Axis): boolean => axis === "B" || (axis === "C" && tensor.isSingle);
  if (dim === undefined) return { ...tensor, axes: tensor.axes.filter((axis) => !isOne(axis)) };
  const axis = typeof dim === "number" ? tensor.axes[dim] : undefined;
  if (axis === undefined || axis === "S") return undefined;
  return { ...tensor, axes: isOne(axis) ? tensor.axes.filter((_, i) => i !== dim) : tensor.axes };
}

/** Whether all values are whole numbers: after an argmax or a threshold. */
export function isWhole({ steps }: Tensor): boolean {
  return steps.findLast(({ name }) => name !== "Lambdad")?.name === "AsDiscreted";
}

export function keepLargest(
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
  return afterwards(tensor, { name: "KeepLargestConnectedComponentd", args });
}
