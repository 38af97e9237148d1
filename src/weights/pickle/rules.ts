import { isSchedulersMethod, type Listed } from "./names.js";
import { FORGOTTEN, MADE, type Reference, STORAGE, type Value } from "./values.js";

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

/** How many items the tuple has by which a storage is named. */
const STORAGE_ITEMS: Readonly<Record<PersistentIds, number>> = { zip: 5, legacy: 6, none: -1 };

/** What a pickle may do with values. What it may not is told to the listener, and goes on. */
export class Rules {
  constructor(
    private readonly listener: MachineListener,
    private readonly ids: PersistentIds,
  ) {}

  /** What an import is. */
  resolve(module: string, name: string): Reference {
    return { kind: "reference", module, name, ...this.listener.imports(module, name) };
  }

  /** A call, and what comes of it. */
  call(callable: Value, args: Value): Value {
    this.listener.call();
    const isEnum =
      callable.kind === "reference" &&
      callable.takesValue === true &&
      (args.kind === "text" || args.kind === "data");
    if (!isEnum && args.kind !== "tuple" && args.kind !== "made" && args.kind !== "forgotten") {
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

  /** An empty object that is made of a class. */
  make(made: Value, args: Value): Value {
    this.listener.call();
    if (made.kind !== "reference" || !["shell", "class", "any"].includes(made.role)) {
      this.#misuse(`makes an object of ${shown(made)}`);
    } else if (made.role !== "any") this.#checkArguments(made, args);
    return MADE;
  }

  /** The same with named arguments, by which no object of the list is written. */
  makeWithKeywords(made: Value): Value {
    this.listener.call();
    if (made.kind !== "reference" || made.role !== "any") {
      this.#misuse(`makes an object of ${shown(made)} with named arguments`);
    }
    return MADE;
  }

  /** An object that is given its state. */
  change(target: Value): void {
    this.listener.call();
    const isTrusted = target.kind === "reference" && target.role === "any";
    if (target.kind !== "made" && !isTrusted) this.#misuse(`changes ${shown(target)}`);
  }

  /** A container that values are put into. */
  fill(target: Value): void {
    const isTrusted = target.kind === "reference" && target.role === "any";
    if (target.kind === "data" || target.kind === "made" || isTrusted) return;
    this.#misuse(`puts values into ${shown(target)}`);
  }

  /** What a persistent id stands for. */
  persistent(id: Value): Value {
    const items = (id.kind === "tuple" ? id.items : undefined) ?? [];
    const [kind, type, key, location] = items;
    const word = kind?.kind === "text" ? kind.text : undefined;
    if (word === "storage" && this.#isStorage(items, type, key, location)) return STORAGE;
    if (word === "module" && type !== undefined && this.#isModule(items, type)) return type;
    this.#misuse("refers to an object outside of it as PyTorch does not");
    return STORAGE;
  }

  /** Python's getattr is called at once, and handed to nobody. */
  handOn(value: Value): void {
    if (value.kind === "reference" && value.role === "getattr") {
      this.#misuse("hands on builtins.getattr");
    }
  }

  #isStorage(items: readonly Value[], type?: Value, key?: Value, location?: Value): boolean {
    if (items.length !== STORAGE_ITEMS[this.ids]) return false;
    if (key?.kind !== "text" || location?.kind !== "text") return false;
    if (type?.kind !== "reference" || (type.role !== "storage" && type.role !== "any"))
      return false;
    this.listener.storage(`${type.module}.${type.name}`, key.text);
    return true;
  }

  /** In the old form, PyTorch wrote the class of a network with its source text. */
  #isModule(items: readonly Value[], type: Value): boolean {
    if (this.ids !== "legacy" || items.length !== 4) return false;
    return type.kind === "reference" && (type.role === "shell" || type.role === "any");
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
    return this.resolve(of.module, `${of.name}.${name.text}`);
  }

  #misuse(what: string): void {
    this.listener.misuse(what);
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
