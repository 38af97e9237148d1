import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { asMachineError } from "../errors.js";
import { CHUNK_SIZE, takeChunk } from "./chunks.js";
import type { ByteRange, SourceFile } from "./source-file.js";

/**
 * Bytes that are kept in a temporary file, to be read at random. The file lies in a folder of its
 * own that nobody else may enter, and loses its name as soon as it is open, where the system allows
 * that: then nothing is left of it however the process ends.
 */
export class Spool implements SourceFile {
  readonly executable = false;
  #size = 0;

  private constructor(
    readonly path: string,
    private readonly folder: string,
    private readonly handle: FileHandle,
  ) {}

  /**
   * @param path - the path that the source shows
   * @throws {@link MachineError}
   */
  static async create(path: string): Promise<Spool> {
    const folder = await spooled(tmpdir(), () => mkdtemp(join(tmpdir(), "mmar2mdai-")));
    try {
      const file = join(folder, "unpacked");
      return new Spool(path, folder, await spooled(folder, () => open(file, "wx+", 0o600)));
    } finally {
      await removeFolder(folder);
    }
  }

  get size(): number {
    return this.#size;
  }

  /** @throws {@link MachineError} */
  async append(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) {
      const position = this.#size;
      const { bytesWritten } = await spooled(this.folder, () =>
        this.handle.write(rest, 0, rest.length, position),
      );
      this.#size += bytesWritten;
      rest = rest.subarray(bytesWritten);
    }
  }

  open(range: ByteRange = { start: 0, end: this.size }): Readable {
    if (range.start < 0 || range.end > this.size || range.start > range.end) {
      throw new RangeError(`${this.path} has no bytes ${range.start} to ${range.end}`);
    }
    return Readable.from(this.#chunks(range), { objectMode: false, highWaterMark: CHUNK_SIZE });
  }

  async close(): Promise<void> {
    await this.handle.close();
    await removeFolder(this.folder);
  }

  async *#chunks({ start, end }: ByteRange): AsyncGenerator<Buffer> {
    for (let position = start; position < end; position += CHUNK_SIZE) {
      const wanted = Math.min(CHUNK_SIZE, end - position);
      const buffer = wanted === CHUNK_SIZE ? takeChunk() : Buffer.allocUnsafeSlow(wanted);
      for (let filled = 0; filled < buffer.length; ) {
        const { bytesRead } = await spooled(this.folder, () =>
          this.handle.read(buffer, filled, buffer.length - filled, position + filled),
        );
        if (bytesRead === 0) throw new Error(`The temporary file for ${this.path} was cut off`);
        filled += bytesRead;
      }
      yield buffer;
    }
  }
}

/** Not all systems let go of an open file: the second attempt, after closing, is for them. */
async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}

async function spooled<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asMachineError(error, "unpack into", folder);
  }
}
