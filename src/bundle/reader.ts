import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { MachineError, type MachineOperation, VerifyError } from "./errors.js";
import { type ExpectedArchive, FileFollower, readBack } from "./readback.js";

/** Follows an archive while it is written, and checks it when it is finished. */
export interface ArchiveReader {
  /** The archive has grown to `length` bytes. */
  grown(length: number): void;
  /**
   * The archive is finished and has `length` bytes.
   * Resolves to its SHA-256, in hexadecimal digits, when it is read back and found good.
   *
   * @throws VerifyError where it differs from `expected`
   * @throws MachineError where the system can't read it
   */
  finish(length: number, expected: ExpectedArchive): Promise<string>;
  /** Lets go of the archive. To be called in the end, whatever happened. */
  stop(): Promise<void>;
}

/** What the reader's thread is told. */
export type ReaderRequest =
  | { readonly kind: "grown"; readonly length: number }
  | { readonly kind: "finish"; readonly length: number; readonly expected: ExpectedArchive };

/** What it answers. Errors of one's own classes don't cross between threads as they are. */
export type ReaderAnswer =
  | { readonly kind: "good"; readonly sha256: string }
  | { readonly kind: "differs"; readonly entry: string | undefined; readonly problem: string }
  | {
      readonly kind: "machine";
      readonly code: string;
      readonly operation: MachineOperation;
      readonly path: string;
    }
  | { readonly kind: "bug"; readonly message: string };

/** The thread's script, which is there once the project is compiled. */
const SCRIPT = new URL("./reader-thread.js", import.meta.url);

/**
 * Starts a reader for the archive at `path`: in a thread of its own, so that hashing and reading
 * back don't hold up writing; in this one where the script is not there (sources run uncompiled).
 */
export function startReader(path: string): ArchiveReader {
  return existsSync(fileURLToPath(SCRIPT)) ? new ThreadReader(path) : new LocalReader(path);
}

/** Reads in the calling thread. */
export class LocalReader implements ArchiveReader {
  readonly #follower: FileFollower;

  constructor(private readonly path: string) {
    this.#follower = new FileFollower(path);
  }

  grown(length: number): void {
    this.#follower.grown(length);
  }

  async finish(length: number, expected: ExpectedArchive): Promise<string> {
    const sha256 = await this.#follower.finish(length);
    await readBack(this.path, expected);
    return sha256;
  }

  async stop(): Promise<void> {
    await this.#follower.close();
  }
}

class ThreadReader implements ArchiveReader {
  readonly #thread: Worker;
  readonly #answer: Promise<ReaderAnswer>;

  constructor(path: string) {
    this.#thread = new Worker(SCRIPT, { workerData: path });
    this.#answer = new Promise((resolve, reject) => {
      this.#thread.once("message", resolve);
      this.#thread.once("error", reject);
      this.#thread.once("exit", () => reject(new Error("The reading thread ended too early.")));
    });
    this.#answer.catch(() => undefined);
  }

  grown(length: number): void {
    this.#ask({ kind: "grown", length });
  }

  async finish(length: number, expected: ExpectedArchive): Promise<string> {
    this.#ask({ kind: "finish", length, expected });
    return unwrap(await this.#answer);
  }

  async stop(): Promise<void> {
    await this.#thread.terminate();
  }

  #ask(request: ReaderRequest): void {
    this.#thread.postMessage(request);
  }
}

/** An error in the form in which it can leave the thread. */
export function wrap(error: unknown): ReaderAnswer {
  if (error instanceof VerifyError) {
    return { kind: "differs", entry: error.entry, problem: error.problem };
  }
  if (error instanceof MachineError) {
    const { code, operation, path } = error;
    return { kind: "machine", code, operation, path };
  }
  return { kind: "bug", message: error instanceof Error ? (error.stack ?? "") : String(error) };
}

function unwrap(answer: ReaderAnswer): string {
  switch (answer.kind) {
    case "good":
      return answer.sha256;
    case "differs":
      throw new VerifyError(answer.entry, answer.problem);
    case "machine":
      throw new MachineError(answer.code, answer.operation, answer.path);
    case "bug":
      throw new Error(`The reading thread failed: ${answer.message}`);
  }
}
