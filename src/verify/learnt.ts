import type { Finding } from "../findings/finding.js";
import type { ImageFacts } from "../mdai/read-config-yaml.js";
import type { ArchiveFormat, RuntimeName } from "../options/words.js";
import type { EngineName } from "../runtimes/runtime.js";
import type { BundleModel } from "./workspace-parts.js";

/** What is known of a bundle, as far as looking at it led. */
export interface BundleFacts {
  /** Form of the archive; undefined if MD.ai does not take it. */
  readonly format: ArchiveFormat | undefined;
  /** Length of the archive in bytes. */
  readonly size: number | undefined;
  /** SHA-256 of the archive, in hexadecimal. */
  readonly sha256: string | undefined;
  /** Number of files in the archive. */
  readonly files: number;
  /** Their total size in bytes. */
  readonly contentSize: number;
  /** The folder that holds .mdai, "" for the archive's top; undefined where it was not found. */
  readonly root: string | undefined;
  /** The image that the bundle asks for; undefined where its base or device is not known. */
  readonly image: ImageFacts | undefined;
  /** Whether mmar2mdai made the bundle. */
  readonly isOurs: boolean;
  /** What runs the model, where mmar2mdai made the bundle. */
  readonly runtime: RuntimeName | undefined;
  /** The same as config_mdai.json names it, which tells more. */
  readonly engine: EngineName | undefined;
  /** Folder of the MMAR in the archive, if there is one. */
  readonly mmar: string | undefined;
  /** What is known of the model; undefined where the bundle does not say. */
  readonly model: BundleModel | undefined;
}

/** What one step of verifying learnt. */
export interface Learnt {
  readonly known: Partial<BundleFacts>;
  readonly findings: readonly Finding[];
  /** Whether looking on makes no sense. */
  readonly isEnd?: boolean;
}

/** Findings alone. */
export const found = (findings: readonly Finding[]): Learnt => ({ known: {}, findings });

/** A finding behind which nothing can be looked at. */
export const end = (last: Finding, known: Partial<BundleFacts> = {}): Learnt => ({
  known,
  findings: [last],
  isEnd: true,
});

/** What several steps learnt, the later ones winning; it ends where the last one ends. */
export function together(steps: readonly Learnt[]): Learnt {
  return {
    known: Object.assign({}, ...steps.map(({ known }) => known)) as Partial<BundleFacts>,
    findings: steps.flatMap(({ findings }) => findings),
    isEnd: steps.some(({ isEnd }) => isEnd === true),
  };
}
