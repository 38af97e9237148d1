import type { Transform, TransformCallback } from "node:stream";
import { crc32 } from "node:zlib";
import type { ZipArchive } from "archiver";

/**
 * The stream through which archiver's zip engine (compress-commons) sends what it stores, to count
 * it and to take its CRC-32. The checksum is a buffer of zeros until the first piece.
 */
interface StoringStream extends Transform {
  checksum: number | Uint8Array;
  rawSize: number;
}

interface ZipEngine {
  _smartStream?: (entry: unknown, done: unknown) => Transform;
}

/**
 * Lets archiver take the CRC-32 of stored entries with Node's own function. The one it uses is
 * written in JavaScript and thirty times slower, and would be half the time that packing takes.
 *
 * This reaches into archiver, which has no other way to do it. Where a release of archiver looks
 * different inside, it stays as slow as it is; and every checksum is checked when the archive is
 * read back.
 */
export function speedUpCrc(archive: ZipArchive): ZipArchive {
  const { _module } = archive as unknown as { _module?: { engine?: ZipEngine } };
  const engine = _module?.engine;
  const create = engine?._smartStream;
  if (engine === undefined || typeof create !== "function") return archive;
  engine._smartStream = (entry, done) => {
    const stream = create.call(engine, entry, done);
    if (isStoring(stream)) stream._transform = storeFast;
    return stream;
  };
  return archive;
}

/** The stream for entries that are deflated counts what comes out as well. */
function isStoring(stream: Transform): stream is StoringStream {
  return "checksum" in stream && "rawSize" in stream && !("compressedSize" in stream);
}

function storeFast(
  this: StoringStream,
  chunk: Buffer,
  _encoding: BufferEncoding,
  done: TransformCallback,
): void {
  const before = typeof this.checksum === "number" ? this.checksum : 0;
  this.checksum = crc32(chunk, before);
  this.rawSize += chunk.length;
  done(null, chunk);
}
