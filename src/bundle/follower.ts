import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { CHUNK_SIZE } from "../mmar/chunks.js";
import { explain, MachineError } from "./errors.js";

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
  /** Lets go of the file. To be called in the end, whatever happened. */
  stop(): Promise<void>;
}

/** What the follower's thread is told. */
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

/**
 * Follows the file at `path`: in a thread of its own, so that hashing does not hold up writing; in
 * this one where the thread's script is not there (sources run uncompiled).
 */
export function follow(path: string): Follower {
  return existsSync(fileURLToPath(SCRIPT)) ? new ThreadFollower(path) : new LocalFollower(path);
}

/** Follows a file in the calling thread. */
export class LocalFollower implements Follower {
  readonly #hash = createHash("sha256");
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK_SIZE);
  #handle: FileHandle | undefined;
  #hashed = 0;
  #length = 0;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly path: string) {}

  async checksum(): Promise<undefined> {}

  grown(length: number): void {
    if (this.#stopped) return;
    this.#length = length;
    this.#running = this.#running.then(() => this.#catchUp());
    this.#running.catch(() => undefined);
  }

  async finish(length: number): Promise<string> {
    this.grown(length);
    await this.#running;
    return this.#hash.digest("hex");
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running.catch(() => undefined);
    await this.#handle?.close();
  }

  async #catchUp(): Promise<void> {
    try {
      this.#handle ??= await open(this.path, "r");
      while (this.#hashed < this.#length) this.#hashed += await this.#hashNext(this.#handle);
    } catch (error) {
      throw explain(error, "read", this.path);
    }
  }

  async #hashNext(handle: FileHandle): Promise<number> {
    const wanted = Math.min(CHUNK_SIZE, this.#length - this.#hashed);
    const { bytesRead } = await handle.read(this.#buffer, 0, wanted, this.#hashed);
    // Written, but not there: whoever cut the file short, it is not the disk that was asked for.
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
