import { readAll, type SourceFile } from "../files/source-file.js";
import { elementSize } from "./pickle/names.js";

/**
 * How `torch.save` begins what it writes without an archive, as it did before PyTorch 1.6 and does
 * with `_use_new_zipfile_serialization=False`: a magic number, the version of the protocol, and a
 * description of the machine, a pickle each (torch/serialization.py, `_legacy_save`).
 */
const MAGIC = Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex");
const PROTOCOL = Buffer.from("80024de9032e", "hex");

const text = (word: string): Buffer => {
  const length = Buffer.alloc(5);
  length[0] = 0x58;
  length.writeUInt32LE(word.length, 1);
  return Buffer.concat([length, Buffer.from(word)]);
};
const put = (key: number): Buffer => {
  if (key < 256) return Buffer.of(0x71, key);
  const long = Buffer.alloc(5);
  long[0] = 0x72;
  long.writeUInt32LE(key, 1);
  return long;
};
const SYSTEM = Buffer.concat([
  Buffer.of(0x80, 2, 0x7d),
  put(0),
  Buffer.from("("),
  text("protocol_version"),
  put(1),
  Buffer.of(0x4d, 0xe9, 3),
  text("little_endian"),
  put(2),
  Buffer.of(0x88),
  text("type_sizes"),
  put(3),
  Buffer.of(0x7d),
  put(4),
  Buffer.from("("),
  text("short"),
  put(5),
  Buffer.of(0x4b, 2),
  text("int"),
  put(6),
  Buffer.of(0x4b, 4),
  text("long"),
  put(7),
  Buffer.of(0x4b, 4),
  Buffer.from("uu."),
]);

/** What stands before the object, whatever that is. */
export const LEGACY_START = Buffer.concat([MAGIC, PROTOCOL, SYSTEM]);

/** Whether a file begins with PyTorch's magic number. */
export const hasMagic = (head: Buffer): boolean => head.subarray(0, MAGIC.length).equals(MAGIC);

/** How many pickles PyTorch loads: those at the start, the object, and the storages' names. */
export const LEGACY_PICKLES = 5;

/** The longest list of storages' names that is read, in bytes. */
const MOST_KEYS = 16 * 1024 * 1024;

/** Longer storages are passed over by opening the file again behind them. */
const WORTH_SEEKING = 1024 * 1024;

/**
 * What is wrong with what follows the object: a list of the storages' names, written as a pickler
 * writes it, and each storage with its length, up to the end of the file.
 *
 * @param start - where the pickle of the names starts, in bytes
 * @param end - where it ends
 * @param types - the storages' types in the object, by their names
 * @returns in words, to go on after "the file"; undefined where all is well
 * @throws as {@link readAll}
 */
export async function legacyProblem(
  file: SourceFile,
  start: number,
  end: number,
  types: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  if (end - start > MOST_KEYS) return "names far more storages than a network has";
  const bytes = await readAll(file, { start, end });
  const keys = readKeys(bytes);
  if (keys === undefined || !writeKeys(keys).equals(bytes)) {
    return "has a list of storages that PyTorch does not write";
  }
  const sizes = keys.map((key) => elementSize(types.get(key) ?? ""));
  const known = sizes.filter((size) => size !== undefined);
  if (known.length < sizes.length || new Set(keys).size < types.size) {
    return "has storages that its object does not name, or the other way round";
  }
  const stop = await endOfStorages(file, end, known);
  return stop === file.size ? undefined : "has a length that its storages do not add up to";
}

/** The texts of the list, in their order. */
function readKeys(bytes: Buffer): string[] | undefined {
  const keys: string[] = [];
  for (let at = 5; at < bytes.length; ) {
    const opcode = bytes[at];
    if (opcode === 0x58 && at + 5 <= bytes.length) {
      const length = bytes.readUInt32LE(at + 1);
      keys.push(bytes.toString("latin1", at + 5, at + 5 + length));
      at += 5 + length;
    } else if (opcode === 0x71) at += 2;
    else if (opcode === 0x72) at += 5;
    else if (opcode !== undefined && "(ae.".includes(String.fromCharCode(opcode))) at += 1;
    else return undefined;
  }
  return keys;
}

/** The list as Python's pickler writes it: in batches of 1,000, each text memoized. */
function writeKeys(keys: readonly string[]): Buffer {
  const parts: Buffer[] = [Buffer.of(0x80, 2, 0x5d), put(0)];
  keys.forEach((key, i) => {
    if (i % 1000 === 0 && keys.length > 1) parts.push(Buffer.from("("));
    parts.push(text(key), put(i + 1));
    const isLast = i % 1000 === 999 || i === keys.length - 1;
    if (isLast) parts.push(Buffer.from(keys.length > 1 ? "e" : "a"));
  });
  return Buffer.concat([...parts, Buffer.from(".")]);
}

/** Where the storages end: each has its number of elements in eight bytes, then these. */
async function endOfStorages(
  file: SourceFile,
  start: number,
  sizes: readonly number[],
): Promise<number | undefined> {
  let at = start;
  let next = 0;
  while (next < sizes.length && at + 8 <= file.size) {
    // What is left over of a chunk, and where it starts.
    let rest: Buffer = Buffer.alloc(0);
    let from = at;
    for await (const chunk of file.open({ start: at, end: file.size })) {
      const whole = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
      while (next < sizes.length && at >= from && at + 8 <= from + whole.length) {
        const count = Number(whole.readBigUInt64LE(at - from));
        at += 8 + count * (sizes[next] as number);
        next += 1;
      }
      const behind = from + whole.length;
      if (next === sizes.length || at > file.size) break;
      if (at < behind) {
        rest = Buffer.from(whole.subarray(at - from));
        from = at;
      } else {
        rest = Buffer.alloc(0);
        from = behind;
      }
      if (at - behind > WORTH_SEEKING && file.sequential !== true) break;
    }
    if (at > file.size) return undefined;
  }
  return next === sizes.length ? at : undefined;
}
