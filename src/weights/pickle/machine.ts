import { Memo } from "./memo.js";

/** What a pickle has Python import, by which it reaches whatever it can call. */
export interface Import {
  readonly module: string;
  /** The name in the module; dots lead on, from attribute to attribute. */
  readonly name: string;
}

/** An import whose names can't be told without running the pickle; why not, in words. */
export interface OpaqueImport {
  readonly why: string;
}

/** The bottom of what an opcode takes as many values as there are. */
const MARK = Symbol("mark");

/** A string that may be a name, or undefined for whatever else there is. */
type Value = string | typeof MARK | undefined;

/** Most values that are kept. A pickler has a thousand at once, but for the items of a tuple. */
const MOST_VALUES = 1 << 20;

/** What the strings of a pickle may cost in memory until they are forgotten, in bytes, roughly. */
const MOST_KEPT = 32 * 1024 * 1024;
/** What a string costs besides its characters. */
const STRING_COST = 64;

/** What can be a module's or an attribute's name: texts and paths are not worth keeping. */
const NAME = /^[\w.\-\u0080-\uffff]+$/;

/**
 * Python's unpickling machine, as far as it takes to tell what is imported: it knows strings, and
 * where they lie. All else is an unknown value. It never takes a string for another one: where too
 * much is to be kept, it forgets, and what was a string is unknown from then on.
 */
export class Machine {
  readonly #memo = new Memo();
  /** Values above the height are old; cutting them off again and again would take longer. */
  #stack: Value[] = [];
  #height = 0;
  #kept = 0;

  /** @param note - called with each import */
  constructor(private readonly note: (found: Import | OpaqueImport) => void) {}

  /** Replaces the topmost values of the stack by values that are not strings. */
  replace(taken: number, given: number): void {
    this.#drop(taken);
    for (let i = 0; i < given; i += 1) this.#push(undefined);
  }

  /** Replaces all values above the last mark, and the mark, by `given` values. */
  replaceMarked(given: number): void {
    // If no mark is left, it was dropped: all values that are known lie above it.
    while (this.#height > 0 && this.#stack[this.#height - 1] !== MARK) this.#height -= 1;
    this.replace(1, given);
  }

  mark(): void {
    this.#push(MARK);
  }

  pushText(text: string | undefined): void {
    if (text === undefined || !NAME.test(text)) {
      this.#push(undefined);
      return;
    }
    this.#kept += text.length + STRING_COST;
    if (this.#kept > MOST_KEPT) this.#forget();
    this.#push(text);
  }

  duplicate(): void {
    this.#push(this.#top());
  }

  memoize(): void {
    this.#memo.append(this.#top());
  }

  /** @param key - undefined where it can't be told */
  put(key: number | undefined): void {
    this.#memo.put(key, this.#top());
  }

  get(key: number | undefined): void {
    this.#push(this.#memo.get(key));
  }

  /** Imports what two texts name. */
  import(module: string | undefined, name: string | undefined): void {
    if (module === undefined || name === undefined) {
      this.opaque("its name is far too long");
    } else {
      this.note({ module, name });
      this.#push(undefined);
    }
  }

  /** Imports what the two values on top of the stack name. */
  importFromStack(): void {
    const name = this.#top();
    this.#drop(1);
    const module = this.#top();
    this.#drop(1);
    if (module === undefined || name === undefined) {
      this.opaque("its name is not plain text: it is put together while the pickle is loaded");
    } else {
      this.import(module, name);
    }
  }

  /** Imports what can't be told. */
  opaque(why: string): void {
    this.note({ why });
    this.#push(undefined);
  }

  #top(): string | undefined {
    const top = this.#height === 0 ? undefined : this.#stack[this.#height - 1];
    return top === MARK ? undefined : top;
  }

  #push(value: Value): void {
    if (this.#height === MOST_VALUES) this.#height = 0;
    this.#stack[this.#height] = value;
    this.#height += 1;
  }

  #drop(count: number): void {
    this.#height = Math.max(0, this.#height - count);
  }

  #forget(): void {
    this.#stack = this.#stack
      .slice(0, this.#height)
      .map((value) => (value === MARK ? MARK : undefined));
    this.#memo.forget();
    this.#kept = 0;
  }
}
