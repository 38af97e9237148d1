import { mmarSource } from "./mmar/mmar-source.js";
import { monaiBundleSource } from "./monai-bundle/monai-bundle-source.js";
import type { Source } from "./source.js";

/** The kinds of models that are known, in the order in which they are asked. */
export const SOURCES: readonly Source[] = [mmarSource, monaiBundleSource];
