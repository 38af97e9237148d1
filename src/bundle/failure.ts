import { UsageError } from "../errors.js";
import { MachineError, TargetExistsError, VerifyError } from "./errors.js";

/** What stopped the work besides findings, by whom it concerns. */
export type FailureKind =
  /** An option, or a file that an option names, has to change. */
  | "usage"
  /** A file lies where the bundle would. */
  | "target-exists"
  /** The disk, or a permission. */
  | "machine"
  /** The archive, read back, was not what was written. */
  | "verify";

/** What an error is that its message explains to the user; undefined for a fault of this program. */
export function failureKind(error: unknown): FailureKind | undefined {
  if (error instanceof UsageError) return "usage";
  if (error instanceof TargetExistsError) return "target-exists";
  if (error instanceof MachineError) return "machine";
  return error instanceof VerifyError ? "verify" : undefined;
}
