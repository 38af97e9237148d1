import { Memo } from "./memo.js";
import { isSchedulersMethod, type Listed } from "./names.js";
import {
  DATA,
  FORGOTTEN,
  MADE,
  MARK,
  type Reference,
  STORAGE,
  tupleOf,
  type Value,
} from "./values.js";

/** What a pickle does, as far as it matters to whoever loads it. */
export interface MachineListener {
  /** Told of each import; says what it may be used for. */
  imports(module: string, name: string): Listed;
  /** Told of an import whose names can't be told without running the pickle; why not, in words. */
  opaque(why: string): void;
  /** Told of what is done with a name of the list that `torch.save` does not do, in words. */
  misuse(what: string): void;
  /** Told of each storage. */
  storage(type: string, key: string): void;
  /** Told that something is called, made, or given a state. */
  call(): void;
}

/** Which persistent ids PyTorch knows in a pickle; of others, none. */
export type PersistentIds = "zip" | "legacy" | "none";

/** Why Python would not go on; in words, to go on after "the pickle". */
export class PickleFault extends Error {}

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
  #stack: Value[] = [];
  #kept = 0;

  constructor(
    private readonly listener: MachineListener,
    private readonly persistent: PersistentIds,
  ) {}

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
    for (let i = 0; i < count; i += 1) this.#swallow(this.pop());
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
    for (const item of this.popMarked()) this.#swallow(item);
  }

  mark(): void {
    this.push(MARK);
  }

  tuple(items: readonly Value[]): void {
    for (const item of items) this.#swallow(item);
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
    this.push(this.#resolve(module, name));
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
    this.push(this.#call(this.pop(), args));
  }

  /** INST and OBJ: calls with the values above the mark. */
  callMarked(callable: Value, items: readonly Value[]): void {
    for (const item of items) this.#swallow(item);
    this.push(this.#call(callable, tupleOf(items)));
  }

  /** NEWOBJ: makes an empty object of a class. */
  newObject(): void {
    const args = this.pop();
    const made = this.pop();
    this.listener.call();
    if (made.kind !== "reference" || !["shell", "class", "any"].includes(made.role)) {
      this.#misuse(`makes an object of ${shown(made)}`);
    } else if (made.role !== "any") this.#checkArguments(made, args);
    this.push(MADE);
  }

  /** NEWOBJ_EX, which no object of the list is written by. */
  newObjectWithKeywords(): void {
    this.take(2);
    const made = this.pop();
    this.listener.call();
    if (made.kind !== "reference" || made.role !== "any") {
      this.#misuse(`makes an object of ${shown(made)} with named arguments`);
    }
    this.push(MADE);
  }

  /** BUILD: gives an object its state. */
  build(): void {
    this.#swallow(this.pop());
    const target = this.#top();
    this.listener.call();
    const isTrusted = target.kind === "reference" && target.role === "any";
    if (target.kind !== "made" && !isTrusted) this.#misuse(`changes ${shown(target)}`);
  }

  /** APPEND, SETITEM and the like: the container that the values were put into. */
  fill(): void {
    const target = this.#top();
    const isTrusted = target.kind === "reference" && target.role === "any";
    if (target.kind === "data" || target.kind === "made" || isTrusted) return;
    this.#misuse(`puts values into ${shown(target)}`);
  }

  /** BINPERSID: what a tuple stands for. */
  loadPersistent(): void {
    const id = this.pop();
    const items = id.kind === "tuple" ? id.items : undefined;
    const [kind, type, key, location] = items ?? [];
    const word = kind?.kind === "text" ? kind.text : undefined;
    if (word === "storage" && this.#isStorage(items ?? [], type, key, location)) {
      this.push(STORAGE);
    } else if (word === "module" && this.#isModule(items ?? [], type)) {
      this.push(type as Value);
    } else {
      this.#misuse("refers to an object outside of it as PyTorch does not");
      this.push(STORAGE);
    }
  }

  /** PERSID, which Python's picklers write in their oldest protocol only. */
  persistentLine(): void {
    this.#misuse("refers to an object outside of it as PyTorch does not");
    this.push(STORAGE);
  }

  /** STOP: the pickle's value. */
  end(): void {
    this.#swallow(this.pop());
  }

  #isStorage(items: readonly Value[], type?: Value, key?: Value, location?: Value): boolean {
    const lengths: Readonly<Record<PersistentIds, number>> = { zip: 5, legacy: 6, none: -1 };
    if (items.length !== lengths[this.persistent]) return false;
    if (key?.kind !== "text" || location?.kind !== "text") return false;
    if (type?.kind !== "reference" || (type.role !== "storage" && type.role !== "any"))
      return false;
    this.listener.storage(`${type.module}.${type.name}`, key.text);
    return true;
  }

  /** In the old form, PyTorch wrote the class of a network with its source text. */
  #isModule(items: readonly Value[], type?: Value): boolean {
    if (this.persistent !== "legacy" || items.length !== 4) return false;
    return type?.kind === "reference" && (type.role === "shell" || type.role === "any");
  }

  #call(callable: Value, args: Value): Value {
    this.listener.call();
    if (args.kind !== "tuple" && args.kind !== "made" && args.kind !== "forgotten") {
      throw new PickleFault("calls something without a tuple of arguments");
    }
    if (callable.kind !== "reference") {
      this.#misuse(`calls ${shown(callable)}`);
      return MADE;
    }
    switch (callable.role) {
      case "any":
        return MADE;
      case "getattr":
        return this.#attribute(args);
      case "class":
      case "function":
        this.#checkArguments(callable, args);
        return MADE;
      default:
        this.#misuse(`calls ${shown(callable)}`);
        return MADE;
    }
  }

  /** Types among the arguments are passed to who takes them only: others might hand them back. */
  #checkArguments(callable: Reference, args: Value): void {
    if (args.kind !== "tuple") {
      this.#misuse(`calls ${shown(callable)} with arguments that can't be told`);
    } else if (args.type !== undefined && callable.takesTypes !== true) {
      this.#misuse(`calls ${shown(callable)} with ${shown(args.type)}`);
    }
  }

  #attribute(args: Value): Value {
    const [of, name, ...more] = args.kind === "tuple" ? (args.items ?? []) : [];
    const isMethod = name?.kind === "text" && isSchedulersMethod(name.text);
    // Whatever the object has under that name: it is not called, and nothing is done to it.
    if (of?.kind === "made" && isMethod && more.length === 0) return FORGOTTEN;
    if (of?.kind !== "reference" || name?.kind !== "text" || more.length > 0) {
      this.#misuse("calls builtins.getattr with what can't be told");
      return MADE;
    }
    return this.#resolve(of.module, `${of.name}.${name.text}`);
  }

  #resolve(module: string, name: string): Reference {
    return { kind: "reference", module, name, ...this.listener.imports(module, name) };
  }

  /** Python's getattr is called at once, and handed to nobody. */
  #swallow(value: Value): void {
    if (value.kind === "reference" && value.role === "getattr") {
      this.#misuse("hands on builtins.getattr");
    }
  }

  #misuse(what: string): void {
    this.listener.misuse(what);
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

/** A value, in words. */
function shown(value: Value): string {
  switch (value.kind) {
    case "reference":
      return `${value.module}.${value.name}`;
    case "made":
      return "an object";
    case "storage":
      return "a storage";
    case "forgotten":
      return "something that can't be told";
    default:
      return "plain data";
  }
}
