/** An entry of an archive, ready to be written. */
export interface ArchiveEntry {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** Length of the content in bytes. */
  readonly size: number;
  /** Whether it is deflated. In a tar.gz the whole stream is, or is not. */
  readonly compressed: boolean;
  /** All of the content at once, or as a stream. */
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
  /** The content's CRC-32: of a stream that is deflated it is had when that has been read. */
  readonly crc32: () => number;
}

export interface ArchiveOptions {
  /** Level for what is deflated, 0 to 9. In a tar.gz the whole stream has it. */
  readonly level: number;
  /** The one time that all entries carry. */
  readonly mtime: Date;
}
