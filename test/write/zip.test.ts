import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { FileChangedError } from "../../src/errors.js";
import { writeBundle } from "../../src/write/write.js";
import {
  bytesEntry,
  fileEntry,
  listZip,
  noise,
  optionsFor,
  planOf,
  scratch,
  sourceOf,
  zeros,
} from "./support.js";

/** What archiver takes checksums with. */
const require = createRequire(import.meta.resolve("archiver"));
const slow = require("crc-32") as { buf: (bytes: Uint8Array, seed?: unknown) => number };

const folder = scratch();
const SIZE = 5 * 1024 * 1024 + 3;
const zerosEntry = (path: string) => fileEntry(sourceOf(path, SIZE, () => zeros(SIZE)));

afterEach(() => {
  vi.restoreAllMocks();
});

/** The local headers of a zip of stored entries, read one after the other as a stream would be. */
function walkLocalHeaders(path: string): { name: string; flags: number; crc32: number }[] {
  const zip = readFileSync(path);
  const headers = [];
  for (let at = 0; zip.readUInt32LE(at) === 0x04034b50; ) {
    const nameLength = zip.readUInt16LE(at + 26);
    const name = zip.toString("utf8", at + 30, at + 30 + nameLength);
    headers.push({ name, flags: zip.readUInt16LE(at + 6), crc32: zip.readUInt32LE(at + 14) });
    at += 30 + nameLength + zip.readUInt16LE(at + 28) + zip.readUInt32LE(at + 18);
  }
  return headers;
}

/** Has Java's reader of streams tell each entry's name, length and CRC-32; it checks both itself. */
const JAVA = `
import java.io.*;
import java.util.zip.*;
class Walk {
  public static void main(String[] args) throws Exception {
    ZipInputStream zip = new ZipInputStream(new FileInputStream(args[0]));
    byte[] buffer = new byte[1 << 16];
    for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
      CRC32 sum = new CRC32();
      long size = 0;
      for (int n; (n = zip.read(buffer)) > 0; size += n) sum.update(buffer, 0, n);
      System.out.println(entry.getName() + " " + size + " " + sum.getValue());
    }
  }
}`;

const PYTHON = `
import sys, zipfile, zlib
with zipfile.ZipFile(sys.argv[1]) as z:
    assert z.testzip() is None
    for i in z.infolist():
        print(i.filename, i.file_size, zlib.crc32(z.read(i)))
`;

const isThere = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args).status === 0;

describe("a zip of entries that are stored and deflated, small and large", () => {
  const text = Buffer.from("much the same on each line\n".repeat(200_000));
  const contents: [string, Buffer][] = [
    ["a.txt", Buffer.from("small\n".repeat(100))],
    ["empty", Buffer.alloc(0)],
    ["größe 模型.txt", text],
    ["model.pt", noise(2_500_000)],
    ["z.bin", noise(1000)],
  ];
  const expected = contents.map(([name, bytes]) => `${name} ${bytes.length} ${crc32(bytes)}`);
  const target = join(folder, "mixed.zip");

  beforeAll(async () => {
    await writeBundle(planOf(contents.map(([name, bytes]) => bytesEntry(name, bytes))), {
      ...optionsFor(target),
      force: true,
    });
  });

  const told = (program: string, ...args: string[]): string[] =>
    execFileSync(program, args, { encoding: "utf8" }).trim().split("\n");

  it.skipIf(!isThere("python3", "--version"))("is read by Python", () => {
    const env = ["-X", "utf8"];
    expect(told("python3", ...env, "-c", PYTHON, target)).toEqual(expected);
  });

  it.skipIf(!isThere("java", "--version"))("is read by Java as it arrives", () => {
    const source = join(folder, "Walk.java");
    writeFileSync(source, JAVA);
    const utf8 = [
      "-Dfile.encoding=UTF-8",
      "-Dstdout.encoding=UTF-8",
      "-Dsun.stdout.encoding=UTF-8",
    ];
    expect(told("java", ...utf8, source, target)).toEqual(expected);
  });

  it.skipIf(!isThere("unzip", "-v"))("is good by unzip", () => {
    expect(told("unzip", "-tqq", target)).toEqual([""]);
    const [listing = ""] = told("unzip", "-Z", "-T", target, "a.txt");
    expect(listing).toMatch(/^-rw-r--r-- .* 20211203\.102030 a\.txt$/);
  });
});

