import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { ArchiveFault } from "../errors.js";
import { MOST } from "../text/limits.js";
import {
  type ArchiveListing,
  archiveFault,
  archivePlace,
  contentProblem,
  EntryCollector,
  mostContent,
} from "./archive.js";
import { ArchiveFile, isZlibError } from "./archive-file.js";
import { GUNZIP_CHUNK_SIZE } from "./chunks.js";
import { readAll, type SourceFile } from "./source-file.js";
import { Spool } from "./spool.js";

/** Blocks of a tar, and the header before each content, have this length (POSIX, pax). */
const BLOCK = 512;

const KINDS: Readonly<Record<Header["type"], string>> = {
  file: "file",
  "contiguous-file": "file",
  directory: "folder",
  symlink: "a symbolic link",
  link: "a hard link",
  "block-device": "a device",
  "character-device": "a device",
  fifo: "a named pipe",
};

/** A listing whose files can be read until it is closed. */
export interface OpenListing extends ArchiveListing {
  close(): Promise<void>;
}

/**
 * Lists a tar. Its files are read where they lie; a gzipped one, which can't be read at random, is
 * inflated into one temporary file first. The names in it never become names of the disk. A bad
 * archive throws nothing: it gives findings.
 *
 * @param signal - stops inflating
 * @returns undefined if its start shows that it is not a tar
 * @throws {@link FileChangedError} or a system error if the archive can't be read
 * @throws {@link MachineError} if the temporary file can't be written
 */
export async function listTar(
  archive: SourceFile,
  gzipped: boolean,
  signal?: AbortSignal,
): Promise<OpenListing | undefined> {
  const spool = gzipped ? await Spool.create(archive.path) : undefined;
  const close = async (): Promise<void> => spool?.close();
  try {
    const listing = await new TarLister(archive, spool).list(signal);
    if (listing !== undefined) return { ...listing, close };
  } catch (error) {
    await close();
    throw error;
  }
  await close();
  return undefined;
}

class TarLister {
  readonly #collector: EntryCollector<SourceFile>;
  #headers = 0;

  constructor(
    private readonly archive: SourceFile,
    private readonly spool: Spool | undefined,
  ) {
    this.#collector = new EntryCollector(archive);
  }

  async list(signal: AbortSignal | undefined): Promise<ArchiveListing | undefined> {
    try {
      await this.#read(signal);
      await this.#checkEnd();
      return this.#collector.finish([...this.#collector.kept.values()]);
    } catch (error) {
      if (this.#headers === 0 && isHeaderError(error)) return undefined;
      return this.#collector.abandon(this.#faultOf(error));
    }
  }

  async #read(signal: AbortSignal | undefined): Promise<void> {
    const entries = extract();
    // The pipeline handles the first error; a second one must not end the process.
    entries.on("error", () => undefined);
    entries.on("entry", (header, content, next) => {
      content.on("error", () => undefined);
      try {
        this.#take(header, content.offset + BLOCK);
        content.on("end", next);
        content.resume();
      } catch (error) {
        next(error as Error);
      }
    });
    const options = signal === undefined ? {} : { signal };
    if (this.spool === undefined) return pipeline(this.archive.open(), entries, options);
    const { spool } = this;
    const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK_SIZE });
    const keep = (chunks: AsyncIterable<Buffer>) => this.#kept(chunks, spool);
    await pipeline(this.archive.open(), gunzip, keep, entries, options);
  }

  /** Passes on what it has written to the temporary file. */
  async *#kept(chunks: AsyncIterable<Buffer>, spool: Spool): AsyncGenerator<Buffer> {
    const most = mostContent(this.archive.size);
    for await (const chunk of chunks) {
      if (spool.size + chunk.length > most + MOST.tarHeaderBytes) {
        const problem = contentProblem(most);
        throw archiveFault("archive-too-large", { problem }, archivePlace(this.archive));
      }
      await spool.append(chunk);
      yield chunk;
    }
  }

  #take(header: Header, start: number): void {
    this.#headers += 1;
    const { name, size, mode } = header;
    this.#collector.take({ name, kind: tarEntryKind(header), size }, (path) => {
      const executable = (mode & 0o100) !== 0;
      const archive = this.spool ?? this.archive;
      const extent = { archive, start, length: size, deflated: false, crc32: undefined };
      return new ArchiveFile(path, size, executable, extent);
    });
  }

  /** A tar ends with blocks of zeros: without them it may have lost entries. */
  async #checkEnd(): Promise<void> {
    const data = this.spool ?? this.archive;
    const last = await readAll(data, { start: Math.max(0, data.size - BLOCK), end: data.size });
    if (last.length === BLOCK && last.every((byte) => byte === 0)) return;
    throw this.#damaged("its end is not there, as after a download that broke off");
  }

  /** What tar-stream raises are plain errors, and zlib's have codes; others go on their way. */
  #faultOf(error: unknown): ArchiveFault {
    if (error instanceof ArchiveFault) return error;
    if (!(error instanceof Error)) throw error;
    const isPlain = Object.getPrototypeOf(error) === Error.prototype && !("code" in error);
    if (!isPlain && !isZlibError(error)) throw error;
    return this.#damaged(error.message.replace(/\.$/, ""));
  }

  #damaged(problem: string): ArchiveFault {
    return archiveFault("archive-damaged", { problem }, archivePlace(this.archive));
  }
}

function tarEntryKind({ type, pax }: Header): string {
  const isSparse = Object.keys(pax ?? {}).some((key) => key.startsWith("GNU.sparse"));
  if (isSparse) return "a sparse file";
  return KINDS[type] ?? "an entry of a kind of its own";
}

const isHeaderError = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith("Invalid tar header");
