import { type ZipEntry, zipOf } from "../../files/archives.js";
import { GOOD, op, pickleOf } from "../../support/pickles.js";

/** A zip whose entries are stored, as PyTorch writes them. */
export const zip = (entries: readonly ZipEntry[]): Buffer =>
  zipOf(entries.map((entry) => ({ method: 0, ...entry })));
export const DATA = { name: "model/data.pkl", data: GOOD };
export const SCRIPT = [
  { name: "m/constants.pkl", data: pickleOf(op.emptyTuple) },
  { name: "m/code/__torch__.py", data: "class Net(Module): pass" },
];

/** A checkpoint of PyTorch before 1.6, with an object between the magic and the storages. */
export const legacy = (object: Buffer, keys: Buffer = pickleOf(op.emptyList)): Buffer =>
  Buffer.concat([
    Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex"),
    pickleOf(op.int1(5)),
    pickleOf(op.emptyDict),
    object,
    keys,
    Buffer.alloc(100, 0xff),
  ]);
