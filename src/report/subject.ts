import type { Finding } from "../findings/finding.js";

/** One MMAR or bundle that a command was given, in the form that all reports are made of. */
export interface Subject {
  /** Name of the MMAR or bundle. */
  readonly name: string;
  /** Its folder or archive, as the user gave it. */
  readonly location: string;
  /** Whether it is an archive: the places of its findings then lie in it, not in a folder. */
  readonly isArchive: boolean;
  /** Whether the command did what it was asked to do with it. */
  readonly ok: boolean;
  /** Errors first. */
  readonly findings: readonly Finding[];
  /**
   * What stopped the command at it besides findings, in one or more sentences: a full disk, a
   * target that is there already, findings that `--strict` does not let pass.
   */
  readonly failure?: string;
  /** What came of it in a few words: `packed into x.mdai.zip`, `up to date`. */
  readonly outcome?: string;
}

/** The command that a report is about. */
export interface ReportContext {
  readonly command: "inspect" | "pack" | "verify" | "batch";
  /** Version of this program. */
  readonly version: string;
}

/**
 * Makes a report piece by piece: a batch may have thousands of subjects, and none is kept.
 *
 * @param subjects - in the order in which they are to stand
 */
export type Reporter = (
  subjects: AsyncIterable<Subject>,
  context: ReportContext,
) => AsyncIterable<string>;
