import type { InspectOptions } from "./types.js";

/** Options of `run` besides those of the derivation. */
export interface OwnRunOptions {
  /** The folder of the results. By default `<model>.run` here. */
  readonly out?: string | undefined;
  /**
   * Replace the results of an earlier run.
   *
   * @defaultValue `false`
   */
  readonly force?: boolean | undefined;
  /** What a request holds: `instance`, `series` or `study`. By default what the model needs. */
  readonly scope?: string | undefined;
  /**
   * Series to run on: a number, a UID or a description each, or `all`. Without any the one that
   * there is.
   *
   * @defaultValue `[]`
   */
  readonly series?: readonly string[] | undefined;
  /** A JSON file of annotations that go into the request. By default there are none. */
  readonly annotations?: string | undefined;
  /**
   * Clicks on what is meant, for a model that takes them: column and row in the image's pixels,
   * from 0, and the number of the image in the series, from 1, in the order of InstanceNumber.
   *
   * @defaultValue `[]`
   * @example ["200,120,14"]
   */
  readonly click?: readonly string[] | undefined;
  /** Clicks on what is not meant, in the same form. By default none. */
  readonly clickBackground?: readonly string[] | undefined;
  /**
   * Arguments that go into the request; a value that is JSON is read as such.
   *
   * @defaultValue `{}`
   */
  readonly args?: Readonly<Record<string, string>> | undefined;
  /** A NIfTI file of the true label map, to compare with. By default nothing is compared. */
  readonly label?: string | undefined;
  /**
   * A Python that has PyTorch, MONAI and what else the model needs. By default the active virtual
   * environment, else one that is made once.
   */
  readonly python?: string | undefined;
  /**
   * Whether packages may be installed without asking.
   *
   * @defaultValue `false`
   */
  readonly yes?: boolean | undefined;
  /** Seconds after which the run is stopped. By default it may take as long as it needs. */
  readonly timeout?: number | string | undefined;
}

/** Options of a local run. Those of the derivation are for a model that is not packed yet. */
export interface RunOptions extends InspectOptions, OwnRunOptions {}
