import { asMachineError } from "../errors.js";
import { type ByteRange, chunksOf } from "../files/source-file.js";
import type { BundleEntry } from "./bundle-plan.js";

/**
 * Streams an entry's bytes, all of them or those of `range`.
 *
 * @throws FileChangedError where the file is no longer the one that was listed
 * @throws MachineError where the system can't read it
 */
export async function* readContent(
  { content }: BundleEntry,
  range?: ByteRange,
): AsyncGenerator<Uint8Array> {
  if (content.kind === "bytes") {
    yield content.bytes.subarray(range?.start, range?.end);
    return;
  }
  try {
    yield* chunksOf(content.file, range);
  } catch (error) {
    throw asMachineError(error, "read", content.file.path);
  }
}

/** All bytes of a stream that is known to be short. */
export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
