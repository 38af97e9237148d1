import { readAll, type SourceFile } from "../files/source-file.js";

/** The record at a zip's end, without a comment; and the two before it in Zip64. */
const END = 22;
const LOCATOR = 20;
const END_64 = 56;

const SIGNATURES = { end: 0x06054b50, locator: 0x07064b50, end64: 0x06064b50 } as const;

/** The longest comment, and so the farthest that the end record can be from the end. */
const MOST_COMMENT = 0xffff;

/** Where a zip's directory is, as its end says in one way only. */
interface ZipEnd {
  readonly entries: bigint;
  readonly size: bigint;
  readonly start: bigint;
}

/** The last bytes of a file, in which a zip's end would stand. */
export const zipTail = (file: SourceFile): Promise<Buffer> =>
  readAll(file, { start: Math.max(0, file.size - MOST_COMMENT - END), end: file.size });

const MARK = "PK\x05\x06";

/** Whether the last bytes of a file have the mark of a zip's end. */
export const hasZipEnd = (tail: Buffer): boolean => tail.includes(MARK, 0, "latin1");

/** Of a zip that is nothing to PyTorch, this is no fault. */
export const HAS_COMMENT = "has a comment at its end";

/**
 * What is wrong with the end of a zip: readers of zips, PyTorch's among them, must have but one
 * way to find the directory, or an archive could show each of them another one.
 *
 * @param tail - the last bytes of the file
 * @param size - the file's length, in bytes
 * @returns in words, to go on after "the archive"; undefined where all is well
 */
export function zipEndProblem(tail: Buffer, size: number): string | undefined {
  const at = tail.length - END;
  if (hasOnlyComment(tail)) return HAS_COMMENT;
  if (at < 0 || tail.readUInt32LE(at) !== SIGNATURES.end || tail.readUInt16LE(at + 20) !== 0) {
    return "does not end with its directory";
  }
  if (tail.readUInt16LE(at + 4) !== 0 || tail.readUInt16LE(at + 6) !== 0)
    return "has several parts";
  const told: ZipEnd = {
    entries: BigInt(tail.readUInt16LE(at + 10)),
    size: BigInt(tail.readUInt32LE(at + 12)),
    start: BigInt(tail.readUInt32LE(at + 16)),
  };
  const locator = at - LOCATOR;
  const isZip64 = locator >= 0 && tail.readUInt32LE(locator) === SIGNATURES.locator;
  const first = isZip64 ? locator - END_64 : at;
  const end = isZip64 ? zip64End(tail, locator, BigInt(size - tail.length)) : told;
  if (end === undefined || !agree(told, end)) return "has two directories";
  const behind = BigInt(size - tail.length + first);
  return end.start + end.size === behind ? undefined : "has bytes beside its directory";
}

/** Whether a comment follows the end, and no reader can take anything in it for another end. */
function hasOnlyComment(tail: Buffer): boolean {
  const at = tail.indexOf(MARK, 0, "latin1");
  if (at === -1 || at !== tail.lastIndexOf(MARK, undefined, "latin1")) return false;
  const comment = tail.length - at - END;
  return comment > 0 && tail.readUInt16LE(at + 20) === comment;
}

function zip64End(tail: Buffer, locator: number, before: bigint): ZipEnd | undefined {
  const at = locator - END_64;
  if (at < 0 || tail.readUInt32LE(at) !== SIGNATURES.end64) return undefined;
  if (tail.readBigUInt64LE(locator + 8) !== before + BigInt(at)) return undefined;
  if (tail.readBigUInt64LE(at + 4) !== BigInt(END_64 - 12)) return undefined;
  return {
    entries: tail.readBigUInt64LE(at + 32),
    size: tail.readBigUInt64LE(at + 40),
    start: tail.readBigUInt64LE(at + 48),
  };
}

/** Whether the short record says the same as the long one, or that its numbers are too large. */
function agree(short: ZipEnd, long: ZipEnd): boolean {
  const same = (a: bigint, b: bigint, most: bigint): boolean =>
    a === b || (a === most && b >= most);
  return (
    same(short.entries, long.entries, 0xffffn) &&
    same(short.size, long.size, 0xffff_ffffn) &&
    same(short.start, long.start, 0xffff_ffffn)
  );
}
