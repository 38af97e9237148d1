import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/findings/finding.js";
import { checkLoading } from "../../src/weights/check.js";
import { Trust } from "../../src/weights/trust.js";
import { tarOf, zipOf } from "../files/archives.js";
import { bytesFile, GOOD, op, pickleOf } from "../support/pickles.js";
import { messageOf } from "../support/words.js";
import {
  DATA,
  LEGACY_START,
  legacy,
  MAGIC,
  NUMBERS,
  ONE_KEY,
  ONE_STORAGE,
  SCRIPT,
  withComment,
  zip,
} from "./weights.js";

const check = (bytes: Buffer, path?: string): Promise<Finding[]> =>
  checkLoading(bytesFile(bytes, path), { trust: new Trust(), isWeights: false });

const VERSION = { name: "model/version", data: "3\n" };

describe("an archive that PyTorch did not write", () => {
  it.each<[string, Buffer, RegExp]>([
    ["with bytes before it", Buffer.concat([Buffer.from("x".repeat(64)), zip([DATA])]), /behind/],
    ["with bytes behind it", Buffer.concat([zip([DATA]), Buffer.from("x")]), /broken/],
    ["with a comment", withComment(zip([DATA]), "x"), /has a comment/],
    ["with a gap before its directory", gap(zip([DATA])), /bytes beside its directory/],
    ["without an end", zip([DATA]).subarray(0, 80), /broken/],
    ["with a directory in Zip64 that is another", zip64(zip([DATA])), /two directories/],
    ["with two folders", zip([DATA, { name: "other/version", data: "3" }]), /beside its folder/],
    ["with a file twice", zip([DATA, DATA]), /twice/],
    ["with a file twice, in capitals", zip([DATA, { ...DATA, name: "model/DATA.PKL" }]), /twice/],
    [
      "with a file of its own",
      zip([DATA, { name: "model/extra/readme.txt", data: "x" }]),
      /does not write: model\/extra\/readme\.txt/,
    ],
    [
      "of constants without code",
      zip([SCRIPT[0] ?? DATA, { name: "m/data.pkl", data: GOOD }]),
      /no code/,
    ],
    ["of a phone", zip([...SCRIPT, { name: "m/bytecode.pkl", data: GOOD }]), /bytecode\.pkl/],
    ["of a time before 1.0", zip([{ name: "m/model.json", data: "{}" }]), /no data\.pkl/],
    ["without a folder", zip([{ name: "data.pkl", data: GOOD }]), /beside its folder/],
    ["of far too many entries", zipOf([DATA], { count: 60_000 }), /60000 entries/],
  ])("%s", async (_, bytes, words) => {
    for (const path of ["models/model.pt", "resources/w.dat"]) {
      const findings = await check(bytes, path);
      expect(findings.map(messageOf).join("\n"), path).toMatch(words);
    }
  });

  it("is no other one", async () => {
    expect(await check(zip([DATA, VERSION, { name: "model/byteorder", data: "little" }]))).toEqual(
      [],
    );
    const newest = [".format_version", ".storage_alignment", ".data/serialization_id"];
    const more = newest.map((name) => ({ name: `model/${name}`, data: "1" }));
    expect(await check(zip([DATA, VERSION, ...more]))).toEqual([]);
  });

  it("is no TorchScript with what it was traced with, whose pickle is read as others are", async () => {
    const inputs = (data: Buffer) => zip([...SCRIPT, { name: "m/traced_inputs.pkl", data }]);
    expect(await check(inputs(GOOD))).toEqual([]);
    const [finding] = await check(inputs(pickleOf(op.global("os", "system"))));
    expect(finding).toMatchObject({ code: "pickle-unknown" });
  });
});

