import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PickleFailure, PickleReader } from "../../../src/weights/pickle/reader.js";
import type { MachineListener } from "../../../src/weights/pickle/rules.js";
import { op, pickleOf } from "../../support/pickles.js";
import { pythonWith, runPython } from "../../support/python.js";

interface Read {
  /** Names with a dot between, or "?" where they can't be told. */
  readonly imports: readonly string[];
  readonly places: readonly number[];
  readonly failure: PickleFailure | undefined;
}

function read(bytes: Buffer, most?: number, cuts: readonly number[] = []): Read {
  const imports: string[] = [];
  const places: number[] = [];
  const note = (name: string): void => {
    imports.push(name);
    places.push(reader.place.at);
  };
  const listener: MachineListener = {
    imports: (module, name) => {
      note(`${module}.${name}`);
      return { role: "any" };
    },
    opaque: () => note("?"),
    misuse: () => undefined,
    storage: () => undefined,
    call: () => undefined,
  };
  const reader: PickleReader = new PickleReader(listener, "none", most);
  let start = 0;
  for (const cut of [...cuts, bytes.length]) {
    const chunk = Buffer.from(bytes.subarray(start, cut));
    reader.feed(chunk);
    // The reader must not hold on to what it was given.
    chunk.fill(0xff);
    start = cut;
  }
  return { imports, places, failure: reader.end() };
}

const imports = (...parts: readonly Buffer[]): readonly string[] => {
  const { imports: found, failure } = read(pickleOf(...parts));
  expect(failure).toBeUndefined();
  return found;
};

