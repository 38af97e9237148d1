/** Why a run gave nothing. */
export type RunFailureKind =
  /** What the user named: DICOM, a reference, a bundle. */
  | "input"
  /** More than one thing fits, or none does. */
  | "choice"
  /** The model can't be loaded, or took its process down. */
  | "model"
  /** It took longer than it may. */
  | "timeout"
  /** No Python that can run it. */
  | "python"
  /** Disk or memory. */
  | "machine";

/** A run gave nothing; the message says why, and what to do. */
export class RunFailure extends Error {
  override readonly name = "RunFailure";
  constructor(
    readonly kind: RunFailureKind,
    message: string,
    /** Lines that say more: what there is to choose from, or the end of the log. */
    readonly details: readonly string[] = [],
  ) {
    super(message);
  }
}
