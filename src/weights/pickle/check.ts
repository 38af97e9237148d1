import { ArchiveFault } from "../../errors.js";
import { readAll, type SourceFile } from "../../files/source-file.js";
import type { Finding } from "../../findings/finding.js";
import { isOfSource, reason, sniffWeights, type WeightsKind } from "../sniff.js";
import { isTorchScript, listTorchArchive, type TorchEntry } from "../torch-archive.js";
import { HIGHEST_PROTOCOL, PROTO } from "./opcodes.js";
import { PickleReader } from "./reader.js";
import { scanFile } from "./scan.js";
import { type PicklePart, Tally } from "./tally.js";

/** How many pickles of a series are read. */
interface PickleCount {
  /** How many PyTorch loads: these must be sound. */
  readonly needed: number;
  /** How many are read at most. */
  readonly most: number;
}

const ONE_AT_LEAST: PickleCount = { needed: 1, most: Number.POSITIVE_INFINITY };
/** What only looks like a pickle. */
const PERHAPS: PickleCount = { needed: 0, most: Number.POSITIVE_INFINITY };
/**
 * What `torch.save` wrote before PyTorch 1.6: a magic number, a version, a description of the
 * machine, the object, the names of the storages; the storages follow (torch/serialization.py,
 * `_legacy_save`).
 */
const LEGACY: PickleCount = { needed: 5, most: 5 };
/** That magic number, 0x1950a86a20f9469cfc6c, as a pickle has it; it stands in the first bytes. */
const MAGIC = Buffer.from("6cfc9c46f9206aa85019", "hex");
const MAGIC_WITHIN = 64;

/** Enough for the first header of a tar. */
const HEAD = 512;

const ZIP = Buffer.from("PK\x03\x04", "latin1");

/** Entries that PyTorch loads as pickles; it takes no account of case. */
const PICKLE_NAME = /pkl$/i;
/** Entries that hold a tensor's numbers and nothing else. */
const STORAGE_NAME = /(^|\/)((data|constants|tensors?)\/\d+|[^/]+\.storage)$/;
/** The archive's own classes in a TorchScript: no Python module has that name. */
const OWN_CLASSES = /^__torch__(\.|$)/;

/** Pickles may unpack to so much more than the file has, in bytes; they hardly shrink. */
const MOST_UNPACKED = 256 * 1024 * 1024;

/**
 * Says what whoever loads a file would have Python import, as far as that is dangerous or not
 * known. Nothing is loaded: the opcodes of its pickles are read, and no tensor.
 *
 * @param file - a file of weights. One that is neither a pickle nor an archive gives no finding
 * @param kind - what it is, where that is known already
 * @throws {@link FileChangedError} or a system error if the file can't be read
 */
export async function checkPickles(file: SourceFile, kind?: WeightsKind): Promise<Finding[]> {
  const told = kind ?? (await sniffWeights(file));
  const check = new PickleCheck(file);
  const entries = "entries" in told ? told.entries : undefined;
  const head = await readAll(file, { start: 0, end: Math.min(HEAD, file.size) });
  const isPickle = told.kind === "checkpoint" || told.kind === "truncated";
  if (entries !== undefined) await check.archive(entries);
  else if (head.subarray(0, ZIP.length).equals(ZIP)) await check.unlistedArchive();
  else await check.bare(head, isPickle ? ONE_AT_LEAST : PERHAPS);
  return check.findings();
}

class PickleCheck {
  readonly #tally: Tally;

  constructor(private readonly file: SourceFile) {
    this.#tally = new Tally(file.path);
  }

  findings(): Finding[] {
    return this.#tally.findings();
  }

