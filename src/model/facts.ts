import { type OptionName, option } from "../options/names.js";

/** A value and where it comes from. */
export interface Fact<T> {
  readonly value: T;
  /**
   * In words for people: `MMAR_CKPT in config/environment.json`. What the user said has the
   * option's key in backticks: `` `outClasses` ``.
   */
  readonly from: string;
}

/** Where a value is from that the user gave by an option. */
export const fromOption = (name: OptionName): string => option(name);

/** What replaces what: shown in the summary. */
export interface Override {
  readonly option: OptionName;
  readonly value: string;
  /** What would have been taken, or undefined where nothing could be derived. */
  readonly instead: string | undefined;
}

/**
 * Makes what takes the user's word for a value where there is one.
 *
 * @param said - gets each value that replaced one, or what could not be derived
 */
export function overriding(said: Override[]) {
  return <T extends string | number>(
    option: OptionName,
    value: T | undefined,
    derived: Fact<T> | undefined,
  ): Fact<T> | undefined => {
    if (value === undefined) return derived;
    said.push({ option, value: String(value), instead: derived && String(derived.value) });
    return { value, from: fromOption(option) };
  };
}
