import type { Machine } from "./machine.js";
import { PickleFault } from "./rules.js";
import { DATA } from "./values.js";

/** What follows an opcode, and what it does to the machine. */
export type Opcode =
  | { readonly argument: "none"; readonly run: (machine: Machine) => void }
  /** An unsigned number, little-endian; `bytes` is its length. */
  | {
      readonly argument: "number";
      readonly bytes: number;
      readonly run: (machine: Machine, value: number) => void;
    }
  /** A length, little-endian, in `bytes` bytes; then as many bytes of content as it says. */
  | {
      readonly argument: "counted";
      readonly bytes: 1 | 4 | 8;
      /** Whether lengths from 2^31 on are negative, and thus wrong. */
      readonly signed: boolean;
      /** Whether the content is text, which `run` takes. */
      readonly isText: boolean;
      readonly run: (machine: Machine, content: string | undefined) => void;
    }
  /** Texts, each ended by a line feed; `lines` is their number. */
  | {
      readonly argument: "lines";
      readonly lines: 1 | 2;
      readonly run: (machine: Machine, first: string | undefined, second?: string) => void;
    };

const none = (run: (machine: Machine) => void): Opcode => ({ argument: "none", run });
const number = (bytes: number, run: (machine: Machine, value: number) => void): Opcode => ({
  argument: "number",
  bytes,
  run,
});
const lines = (
  count: 1 | 2,
  run: (machine: Machine, first: string | undefined, second?: string) => void,
): Opcode => ({ argument: "lines", lines: count, run });
const text = (bytes: 1 | 4 | 8, signed = false): Opcode => ({
  argument: "counted",
  bytes,
  signed,
  isText: true,
  run: (machine, content) => machine.pushText(content),
});
const data = (bytes: 1 | 4 | 8, signed = false): Opcode => ({
  argument: "counted",
  bytes,
  signed,
  isText: false,
  run: push,
});

const push = (machine: Machine): void => machine.push(DATA);
const pushed = none(push);
const nothing = (): void => undefined;
/** Puts the topmost values into the container below them. */
const put = (count: number): Opcode =>
  none((machine) => {
    machine.take(count);
    machine.fill();
  });
const putMarked: Opcode = none((machine) => {
  machine.takeMarked();
  machine.fill();
});
/** Makes a container of the values above the mark. */
const collected: Opcode = none((machine) => {
  machine.takeMarked();
  machine.push(DATA);
});
const tuple = (count: number): Opcode => none((machine) => machine.tupleOfTop(count));
/** Out-of-band buffers, which nobody passes to the unpickler. */
const buffer: Opcode = none(() => {
  throw new PickleFault("asks for a buffer that lies outside of it");
});

