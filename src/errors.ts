import { type Finding, finding } from "./findings/finding.js";
import { describeFinding } from "./findings/format.js";
import { option } from "./options/names.js";

/** The user asked for something that can't be: an option, not the model, has to change. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A file was changed between the listing and the end of reading it. */
export class FileChangedError extends Error {
  override readonly name = "FileChangedError";
  constructor(readonly path: string) {
    super(`${path} changed while it was read`);
  }
}

/** The archive is unfit, and reading it makes no more sense. */
export class ArchiveFault extends Error {
  override readonly name = "ArchiveFault";
  constructor(readonly finding: Finding) {
    super(describeFinding(finding).message);
  }
}

/** The target is there already, and `force` was not given. */
export class TargetExistsError extends Error {
  override readonly name = "TargetExistsError";
  constructor(readonly target: string) {
    super(
      `${target} already exists. Choose another name with ${option("out")}, or replace it with ${option("force")}.`,
    );
  }
}

/** The finished archive, read back, is not what the plan says. The target was left as it was. */
export class VerifyError extends Error {
  override readonly name = "VerifyError";
  constructor(
    /** The entry that differs; `undefined` where the archive as a whole does. */
    readonly entry: string | undefined,
    readonly problem: string,
  ) {
    const where = entry === undefined ? "the archive" : `its entry ${entry}`;
    super(
      `The archive was read back and ${where} is wrong: ${problem}. ` +
        "Nothing was put in place. Try again; if it happens again, test the disk and the memory.",
    );
  }
}

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
  /** There is no Python that can run it. */
  | "python"
  /** Disk or memory. */
  | "machine";

/** A run gave nothing; the message says why, and what to do. */
export class RunFailure extends Error {
  override readonly name = "RunFailure";
  constructor(
    readonly kind: RunFailureKind,
    /** What is wrong, in whole sentences. */
    readonly reason: string,
    /** Lines that say more: what there is to choose from, or the end of the log. */
    readonly details: readonly string[] = [],
  ) {
    super([reason, ...details.map((line) => `  ${line}`)].join("\n"));
  }
}

/** What was being done when the machine failed. */
export type MachineOperation =
  | "read"
  | "unpack into"
  | "write"
  | "create"
  | "sync"
  | "put in place"
  | "print to"
  | "write the report";

/** The machine failed: a full disk, a missing permission, a broken device. */
export class MachineError extends Error {
  override readonly name = "MachineError";
  constructor(
    /** The system's name of the error: `ENOSPC`. */
    readonly code: string,
    readonly operation: MachineOperation,
    /** The file or folder it happened to. */
    readonly path: string,
    options?: ErrorOptions,
  ) {
    const what = MEANINGS[code] ?? "the system reports an error";
    super(`Can't ${operation} ${path}: ${what} (${code}). ${hintFor(code, operation)}`, options);
  }
}

const MEANINGS: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the disk",
  EDQUOT: "your disk quota is used up",
  EFBIG: "the file would be larger than the file system or a limit allows",
  EACCES: "permission is denied",
  EPERM: "the operation is not permitted",
  EROFS: "the file system is read-only",
  ENAMETOOLONG: "the name is too long for the file system",
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder",
  EIO: "the device failed",
  EMFILE: "too many files are open",
};

const OUT = option("out");

const OTHER_FOLDER = `or choose another folder with ${OUT}.`;

/** What to do about an error met while the bundle is written. */
const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: `Free some space, ${OTHER_FOLDER}`,
  EDQUOT: `Free some space, ${OTHER_FOLDER}`,
  EFBIG: `Raise the limit (ulimit -f), ${OTHER_FOLDER}`,
  EACCES: `Get permission to write there, ${OTHER_FOLDER}`,
  EPERM: `Get permission to write there, ${OTHER_FOLDER}`,
  EROFS: `Choose another folder with ${OUT}.`,
  ENAMETOOLONG: `Choose a shorter name with ${OUT}.`,
  ENOENT: `Create the folder first, ${OTHER_FOLDER}`,
  ENOTDIR: `Choose another folder with ${OUT}.`,
  EISDIR: `Give the name of a file with ${OUT}.`,
};

