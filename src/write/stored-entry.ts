import type { Readable } from "node:stream";
import type { Archiver } from "archiver";

/** What a stored entry of a zip will hold. */
export interface StoredContent {
  readonly size: number;
  readonly crc32: number;
}

/** The parts that are used of archiver's zip engine (compress-commons), which has no types. */
interface ZipEngine {
  _appendStream: (entry: EngineEntry, source: Readable, done: EngineCallback) => void;
  _writeLocalFileHeader: (entry: EngineEntry) => void;
  _afterAppend: (entry: EngineEntry) => void;
}

interface EngineEntry {
  setSize: (size: number) => void;
  setCompressedSize: (size: number) => void;
  setCrc: (crc32: number) => void;
}

type EngineCallback = (error: Error | null, entry: EngineEntry) => void;

/**
 * Tells archiver what the next entry, a stored one that comes as a stream, holds. So it gets a
 * complete local header (unless it is over 4 GB), and archiver need not take its CRC-32.
 *
 * By itself archiver writes size and checksum of streams behind their content. A reader that takes
 * the archive as it arrives can't tell then where stored content ends, and some refuse it (Java's
 * ZipInputStream). And archiver takes checksums in JavaScript, which is half the time of packing.
 *
 * This reaches into archiver, which has no other way to do it. Where a release of archiver looks
 * different inside, it does what it does by itself, which is right too.
 */
export function announceStored(archive: Archiver, content: StoredContent): void {
  const engine = engineOf(archive);
  if (engine === undefined) return;
  const usual = engine._appendStream;
  engine._appendStream = (entry, source, done) => {
    engine._appendStream = usual;
    entry.setSize(content.size);
    entry.setCompressedSize(content.size);
    entry.setCrc(content.crc32);
    engine._writeLocalFileHeader(entry);
    source.once("end", () => {
      engine._afterAppend(entry);
      done(null, entry);
    });
    source.pipe(engine as unknown as NodeJS.WritableStream, { end: false });
  };
}

function engineOf(archive: Archiver): ZipEngine | undefined {
  const { _module } = archive as unknown as { _module?: { engine?: Partial<ZipEngine> } };
  const engine = _module?.engine;
  const isKnown =
    typeof engine?._appendStream === "function" &&
    typeof engine._writeLocalFileHeader === "function" &&
    typeof engine._afterAppend === "function";
  return isKnown ? (engine as ZipEngine) : undefined;
}
