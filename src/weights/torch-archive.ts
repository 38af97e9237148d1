import { Readable } from "node:stream";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { MOST_ENTRIES } from "../files/archive.js";
import { ArchiveFile } from "../files/archive-file.js";
import type { ByteRange, SourceFile } from "../files/source-file.js";
import { WindowReader } from "../files/window-reader.js";
import { DEFLATED, STORED } from "../files/zip-format.js";

/** Weights' directories are shorter than this, in bytes: they are read at once. */
const DIRECTORY = 1024 * 1024;

/** A file in an archive of weights. */
export interface TorchEntry {
  readonly name: string;
  /** Length of its content, in bytes, as the directory has it. */
  readonly size: number;
  /**
   * Finds its content.
   *
   * @throws {@link Error} if the archive is broken there
   * @throws {@link FileChangedError} or a system error if the archive can't be read
   */
  file(): Promise<SourceFile>;
}

/**
 * Reads the directory of the zip that `torch.save` and `torch.jit.save` write. The zip is read as
 * PyTorch reads it (caffe2/serialize/inline_container.cc, with miniz): by its directory, in which
 * names are bytes. What headers before the contents say besides, flags and checksums go for
 * nothing, lest an archive look harmless by what PyTorch passes over.
 *
 * The entries come last first, as they lie: the last are near the directory, which is read already.
 *
 * @throws {@link Error} if it is not a zip, or a broken one
 * @throws {@link FileChangedError} or a system error if the file can't be read
 */
export async function listTorchArchive(file: SourceFile): Promise<readonly TorchEntry[]> {
  const window = new WindowReader(file, DIRECTORY);
  const options = { decodeStrings: false, autoClose: false, validateEntrySizes: true };
  const zip = await yauzl.fromRandomAccessReaderPromise(window, file.size, options);
  // Errors reach the code that waits for an entry; one in between must not end the process.
  zip.on("error", () => undefined);
  if (zip.entryCount > MOST_ENTRIES) {
    throw new Error(`${zip.entryCount} entries, more than any network has`);
  }
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) entries.push(entry);
  const archive = new WindowedFile(file, window);
  return entries
    .sort((a, b) => b.relativeOffsetOfLocalHeader - a.relativeOffsetOfLocalHeader)
    .map((entry) => {
      const name = entry.fileNameRaw.toString("utf8");
      return { name, size: entry.uncompressedSize, file: () => locate(zip, entry, name, archive) };
    });
}

/** Whether an archive is a TorchScript, which brings its code. */
export function isTorchScript(entries: readonly TorchEntry[]): boolean {
  const has = (pattern: RegExp): boolean => entries.some(({ name }) => pattern.test(name));
  return has(/(^|\/)constants\.pkl$/) && has(/(^|\/)code\//);
}

async function locate(
  zip: ZipFile,
  entry: Entry,
  name: string,
  archive: SourceFile,
): Promise<SourceFile> {
  const { compressionMethod, compressedSize, uncompressedSize } = entry;
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED) {
    throw new Error(`an entry with the compression method ${compressionMethod}`);
  }
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  return new ArchiveFile(name, uncompressedSize, false, {
    archive,
    start: fileDataStart,
    length: compressedSize,
    deflated: compressionMethod === DEFLATED,
    crc32: undefined,
  });
}

/** A file of which short pieces come from a window, so that neighbours are read at once. */
class WindowedFile implements SourceFile {
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
  readonly sequential: boolean;

  constructor(
    private readonly file: SourceFile,
    private readonly window: WindowReader,
  ) {
    this.path = file.path;
    this.size = file.size;
    this.executable = file.executable;
    this.sequential = file.sequential === true;
  }

  open(range: ByteRange = { start: 0, end: this.size }): Readable {
    const length = range.end - range.start;
    if (length === 0 || length > DIRECTORY) return this.file.open(range);
    return Readable.from(this.#piece(range), { objectMode: false });
  }

  async *#piece({ start, end }: ByteRange): AsyncGenerator<Buffer> {
    yield await this.window.bytes(start, end);
  }
}
