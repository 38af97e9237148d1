import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { asMachineError, MachineError } from "../errors.js";

/** Takes the SHA-256 of a file that is still being written, and checksums of others. */
export interface Follower {
  /**
   * CRC-32 of the file at `path`, which has `size` bytes. To be asked for one at a time.
   *
   * @returns undefined where it is not had beside the caller's own work: who reads the file instead
   *   is told what is wrong with it
   */
  checksum(path: string, size: number): Promise<number | undefined>;
  /** The file has grown to `length` bytes. */
  grown(length: number): void;
  /**
   * The file is finished and has `length` bytes. Resolves to its SHA-256, in hexadecimal digits.
   *
   * @throws MachineError where the system can't read it
   */
  finish(length: number): Promise<string>;
  /** Closes the file. To be called at the end, after an error as well. */
  stop(): Promise<void>;
}

/** Messages to the follower's thread. */
export type FollowerRequest =
  | { readonly kind: "checksum"; readonly path: string; readonly size: number }
  | { readonly kind: "grown"; readonly length: number }
  | { readonly kind: "finished"; readonly length: number };

/** What it answers to the request for a checksum. */
export interface ChecksumAnswer {
  readonly crc32: number | undefined;
}

/** What it answers in the end. Errors of one's own classes don't cross between threads as such. */
export type FollowerAnswer =
  | { readonly sha256: string }
  | { readonly code: string }
  | { readonly bug: string };

/** The thread's script, which is there once the project is compiled. */
const SCRIPT = new URL("./follower-thread.js", import.meta.url);

/** A thread takes as long to start as this many bytes to hash, about. */
const WORTH_A_THREAD = 16 * 1024 * 1024;

/**
 * Follows the file at `path`: in a thread of its own, so that hashing does not hold up writing; in
 * this one where little will be written, or the thread's script is not there (sources run
 * uncompiled).
 *
 * @param size - bytes that will be written, about
 */
export function follow(path: string, size: number): Follower {
  const isWorthIt = size >= WORTH_A_THREAD && existsSync(fileURLToPath(SCRIPT));
  return isWorthIt ? new ThreadFollower(path) : new LocalFollower(path);
}

/** So much stays in a processor's cache between reading and hashing. */
export const BUFFER_SIZE = 256 * 1024;

/**
 * Follows a file in the calling thread. It reads without giving way to other work: in a thread of
 * its own there is none.
 */
export class LocalFollower implements Follower {
  readonly #hash = createHash("sha256");
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  #file: number | undefined;
  #hashed = 0;
  #failure: unknown;
  #stopped = false;

  constructor(private readonly path: string) {}

  async checksum(): Promise<undefined> {}

  grown(length: number): void {
    if (this.#stopped || this.#failure !== undefined) return;
    try {
      this.#file ??= openSync(this.path, "r");
      while (this.#hashed < length) this.#hashed += this.#hashNext(this.#file, length);
    } catch (error) {
      this.#failure = asMachineError(error, "read", this.path);
    }
  }

  async finish(length: number): Promise<string> {
    this.grown(length);
    if (this.#failure !== undefined) throw this.#failure;
    return this.#hash.digest("hex");
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#file !== undefined) closeSync(this.#file);
  }

  #hashNext(file: number, length: number): number {
    const wanted = Math.min(BUFFER_SIZE, length - this.#hashed);
    const bytesRead = readSync(file, this.#buffer, 0, wanted, this.#hashed);
    // These bytes were written, but are gone: something else cut the file short.
    if (bytesRead === 0) throw new MachineError("EIO", "read", this.path);
    this.#hash.update(this.#buffer.subarray(0, bytesRead));
    return bytesRead;
  }
}

class ThreadFollower implements Follower {
  readonly #thread: Worker;
  readonly #answer: Promise<FollowerAnswer>;
  #takeChecksum: (crc32: number | undefined) => void = () => undefined;

  constructor(private readonly path: string) {
    this.#thread = new Worker(SCRIPT, { workerData: path });
    this.#answer = new Promise((resolve, reject) => {
      this.#thread.on("message", (answer: ChecksumAnswer | FollowerAnswer) => {
        if ("crc32" in answer) this.#takeChecksum(answer.crc32);
        else resolve(answer);
      });
      this.#thread.once("error", reject);
      this.#thread.once("exit", () => reject(new Error("The hashing thread ended too early.")));
    });
    this.#answer.catch(() => undefined);
  }

  async checksum(path: string, size: number): Promise<number | undefined> {
    const taken = new Promise<number | undefined>((resolve) => {
      this.#takeChecksum = resolve;
    });
    this.#tell({ kind: "checksum", path, size });
    return Promise.race([taken, this.#answer.then(() => undefined)]);
  }

  grown(length: number): void {
    this.#tell({ kind: "grown", length });
  }

  async finish(length: number): Promise<string> {
    this.#tell({ kind: "finished", length });
    const answer = await this.#answer;
    if ("sha256" in answer) return answer.sha256;
    if ("code" in answer) throw new MachineError(answer.code, "read", this.path);
    throw new Error(`The hashing thread failed: ${answer.bug}`);
  }

  async stop(): Promise<void> {
    await this.#thread.terminate();
  }

  #tell(request: FollowerRequest): void {
    this.#thread.postMessage(request);
  }
}
