import { DATA, FORGOTTEN, MADE, STORAGE, type Value } from "./values.js";

/** Most keys; a network of 20,000 tensors has 200,000. */
const MOST_KEYS = 1 << 24;

const NEVER_FORGOTTEN = 4096;

/** Most values that are not one of a few. */
const MOST_OTHERS = 1 << 20;

/** Values of which there is but one each, by their numbers; 0 is a key that is not there. */
const SINGLE: readonly Value[] = [FORGOTTEN, DATA, MADE, STORAGE, FORGOTTEN];
const OTHER = SINGLE.length;

/**
 * What a pickle has memoized. Most of it is one of a few values, of which a byte is kept each: a
 * pickle may memoize as many as it has bytes.
 */
export class Memo {
  #numbers = new Uint8Array(1024);
  readonly #others = new Map<number, Value>();
  /** How many keys there are: the next key of MEMOIZE (CPython's `_pickle.c`, `load_memoize`). */
  #count = 0;

  /** @returns false where the key, or their number, is too large for a pickler */
  put(key: number, value: Value): boolean {
    if (this.#others.size >= MOST_OTHERS) this.forget();
    if (key >= MOST_KEYS || this.#others.size >= MOST_OTHERS) return false;
    this.#grow(key);
    if (this.#numbers[key] === 0) this.#count += 1;
    // A pickler fetches tuples as data only.
    const number = value.kind === "tuple" ? SINGLE.indexOf(DATA) : SINGLE.indexOf(value, 1);
    this.#numbers[key] = number === -1 ? OTHER : number;
    if (number === -1) this.#others.set(key, value);
    else this.#others.delete(key);
    return true;
  }

  append(value: Value): boolean {
    return this.put(this.#count, value);
  }

  /** @returns undefined where there is no such key */
  get(key: number): Value | undefined {
    const number = this.#numbers[key] ?? 0;
    if (number === 0) return undefined;
    return number === OTHER ? this.#others.get(key) : SINGLE[number];
  }

  /** Forgets texts, but for the first ones, which picklers use again and again. */
  forget(): void {
    for (const [key, value] of this.#others) {
      if (value.kind !== "text" || key < NEVER_FORGOTTEN) continue;
      this.#others.delete(key);
      this.#numbers[key] = SINGLE.lastIndexOf(FORGOTTEN);
    }
  }

  #grow(key: number): void {
    if (key < this.#numbers.length) return;
    const larger = new Uint8Array(Math.max(key + 1, 2 * this.#numbers.length));
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}
