import { Memo } from "./memo.js";
import { type MachineListener, type PersistentIds, PickleFault, Rules } from "./rules.js";
import { DATA, FORGOTTEN, MARK, tupleOf, type Value } from "./values.js";

/** Most values at once. A pickler has a thousand, but for the items of a tuple. */
const MOST_VALUES = 1 << 20;
/** What texts and tuples may cost in memory until they are forgotten, in bytes, roughly. */
const MOST_KEPT = 32 * 1024 * 1024;
/** What a value costs besides its characters. */
const VALUE_COST = 64;
/** The topmost values are what opcodes take: they are not forgotten. */
const NEVER_FORGOTTEN = 8;

/**
 * Python's unpickling machine, as far as it takes to tell what is imported and called. It fails
 * where Python's does, or sooner: whatever is out of order is nothing that a pickler writes.
 */
export class Machine {
  readonly #memo = new Memo();
  readonly #rules: Rules;
  #stack: Value[] = [];
  #kept = 0;

  constructor(
    private readonly listener: MachineListener,
    persistent: PersistentIds,
  ) {
    this.#rules = new Rules(listener, persistent);
  }

  push(value: Value): void {
    if (this.#stack.length >= MOST_VALUES) throw new PickleFault("holds far too many values");
    this.#stack.push(value);
  }

  pushText(text: string | undefined): void {
    if (text === undefined) {
      this.push(DATA);
      return;
    }
    this.#keep(text.length);
    this.push({ kind: "text", text });
  }

  pop(): Value {
    const value = this.#stack.pop();
    if (value === undefined || value.kind === "mark") {
      throw new PickleFault("takes a value where there is none");
    }
    return value;
  }

  /** Drops the topmost value, which may be a mark. */
  drop(): void {
    if (this.#stack.pop() === undefined) throw new PickleFault("takes a value where there is none");
  }

  /** Takes a value into a container. */
  take(count: number): void {
    for (let i = 0; i < count; i += 1) this.#rules.handOn(this.pop());
  }

  /** All values above the last mark, which goes, too. */
  popMarked(): Value[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at === -1) throw new PickleFault("looks for a mark where there is none");
    const items = this.#stack.slice(at + 1);
    this.#stack.length = at;
    return items;
  }

  takeMarked(): void {
    for (const item of this.popMarked()) this.#rules.handOn(item);
  }

  mark(): void {
    this.push(MARK);
  }

  tuple(items: readonly Value[]): void {
    for (const item of items) this.#rules.handOn(item);
    this.#keep(8 * items.length);
    this.push(tupleOf(items));
  }

  tupleOfTop(count: number): void {
    const items: Value[] = [];
    for (let i = 0; i < count; i += 1) items.unshift(this.pop());
    this.tuple(items);
  }

  duplicate(): void {
    const value = this.pop();
    this.push(value);
    this.push(value);
  }

  memoize(): void {
    if (!this.#memo.append(this.#top())) throw new PickleFault("memoizes far too much");
  }

  /** @param key - undefined where it can't be told */
  put(key: number | undefined): void {
    if (key === undefined || !this.#memo.put(key, this.#top())) {
      throw new PickleFault("memoizes under a number that no pickler counts to");
    }
  }

  get(key: number | undefined): void {
    const value = key === undefined ? undefined : this.#memo.get(key);
    if (value === undefined) throw new PickleFault("asks for what it has not memoized");
    this.push(value);
  }

  /** Imports what two texts name. */
  import(module: string | undefined, name: string | undefined): void {
    if (module === undefined || name === undefined) {
      this.opaque("its name is far too long");
      return;
    }
    this.#keep(0);
    this.push(this.#rules.resolve(module, name));
  }

  /** Imports what the two values on top of the stack name. */
  importFromStack(): void {
    const name = this.pop();
    const module = this.pop();
    if (module.kind === "text" && name.kind === "text") this.import(module.text, name.text);
    else this.opaque("its name is not plain text: it is put together while the pickle is loaded");
  }

  /** Imports what can't be told. */
  opaque(why: string): void {
    this.listener.opaque(why);
    this.push({ kind: "reference", module: "", name: "?", role: "any" });
  }

  /** REDUCE: calls what lies below the arguments. */
  reduce(): void {
    const args = this.pop();
    this.push(this.#rules.call(this.pop(), args));
  }

  /** INST and OBJ: calls with the values above the mark. */
  callMarked(callable: Value, items: readonly Value[]): void {
    for (const item of items) this.#rules.handOn(item);
    this.push(this.#rules.call(callable, tupleOf(items)));
  }

  /** NEWOBJ: makes an empty object of a class. */
  newObject(): void {
    const args = this.pop();
    this.push(this.#rules.make(this.pop(), args));
  }

  /** NEWOBJ_EX: the same with named arguments. */
  newObjectWithKeywords(): void {
    this.take(2);
    this.push(this.#rules.makeWithKeywords(this.pop()));
  }

  /** BUILD: gives an object its state. */
  build(): void {
    this.#rules.handOn(this.pop());
    this.#rules.change(this.#top());
  }

  /** APPEND, SETITEM and the like: the container that the values were put into. */
  fill(): void {
    this.#rules.fill(this.#top());
  }

  /** BINPERSID: what a tuple stands for. */
  loadPersistent(): void {
    this.push(this.#rules.persistent(this.pop()));
  }

  /** PERSID, which Python's picklers write in their oldest protocol only. */
  persistentLine(): void {
    this.push(this.#rules.persistent(DATA));
  }

  /** STOP: the pickle's value. */
  end(): void {
    this.#rules.handOn(this.pop());
  }

  #top(): Value {
    const top = this.#stack[this.#stack.length - 1];
    if (top === undefined || top.kind === "mark") {
      throw new PickleFault("takes a value where there is none");
    }
    return top;
  }

  #keep(length: number): void {
    this.#kept += length + VALUE_COST;
    if (this.#kept <= MOST_KEPT) return;
    const first = this.#stack.length - NEVER_FORGOTTEN;
    this.#stack = this.#stack.map((value, i) =>
      i < first && (value.kind === "text" || value.kind === "tuple") ? FORGOTTEN : value,
    );
    this.#memo.forget();
    this.#kept = 0;
  }
}