describe("what a pickle imports", () => {
  const [os, system] = [op.text("os"), op.text("system")];

  it.each<[string, readonly Buffer[], string]>([
    ["GLOBAL", [op.global("os", "system")], "os.system"],
    ["INST", [op.mark, op.text("id"), op.inst("os", "system")], "os.system"],
    ["STACK_GLOBAL", [os, system, op.stackGlobal], "os.system"],
    ["names memoized", [os, op.memoize, system, op.memoize, op.stackGlobal], "os.system"],
    [
      "names from the memo",
      [os, op.put(7), op.pop, op.get(7), system, op.stackGlobal],
      "os.system",
    ],
    [
      "keys as text, as Python reads them",
      [
        os,
        op.putLine("1_0"),
        system,
        op.putLine(" +07 "),
        op.mark,
        op.popMark,
        op.pop,
        op.pop,
      ].concat([op.get(10), op.getLine("7"), op.stackGlobal]),
      "os.system",
    ],
    [
      "long keys",
      [system, op.longPut(70000), op.pop, os, op.longGet(70000), op.stackGlobal],
      "os.system",
    ],
    [
      "a key written twice: the last counts",
      [op.text("torch"), op.put(0), op.pop, os, op.put(0), op.pop, op.get(0), system].concat([
        op.stackGlobal,
      ]),
      "os.system",
    ],
    [
      "MEMOIZE, whose key is the number of keys",
      [
        op.text("x"),
        op.put(1),
        os,
        op.memoize,
        system,
        op.put(3),
        op.memoize,
        op.get(1),
        op.get(2),
      ].concat([op.stackGlobal]),
      "os.system",
    ],
    [
      "MEMOIZE, where its key is taken",
      [op.text("x"), op.put(2), os, op.memoize, system, op.memoize, op.get(1), op.get(2)].concat([
        op.stackGlobal,
      ]),
      "os.system",
    ],
    ["DUP", [op.text("code"), op.dup, op.stackGlobal], "code.code"],
    [
      "values between that are taken away again",
      [os, op.none, op.pop, op.mark, op.int1(1), op.none, op.popMark, system, op.stackGlobal],
      "os.system",
    ],
    ["other forms of strings", [op.string("os"), op.text4("system"), op.stackGlobal], "os.system"],
    ["UNICODE", [op.unicodeLine("os"), op.unicodeLine("system"), op.stackGlobal], "os.system"],
    ["STRING", [Buffer.from("S'os'\nS\"system\"\n"), op.stackGlobal], "os.system"],
    [
      "BUILD, which leaves what is built",
      [os, op.none, op.build, system, op.stackGlobal],
      "os.system",
    ],
    ["a name with dots", [os, op.text("path.os.system"), op.stackGlobal], "os.path.os.system"],
    ["a name that is not ASCII", [os, op.text("größe"), op.stackGlobal], "os.größe"],
    ["a path", [op.text("../evil"), op.text("run"), op.stackGlobal], "../evil.run"],
  ])("%s", (_, parts, name) => {
    expect(imports(...parts)).toEqual([name]);
  });

  it.each<[string, readonly Buffer[]]>([
    ["a name from a call", [os, op.none, op.emptyTuple, op.reduce, op.stackGlobal]],
    ["a tuple for a name", [os, op.emptyTuple, op.stackGlobal]],
    ["bytes for a name", [os, op.bytes(Buffer.from("system")), op.stackGlobal]],
    ["a name with an escape", [os, op.unicodeLine("\\u0073ystem"), op.stackGlobal]],
    ["a name of 2,000 letters", [os, op.text4("x".repeat(2000)), op.stackGlobal]],
    ["a GLOBAL of 2,000 letters", [op.global("os", "x".repeat(2000))]],
    ["a number of the registry of extensions", [op.ext1(240)]],
  ])("can't be told of %s", (_, parts) => {
    expect(imports(...parts)).toEqual(["?"]);
  });

  it.each<[string, readonly Buffer[], RegExp]>([
    ["a memo's key that is not there", [os, op.get(9), op.stackGlobal], /not memoized/],
    ["an empty stack", [op.stackGlobal], /where there is none/],
    ["one value", [os, op.stackGlobal], /where there is none/],
    ["a mark between", [os, op.mark, system, op.stackGlobal], /where there is none/],
    ["no mark", [op.none, op.tuple], /a mark/],
    ["a call without a tuple", [op.none, op.none, op.reduce], /tuple of arguments/],
    ["a buffer outside", [Buffer.of(0x97)], /outside of it/],
  ])("is refused with %s, as Python does", (_, parts, problem) => {
    expect(read(pickleOf(...parts)).failure?.problem).toMatch(problem);
  });

  it("is told with its place", () => {
    const two = pickleOf(op.none, op.global("a", "b"), op.text("c"), op.text("d"), op.stackGlobal);
    expect(read(two)).toMatchObject({ imports: ["a.b", "c.d"], places: [3, 14] });
  });

  it("is told of pickles that follow each other, each with a memo and a stack of its own", () => {
    const first = pickleOf(op.text("os"), op.put(0), op.text("system"), op.put(1));
    const second = pickleOf(op.global("x", "y"), op.get(0), op.get(1), op.stackGlobal);
    const found = read(Buffer.concat([first, second]));
    expect(found).toMatchObject({ imports: ["x.y"], failure: { pickle: 1 } });
  });

  it("is told up to the number of pickles that is asked for", () => {
    const pickles = Buffer.concat([pickleOf(op.global("a", "b")), Buffer.from("c not a pickle")]);
    expect(read(pickles, 1)).toMatchObject({ imports: ["a.b"], failure: undefined });
    expect(read(pickles).failure).toMatchObject({ pickle: 1 });
  });
});