/** What STRING quotes. */
const unquoted = (line: string | undefined): string | undefined =>
  /^(['"])(.*)\1$/.exec(line?.trim() ?? "")?.[2];
/** Lines may have escapes, and are not UTF-8: what picklers write of names is plain ASCII. */
const plain = (line: string | undefined): string | undefined =>
  line !== undefined && /^[ -[\]-~]*$/.test(line) ? line : undefined;

/** A memo's key as Python's int() reads it: with blanks, a sign, zeros, and underscores between. */
function memoKey(line: string | undefined): number | undefined {
  const digits = /^\s*\+?(\d+(?:_\d+)*)\s*$/.exec(line ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits.replaceAll("_", ""));
}

const extension = (machine: Machine, code: number): void =>
  machine.opaque(`it is number ${code} of a registry that the program fills`);

/** Ends a pickle. */
export const STOP = 0x2e;
/** Begins pickles of protocol 2 and up, and says which it is. */
export const PROTO = 0x80;
export const HIGHEST_PROTOCOL = 5;

/**
 * Every opcode of the protocols 0 to 5 by its byte, from the documentation in Python's own
 * Lib/pickletools.py: the form of its argument, and what it takes from the stack and puts there.
 */
export const OPCODES: ReadonlyMap<number, Opcode> = new Map<number, Opcode>([
  // Numbers and constants: INT, BININT, BININT1, BININT2, LONG, LONG1, LONG4, FLOAT, BINFLOAT,
  // NONE, NEWTRUE, NEWFALSE.
  [0x49, lines(1, push)],
  [0x4a, number(4, push)],
  [0x4b, number(1, push)],
  [0x4d, number(2, push)],
  [0x4c, lines(1, push)],
  [0x8a, data(1)],
  [0x8b, data(4, true)],
  [0x46, lines(1, push)],
  [0x47, number(8, push)],
  [0x4e, pushed],
  [0x88, pushed],
  [0x89, pushed],
  // Strings: STRING, BINSTRING, SHORT_BINSTRING, UNICODE, SHORT_BINUNICODE, BINUNICODE,
  // BINUNICODE8.
  [0x53, lines(1, (machine, line) => machine.pushText(plain(unquoted(line))))],
  [0x54, text(4, true)],
  [0x55, text(1)],
  [0x56, lines(1, (machine, line) => machine.pushText(plain(line)))],
  [0x8c, text(1)],
  [0x58, text(4)],
  [0x8d, text(8)],
  // Bytes: BINBYTES, SHORT_BINBYTES, BINBYTES8, BYTEARRAY8, NEXT_BUFFER, READONLY_BUFFER.
  [0x42, data(4)],
  [0x43, data(1)],
  [0x8e, data(8)],
  [0x96, data(8)],
  [0x97, buffer],
  [0x98, buffer],
  // Lists: EMPTY_LIST, APPEND, APPENDS, LIST.
  [0x5d, pushed],
  [0x61, put(1)],
  [0x65, putMarked],
  [0x6c, collected],
  // Tuples: EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3.
  [0x29, tuple(0)],
  [0x74, none((machine) => machine.tuple(machine.popMarked()))],
  [0x85, tuple(1)],
  [0x86, tuple(2)],
  [0x87, tuple(3)],
  // Dictionaries: EMPTY_DICT, DICT, SETITEM, SETITEMS.
  [0x7d, pushed],
  [0x64, collected],
  [0x73, put(2)],
  [0x75, putMarked],
  // Sets: EMPTY_SET, ADDITEMS, FROZENSET.
  [0x8f, pushed],
  [0x90, putMarked],
  [0x91, collected],
  // The stack: POP, DUP, MARK, POP_MARK.
  [0x30, none((machine) => machine.drop())],
  [0x32, none((machine) => machine.duplicate())],
  [0x28, none((machine) => machine.mark())],
  [0x31, none((machine) => machine.takeMarked())],
  // The memo: GET, BINGET, LONG_BINGET, PUT, BINPUT, LONG_BINPUT, MEMOIZE.
  [0x67, lines(1, (machine, line) => machine.get(memoKey(line)))],
  [0x68, number(1, (machine, key) => machine.get(key))],
  [0x6a, number(4, (machine, key) => machine.get(key))],
  [0x70, lines(1, (machine, line) => machine.put(memoKey(line)))],
  [0x71, number(1, (machine, key) => machine.put(key))],
  [0x72, number(4, (machine, key) => machine.put(key))],
  [0x94, none((machine) => machine.memoize())],
  // Imports: EXT1, EXT2, EXT4, GLOBAL, STACK_GLOBAL.
  [0x82, number(1, extension)],
  [0x83, number(2, extension)],
  [0x84, number(4, extension)],
  [0x63, lines(2, (machine, module, name) => machine.import(module, name))],
  [0x93, none((machine) => machine.importFromStack())],
  // Calls: REDUCE, BUILD, INST (which imports, too), OBJ, NEWOBJ, NEWOBJ_EX.
  [0x52, none((machine) => machine.reduce())],
  [0x62, none((machine) => machine.build())],
  [
    0x69,
    lines(2, (machine, module, name) => {
      const items = machine.popMarked();
      machine.import(module, name);
      machine.callMarked(machine.pop(), items);
    }),
  ],
  [
    0x6f,
    none((machine) => {
      const [callable, ...items] = machine.popMarked();
      if (callable === undefined) throw new PickleFault("makes an object of no class");
      machine.callMarked(callable, items);
    }),
  ],
  [0x81, none((machine) => machine.newObject())],
  [0x92, none((machine) => machine.newObjectWithKeywords())],
  // The pickle itself: PROTO (which the reader looks at), STOP, FRAME.
  [PROTO, number(1, nothing)],
  [STOP, none((machine) => machine.end())],
  [0x95, number(8, nothing)],
  // References to objects outside of the pickle: PERSID, BINPERSID.
  [0x50, lines(1, (machine) => machine.persistentLine())],
  [0x51, none((machine) => machine.loadPersistent())],
]);