describe("the old form, byte for byte", () => {
  const decimal = Buffer.from("L119547037146038801333356L\n.");
  const after = LEGACY_START.subarray(MAGIC.length);
  const rest = Buffer.concat([GOOD, op.proto(2), op.emptyList, op.put(0), op.stop]);

  it.each<[string, Buffer, RegExp]>([
    [
      "a magic number in decimal",
      Buffer.concat([op.proto(2), decimal, after, rest]),
      /not in the form/,
    ],
    ["the same, without a mark", Buffer.concat([decimal, after, rest]), /not in the form/],
    [
      "another description",
      Buffer.concat([MAGIC, pickleOf(op.none), pickleOf(op.none), rest]),
      /otherwise/,
    ],
    ["bytes behind it", Buffer.concat([legacy(GOOD), Buffer.of(0)]), /add up/],
    ["a storage too few", legacy(ONE_STORAGE, ONE_KEY), /add up/],
    ["a storage too short", legacy(ONE_STORAGE, ONE_KEY, NUMBERS.subarray(1)), /add up/],
    ["a storage without a name", legacy(ONE_STORAGE), /does not name/],
    ["a name without a storage", legacy(GOOD, ONE_KEY, NUMBERS), /does not name/],
    ["a list written otherwise", legacy(ONE_STORAGE, pickleOf(op.emptyList)), /does not write/],
    ["an object that fails", legacy(Buffer.from("\x80\x02\xff", "latin1")), /0xff/],
    ["nothing more", LEGACY_START, /ends before the storages/],
  ])("has not %s", async (_, bytes, words) => {
    const findings = await check(bytes);
    expect(findings.map(messageOf).join("\n")).toMatch(words);
  });
});

describe("a tar", () => {
  const octal = (sum: number): string => sum.toString(8);

  /** The checksum of a tar's first header, written as is wanted. */
  async function tarWith(field: (sum: number) => Buffer, name = "storages"): Promise<Buffer> {
    const tar = await tarOf([
      { name, data: GOOD },
      { name: "storages", data: GOOD },
    ]);
    const told = Number.parseInt(tar.toString("latin1", 148, 156), 8);
    field(told).copy(tar, 148);
    return tar;
  }

  it.each<[string, (sum: number) => Buffer]>([
    ["octal", (sum) => Buffer.from(`${octal(sum).padStart(6, "0")}\0 `)],
    ["octal for Python alone", (sum) => Buffer.from(`0o${octal(sum)}`.padEnd(8))],
    ["binary", (sum) => Buffer.from(`80${sum.toString(16).padStart(14, "0")}`, "hex")],
    [
      "behind a separator that is a blank to Python",
      (sum) => Buffer.from(`\x1c${octal(sum)}\x1f `),
    ],
    ["with a sign and lines between", (sum) => Buffer.from(`+0_${octal(sum)}`.padEnd(8))],
  ])("from which PyTorch loads is refused, its checksum %s", async (_, field) => {
    for (const path of ["models/model.pt", "resources/w.dat"]) {
      const [found] = await check(await tarWith(field), path);
      expect(messageOf(found)).toContain("is a tar");
    }
  });

  it("is refused where its first name is a pickle", async () => {
    const tar = await tarWith((sum) => Buffer.from(`${octal(sum)}\0`.padEnd(8)), "\u0080\u0002}.");
    const [found] = await check(tar, "x.dat");
    expect(messageOf(found)).toContain("is a tar");
  });

  it("of something else is nothing", async () => {
    expect(await check(await tarOf([{ name: "a.txt", data: "b" }]), "docs/a.tar")).toEqual([]);
  });
});

it("a network for phones is refused", async () => {
  const [found] = await check(Buffer.from("\x1c\0\0\0PTMF and more"), "models/x.ptl");
  expect(messageOf(found)).toContain("network for phones");
});

/** A zip with bytes between its entries and its directory. */
function gap(archive: Buffer): Buffer {
  const at = archive.length - 22;
  const end = Buffer.from(archive.subarray(at));
  const start = end.readUInt32LE(16);
  return Buffer.concat([archive.subarray(0, at), Buffer.alloc(20), end.subarray(0, 22)]).subarray(
    start === 0 ? 1 : 0,
  );
}

/** A zip whose records in Zip64 tell of another directory. */
function zip64(archive: Buffer): Buffer {
  const at = archive.length - 22;
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(0n, 32);
  record.writeBigUInt64LE(0n, 40);
  record.writeBigUInt64LE(BigInt(at), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(at), 8);
  return Buffer.concat([archive.subarray(0, at), record, locator, archive.subarray(at)]);
}