describe("what can't be read", () => {
  it.each<[string, Buffer, number, RegExp]>([
    ["no bytes", Buffer.alloc(0), 0, /ends before/],
    ["no STOP", Buffer.from("\x80\x02N", "latin1"), 2, /ends before/],
    ["a number that is cut off", Buffer.from("\x80\x02J\x01", "latin1"), 2, /ends before/],
    ["a string that is cut off", Buffer.from("\x80\x02X\x09\0\0\0abc", "latin1"), 2, /ends before/],
    ["a long string that is cut off", Buffer.from("\x80\x02B\0\0\0\x09abc", "latin1"), 2, /ends/],
    ["a line without an end", Buffer.from("cos\nsystem"), 0, /ends before/],
    ["a byte that is no opcode", Buffer.from("\x80\x02N\xff.", "latin1"), 3, /0xff/],
    ["a protocol of the future", Buffer.from("\x80\x06N.", "latin1"), 0, /protocol 6/],
    ["a negative length", Buffer.from("T\xff\xff\xff\xff.", "latin1"), 0, /below 0/],
  ])("%s", (_, bytes, at, problem) => {
    expect(read(bytes).failure).toEqual({
      pickle: 0,
      at,
      problem: expect.stringMatching(problem),
    });
  });

  it("has its imports told up to there", () => {
    const broken = Buffer.concat([op.global("os", "system"), Buffer.of(0xff)]);
    expect(read(broken)).toMatchObject({ imports: ["os.system"], failure: { at: 11 } });
  });
});

/** Programs of opcodes in an order in which no pickler would write them. */
const names = fc.constantFrom("os", "system", "torch", "code", "a.b", "x y", "é");
const keys = fc.nat({ max: 5 });
const opcode = fc.oneof(
  fc.constantFrom(
    ...[op.mark, op.pop, op.popMark, op.dup, op.none, op.emptyTuple, op.tuple, op.tuple1],
    ...[op.tuple2, op.emptyList, op.append, op.appends, op.emptyDict, op.setItem, op.setItems],
    ...[op.build, op.newObj, op.obj, op.memoize, op.stackGlobal, op.proto(4)],
  ),
  { weight: 4, arbitrary: fc.oneof(names.map(op.text), names.map(op.text4), names.map(op.string)) },
  { weight: 2, arbitrary: fc.constantFrom(op.stackGlobal, op.memoize, op.dup, op.reduce) },
  fc.tuple(names, names).map(([a, b]) => op.global(a, b)),
  fc.tuple(names, names).map(([a, b]) => op.inst(a, b)),
  names.map((name) => op.bytes(Buffer.from(name))),
  names.map(op.unicodeLine),
  keys.map(op.put),
  keys.map(op.get),
  keys.map(op.longPut),
  keys.map(op.longGet),
  keys.map((key) => op.putLine(`0${key}`)),
  keys.map((key) => op.getLine(`${key}`)),
);
const program = fc.array(opcode, { maxLength: 30 }).map((parts) => pickleOf(...parts));

describe("any bytes", () => {
  it("are read or refused, and in pieces no other than at once", () => {
    const bytes = fc.oneof(
      program,
      fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all)),
      fc.tuple(program, fc.nat(), fc.nat({ max: 255 })).map(([good, at, byte]) => {
        const spoilt = Buffer.from(good);
        spoilt[at % spoilt.length] = byte;
        return spoilt;
      }),
    );
    const cuts = fc.array(fc.nat({ max: 300 }), { maxLength: 8 });
    fc.assert(
      fc.property(bytes, cuts, (all, where) => {
        const sorted = where.filter((cut) => cut <= all.length).sort((a, b) => a - b);
        expect(read(all, undefined, sorted)).toEqual(read(all));
      }),
      { numRuns: 3000 },
    );
  });
});

const python = pythonWith("pickle", "pickletools", "base64");