  async bare(head: Buffer, form: PickleCount): Promise<void> {
    const part = { entry: undefined, allows: undefined };
    // PyTorch looks for a tar before it takes a file for a pickle (torch/serialization.py, `_load`).
    if (head[0] === PROTO && isTarHeader(head)) {
      this.#tally.unreadable(
        part,
        "is the start of a tar, of which PyTorch loads what it holds",
        0,
      );
    }
    const isLegacy = head.subarray(0, MAGIC_WITHIN).includes(MAGIC);
    await this.#scan(part, this.file, isLegacy ? LEGACY : form);
  }

  async unlistedArchive(): Promise<void> {
    let entries: readonly TorchEntry[];
    try {
      entries = await listTorchArchive(this.file);
    } catch (error) {
      if (isOfSource(error)) throw error;
      const part = { entry: undefined, allows: undefined };
      this.#tally.unreadable(part, `lies in an archive that is broken: ${reason(error)}`, 0);
      return;
    }
    await this.archive(entries);
  }

  async archive(entries: readonly TorchEntry[]): Promise<void> {
    const allows = isTorchScript(entries) ? OWN_CLASSES : undefined;
    let unpacked = 0;
    for (const entry of entries) {
      if (STORAGE_NAME.test(entry.name)) continue;
      const part = { entry: entry.name, allows };
      const isPickle = PICKLE_NAME.test(entry.name);
      const content = await this.#contentOf(entry, part, isPickle);
      if (content === undefined) continue;
      unpacked += content.size;
      if (unpacked > this.file.size + MOST_UNPACKED) {
        this.#tally.unreadable(part, "is far larger than any of a network", 0);
        return;
      }
      await this.#scan(part, content, isPickle ? ONE_AT_LEAST : PERHAPS);
    }
  }

  /** The content of an entry if it is a pickle; undefined, too, where that can't be had. */
  async #contentOf(
    entry: TorchEntry,
    part: PicklePart,
    isPickle: boolean,
  ): Promise<SourceFile | undefined> {
    try {
      const content = await entry.file();
      return isPickle || (await startsAsPickle(content)) ? content : undefined;
    } catch (error) {
      if (isOfSource(error) && !this.#isOwnFault(error)) throw error;
      if (isPickle) this.#tally.unreadable(part, `can't be reached: ${reason(error)}`, 0);
      return undefined;
    }
  }

  async #scan(part: PicklePart, content: SourceFile, form: PickleCount): Promise<void> {
    const reader = new PickleReader(
      (found, place) => this.#tally.take(part, found, place),
      form.most,
    );
    try {
      await scanFile(content, reader);
    } catch (error) {
      if (!this.#isOwnFault(error)) throw error;
    }
    const failure = reader.end();
    if (failure === undefined) return;
    if (failure.pickle < form.needed) this.#tally.unreadable(part, failure.problem, failure.at);
    else this.#tally.withdraw(part, failure.pickle);
  }

  /** Whether this archive is at fault, and not the one that it may itself lie in. */
  #isOwnFault(error: unknown): boolean {
    return error instanceof ArchiveFault && error.finding.place?.file === this.file.path;
  }
}

/** Whether the checksum says that this is the header of a tar, which may have no other mark. */
function isTarHeader(head: Buffer): boolean {
  if (head.length < HEAD) return false;
  const rest = Buffer.concat([head.subarray(0, 148), head.subarray(156)]);
  // The checksum counts its own field as eight blanks; some programs summed signed bytes.
  const sum = (bytes: Iterable<number>): number => [...bytes].reduce((a, b) => a + b, 8 * 0x20);
  const told = tarNumber(head.subarray(148, 156));
  return told === sum(rest) || told === sum(new Int8Array(rest));
}

/** A number as Python's Lib/tarfile.py reads it: binary, or octal in any form of Python's int(). */
function tarNumber(field: Buffer): number {
  if (field[0] === 0x80) return field.readUIntBE(2, 6);
  const text = field.toString("latin1").replace(/\0.*$/s, "").trim();
  return Number.parseInt(text.replaceAll("_", "").replace(/^\+?(0o)?/i, ""), 8);
}

async function startsAsPickle(content: SourceFile): Promise<boolean> {
  const [first, protocol] = await readAll(content, { start: 0, end: Math.min(2, content.size) });
  return first === PROTO && protocol !== undefined && protocol <= HIGHEST_PROTOCOL;
}
