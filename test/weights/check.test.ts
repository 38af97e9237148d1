import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileSource } from "../../src/files/folder.js";
import type { SourceFile } from "../../src/files/source-file.js";
import type { Finding } from "../../src/findings/finding.js";
import { checkLoading } from "../../src/weights/check.js";
import { Trust } from "../../src/weights/trust.js";
import { zipOf } from "../files/archives.js";
import { REPOSITORY } from "../support/mmars.js";
import { bytesFile, EVIL, GOOD, op, pickleOf } from "../support/pickles.js";
import { messageOf } from "../support/words.js";
import {
  DATA,
  DATA_OF_SCRIPT,
  LEGACY_START,
  legacy,
  NUMBERS,
  ONE_KEY,
  ONE_STORAGE,
  SCRIPT,
  withComment,
  zip,
} from "./weights.js";

const check = (bytes: Buffer, path?: string, trust: readonly string[] = []): Promise<Finding[]> =>
  checkLoading(bytesFile(bytes, path), { trust: new Trust(trust), isWeights: false });

const checkPickles = (file: SourceFile): Promise<Finding[]> =>
  checkLoading(file, { trust: new Trust(), isWeights: false });

/** A TorchScript whose object calls one class of its own with something. */
const ofScript = (module: string, args: Buffer): Buffer => {
  const data = pickleOf(op.global(module, "Enum"), args, op.reduce);
  return zip([...SCRIPT, { name: "m/data.pkl", data }]);
};

/** Codes and keys, the rest of the place being the file. */
const shown = (findings: readonly Finding[]): [string, string | undefined][] =>
  findings.map(({ code, place }) => [code, place?.key]);

const codes = (findings: readonly Finding[]): string[] => findings.map(({ code }) => code);

describe("nothing is said of", () => {
  const fixtures = readdirSync(join(REPOSITORY, "fixtures"), { recursive: true, encoding: "utf8" });
  const weights = fixtures.filter((path) => /models\w*\/.*\.(pt|ts)$/.test(path));

  it("the weights of the fixtures", async () => {
    expect(weights.length).toBeGreaterThan(40);
    for (const path of weights) {
      const file = await fileSource(path, join(REPOSITORY, "fixtures", path));
      expect(await checkPickles(file), path).toEqual([]);
    }
  });

  it.each<[string, Buffer]>([
    ["a checkpoint", zip([DATA, { name: "model/data/0", data: "numbers" }])],
    ["a deflated one", zipOf([DATA])],
    ["an old one", legacy(GOOD)],
    ["an old one with a storage", legacy(ONE_STORAGE, ONE_KEY, NUMBERS)],
    [
      "a TorchScript's own classes",
      zip([...SCRIPT, { name: "m/data.pkl", data: pickleOf(op.global("__torch__.a", "Net")) }]),
    ],
    ["a TorchScript's enums, which are made of a value", ofScript("__torch__.a", op.text("x"))],
    ["numbers that look like a pickle", zip([DATA, { name: "model/data/1", data: EVIL }])],
    ["a text", Buffer.from("Not found")],
    ["a web page", Buffer.from("<html>")],
    ["nothing", Buffer.alloc(0)],
  ])("%s", async (_, bytes) => {
    expect(await check(bytes)).toEqual([]);
  });

  it.each<[string, Buffer]>([
    ["a pickle", GOOD],
    ["a zip of something else", zipOf([{ name: "a.txt" }])],
    ["one with a comment", withComment(zipOf([{ name: "a.txt" }]), "made by hand")],
    ["a list of requirements", Buffer.from("cucim\nnumpy\nscipy\nRtree\n")],
    ["a Python file", Buffer.from("class Net(Module):\n    def forward(self):\n        pass\n")],
    ["bytes", Buffer.from("\x00\x01.pickle", "latin1")],
  ])("%s under another name", async (_, bytes) => {
    expect(await check(bytes, "resources/w.dat")).toEqual([]);
  });
});

it.each<[string, Buffer]>([
  ["a class that is not the script's own", ofScript("collections", op.text("x"))],
  ["another class instead of a value", ofScript("__torch__.a", op.global("collections", "deque"))],
])("%s is not made as a TorchScript's enum is", async (_, bytes) => {
  expect(codes(await check(bytes))).toContain("pickle-unreadable");
});

