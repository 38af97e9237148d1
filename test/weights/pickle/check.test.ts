import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { ArchiveFault, FileChangedError } from "../../../src/errors.js";
import { fileSource } from "../../../src/files/folder.js";
import type { SourceFile } from "../../../src/files/source-file.js";
import { listZip } from "../../../src/files/zip.js";
import type { Finding } from "../../../src/findings/finding.js";
import { checkPickles } from "../../../src/weights/pickle/check.js";
import { tarOf, zipOf } from "../../files/archives.js";
import { REPOSITORY } from "../../support/mmars.js";
import { bytesFile, EVIL, GOOD, op, pickleOf } from "../../support/pickles.js";
import { messageOf } from "../../support/words.js";
import { DATA, legacy, SCRIPT, zip } from "./weights.js";

const check = (bytes: Buffer): Promise<Finding[]> => checkPickles(bytesFile(bytes));

/** Codes and keys, the rest of the place being the file. */
const shown = (findings: readonly Finding[]): [string, string | undefined][] =>
  findings.map(({ code, place }) => {
    expect(place?.file).toBe("models/model.pt");
    return [code, place?.key];
  });

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
    ["a pickle", GOOD],
    ["pickles, and what is none behind them", Buffer.concat([GOOD, GOOD, Buffer.from("cx\ny\n")])],
    [
      "a TorchScript's own classes",
      zip([...SCRIPT, { name: "m/data.pkl", data: pickleOf(op.global("__torch__.a", "Net")) }]),
    ],
    ["numbers that look like the start of a pickle", zip([DATA, { name: "m/data/1", data: EVIL }])],
    ["a text", Buffer.from("Not found")],
    ["a web page", Buffer.from("<html>")],
    ["nothing", Buffer.alloc(0)],
  ])("%s", async (_, bytes) => {
    expect(await check(bytes)).toEqual([]);
  });
});

describe("an import", () => {
  it.each<[string, Buffer, string]>([
    ["of a checkpoint", zip([{ name: "model/data.pkl", data: EVIL }]), "model/data.pkl, byte 2"],
    ["of a deflated one", zipOf([{ name: "a/data.pkl", data: EVIL }]), "a/data.pkl, byte 2"],
    ["of any case", zip([DATA, { name: "model/DATA.PKL", data: EVIL }]), "model/DATA.PKL, byte 2"],
    [
      "of code's positions",
      zip([...SCRIPT, { name: "m/code/__torch__.py.debug_pkl", data: EVIL }]),
      "m/code/__torch__.py.debug_pkl, byte 2",
    ],
    [
      "of what has another name",
      zip([DATA, { name: "model/extra/readme.txt", data: EVIL }]),
      "model/extra/readme.txt, byte 2",
    ],
    [
      "whose checksum is wrong, which PyTorch does not mind",
      zip([{ name: "model/data.pkl", data: EVIL, crc: 1 }]),
      "model/data.pkl, byte 2",
    ],
    [
      "whose name before the content is another",
      zip([DATA, { name: "m/data.pkl", data: EVIL, local: { name: "m/a.txt" } }]),
      "m/data.pkl, byte 2",
    ],
    ["of an old checkpoint", legacy(EVIL), "byte 26"],
    ["of its storages' names", legacy(GOOD, EVIL), `byte ${26 + GOOD.length}`],
    ["of a pickle", EVIL, "byte 2"],
    ["of a pickle behind another", Buffer.concat([GOOD, EVIL]), `byte ${GOOD.length + 2}`],
    ["of protocol 0", Buffer.from("cos\nsystem\n(S'id'\ntR."), "byte 0"],
  ])("%s is found", async (_, bytes, key) => {
    expect(shown(await check(bytes))).toEqual([["pickle-dangerous", key]]);
  });

  it("of __torch__ is one like any other where there is no TorchScript", async () => {
    const data = pickleOf(op.global("__torch__", "Net"));
    const findings = await check(zip([{ name: "model/data.pkl", data }]));
    expect(findings.map(({ code }) => code)).toEqual(["pickle-unknown"]);
  });

  it("that is made ten thousand times is told once", async () => {
    const [evil, odd] = [op.global("os", "system"), op.global("mine", "Net")];
    const many = Array.from({ length: 10_000 }, () => [evil, odd]).flat();
    const findings = await check(pickleOf(...many));
    expect(shown(findings)).toEqual([
      ["pickle-dangerous", "byte 2"],
      ["pickle-unknown", undefined],
    ]);
  });
});