/** Picklers of all protocols, and what Python itself says of what they wrote. */
const WRITE = `
import base64, collections, datetime, decimal, fractions, pathlib, pickle, pickletools, random, uuid
class Outer:
    class Inner: pass
rng = random.Random(7)
def value(depth):
    leaf = [None, True, rng.random(), rng.randrange(-2**70, 2**70), "text %d" % rng.randrange(50),
            b"bytes" * rng.randrange(300), bytearray(b"x"), 1j, len, collections.OrderedDict, Outer.Inner(),
            datetime.date(2020, 1, 2), decimal.Decimal("1.5"), fractions.Fraction(1, 3), uuid.UUID(int=5),
            pathlib.PurePosixPath("a/b"), range(4), slice(1), print, "x" * 70000, frozenset([1, 2])]
    if depth == 0 or rng.random() < 0.3: return rng.choice(leaf)
    items = [value(depth - 1) for _ in range(rng.randrange(5))]
    return rng.choice([list(items), tuple(items), dict(enumerate(items)), collections.deque(items),
                       collections.OrderedDict(enumerate(items)), [items, items]])
def imports(data):
    found, texts, memo, before = [], [], [], ""
    for opcode, arg, at in pickletools.genops(data):
        if opcode.name == "GLOBAL": found.append([arg.replace(" ", "."), at])
        # Picklers write the two names right before, with nothing but memo opcodes between.
        elif opcode.name == "STACK_GLOBAL": found.append([".".join(texts[-2:]), at])
        elif opcode.name == "MEMOIZE": memo.append(texts[-1] if "UNICODE" in before else None)
        elif "UNICODE" in opcode.name: texts.append(arg)
        elif opcode.name.endswith("BINGET") and memo: texts.append(memo[arg])
        before = opcode.name
    return found
pickles = []
for _ in range(json.load(sys.stdin)):
    for protocol in range(6):
        data = pickle.dumps(value(4), protocol)
        pickles.append([base64.b64encode(data).decode(), imports(data)])
print(json.dumps(pickles))
`;

/**
 * What Python's unpickler asks for while it runs programs: nothing is imported, and what is called
 * gives a string, which may become a name.
 */
const RUN = `
import base64, io, pickle
class Stub:
    def __new__(cls, *args, **more): return "os"
    def __setstate__(self, state): pass
class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        self.found.append(module + "." + name)
        return Stub
def run(data):
    unpickler = Unpickler(io.BytesIO(base64.b64decode(data)))
    unpickler.found = []
    try: unpickler.load(); ended = True
    except Exception: ended = False
    return [unpickler.found, ended]
print(json.dumps([run(data) for data in json.load(sys.stdin)]))
`;

describe.skipIf(python === undefined)("what Python itself says", () => {
  it("of pickles of all protocols is the same", () => {
    const pickles = runPython<[string, [string, number][]][]>(python ?? "", WRITE, 300);
    expect(pickles.length).toBeGreaterThan(1500);
    let count = 0;
    for (const [data, wanted] of pickles) {
      const { imports: found, places, failure } = read(Buffer.from(data, "base64"));
      expect(failure).toBeUndefined();
      expect(found.map((name, index) => [name, places[index]])).toEqual(wanted);
      count += wanted.length;
    }
    expect(count).toBeGreaterThan(2000);
  });

  it("it would import of any program is told, or that it can't be told", () => {
    const programs = fc.sample(program, { numRuns: 30_000, seed: 11 });
    const data = programs.map((bytes) => bytes.toString("base64"));
    const results = runPython<[string[], boolean][]>(python ?? "", RUN, data);
    let told = 0;
    let sound = 0;
    for (const [index, [wanted, ended]] of results.entries()) {
      const bytes = programs[index] ?? Buffer.alloc(0);
      const { imports: found, failure } = read(bytes);
      // Python stops at the first error, as the reader does, or sooner: a failure is told, too.
      const known = found.slice(0, wanted.length);
      const seen = failure === undefined ? wanted : wanted.slice(0, known.length);
      expect(known, data[index]).toEqual(seen.map((name, i) => (known[i] === "?" ? "?" : name)));
      if (ended && failure === undefined) sound += 1;
      told += known.filter((name) => name !== "?").length;
    }
    expect(told).toBeGreaterThan(2000);
    expect(sound).toBeGreaterThan(100);
  });
});
