import type { Finding } from "../findings/finding.js";
import type { BaseImage } from "../mdai/base-images.js";
import type { Engine as AnyEngine } from "../model/config-mdai.js";
import type { ModelSpec } from "../model/spec.js";
import type { Device, EngineFolder, RuntimeName } from "../options/words.js";
import type { SourceModel } from "../sources/source.js";
import type { ConfigChange } from "../text/json-edit.js";

/** The names of what runs a model, in config_mdai.json. */
export type EngineName = AnyEngine["name"];

/** What runs a model on MD.ai. A new one is a folder here and a line in runtimes.ts. */
export interface Runtime<Engine = unknown> {
  /** What the user calls it. */
  readonly name: RuntimeName;
  /** The name in config_mdai.json's `engine`. */
  readonly engine: EngineName;
  /** Its folder in templates/engines/. */
  readonly templates: EngineFolder;
  /** What a person calls it. */
  readonly title: string;
  /** What a person who has not chosen it would want to know of it, for the summary. */
  readonly summary: string;
  /** MD.ai's base image that it runs in. */
  readonly baseImage: BaseImage;
  /** The Python of its image, as `3.8`. */
  readonly python: string;
  /** Top names of the Python packages that its image brings, or that its requirements install. */
  readonly packages: ReadonlySet<string>;
  /** Folder of the bundle that config_mdai.json and the model's folder lie in. */
  readonly workspace: string;
  /**
   * Whether it can run the model; what stands in its way otherwise.
   *
   * @throws {@link FileChangedError} or a system error if a file of the model can't be read
   */
  accepts(model: SourceModel, spec: ModelSpec): Promise<Finding[]>;
  /** The text of config.yaml, by which MD.ai builds the image that a model runs in. */
  configYaml(options: ImageOptions, model: SourceModel): string;
  /** What it adds to the bundle for a model; undefined where too little is known of it. */
  prepare(model: SourceModel, spec: ModelSpec, options: RunOptions): Prepared<Engine> | undefined;
  /** Keys of `engine` that name files of the model's folder, with what each file is. */
  readonly namedFiles: readonly (readonly [key: string, what: string])[];
}

/** What the user says of the image. */
interface ImageOptions {
  readonly device: Device;
  /** Environment variables of the image. */
  readonly env: Readonly<Record<string, string>>;
}

/** What the user says of the run. */
export interface RunOptions {
  readonly device: Device;
  /** Windows that a sliding window inferer runs at once, from 1. */
  readonly swBatchSize: number;
  /** Seconds that the inference of a request may take, from 1. */
  readonly inferenceTimeout: number;
}

/** What a runtime adds to a bundle. */
interface Prepared<Engine = unknown> {
  /** Its part of config_mdai.json. */
  readonly engine: Engine;
  /** The inference config as the platform needs it: a new file beside the original. */
  readonly derivedConfig: DerivedConfig;
  /** Files that the model lacks and that its run needs. */
  readonly files: readonly AddedFile[];
  /** Parts of its requirements that only some models need. */
  readonly requirementParts: readonly string[];
  /** Lines of requirements.txt that depend on the model itself. */
  readonly requirements?: readonly string[];
}

/** A file that is added to the model's folder. */
export interface AddedFile {
  /** Path relative to the model's root. */
  readonly path: string;
  readonly text: string;
  /** Why it is there, for `--dry-run`. */
  readonly reason: string;
}

/** An inference config that was derived from a model's own. */
export interface DerivedConfig {
  /** Path relative to the model's root. */
  readonly path: string;
  /** The file that it was derived from. */
  readonly source: { readonly path: string; readonly text: string };
  readonly text: string;
  readonly changes: readonly ConfigChange[];
  /** Whether it holds the changes alone, and counts behind the original. */
  readonly isOverlay?: boolean;
}
