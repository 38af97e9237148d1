import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { CHUNK_SIZE } from "../mmar/chunks.js";

/** A file by what it holds. */
export interface FileHash {
  /** Length in bytes. */
  readonly size: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/**
 * Reads a file for its SHA-256.
 *
 * @param signal - ends the reading, which then fails with its reason
 * @throws a system error if it can't be read
 */
export async function hashFile(path: string, signal?: AbortSignal): Promise<FileHash> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_SIZE })) {
    signal?.throwIfAborted();
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return { size, sha256: hash.digest("hex") };
}
