import type { SourceFile } from "../files/source-file.js";
import type { ImageFacts } from "../mdai/read-config-yaml.js";
import { asObject, asString, type JsonFile } from "../text/json.js";

/** What a bundle says of its model. */
export interface BundleModel {
  /** `segmentation` or `classification`, or what a bundle that another tool made calls it. */
  readonly task: string | undefined;
  readonly outClasses: number | undefined;
  readonly dataListKey: string | undefined;
  /** What is reported to MD.ai; empty where the bundle does not say. */
  readonly classes: readonly { readonly classIndex: number; readonly name: string }[];
}

/** A bundle's workspace, by its files. */
export interface Workspace {
  /** The archive, as the user gave it. */
  readonly location: string;
  /** Path of the folder in the archive. */
  readonly path: string;
  /** The files below it, by their paths in the archive. */
  readonly files: readonly SourceFile[];
  /** Path of its config_mdai.json, which may be there. */
  readonly configMdai: string;
  readonly image: ImageFacts | undefined;
}

/** The name of the engine in a config_mdai.json. */
export const engineName = (config: JsonFile | undefined): string | undefined =>
  asString(asObject(config?.value.engine)?.name);
