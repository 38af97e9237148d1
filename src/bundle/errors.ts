/** The target is there already, and `force` was not given. */
export class TargetExistsError extends Error {
  override readonly name = "TargetExistsError";
  constructor(readonly target: string) {
    super(`${target} exists already. Give another name with --out, or replace it with --force.`);
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

/** What was being done when the machine failed. */
export type MachineOperation = "read" | "write" | "create" | "sync" | "put in place";

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
    const { what, hint } = EXPLAINED[code] ?? UNEXPLAINED;
    super(`Can't ${operation} ${path}: ${what} (${code}). ${hint}`, options);
  }
}

interface Explanation {
  readonly what: string;
  readonly hint: string;
}

const UNEXPLAINED: Explanation = {
  what: "the system reports an error",
  hint: "Check the disk and its permissions, or choose another folder with --out.",
};

const EXPLAINED: Readonly<Record<string, Explanation>> = {
  ENOSPC: {
    what: "no space is left on the disk",
    hint: "Free some space, or choose another folder with --out.",
  },
  EDQUOT: {
    what: "your disk quota is used up",
    hint: "Free some space, or choose another folder with --out.",
  },
  EFBIG: {
    what: "the file would be larger than the file system or a limit allows",
    hint: "Raise the limit (ulimit -f), or choose another folder with --out.",
  },
  EACCES: {
    what: "permission is denied",
    hint: "Get the permission, or choose another folder with --out.",
  },
  EPERM: {
    what: "the operation is not permitted",
    hint: "Get the permission, or choose another folder with --out.",
  },
  EROFS: {
    what: "the file system is read-only",
    hint: "Choose another folder with --out.",
  },
  ENAMETOOLONG: {
    what: "the name is too long for the file system",
    hint: "Choose a shorter name with --out.",
  },
  ENOENT: {
    what: "there is no such file or folder",
    hint: "Create the folder first, or choose another one with --out.",
  },
  ENOTDIR: {
    what: "a part of the path is not a folder",
    hint: "Choose another folder with --out.",
  },
  EISDIR: {
    what: "it is a folder",
    hint: "Give the name of a file with --out.",
  },
  EIO: {
    what: "the device failed",
    hint: "Check the disk and the system's log, then try again.",
  },
  EMFILE: {
    what: "too many files are open",
    hint: "Raise the limit (ulimit -n), then try again.",
  },
};

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
export function explain(error: unknown, operation: MachineOperation, path: string): unknown {
  return isSystemError(error)
    ? new MachineError(error.code, operation, path, { cause: error })
    : error;
}
