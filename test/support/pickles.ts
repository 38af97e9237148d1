import { Readable } from "node:stream";
import type { SourceFile } from "../../src/files/source-file.js";

/** Opcodes with their arguments, by the names in Python's pickletools. */
export const op = {
  proto: (protocol = 2) => Buffer.of(0x80, protocol),
  stop: Buffer.from("."),
  mark: Buffer.from("("),
  pop: Buffer.from("0"),
  popMark: Buffer.from("1"),
  dup: Buffer.from("2"),
  none: Buffer.from("N"),
  emptyTuple: Buffer.from(")"),
  tuple: Buffer.from("t"),
  tuple1: Buffer.of(0x85),
  tuple2: Buffer.of(0x86),
  emptyList: Buffer.from("]"),
  append: Buffer.from("a"),
  appends: Buffer.from("e"),
  emptyDict: Buffer.from("}"),
  setItem: Buffer.from("s"),
  setItems: Buffer.from("u"),
  reduce: Buffer.from("R"),
  build: Buffer.from("b"),
  newObj: Buffer.of(0x81),
  obj: Buffer.from("o"),
  persistentId: Buffer.from("Q"),
  memoize: Buffer.of(0x94),
  stackGlobal: Buffer.of(0x93),
  global: (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`),
  inst: (module: string, name: string) => Buffer.from(`i${module}\n${name}\n`),
  text: (text: string) => sized(0x8c, 1, Buffer.from(text)),
  text4: (text: string) => sized(0x58, 4, Buffer.from(text)),
  string: (text: string) => sized(0x55, 1, Buffer.from(text)),
  bytes: (bytes: Buffer) => sized(0x42, 4, bytes),
  unicodeLine: (text: string) => Buffer.from(`V${text}\n`),
  put: (key: number) => Buffer.of(0x71, key),
  longPut: (key: number) => long(0x72, key),
  putLine: (key: string) => Buffer.from(`p${key}\n`),
  get: (key: number) => Buffer.of(0x68, key),
  longGet: (key: number) => long(0x6a, key),
  getLine: (key: string) => Buffer.from(`g${key}\n`),
  ext1: (code: number) => Buffer.of(0x82, code),
  int1: (value: number) => Buffer.of(0x4b, value),
} as const;

const sized = (opcode: number, width: number, content: Buffer): Buffer => {
  const length = Buffer.alloc(width);
  length.writeUIntLE(content.length, 0, width);
  return Buffer.concat([Buffer.of(opcode), length, content]);
};

const long = (opcode: number, key: number): Buffer => {
  const bytes = Buffer.alloc(5);
  bytes[0] = opcode;
  bytes.writeUInt32LE(key, 1);
  return bytes;
};

/** A pickle of protocol 4 with these opcodes in it. */
export const pickleOf = (...parts: readonly Buffer[]): Buffer =>
  Buffer.concat([op.proto(4), ...parts, op.stop]);

/** What runs a command when it is loaded. */
export const EVIL = pickleOf(op.global("os", "system"), op.text("id"), op.tuple1, op.reduce);

/** A state dict without tensors. */
export const GOOD = pickleOf(op.global("collections", "OrderedDict"), op.emptyTuple, op.reduce);

/** Bytes as a file of a source, in chunks of any length. */
export const bytesFile = (
  bytes: Buffer,
  path = "models/model.pt",
  chunk = 1 << 16,
): SourceFile => ({
  path,
  size: bytes.length,
  executable: false,
  open: ({ start, end } = { start: 0, end: bytes.length }) => {
    const chunks: Buffer[] = [];
    for (let at = start; at < end; at += chunk) {
      chunks.push(bytes.subarray(at, Math.min(end, at + chunk)));
    }
    return Readable.from(chunks, { objectMode: false });
  },
});
