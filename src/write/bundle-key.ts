import { createHash } from "node:crypto";
import type { ArchiveFormat, Compression } from "../options/words.js";
import { version } from "../version.js";
import type { BundlePlan } from "./bundle-plan.js";
import { readContent } from "./entry-content.js";
import { hashChunks } from "./file-hash.js";

/** All that decides a bundle's bytes besides its entries. */
export interface BundleForm {
  readonly format: ArchiveFormat;
  readonly compression: Compression;
  /** The one time that all entries carry. */
  readonly mtime: Date;
}

/** An entry by what it holds. */
export interface HashedEntry {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** Length in bytes. */
  readonly size: number;
  /** SHA-256 of the content, in hexadecimal digits. */
  readonly sha256: string;
}

/**
 * Reads the content of every entry of a plan for its SHA-256.
 *
 * @param signal - ends the reading, which then fails with its reason
 * @throws FileChangedError where a source file is no longer the one that was listed
 * @throws MachineError where the system can't read it
 */
export async function hashEntries(
  { entries }: BundlePlan,
  signal?: AbortSignal,
): Promise<HashedEntry[]> {
  const hashed: HashedEntry[] = [];
  for (const entry of entries) {
    const { path, mode, size } = entry;
    hashed.push({ path, mode, size, sha256: await hashChunks(readContent(entry), signal) });
  }
  return hashed;
}

/**
 * Names a bundle by all that decides its bytes: entries, form, this program, and the zlib that
 * deflates. Two plans of one key make one bundle.
 *
 * @returns a SHA-256, in hexadecimal digits
 */
export function bundleKey(
  entries: readonly HashedEntry[],
  { format, compression, mtime }: BundleForm,
): string {
  const own = { version: version(), zlib: process.versions.zlib };
  const all = entries.map(({ path, mode, size, sha256 }) => [path, mode, size, sha256]);
  const text = JSON.stringify([own, format, compression, mtime.getTime(), all]);
  return createHash("sha256").update(text).digest("hex");
}