describe("the words", () => {
  it("name unknown imports with their places, a few of many", async () => {
    const many = Array.from({ length: 40 }, (_, i) => op.global("mine.nets", `Net${i}`));
    const [found] = await check(zip([{ name: "model/data.pkl", data: pickleOf(...many) }]));
    expect(messageOf(found)).toContain(
      "imports mine.nets.Net0 (model/data.pkl, byte 2), mine.nets",
    );
    expect(messageOf(found)).toContain("Net9 (model/data.pkl, byte 146) and 30 more,");
  });

  it("say what a dangerous import can do, ten times at most", async () => {
    const many = Array.from({ length: 2000 }, (_, i) => op.global("os", `f${i}`));
    const findings = await check(pickleOf(...many));
    expect(findings).toHaveLength(10);
    expect(messageOf(findings[0])).toContain(
      "imports os.f0, which can run commands on the machine",
    );
    expect(messageOf(findings[9])).toContain("990 more");
  });

  it("show no control characters", async () => {
    const [found] = await check(pickleOf(op.global("mine\u001b[2J", "x\u202e\r")));
    expect(messageOf(found)).toContain("mine\\u{1b}[2J.x\\u{202e}\\u{d}");
  });
});

describe("what can't be told", () => {
  const opaque = pickleOf(op.text("os"), op.none, op.none, op.reduce, op.stackGlobal);

  it("is said once, with the number of others", async () => {
    const twice = Buffer.concat([opaque, opaque]);
    const [found, ...others] = await check(twice);
    expect(others).toEqual([]);
    expect(shown(found === undefined ? [] : [found])).toEqual([["pickle-opaque", "byte 9"]]);
    expect(messageOf(found)).toContain("and 1 more");
  });

  it.each<[string, Buffer, string, RegExp]>([
    [
      "a pickle that is cut off",
      zip([{ name: "model/data.pkl", data: GOOD.subarray(0, -1) }]),
      "model/data.pkl, byte 28",
      /ends before its end/,
    ],
    ["one that is empty", zip([{ name: "data.pkl", data: "" }]), "data.pkl, byte 0", /ends before/],
    ["one that is none", zip([{ name: "data.pkl", data: "é" }]), "data.pkl, byte 0", /0xc3/],
    ["an old one without storages", legacy(GOOD, Buffer.of(0xff)), "byte 54", /0xff/],
    [
      "one compressed as PyTorch can't",
      zip([{ name: "data.pkl", data: GOOD, method: 12 }]),
      "data.pkl, byte 0",
      /compression method 12/,
    ],
    ["one that does not unpack", zipOf([DATA]).fill(0xff, 60, 70), "model/data.pkl, byte 0", /./],
    [
      "an archive of far too many entries",
      zipOf([DATA], { count: 60_000 }),
      "byte 0",
      /60000 entries, more than any network has/,
    ],
    ["an archive without an end", zip([DATA]).subarray(0, 80), "byte 0", /archive that is broken/],
  ])("%s", async (_, bytes, key, problem) => {
    const [found, ...others] = await check(bytes);
    expect(others).toEqual([]);
    expect(shown(found === undefined ? [] : [found])).toEqual([["pickle-unreadable", key]]);
    expect(messageOf(found)).toMatch(problem);
  });

  it.each<[string, (checksum: number) => Buffer]>([
    ["octal", (checksum) => Buffer.from(`${checksum.toString(8).padStart(6, "0")}\0 `)],
    ["octal for Python alone", (checksum) => Buffer.from(`0o${checksum.toString(8)}`.padEnd(8))],
    ["binary", (checksum) => Buffer.from(`80${checksum.toString(16).padStart(14, "0")}`, "hex")],
  ])("is a pickle in the place of a tar's first name (checksum %s)", async (_, field) => {
    const tar = await tarOf([{ name: "pickle", data: EVIL }]);
    const start = pickleOf(op.none);
    const sum = (bytes: Buffer): number => bytes.reduce((a, b) => a + b, 0);
    const told = Number.parseInt(tar.toString("latin1", 148, 156), 8);
    const checksum = told - sum(tar.subarray(0, start.length)) + sum(start);
    start.copy(tar);
    field(checksum).copy(tar, 148);
    expect(shown(await check(tar))).toEqual([["pickle-unreadable", "byte 0"]]);
  });

  it("does not hide what is dangerous before", async () => {
    const findings = await check(Buffer.concat([EVIL.subarray(0, -1), Buffer.of(0xff)]));
    expect(findings.map(({ code }) => code)).toEqual(["pickle-dangerous", "pickle-unreadable"]);
  });
});

