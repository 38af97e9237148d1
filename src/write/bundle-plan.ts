import type { SourceFile } from "../files/source-file.js";

/** One file of the bundle. */
export interface BundleEntry {
  /** Path in the archive, with "/" between its parts: `model/.mdai/config.yaml`. */
  readonly path: string;
  /** Permission bits: 0o755 for what is run, 0o644 for all else. */
  readonly mode: number;
  /** Length in bytes. */
  readonly size: number;
  /** Why it is there, for `--dry-run`. */
  readonly reason: string;
  readonly content: EntryContent;
}

/** What an entry holds: text that was made, or a file of the source, as it is. */
export type EntryContent =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "file"; readonly file: SourceFile };

/** What the bundle will hold, in the order in which it is written. */
export interface BundlePlan {
  readonly entries: readonly BundleEntry[];
  /** Sum of the entries' sizes, in bytes. */
  readonly totalSize: number;
}