describe("a stored entry, small or large", () => {
  it("has a complete local header, so that the archive can be read as it arrives", async () => {
    const target = join(folder, "stored.zip");
    const large = noise(2_500_000);
    const entries = [
      bytesEntry("a.txt", "small"),
      bytesEntry("model.pt", large),
      zerosEntry("model.ts"),
      bytesEntry("z.txt", "last"),
    ];
    await writeBundle(planOf(entries), optionsFor(target, { compression: "store" }));
    expect(walkLocalHeaders(target)).toEqual([
      { name: "a.txt", flags: 0, crc32: crc32("small") },
      { name: "model.pt", flags: 0, crc32: crc32(large) },
      { name: "model.ts", flags: 0, crc32: crc32(Buffer.alloc(SIZE)) },
      { name: "z.txt", flags: 0, crc32: crc32("last") },
    ]);
    expect((await listZip(target)).map(({ content }) => content.length)).toEqual([
      5,
      large.length,
      SIZE,
      4,
    ]);
  });

  it("costs no checksum in JavaScript, and none that is deflated does", async () => {
    const spy = vi.spyOn(slow, "buf");
    const target = join(folder, "spared.zip");
    await writeBundle(planOf([zerosEntry("a")]), optionsFor(target, { compression: "store" }));
    await writeBundle(planOf([zerosEntry("a")]), optionsFor(join(folder, "deflated.zip")));
    expect(spy).not.toHaveBeenCalled();
  });

  it("has its checksum taken while the one before it is written, and no further ahead", async () => {
    const open = new Set<string>();
    const seen: string[] = [];
    const source = (name: string) =>
      sourceOf(name, SIZE, () => {
        open.add(name);
        seen.push([...open].join("+"));
        return zeros(SIZE).once("close", () => open.delete(name));
      });
    const plan = planOf(["a", "b", "c"].map((name) => fileEntry(source(name))));
    const target = join(folder, "ahead.zip");
    await writeBundle(plan, optionsFor(target, { compression: "store" }));
    const checksum = crc32(Buffer.alloc(SIZE));
    expect(walkLocalHeaders(target).map((header) => header.crc32)).toEqual(Array(3).fill(checksum));
    expect(seen).toHaveLength(6);
    expect(seen.some((names) => names === "a+b" || names === "b+a")).toBe(true);
    expect(seen.filter((names) => names.length > 3)).toEqual([]);
    expect(seen.filter((names) => names.includes("a") && names.includes("c"))).toEqual([]);
  });

  it("is read once where its source knows the checksum", async () => {
    let readings = 0;
    const source = {
      ...sourceOf("a", SIZE, () => {
        readings += 1;
        return zeros(SIZE);
      }),
      crc32: crc32(Buffer.alloc(SIZE)),
    };
    const target = join(folder, "known.zip");
    await writeBundle(planOf([fileEntry(source)]), optionsFor(target, { compression: "store" }));
    expect(walkLocalHeaders(target)).toMatchObject([{ flags: 0, crc32: source.crc32 }]);
    expect(readings).toBe(1);
  });

  it("fails where it is read twice and is not the same", async () => {
    let readings = 0;
    const source = sourceOf("models/model.ts", SIZE, () => {
      readings += 1;
      return Readable.from([noise(SIZE, readings)]);
    });
    const plan = planOf([{ ...fileEntry(source), path: "model/models/model.ts" }]);
    const options = optionsFor(join(folder, "never.zip"), { compression: "store" });
    const writing = writeBundle(plan, options);
    await expect(writing).rejects.toThrow(FileChangedError);
    await expect(writing).rejects.toMatchObject({ path: "models/model.ts" });
  });
});
