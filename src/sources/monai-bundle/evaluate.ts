import { asObject, type Json } from "../../text/json.js";
import { type Token, tokensOf } from "./python-tokens.js";

/** Looks up what a reference stands for; undefined where that is not known. */
export type Lookup = (id: string) => Json | undefined;

/**
 * What a Python expression of a config comes to, where that follows from plain values: constants,
 * references, lists, arithmetic, comparisons, `a if b else c`, `len()`, `list()`, and the words of
 * MONAI's CommonKeys.
 *
 * @param text - the expression, without its `$`
 * @returns undefined where it does not
 */
export function evaluate(text: string, lookup: Lookup): Json | undefined {
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  try {
    return new Evaluation(tokens, lookup).whole();
  } catch (error) {
    if (error instanceof Unknown) return undefined;
    throw error;
  }
}

/** Ends an evaluation: something in it is not known. */
class Unknown extends Error {}

const CONSTANTS: Readonly<Record<string, Json>> = { True: true, False: false, None: null };

/** Words of MONAI's enums that configs use in the place of texts (utils/enums.py). */
const KEYS: Readonly<Record<string, string>> = { IMAGE: "image", LABEL: "label", PRED: "pred" };
const COMMON_KEYS = /^monai\.utils\.(?:enums\.)?CommonKeys\.([A-Z]+)$/;

/** Operators of two operands, from the loosest binding to the tightest. */
const LEVELS: readonly (readonly string[])[] = [
  ["or"],
  ["and"],
  ["==", "!=", "<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/", "//", "%"],
];

/** A config has no deeper brackets; a text made to break this would. */
const DEEPEST = 50;

class Evaluation {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly lookup: Lookup,
  ) {}

  whole(): Json {
    const value = this.#expression();
    if (this.at < this.tokens.length) throw new Unknown();
    return value;
  }

  #is(value: string): boolean {
    const token = this.tokens[this.at];
    return token?.value === value && (token.kind === "sign" || token.kind === "name");
  }

  #take(value: string): boolean {
    if (!this.#is(value)) return false;
    this.at++;
    return true;
  }

  #expect(value: string): void {
    if (!this.#take(value)) throw new Unknown();
  }

  #expression(): Json {
    if (++this.depth > DEEPEST) throw new Unknown();
    const value = this.#level(0);
    const result = this.#take("if") ? this.#choice(value) : value;
    this.depth--;
    return result;
  }

  #choice(then: Json): Json {
    const condition = this.#level(0);
    this.#expect("else");
    const otherwise = this.#expression();
    return isTruthy(condition) ? then : otherwise;
  }

  #level(index: number): Json {
    const operators = LEVELS[index];
    if (operators === undefined) return this.#unary();
    let left = this.#level(index + 1);
    for (;;) {
      const operator = operators.find((each) => this.#is(each));
      if (operator === undefined) return left;
      this.at++;
      left = apply(operator, left, this.#level(index + 1));
    }
  }

  #unary(): Json {
    if (this.#take("not")) return !isTruthy(this.#level(2));
    if (this.#take("-")) return -numberOf(this.#unary());
    let value = this.#atom();
    while (this.#take("[")) {
      const index = this.#expression();
      this.#expect("]");
      value = itemOf(value, index);
    }
    return value;
  }

  #atom(): Json {
    if (this.#take("(")) {
      const inner = this.#expression();
      this.#expect(")");
      return inner;
    }
    if (this.#take("[")) return this.#list();
    const token = this.tokens[this.at++];
    switch (token?.kind) {
      case "text":
        return token.value;
      case "number":
        return Number(token.value.replaceAll("_", ""));
      case "reference": {
        const value = this.lookup(token.value);
        if (value === undefined) throw new Unknown();
        return value;
      }
      case "name":
        return this.#name(token.value);
      default:
        throw new Unknown();
    }
  }

  #list(): Json {
    const items: Json[] = [];
    while (!this.#take("]")) {
      items.push(this.#expression());
      if (!this.#is("]")) this.#expect(",");
    }
    return items;
  }

  #name(first: string): Json {
    if (Object.hasOwn(CONSTANTS, first)) return CONSTANTS[first] ?? null;
    let name = first;
    while (this.#take(".")) name += `.${this.tokens[this.at++]?.value ?? ""}`;
    const key = KEYS[COMMON_KEYS.exec(name)?.[1] ?? ""];
    if (key !== undefined) return key;
    if ((name !== "len" && name !== "list") || !this.#take("(")) throw new Unknown();
    const argument = this.#expression();
    this.#expect(")");
    if (name === "list") return listOf(argument);
    const object = asObject(argument);
    if (object !== undefined) return Object.keys(object).length;
    return typeof argument === "string" ? argument.length : listOf(argument).length;
  }
}

function isTruthy(value: Json): boolean {
  if (Array.isArray(value)) return value.length > 0;
  const object = asObject(value);
  return object === undefined ? Boolean(value) : Object.keys(object).length > 0;
}

function numberOf(value: Json): number {
  if (typeof value !== "number") throw new Unknown();
  return value;
}

function listOf(value: Json): readonly Json[] {
  if (!Array.isArray(value)) throw new Unknown();
  return value;
}

function itemOf(value: Json, index: Json): Json {
  const item = Array.isArray(value)
    ? value.at(numberOf(index))
    : typeof index === "string"
      ? asObject(value)?.[index]
      : undefined;
  if (item === undefined) throw new Unknown();
  return item;
}

function apply(operator: string, left: Json, right: Json): Json {
  if (operator === "or") return isTruthy(left) ? left : right;
  if (operator === "and") return isTruthy(left) ? right : left;
  if (operator === "==") return left === right;
  if (operator === "!=") return left !== right;
  if (operator === "+" && typeof left === "string" && typeof right === "string") {
    return bounded(left + right);
  }
  if (operator === "+" && Array.isArray(left)) return bounded([...left, ...listOf(right)]);
  if (operator === "*" && Array.isArray(left)) return repeated(left, numberOf(right));
  const [a, b] = [numberOf(left), numberOf(right)];
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return divided(a, b);
    case "//":
      return Math.floor(divided(a, b));
    case "%":
      return a - b * Math.floor(divided(a, b));
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    default:
      return a >= b;
  }
}

function divided(a: number, b: number): number {
  if (b === 0) throw new Unknown();
  return a / b;
}

/** Texts and lists of configs are short: a longer one is a mistake, and would fill the memory. */
const LONGEST = 10_000;

function bounded<T extends string | readonly Json[]>(value: T): T {
  if (value.length > LONGEST) throw new Unknown();
  return value;
}

function repeated(list: readonly Json[], times: number): Json[] {
  if (!Number.isInteger(times) || list.length * times > LONGEST) throw new Unknown();
  return Array.from({ length: Math.max(0, times) }, () => list).flat();
}
