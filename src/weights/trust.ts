/**
 * What the user trusts to run code when a model is loaded: full names, as `monai.networks.nets.unet.UNet`.
 * It remembers which of them were met, so that it can be said.
 */
export class Trust {
  readonly #names: ReadonlySet<string>;
  readonly #used = new Set<string>();

  /** @param names - module and name, joined by a dot; each counts exactly as it is written */
  constructor(names: Iterable<string> = []) {
    this.#names = new Set(names);
  }

  /** Whether a full name is trusted; if so, it counts as used from now on. */
  allows(name: string): boolean {
    const isTrusted = this.#names.has(name);
    if (isTrusted) this.#used.add(name);
    return isTrusted;
  }

  /** Trusted names that were met, sorted. */
  get used(): readonly string[] {
    return [...this.#used].sort();
  }

  /** Trusted names that were not met, sorted. */
  get unused(): readonly string[] {
    return [...this.#names].filter((name) => !this.#used.has(name)).sort();
  }
}

/** A name in full: `module.name`, with at least one dot. */
export const TRUSTED_NAME = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$/;
