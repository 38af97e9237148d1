import type { ArchiveFormat } from "../options/words.js";
import type { ArchiveEntry, ArchiveOptions } from "./archive-entry.js";
import { tarGzBytes } from "./tar-gz.js";
import { zipBytes } from "./zip.js";

/**
 * The bytes of an archive, in pieces. An entry is asked for when the one before it is written; it
 * fails with what reading the entries fails with.
 */
export function archiveBytes(
  format: ArchiveFormat,
  entries: AsyncIterable<ArchiveEntry>,
  options: ArchiveOptions,
): AsyncGenerator<Uint8Array> {
  return format === "zip" ? zipBytes(entries, options) : tarGzBytes(entries, options);
}
