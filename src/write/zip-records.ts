import { DEFLATED, S_IFREG, STORED } from "../files/zip-format.js";

/** What the records of a zip say of one entry. */
export interface ZipRecord {
  /** Its path, in UTF-8. */
  readonly name: Buffer;
  /** Permission bits. */
  readonly mode: number;
  /** Whether the content is deflated. */
  readonly compressed: boolean;
  /** Whether CRC-32 and sizes stand in a descriptor behind the content, as they come from it. */
  readonly described: boolean;
  /** Length of the content in bytes. */
  readonly size: number;
  /** Bytes of the content as they stand in the zip. */
  readonly packed: number;
  readonly crc32: number;
  /** Where its local header begins. */
  readonly offset: number;
}

const LOCAL_HEADER = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const DIRECTORY_HEADER = 0x02014b50;
const DIRECTORY_END = 0x06054b50;
const ZIP64_END = 0x06064b50;
const ZIP64_LOCATOR = 0x07064b50;

/** Kind of the extra field that holds what has no room in 32 bits. */
const ZIP64_FIELD = 1;

/** The largest numbers of 16 and 32 bits, which say that the true one stands in a Zip64 record. */
const FULL_16 = 0xffff;
const FULL_32 = 0xffffffff;

/** Flags: sizes and CRC-32 stand behind the content; the name is UTF-8. */
const DESCRIBED = 1 << 3;
const UTF_8 = 1 << 11;

/** What a reader must know of the format, 10 times its version: 4.5 brought Zip64. */
const NEEDS_STORED = 10;
const NEEDS_DEFLATED = 20;
const NEEDS_ZIP64 = 45;

/** "Made on Unix", so that the mode counts, by a program that knows Zip64. */
const MADE_BY = (3 << 8) | NEEDS_ZIP64;

/**
 * Whether an entry's sizes may have no room in 32 bits. It must be known before it is deflated, which
 * makes it longer by some bytes in each block at worst.
 */
const isHuge = ({ size, compressed }: ZipRecord): boolean =>
  size + (compressed ? size / 1000 + 64 : 0) >= FULL_32;

/** What stands before an entry's content, with Zip64's field where the sizes have no room. */
export function localHeader(record: ZipRecord, time: number): Buffer {
  const { name, described } = record;
  const huge = isHuge(record);
  const [size, packed] = described ? [0, 0] : [record.size, record.packed];
  const extra = huge ? zip64Field([size, packed]) : Buffer.alloc(0);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(LOCAL_HEADER, 0);
  writeCommon(header.subarray(4), record, time, huge);
  header.writeUInt32LE(described ? 0 : record.crc32, 14);
  header.writeUInt32LE(huge ? FULL_32 : packed, 18);
  header.writeUInt32LE(huge ? FULL_32 : size, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, name, extra]);
}

/** What local headers and those of the directory share, 10 bytes. */
function writeCommon(
  header: Buffer,
  { name, compressed, described }: ZipRecord,
  time: number,
  huge: boolean,
): void {
  const needs = compressed ? NEEDS_DEFLATED : NEEDS_STORED;
  const isAscii = name.every((byte) => byte < 0x80);
  header.writeUInt16LE(huge ? NEEDS_ZIP64 : needs, 0);
  header.writeUInt16LE((described ? DESCRIBED : 0) | (isAscii ? 0 : UTF_8), 2);
  header.writeUInt16LE(compressed ? DEFLATED : STORED, 4);
  header.writeUInt32LE(time, 6);
}

/** What stands behind the content of an entry that is described there. */
export function descriptor(record: ZipRecord): Buffer {
  const start = Buffer.alloc(8);
  start.writeUInt32LE(DESCRIPTOR, 0);
  start.writeUInt32LE(record.crc32, 4);
  const sizes = [record.packed, record.size];
  return Buffer.concat([start, isHuge(record) ? numbers64(sizes) : numbers32(sizes)]);
}

/** An entry of the directory. Zip64's field has of the numbers those that have no room. */
export function directoryHeader(record: ZipRecord, time: number): Buffer {
  const { name, mode, size, packed, crc32, offset } = record;
  const large = [size, packed, offset].filter((number) => number >= FULL_32);
  const extra = large.length > 0 ? zip64Field(large) : Buffer.alloc(0);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(DIRECTORY_HEADER, 0);
  header.writeUInt16LE(MADE_BY, 4);
  writeCommon(header.subarray(6), record, time, isHuge(record) || large.length > 0);
  header.writeUInt32LE(crc32, 16);
  header.writeUInt32LE(Math.min(packed, FULL_32), 20);
  header.writeUInt32LE(Math.min(size, FULL_32), 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(((S_IFREG | mode) << 16) >>> 0, 38);
  header.writeUInt32LE(Math.min(offset, FULL_32), 42);
  return Buffer.concat([header, name, extra]);
}

/**
 * The end of the directory, with Zip64's before it where a number is too large.
 *
 * @param count - number of entries
 * @param length - bytes of the directory
 * @param offset - where it begins
 */
export function directoryEnd(count: number, length: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(DIRECTORY_END, 0);
  end.writeUInt16LE(Math.min(count, FULL_16), 8);
  end.writeUInt16LE(Math.min(count, FULL_16), 10);
  end.writeUInt32LE(Math.min(length, FULL_32), 12);
  end.writeUInt32LE(Math.min(offset, FULL_32), 16);
  const isZip64 = count >= FULL_16 || length >= FULL_32 || offset >= FULL_32;
  if (!isZip64) return end;
  const start = Buffer.alloc(24);
  start.writeUInt32LE(ZIP64_END, 0);
  // The number of bytes that follow in this record.
  start.writeBigUInt64LE(44n, 4);
  start.writeUInt16LE(MADE_BY, 12);
  start.writeUInt16LE(NEEDS_ZIP64, 14);
  const record = Buffer.concat([start, numbers64([count, count, length, offset])]);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(ZIP64_LOCATOR, 0);
  locator.writeBigUInt64LE(BigInt(offset + length), 8);
  // Numbers of disks: a zip in one file has one.
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end]);
}

function zip64Field(numbers: readonly number[]): Buffer {
  const start = Buffer.alloc(4);
  start.writeUInt16LE(ZIP64_FIELD, 0);
  start.writeUInt16LE(8 * numbers.length, 2);
  return Buffer.concat([start, numbers64(numbers)]);
}

function numbers32(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, i) => {
    bytes.writeUInt32LE(number, 4 * i);
  });
  return bytes;
}

function numbers64(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * numbers.length);
  numbers.forEach((number, i) => {
    bytes.writeBigUInt64LE(BigInt(number), 8 * i);
  });
  return bytes;
}

/** A time as DOS keeps it: the day in the upper 16 bits, even seconds of it in the lower. */
export function dosTime(time: Date): number {
  const day =
    ((time.getUTCFullYear() - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate();
  const second =
    (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1);
  return ((day << 16) | second) >>> 0;
}