describe("a bomb", () => {
  it("is not unpacked", async () => {
    const entry = { name: "data.pkl", data: GOOD, method: 8, size: 300 * 1024 * 1024 };
    const [found, ...others] = await check(zip([entry]));
    expect(others).toEqual([]);
    expect(found?.code).toBe("pickle-unreadable");
    expect(messageOf(found)).toContain("far larger than any of a network");
  });

  it("of many entries that are one is not read over and over", async () => {
    const data = pickleOf(op.bytes(Buffer.alloc(1 << 20)));
    const size = { length: data.length, size: data.length };
    const same = Array.from({ length: 600 }, (_, i) => ({ name: `${i}.pkl`, data: "", offset: 0 }));
    const entries = [{ name: "0", data }, ...same.map((entry) => ({ ...entry, ...size }))];
    const [found, ...others] = await check(zip(entries));
    expect(others).toEqual([]);
    expect(messageOf(found)).toContain("far larger than any of a network");
  });
});

/** A file of any size that is not there: one filling, but for what stands at start and end. */
class Vast implements SourceFile {
  readonly path = "models/model.pt";
  readonly executable = false;
  read = 0;

  constructor(
    private readonly head: Buffer,
    readonly size: number,
    private readonly tail: Buffer = Buffer.alloc(0),
    private readonly filling: Buffer = Buffer.of(0xff),
  ) {}

  open({ start, end } = { start: 0, end: this.size }): Readable {
    return Readable.from(this.#chunks(start, end), { objectMode: false, highWaterMark: 1 });
  }

  async *#chunks(start: number, end: number): AsyncGenerator<Buffer> {
    // A multiple of the filling, so that it goes on from chunk to chunk.
    const most = this.filling.length * 100_000;
    for (let at = start; at < end; at += most) {
      const chunk = Buffer.alloc(Math.min(most, end - at), this.filling);
      if (at < this.head.length) this.head.copy(chunk, 0, at);
      const behind = this.size - this.tail.length - at;
      if (behind < chunk.length) this.tail.copy(chunk, Math.max(0, behind), Math.max(0, -behind));
      this.read += chunk.length;
      yield chunk;
    }
  }
}

const GB = 1024 ** 3;

describe("of a large file", () => {
  it("no tensors are read", async () => {
    const file = new Vast(legacy(GOOD), 300 * GB);
    expect(await checkPickles(file)).toEqual([]);
    expect(file.read).toBeLessThan(20 * 1024 * 1024);
  });

  it("long values are passed over, and what follows is found", async () => {
    const length = Buffer.alloc(9);
    length[0] = 0x8e;
    length.writeBigUInt64LE(BigInt(40 * GB), 1);
    const head = Buffer.concat([op.proto(4), length]);
    const tail = Buffer.concat([op.global("os", "system"), op.stop]);
    const file = new Vast(head, head.length + 40 * GB + tail.length, tail);
    expect(shown(await checkPickles(file))).toEqual([
      ["pickle-dangerous", `byte ${head.length + 40 * GB}`],
    ]);
    expect(file.read).toBeLessThan(20 * 1024 * 1024);
  });
});

describe("a pickle of opcodes without an end", () => {
  it("is read for a while, and refused", async () => {
    // FRAME of length 0, again and again.
    const frame = Buffer.from("\x95\0\0\0\0\0\0\0\0", "latin1");
    const file = new Vast(Buffer.from("\x80\x04NNNNNNN", "latin1"), 300 * GB, undefined, frame);
    const [found] = await checkPickles(file);
    expect(messageOf(found)).toContain("far larger than any of a network");
    expect(file.read).toBeLessThan(300 * 1024 * 1024);
  });
});

describe("what is at fault with the source", () => {
  it("is thrown: a file that changes", async () => {
    const file: SourceFile = {
      ...bytesFile(zip([DATA])),
      open: () => Readable.from(failing(new FileChangedError("models/model.pt"))),
    };
    await expect(checkPickles(file)).rejects.toThrow(FileChangedError);
  });

  it("is thrown: a damaged zip that the weights lie in", async () => {
    const inner = zip([DATA, { name: "model/data/0", data: Buffer.alloc(500, "x") }]);
    const outer = zipOf([{ name: "models/model.pt", data: inner, crc: 7 }]);
    const { files } = await listZip(bytesFile(outer, "mmar.zip"));
    const [file] = files;
    if (file === undefined) throw new Error("The zip has no file");
    await expect(checkPickles(file)).rejects.toThrow(ArchiveFault);
  });

  it("is nothing where the weights lie deflated in a good one", async () => {
    const inner = zip([{ name: "model/data.pkl", data: EVIL }]);
    const outer = zipOf([{ name: "models/model.pt", data: inner }]);
    const { files } = await listZip(bytesFile(outer, "mmar.zip"));
    for (const file of files) {
      expect(shown(await checkPickles(file))).toEqual([
        ["pickle-dangerous", "model/data.pkl, byte 2"],
      ]);
    }
    expect(files).toHaveLength(1);
  });
});

async function* failing(error: Error): AsyncGenerator<Buffer> {
  yield* [];
  throw error;
}
