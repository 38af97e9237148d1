import { type ZipEntry, zipOf } from "../files/archives.js";
import { GOOD, op, pickleOf } from "../support/pickles.js";

/** A zip whose entries are stored, as PyTorch writes them. */
export const zip = (entries: readonly ZipEntry[]): Buffer =>
  zipOf(entries.map((entry) => ({ method: 0, ...entry })));
export const DATA = { name: "model/data.pkl", data: GOOD };
export const SCRIPT = [
  { name: "m/constants.pkl", data: pickleOf(op.emptyTuple) },
  { name: "m/code/__torch__.py", data: "class Net(Module): pass" },
];

/** What PyTorch wrote before 1.6 at the start: its magic number, a version, and the machine. */
export const MAGIC = Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex");
const sized = (text: string): Buffer => op.text4(text);
const SYSTEM = Buffer.concat([
  ...[op.proto(2), op.emptyDict, op.put(0), op.mark, sized("protocol_version"), op.put(1)],
  ...[Buffer.of(0x4d, 0xe9, 3), sized("little_endian"), op.put(2), Buffer.of(0x88)],
  ...[sized("type_sizes"), op.put(3), op.emptyDict, op.put(4), op.mark],
  ...[sized("short"), op.put(5), op.int1(2), sized("int"), op.put(6), op.int1(4)],
  ...[sized("long"), op.put(7), op.int1(4), op.setItems, op.setItems, op.stop],
]);
export const LEGACY_START = Buffer.concat([MAGIC, Buffer.from("80024de9032e", "hex"), SYSTEM]);

/** A list of storages' names, as a pickler writes it. */
export const NO_KEYS = Buffer.concat([op.proto(2), op.emptyList, op.put(0), op.stop]);
export const ONE_KEY = Buffer.concat([
  ...[op.proto(2), op.emptyList, op.put(0), sized("0"), op.put(1), op.append, op.stop],
]);

/** An object with one storage, of two numbers. */
export const ONE_STORAGE = pickleOf(
  ...[op.mark, op.text("storage"), op.global("torch", "FloatStorage"), op.text("0")],
  ...[op.text("cpu"), op.int1(2), op.none, op.tuple, op.persistentId],
);
export const NUMBERS = Buffer.from("02000000000000000000803f0000803f", "hex");

/** A checkpoint of PyTorch before 1.6: an object between its start and the storages. */
export const legacy = (
  object: Buffer,
  keys: Buffer = NO_KEYS,
  storages = Buffer.alloc(0),
): Buffer => Buffer.concat([LEGACY_START, object, keys, storages]);

/** What a TorchScript has for its object. */
export const DATA_OF_SCRIPT = { name: "m/data.pkl", data: pickleOf(op.none) };

/** A zip with a comment behind its end. */
export function withComment(archive: Buffer, comment: string): Buffer {
  const bytes = Buffer.concat([archive, Buffer.from(comment)]);
  bytes.writeUInt16LE(comment.length, archive.length - 2);
  return bytes;
}