describe("an import", () => {
  it.each<[string, Buffer, string]>([
    ["of a checkpoint", zip([{ name: "model/data.pkl", data: EVIL }]), "model/data.pkl, byte 2"],
    ["of a deflated one", zipOf([{ name: "a/data.pkl", data: EVIL }]), "a/data.pkl, byte 2"],
    [
      "of code's positions",
      zip([...SCRIPT, DATA_OF_SCRIPT, { name: "m/code/__torch__.py.debug_pkl", data: EVIL }]),
      "m/code/__torch__.py.debug_pkl, byte 2",
    ],
    [
      "whose checksum is wrong, which PyTorch does not mind",
      zip([{ name: "model/data.pkl", data: EVIL, crc: 1 }]),
      "model/data.pkl, byte 2",
    ],
    [
      "whose name before the content is another",
      zip([{ name: "m/data.pkl", data: EVIL, local: { name: "m/a.txt" } }]),
      "m/data.pkl, byte 2",
    ],
    ["of an old checkpoint", legacy(EVIL), `byte ${LEGACY_START.length + 2}`],
  ])("%s is found", async (_, bytes, key) => {
    expect(shown(await check(bytes))).toEqual([["pickle-unknown", key]]);
  });

  it.each<[string, Buffer]>([
    ["of an old checkpoint's list of storages", legacy(GOOD, EVIL)],
    ["of a pickle", EVIL],
    ["of a pickle behind another", Buffer.concat([EVIL, GOOD])],
    ["of protocol 0", Buffer.from("cos\nsystem\n(S'id'\ntR.")],
    ["of a pickle that fails behind it", Buffer.concat([EVIL.subarray(0, -1), Buffer.of(0xff)])],
  ])("%s is found under any name", async (_, bytes) => {
    for (const path of ["models/model.pt", "resources/w.dat", "docs/notes.txt"]) {
      expect(codes(await check(bytes, path)), path).toContain("pickle-unknown");
    }
  });

  it("of __torch__ is one like any other where there is no TorchScript", async () => {
    const data = pickleOf(op.global("__torch__", "Net"));
    expect(codes(await check(zip([{ name: "model/data.pkl", data }])))).toEqual(["pickle-unknown"]);
  });

  it("that is made ten thousand times is told once, with the others", async () => {
    const [evil, odd] = [op.global("os", "system"), op.global("mine", "Net")];
    const many = Array.from({ length: 10_000 }, () => [evil, op.pop, odd, op.pop]).flat();
    const data = pickleOf(...many, op.none);
    const [found, ...others] = await check(zip([{ name: "m/data.pkl", data }]));
    expect(others).toEqual([]);
    expect(messageOf(found)).toContain("imports os.system, mine.Net. ");
  });

  it("is nothing where its full name is trusted", async () => {
    const bytes = zip([{ name: "model/data.pkl", data: EVIL }]);
    expect(await check(bytes, undefined, ["os.system"])).toEqual([]);
    for (const other of ["os", "system", "os.systems", "posix.system"]) {
      expect(codes(await check(bytes, undefined, [other]))).toEqual(["pickle-unknown"]);
    }
  });
});

describe("the words", () => {
  it("name ten imports of many, and how to trust them", async () => {
    const many = Array.from({ length: 40 }, (_, i) => op.global("mine.nets", `Net${i}`));
    const [found] = await check(zip([{ name: "model/data.pkl", data: pickleOf(...many) }]));
    expect(messageOf(found)).toContain("imports mine.nets.Net0, mine.nets.Net1,");
    expect(messageOf(found)).toContain("mine.nets.Net9 and 30 more.");
  });

  it("show no control characters", async () => {
    const [, found] = await check(pickleOf(op.global("mine\u001b[2J", "x\u202e\r")));
    const [first] = await check(pickleOf(op.global("mine\u001b[2J", "x\u202e\r")), "x.dat");
    expect(messageOf(first)).toContain("mine\\u{1b}[2J.x\\u{202e}\\u{d}");
    expect(found?.code).toBe("pickle-form");
  });
});

