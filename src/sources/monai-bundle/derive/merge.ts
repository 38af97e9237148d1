import { type Expression, parsePython } from "../../mmar/upgrade/python.js";

/** A channel that becomes a value of a label map where no channel before it in the list does. */
export interface MergedChannel {
  readonly channel: number;
  readonly value: number;
}

/**
 * Reads a lambda that merges channels into a label map, as BraTS bundles have it:
 * `$lambda x: torch.where(x[[2]] > 0, 4, torch.where(x[[0]] > 0, 1, 0))`.
 *
 * @returns the channels in the order in which they win, or undefined where it is something else
 */
export function readMerge(code: string | undefined): readonly MergedChannel[] | undefined {
  const lambda = code?.startsWith("$") ? parsePython(code.slice(1).trim()) : undefined;
  if (lambda?.kind !== "lambda") return undefined;
  const merged: MergedChannel[] = [];
  let rest: Expression | undefined = lambda.body;
  for (;;) {
    if (rest?.kind === "constant")
      return rest.value === 0 && merged.length > 0 ? merged : undefined;
    if (rest?.kind !== "call" || nameOf(rest.of) !== "torch.where") return undefined;
    const [condition, then, otherwise]: readonly (Expression | undefined)[] = rest.args;
    const channel = condition && channelOf(condition, lambda.parameter);
    if (channel === undefined || then?.kind !== "constant" || typeof then.value !== "number") {
      return undefined;
    }
    if (!Number.isInteger(then.value) || then.value < 0) return undefined;
    merged.push({ channel, value: then.value });
    rest = otherwise;
  }
}

function nameOf(expression: Expression): string {
  if (expression.kind === "name") return expression.name;
  return expression.kind === "attribute" ? `${nameOf(expression.of)}.${expression.name}` : "";
}

/** The channel of `x[[2]] > 0`, `x[2:3] > 0.5` or `x[2] == 1`. */
function channelOf(condition: Expression, parameter: string): number | undefined {
  if (condition.kind !== "compare" || !/^(>|>=|==)$/.test(condition.operator)) return undefined;
  const { left } = condition;
  if (left.kind !== "index" || nameOf(left.of) !== parameter) return undefined;
  const [item] = left.items;
  if (item?.kind === "slice") {
    const [from, to] = [numberOf(item.from), numberOf(item.to)];
    return from !== undefined && to === from + 1 ? from : undefined;
  }
  if (item?.kind !== "at") return undefined;
  const only = item.value.kind === "list" ? item.value.items[0] : item.value;
  return numberOf(only);
}

function numberOf(expression: Expression | undefined): number | undefined {
  const value = expression?.kind === "constant" ? expression.value : undefined;
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}