/** What to do about an error met while the source is read. */
const READ_HINTS: Readonly<Record<string, string>> = {
  EACCES: "Get permission to read it, then try again.",
  EPERM: "Get permission to read it, then try again.",
};

/** What to do where an archive's content finds no room for the time of the work. */
const UNPACK_HINT =
  "Name another folder for temporary files in TMPDIR, or unpack the archive and give its folder.";

/** What to do about an error met while a report is written, whatever the error. */
const REPORT_HINT = `Fix that, or name another file with ${option("report")}.`;

/** What to do where the result can't be printed. */
const PRINT_HINT = "Send the output to another place.";

/** What to do whatever was being done. */
const ANY_HINTS: Readonly<Record<string, string>> = {
  EMFILE: "Raise the limit (ulimit -n), then try again.",
};

function hintFor(code: string, operation: MachineOperation): string {
  if (operation === "unpack into") return UNPACK_HINT;
  if (operation === "write the report") return REPORT_HINT;
  if (operation === "print to") return PRINT_HINT;
  const hints = operation === "read" ? READ_HINTS : HINTS;
  return hints[code] ?? ANY_HINTS[code] ?? "Check the disk and the system's log, then try again.";
}

/** Whether the system, and not this program, raised the error. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return (
    error instanceof Error &&
    "syscall" in error &&
    "code" in error &&
    typeof error.code === "string"
  );
}

/** A system error as {@link MachineError}; any other error as it is. */
export function asMachineError(error: unknown, operation: MachineOperation, path: string): unknown {
  return isSystemError(error)
    ? new MachineError(error.code, operation, path, { cause: error })
    : error;
}

/** What stopped the work besides findings, by whom it concerns. */
export type FailureKind =
  /** An option, or a file that an option names, has to change. */
  | "usage"
  /** A file lies where the bundle would. */
  | "target-exists"
  /** The disk, or a permission. */
  | "machine"
  /** The archive, read back, was not what was written. */
  | "verify"
  /** The model could not be run to its end. */
  | "model";

/** What an error tells the user. */
export type Explanation =
  /** The input is bad in a way that the table of findings knows. */
  | { readonly kind: "finding"; readonly finding: Finding }
  | { readonly kind: FailureKind; readonly message: string };

/** What an error tells the user; undefined for a fault of this program. */
export function explain(error: unknown): Explanation | undefined {
  if (error instanceof ArchiveFault) return { kind: "finding", finding: error.finding };
  if (error instanceof FileChangedError) {
    return { kind: "finding", finding: finding("file-changed", {}, { file: error.path }) };
  }
  const kind = failureKind(error);
  return kind === undefined ? undefined : { kind, message: (error as Error).message };
}

/** Whom the failure of a run concerns. */
const RUN_FAILURES: Readonly<Record<RunFailureKind, FailureKind>> = {
  input: "usage",
  choice: "usage",
  model: "model",
  timeout: "model",
  python: "machine",
  machine: "machine",
};

function failureKind(error: unknown): FailureKind | undefined {
  if (error instanceof UsageError) return "usage";
  if (error instanceof TargetExistsError) return "target-exists";
  if (error instanceof MachineError) return "machine";
  if (error instanceof RunFailure) return RUN_FAILURES[error.kind];
  return error instanceof VerifyError ? "verify" : undefined;
}

/**
 * The finding about an input that an error in reading it stands for.
 *
 * @param location - the input, as the user gave it
 * @throws the error itself if the input is not at fault: as {@link MachineError} if the system
 *   raised it
 */
export function inputFinding(error: unknown, location: string): Finding {
  const told = explain(error);
  if (told?.kind === "finding") return told.finding;
  throw asMachineError(error, "read", location);
}
