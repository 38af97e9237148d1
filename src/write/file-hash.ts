import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { CHUNK_SIZE, giveBackChunk } from "../files/chunks.js";

/** A file by what it holds. */
export interface FileHash {
  /** Length in bytes. */
  readonly size: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/**
 * SHA-256 of all that a stream gives, in hexadecimal digits.
 *
 * @param signal - ends the reading, which then fails with its reason
 */
export async function hashChunks(
  chunks: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    hash.update(chunk);
    giveBackChunk(chunk);
  }
  return hash.digest("hex");
}

/**
 * Reads a file for its SHA-256.
 *
 * @param signal - ends the reading, which then fails with its reason
 * @throws a system error if it can't be read
 */
export async function hashFile(path: string, signal?: AbortSignal): Promise<FileHash> {
  const stream = createReadStream(path, { highWaterMark: CHUNK_SIZE });
  const sha256 = await hashChunks(stream, signal);
  return { size: stream.bytesRead, sha256 };
}
