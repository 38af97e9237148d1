import { giveBackChunk } from "../../files/chunks.js";
import { chunksOf, type SourceFile } from "../../files/source-file.js";
import type { PickleReader } from "./reader.js";

/** To skip this many bytes or more, the file is opened again behind them; fewer are read and dropped. */
const WORTH_SEEKING = 1024 * 1024;

/**
 * Lets a reader read the pickles that a file starts with. What is of no interest in a large file is
 * not even read.
 *
 * @throws {@link FileChangedError}, {@link ArchiveFault} or a system error if the file can't be read
 */
export async function scanFile(file: SourceFile, reader: PickleReader): Promise<void> {
  let position = 0;
  while (position < file.size && !reader.isDone) {
    position = await scanFrom(position, file, reader);
  }
}

/** Reads from a position on until the end, or until what comes next is not worth reading. */
async function scanFrom(start: number, file: SourceFile, reader: PickleReader): Promise<number> {
  let position = start;
  for await (const bytes of chunksOf(file, { start, end: file.size })) {
    reader.feed(bytes);
    position += bytes.length;
    giveBackChunk(bytes);
    if (reader.isDone) break;
    const { skippable } = reader;
    if (skippable > file.size - position) return file.size;
    if (skippable > WORTH_SEEKING && file.sequential !== true) {
      reader.skip();
      return position + skippable;
    }
  }
  return position;
}
