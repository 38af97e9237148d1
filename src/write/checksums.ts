import { crc32 } from "node:zlib";
import { giveBackChunk } from "../files/chunks.js";
import type { BundleEntry } from "./bundle-plan.js";
import { readContent } from "./entry-content.js";
import type { Follower } from "./follower.js";

/**
 * The CRC-32s of some entries, which are needed before the entries are written. Each is taken while
 * the entry before it is written: beside that, where the follower can read the file.
 */
export class Checksums {
  readonly #rest: Iterator<BundleEntry>;
  #ahead: Promise<number> | undefined;

  /** @param signal - ends the reading */
  constructor(
    entries: Iterable<BundleEntry>,
    private readonly follower: Follower,
    private readonly signal: AbortSignal,
  ) {
    this.#rest = entries[Symbol.iterator]();
    this.#begin();
  }

  /**
   * The checksum of the next of the entries; undefined after the last.
   *
   * @throws FileChangedError where the file is no longer the one that was listed
   * @throws MachineError where the system can't read it
   */
  async next(): Promise<number | undefined> {
    const taken = await this.#ahead;
    this.#begin();
    return taken;
  }

  #begin(): void {
    const next = this.#rest.next();
    this.#ahead = next.done ? undefined : this.#take(next.value);
    // If something else fails first, nothing awaits this.
    this.#ahead?.catch(() => undefined);
  }

  async #take(entry: BundleEntry): Promise<number> {
    const { content, size } = entry;
    const { crc32: known, location } = content.kind === "file" ? content.file : {};
    if (known !== undefined) return known;
    const taken = location === undefined ? undefined : await this.follower.checksum(location, size);
    return taken ?? readChecksum(entry, this.signal);
  }
}

/**
 * Reads an entry for its CRC-32. What the disk gave once, memory mostly gives again.
 *
 * @param signal - ends the reading, which then fails with its reason
 * @throws FileChangedError where the file is no longer the one that was listed
 * @throws MachineError where the system can't read it
 */
export async function readChecksum(entry: BundleEntry, signal?: AbortSignal): Promise<number> {
  let checksum = 0;
  for await (const chunk of readContent(entry)) {
    signal?.throwIfAborted();
    checksum = crc32(chunk, checksum);
    giveBackChunk(chunk);
  }
  return checksum;
}
