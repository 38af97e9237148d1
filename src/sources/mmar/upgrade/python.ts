/** The part of Python's expressions that configs of Clara Train use in their lambdas. */
export type Expression =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "constant"; readonly value: string | number | boolean | null }
  | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
  | {
      readonly kind: "call";
      readonly of: Expression;
      readonly args: readonly Expression[];
      readonly keywords: ReadonlyMap<string, Expression>;
    }
  | { readonly kind: "index"; readonly of: Expression; readonly items: readonly IndexItem[] }
  | {
      readonly kind: "compare";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "tuple"; readonly items: readonly Expression[] }
  | {
      readonly kind: "comprehension";
      readonly item: Expression;
      readonly name: string;
      readonly over: Expression;
    }
  | { readonly kind: "lambda"; readonly parameter: string; readonly body: Expression };

/** What may stand between the brackets of an index: an expression, `a:b`, or `...`. */
export type IndexItem =
  | { readonly kind: "at"; readonly value: Expression }
  | {
      readonly kind: "slice";
      readonly from: Expression | undefined;
      readonly to: Expression | undefined;
    }
  | { readonly kind: "ellipsis" };

class NotUnderstood extends Error {}

const TOKEN =
  /\s+|(?<number>\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_]\w*)|(?<text>'[^'\\\n]*'|"[^"\\\n]*")|(?<sign>\.\.\.|>=|<=|==|!=|[()[\]{},:.=<>*+\-/%&|~])/y;

interface Token {
  readonly kind: "number" | "name" | "text" | "sign" | "end";
  readonly text: string;
}

/**
 * Reads a Python expression.
 *
 * @returns its tree, or undefined where it has something that no recognised form of a config has
 */
export function parsePython(code: string): Expression | undefined {
  try {
    return new Parser(tokens(code)).whole();
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

function tokens(code: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < code.length) {
    const groups = TOKEN.exec(code)?.groups;
    if (groups === undefined) throw new NotUnderstood();
    for (const kind of ["number", "name", "text", "sign"] as const) {
      const text = groups[kind];
      if (text !== undefined) found.push({ kind, text });
    }
  }
  return [...found, { kind: "end", text: "" }];
}

/** Words that mean something else than a name. */
const WORDS = new Set(["if", "else", "and", "or", "not", "in", "is", "for", "await", "yield"]);
const CONSTANTS: Readonly<Record<string, boolean | null>> = {
  True: true,
  False: false,
  None: null,
};

class Parser {
  private at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Expression {
    const expression = this.expression();
    if (this.token.kind !== "end") throw new NotUnderstood();
    return expression;
  }

  private get token(): Token {
    return this.tokens[this.at] as Token;
  }

  private next(): Token {
    const token = this.token;
    this.at = Math.min(this.at + 1, this.tokens.length - 1);
    return token;
  }

  private is(text: string): boolean {
    return this.token.text === text && this.token.kind !== "text";
  }

  private take(text: string): boolean {
    if (!this.is(text)) return false;
    this.next();
    return true;
  }

  private expect(text: string): void {
    if (!this.take(text)) throw new NotUnderstood();
  }

  private name(): string {
    if (this.token.kind !== "name" || WORDS.has(this.token.text)) throw new NotUnderstood();
    return this.next().text;
  }

  private expression(): Expression {
    if (!this.take("lambda")) return this.comparison();
    const parameter = this.name();
    this.expect(":");
    return { kind: "lambda", parameter, body: this.expression() };
  }

  private comparison(): Expression {
    const left = this.postfix();
    if (![">", ">=", "<", "<=", "==", "!="].some((operator) => this.is(operator))) return left;
    const operator = this.next().text;
    return { kind: "compare", operator, left, right: this.postfix() };
  }

  private postfix(): Expression {
    let of = this.atom();
    for (;;) {
      if (this.take(".")) of = { kind: "attribute", of, name: this.name() };
      else if (this.take("(")) of = { kind: "call", of, ...this.callArguments() };
      else if (this.take("[")) of = { kind: "index", of, items: this.indexItems() };
      else return of;
    }
  }

  private atom(): Expression {
    if (this.take("(")) return this.parenthesis();
    if (this.take("[")) return this.list();
    if (this.take("-")) {
      const inner = this.atom();
      if (inner.kind !== "constant" || typeof inner.value !== "number") throw new NotUnderstood();
      return { kind: "constant", value: -inner.value };
    }
    const { kind, text } = this.token;
    if (kind === "number") return { kind: "constant", value: Number(this.next().text) };
    if (kind === "text") return { kind: "constant", value: this.next().text.slice(1, -1) };
    if (kind === "name" && Object.hasOwn(CONSTANTS, text)) {
      this.next();
      return { kind: "constant", value: CONSTANTS[text] ?? null };
    }
    return { kind: "name", name: this.name() };
  }

  private parenthesis(): Expression {
    const first = this.expression();
    if (this.take(")")) return first;
    const items = [first];
    while (this.take(",") && !this.is(")")) items.push(this.expression());
    this.expect(")");
    return { kind: "tuple", items };
  }

  private list(): Expression {
    if (this.take("]")) return { kind: "list", items: [] };
    const first = this.expression();
    if (this.take("for")) {
      const name = this.name();
      this.expect("in");
      const over = this.postfix();
      this.expect("]");
      return { kind: "comprehension", item: first, name, over };
    }
    const items = [first];
    while (this.take(",") && !this.is("]")) items.push(this.expression());
    this.expect("]");
    return { kind: "list", items };
  }

  private callArguments(): { args: Expression[]; keywords: Map<string, Expression> } {
    const args: Expression[] = [];
    const keywords = new Map<string, Expression>();
    while (!this.take(")")) {
      const isKeyword = this.token.kind === "name" && this.tokens[this.at + 1]?.text === "=";
      if (isKeyword) {
        const name = this.name();
        this.expect("=");
        keywords.set(name, this.expression());
      } else args.push(this.expression());
      if (!this.is(")")) this.expect(",");
    }
    return { args, keywords };
  }

  private indexItems(): IndexItem[] {
    const items: IndexItem[] = [];
    while (!this.take("]")) {
      items.push(this.indexItem());
      if (!this.is("]")) this.expect(",");
    }
    if (items.length === 0) throw new NotUnderstood();
    return items;
  }

  private indexItem(): IndexItem {
    if (this.take("...")) return { kind: "ellipsis" };
    const from = this.is(":") ? undefined : this.expression();
    if (!this.take(":")) {
      if (from === undefined) throw new NotUnderstood();
      return { kind: "at", value: from };
    }
    const isOpen = this.is("]") || this.is(",");
    return { kind: "slice", from, to: isOpen ? undefined : this.expression() };
  }
}