describe("names of the list", () => {
  const dict = op.global("collections", "OrderedDict");
  const conv = op.global("torch.nn.modules.conv", "Conv3d");
  const hook = op.global("torch.nn.functional", "relu");
  const getattr = op.global("builtins", "getattr");
  const scalar = op.global("numpy.core.multiarray", "scalar");

  it.each<[string, readonly Buffer[]]>([
    ["a class is called", [dict, op.emptyTuple, op.reduce]],
    ["a class makes an object", [conv, op.emptyTuple, op.newObj, op.emptyDict, op.build]],
    ["a function is called with data", [hook, op.none, op.tuple1, op.reduce]],
    [
      "a type makes dictionaries",
      [op.global("collections", "defaultdict"), dict, op.tuple1, op.reduce],
    ],
    [
      "a scheduler's method is fetched",
      [
        getattr,
        op.global("torch.optim.lr_scheduler", "OneCycleLR"),
        op.text("_annealing_cos"),
      ].concat([op.tuple2, op.reduce]),
    ],
  ])("may be used: %s", async (_, parts) => {
    expect(await check(pickleOf(...parts), "x.pkl")).toEqual([]);
  });

  it.each<[string, readonly Buffer[], RegExp]>([
    [
      "a network is called",
      [conv, op.emptyTuple, op.reduce],
      /calls torch\.nn\.modules\.conv\.Conv3d/,
    ],
    ["a constant is called", [op.global("torch", "float32"), op.emptyTuple, op.reduce], /calls/],
    ["a function makes an object", [hook, op.emptyTuple, op.newObj], /makes an object of/],
    ["a class is changed", [dict, op.none, op.build], /changes collections\.OrderedDict/],
    ["a class is filled", [dict, op.none, op.append], /puts values into/],
    ["data is changed", [op.emptyDict, op.none, op.build], /changes plain data/],
    [
      "an object is called",
      [dict, op.emptyTuple, op.reduce, op.emptyTuple, op.reduce],
      /an object/,
    ],
    [
      "a type is handed back",
      [scalar, op.none, dict, op.tuple2, op.reduce],
      /scalar with collections/,
    ],
    [
      "anything is fetched",
      [getattr, dict, op.text("fromkeys"), op.tuple2, op.reduce],
      /imports collections\.OrderedDict\.fromkeys/,
    ],
    ["getattr is handed on", [op.emptyList, getattr, op.append], /hands on/],
    ["getattr is told nothing", [getattr, op.none, op.tuple1, op.reduce], /can't be told/],
    ["keywords are given", [dict, op.emptyTuple, op.emptyDict, Buffer.of(0x92)], /named arguments/],
    ["a storage is outside", [op.text("storage"), op.tuple1, op.persistentId], /outside of it/],
    ["a line names what is outside", [Buffer.from("Pstorage\n")], /outside of it/],
  ])("may not: %s", async (_, parts, words) => {
    const [found] = await check(pickleOf(...parts), "x.pkl");
    expect(messageOf(found)).toMatch(words);
  });
});

describe("what can't be told", () => {
  const call = [op.emptyTuple, op.reduce];
  const opaque = [op.text("os"), op.global("builtins", "str"), ...call, op.stackGlobal];

  it("is said once, with the number of others", async () => {
    const data = pickleOf(...opaque, op.pop, ...opaque);
    const [found, ...others] = await check(zip([{ name: "m/data.pkl", data }]));
    expect(others).toEqual([]);
    expect(found?.code).toBe("pickle-opaque");
    expect(messageOf(found)).toContain("and 1 more");
  });

  it.each<[string, Buffer, string, RegExp]>([
    [
      "a pickle that is cut off",
      zip([{ name: "model/data.pkl", data: GOOD.subarray(0, -1) }]),
      "model/data.pkl, byte 28",
      /ends before its end/,
    ],
    [
      "one that is empty",
      zip([{ name: "a/data.pkl", data: "" }]),
      "a/data.pkl, byte 0",
      /ends before/,
    ],
    ["one that is none", zip([{ name: "a/data.pkl", data: "é" }]), "a/data.pkl, byte 0", /0xc3/],
    [
      "one with bytes behind",
      zip([{ name: "a/data.pkl", data: Buffer.concat([GOOD, EVIL]) }]),
      `a/data.pkl, byte ${GOOD.length}`,
      /bytes behind its end/,
    ],
    [
      "one compressed as PyTorch can't",
      zip([{ name: "a/data.pkl", data: GOOD, method: 12 }]),
      "a/data.pkl, byte 0",
      /compression method 12/,
    ],
    ["one that does not unpack", zipOf([DATA]).fill(0xff, 60, 70), "model/data.pkl, byte 0", /./],
  ])("%s", async (_, bytes, key, problem) => {
    const [found, ...others] = await check(bytes);
    expect(others).toEqual([]);
    expect(shown(found === undefined ? [] : [found])).toEqual([["pickle-unreadable", key]]);
    expect(messageOf(found)).toMatch(problem);
  });

  it("does not hide what is imported before", async () => {
    const data = Buffer.concat([EVIL.subarray(0, -1), Buffer.of(0xff)]);
    expect(codes(await check(zip([{ name: "a/data.pkl", data }])))).toEqual([
      "pickle-unknown",
      "pickle-unreadable",
    ]);
  });
});

describe("a bomb", () => {
  it("is not unpacked", async () => {
    const entry = { name: "a/data.pkl", data: GOOD, method: 8, size: 300 * 1024 * 1024 };
    const [found, ...others] = await check(zip([entry]));
    expect(others).toEqual([]);
    expect(found?.code).toBe("pickle-unreadable");
    expect(messageOf(found)).toContain("far larger than any of a network");
  });

  it("of many entries that are one is not read over and over", async () => {
    const data = pickleOf(op.bytes(Buffer.alloc(1 << 20)));
    const size = { length: data.length, size: data.length };
    const same = Array.from({ length: 600 }, (_, i) => ({
      name: `m/code/${i}.pkl`,
      data: "",
      offset: 0,
    }));
    const entries = [
      { name: "m/code/x.pkl", data },
      ...SCRIPT,
      ...same.map((e) => ({ ...e, ...size })),
    ];
    const [found, ...others] = await check(zip(entries));
    expect(others).toEqual([]);
    expect(messageOf(found)).toContain("far larger than any of a network");
  });
});
