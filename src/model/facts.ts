/** A value and where it comes from, in words for people. */
export interface Fact<T> {
  readonly value: T;
  readonly from: string;
}

/** What takes the place of what: shown in the summary. */
export interface Override {
  readonly option: string;
  readonly value: string;
  /** What would have been taken, or undefined where nothing could be derived. */
  readonly instead: string | undefined;
}
