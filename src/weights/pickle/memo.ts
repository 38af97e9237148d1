/** Most keys that are kept out of their order: picklers count from 0. */
const MOST_SPARSE = 100_000;

/**
 * What a pickle has memoized, as far as it is strings. Which keys there are is known, too, since
 * the next key of MEMOIZE is their number (CPython's `_pickle.c`, `load_memoize`).
 */
export class Memo {
  readonly #texts = new Map<number, string>();
  /** Keys from 0 up to this one are there. */
  #dense = 0;
  /** Keys beyond. */
  readonly #sparse = new Set<number>();
  /** Whether what there is has become unknown. */
  #isLost = false;

  /** @param key - undefined where it can't be told: from then on nothing is known */
  put(key: number | undefined, text: string | undefined): void {
    if (key === undefined || this.#sparse.size === MOST_SPARSE) this.#isLost = true;
    if (key === undefined || this.#isLost) {
      this.forget();
      return;
    }
    if (text === undefined) this.#texts.delete(key);
    else this.#texts.set(key, text);
    if (key > this.#dense) this.#sparse.add(key);
    else if (key === this.#dense) this.#grow();
  }

  append(text: string | undefined): void {
    this.put(this.#dense + this.#sparse.size, text);
  }

  get(key: number | undefined): string | undefined {
    return key === undefined ? undefined : this.#texts.get(key);
  }

  /** Takes all strings for unknown values. */
  forget(): void {
    this.#texts.clear();
  }

  #grow(): void {
    do {
      this.#dense += 1;
    } while (this.#sparse.delete(this.#dense));
  }
}
