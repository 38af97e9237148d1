import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { ArchiveFault, FileChangedError } from "../../src/errors.js";
import type { SourceFile } from "../../src/files/source-file.js";
import { listZip } from "../../src/files/zip.js";
import type { Finding } from "../../src/findings/finding.js";
import { checkLoading } from "../../src/weights/check.js";
import { Trust } from "../../src/weights/trust.js";
import { zipOf } from "../files/archives.js";
import { bytesFile, EVIL, op } from "../support/pickles.js";
import { messageOf } from "../support/words.js";
import { DATA, legacy, ONE_KEY, ONE_STORAGE, zip } from "./weights.js";

const checkPickles = (file: SourceFile): Promise<Finding[]> =>
  checkLoading(file, { trust: new Trust(), isWeights: false });

/** Codes and keys, the rest of the place being the file. */
const shown = (findings: readonly Finding[]): [string, string | undefined][] =>
  findings.map(({ code, place }) => [code, place?.key]);

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
    const count = Buffer.alloc(8);
    count.writeBigUInt64LE(BigInt(75 * GB));
    const head = Buffer.concat([legacy(ONE_STORAGE, ONE_KEY), count]);
    const file = new Vast(head, head.length + 300 * GB);
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
    expect(shown(await checkPickles(file))).toContainEqual([
      "pickle-unknown",
      `byte ${head.length + 40 * GB}`,
    ]);
    expect(file.read).toBeLessThan(20 * 1024 * 1024);
  });
});

describe("a pickle of opcodes without an end", () => {
  it("is read for a while, and refused", async () => {
    // FRAME of length 0, again and again.
    const frame = Buffer.from("\x95\0\0\0\0\0\0\0\0", "latin1");
    const file = new Vast(Buffer.from("\x80\x04NNNNNNN", "latin1"), 300 * GB, undefined, frame);
    const [, found] = await checkPickles(file);
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
        ["pickle-unknown", "model/data.pkl, byte 2"],
      ]);
    }
    expect(files).toHaveLength(1);
  });
});

async function* failing(error: Error): AsyncGenerator<Buffer> {
  yield* [];
  throw error;
}
