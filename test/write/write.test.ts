import { createHash } from "node:crypto";
import { chmodSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { describe, expect, it } from "vitest";
import {
  entryTime,
  type WriteOptions,
  type WriteProgress,
  writeBundle,
} from "../../src/write/write.js";
import {
  bytesEntry,
  fill,
  leftovers,
  listZip,
  MTIME,
  noise,
  optionsFor,
  planOf,
  planOfFolder,
  scratch,
  weights,
} from "./support.js";

const folder = scratch();
const TEXT = "an ordinary text, which deflate makes much shorter\n".repeat(200);
const LONG = `model/${"folder/".repeat(30)}${"n".repeat(90)}.txt`;

const entries = [
  bytesEntry("model/.mdai/config.yaml", "base_image: nvidia\n"),
  bytesEntry("model/text.txt", TEXT),
  bytesEntry("model/run.sh", "#!/bin/sh\n", 0o755),
  bytesEntry("model/empty", ""),
  bytesEntry("model/modèle größe 模型.txt", "name beyond ASCII"),
  bytesEntry(LONG, "name beyond a tar header"),
  bytesEntry("model/weights.bin", weights(600_000)),
];

interface TarEntry {
  readonly name: string;
  readonly mode: number;
  readonly mtime: Date;
  readonly owner: string;
  readonly content: Buffer;
}

async function listTar(path: string): Promise<TarEntry[]> {
  const listing: TarEntry[] = [];
  const unpacker = extract();
  unpacker.end(gunzipSync(readFileSync(path)));
  for await (const entry of unpacker) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const { name, mode, mtime, uid, gid, uname, gname } = entry.header;
    const owner = `${uid} ${gid} ${uname} ${gname}`;
    listing.push({ name, mode, mtime, owner, content: Buffer.concat(chunks) });
  }
  return listing;
}

function contentOf(entry: (typeof entries)[number]): Buffer {
  return entry.content.kind === "bytes" ? Buffer.from(entry.content.bytes) : Buffer.alloc(0);
}

describe("writeBundle", () => {
  it("writes a zip of the plan, in its order, and tells its size and SHA-256", async () => {
    const target = join(folder, "all.zip");
    const result = await writeBundle(planOf(entries), optionsFor(target));
    const listing = await listZip(target);
    expect(listing.map(({ path }) => path)).toEqual(entries.map(({ path }) => path));
    expect(listing.map(({ mode }) => mode)).toEqual(entries.map(({ mode }) => 0o100000 | mode));
    expect(new Set(listing.map(({ time }) => time))).toEqual(new Set([MTIME.toISOString()]));
    for (const [i, { content }] of listing.entries()) {
      expect(content.equals(contentOf(entries[i] ?? bytesEntry("", "?")))).toBe(true);
    }
    const bytes = readFileSync(target);
    expect(result.size).toBe(bytes.length);
    expect(result.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
    expect(leftovers(folder)).toEqual([]);
  });

  it("deflates what shrinks and stores the rest at auto", async () => {
    const target = join(folder, "auto.zip");
    const result = await writeBundle(planOf(entries), optionsFor(target));
    const deflated = (await listZip(target)).filter((entry) => entry.deflated);
    expect(deflated.map(({ path }) => path)).toEqual(["model/text.txt"]);
    expect(result.entries.filter((entry) => entry.compressed)).toEqual([
      { path: "model/text.txt", size: TEXT.length, compressed: true },
    ]);
  });

  it("stores all at store, and deflates all but the empty at max", async () => {
    const stored = join(folder, "store.zip");
    const maximal = join(folder, "max.zip");
    await writeBundle(planOf(entries), optionsFor(stored, { compression: "store" }));
    await writeBundle(planOf(entries), optionsFor(maximal, { compression: "max" }));
    const kinds = async (path: string) => (await listZip(path)).map(({ deflated }) => deflated);
    expect(await kinds(stored)).toEqual(entries.map(() => false));
    expect(await kinds(maximal)).toEqual(entries.map(({ size }) => size > 0));
    expect(statSync(maximal).size).toBeLessThan(statSync(stored).size);
  });

  it("gives a stored entry of up to 1 MB a complete local header", async () => {
    const target = join(folder, "local.zip");
    await writeBundle(planOf([bytesEntry("model/a", "abc")]), optionsFor(target));
    const header = readFileSync(target).subarray(0, 30);
    const sizes = { flags: header.readUInt16LE(6), size: header.readUInt32LE(22) };
    expect(sizes).toEqual({ flags: 0, size: 3 });
  });

  it("writes a tar.gz of the plan, without owner, and with a gzip header without system", async () => {
    const target = join(folder, "all.tar.gz");
    const result = await writeBundle(planOf(entries), optionsFor(target, { format: "tar.gz" }));
    const listing = await listTar(target);
    expect(listing.map(({ name }) => name)).toEqual(entries.map(({ path }) => path));
    expect(listing.map(({ mode }) => mode)).toEqual(entries.map(({ mode }) => mode));
    expect(new Set(listing.map(({ owner }) => owner))).toEqual(new Set(["0 0  "]));
    expect(new Set(listing.map(({ mtime }) => mtime.getTime()))).toEqual(
      new Set([MTIME.getTime()]),
    );
    for (const [i, { content }] of listing.entries()) {
      expect(content.equals(contentOf(entries[i] ?? bytesEntry("", "?")))).toBe(true);
    }
    const bytes = readFileSync(target);
    expect(bytes.subarray(0, 10).toString("hex")).toBe("1f8b08000000000004ff");
    expect(result.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  it("compresses a tar.gz as a whole: not where weights outweigh the rest, but where text does", async () => {
    const heavy = planOf([bytesEntry("a.txt", TEXT), bytesEntry("b", weights(600_000))]);
    const light = planOf([bytesEntry("a.txt", TEXT.repeat(100)), bytesEntry("b", weights(1000))]);
    const write = async (plan: typeof heavy, name: string) =>
      writeBundle(plan, optionsFor(join(folder, name), { format: "tar.gz" }));
    const [no, yes] = [await write(heavy, "heavy.tar.gz"), await write(light, "light.tar.gz")];
    expect(no.entries.map(({ compressed }) => compressed)).toEqual([false, false]);
    expect(no.size).toBeGreaterThan(heavy.totalSize);
    expect(yes.entries.map(({ compressed }) => compressed)).toEqual([true, true]);
    expect(yes.size).toBeLessThan(light.totalSize / 10);
  });

  it("keeps files' run bits as the plan has them and streams large files", async () => {
    const source = fill(join(folder, "mmar"), {
      "commands/infer.sh": "#!/bin/sh\n",
      "models/model.ts": noise(3 * 1024 * 1024 + 17),
    });
    chmodSync(join(source, "commands/infer.sh"), 0o700);
    const target = join(folder, "mmar.zip");
    await writeBundle(await planOfFolder(source), optionsFor(target));
    const listing = await listZip(target);
    expect(listing.map(({ path, mode }) => [path, mode])).toEqual([
      ["commands/infer.sh", 0o100755],
      ["models/model.ts", 0o100644],
    ]);
    expect(listing[1]?.content.equals(noise(3 * 1024 * 1024 + 17))).toBe(true);
  });

  it.each(["zip", "tar.gz"] as const)("tells the SHA-256 of each entry of a %s", async (format) => {
    const source = fill(join(folder, `hashed-${format}`), {
      "empty.txt": "",
      "models/model.ts": noise(2 * 1024 * 1024 + 5),
      "text.txt": TEXT,
    });
    const plan = await planOfFolder(source);
    const write = (name: string, more: Partial<WriteOptions>) =>
      writeBundle(plan, optionsFor(join(folder, `${name}.${format}`), { format, ...more }));
    const hashed = await write("hashed", { hashes: true });
    const sums = hashed.entries.map(({ path, sha256 }) => ({ path, sha256 }));
    expect(sums).toEqual(
      plan.entries.map(({ path }) => ({
        path,
        sha256: createHash("sha256")
          .update(readFileSync(join(source, path)))
          .digest("hex"),
      })),
    );
    const plain = await write("plain", {});
    expect(plain.sha256).toBe(hashed.sha256);
    expect(plain.entries.some((entry) => "sha256" in entry)).toBe(false);
  });

  it("tells its progress up to the last byte", async () => {
    const plan = planOf([bytesEntry("a", noise(10)), bytesEntry("b", noise(2_500_000))]);
    const seen: WriteProgress[] = [];
    const onProgress = (progress: WriteProgress) => seen.push(progress);
    await writeBundle(plan, optionsFor(join(folder, "progress.zip"), { onProgress }));
    expect(seen[0]).toEqual({ bytesDone: 10, bytesTotal: 2_500_010, path: "a" });
    expect(seen.at(-1)).toEqual({ bytesDone: 2_500_010, bytesTotal: 2_500_010, path: "b" });
  });

  it.each(["../a", "/a", "a//b", "a/./b", "a\\b", "C:/a", "a/", ""])(
    "takes no plan with the path %j",
    async (path) => {
      const target = join(folder, "never.zip");
      const writing = writeBundle(planOf([bytesEntry(path, "x")]), optionsFor(target));
      await expect(writing).rejects.toThrow("No archive can hold the path");
    },
  );

  it("takes no plan with a path twice or a wrong size", async () => {
    const twice = planOf([bytesEntry("a", "x"), bytesEntry("a", "y")]);
    const wrong = planOf([{ ...bytesEntry("a", "x"), size: 2 }]);
    const options = optionsFor(join(folder, "never.zip"));
    await expect(writeBundle(twice, options)).rejects.toThrow("two entries a");
    await expect(writeBundle(wrong, options)).rejects.toThrow("gives a 2 bytes, it has 1");
  });

  it("writes an empty plan and one with many small entries", async () => {
    const none = await writeBundle(planOf([]), optionsFor(join(folder, "none.zip")));
    expect(none.entries).toEqual([]);
    const many = Array.from({ length: 700 }, (_, i) => bytesEntry(`model/${i}.txt`, TEXT));
    await writeBundle(planOf(many), optionsFor(join(folder, "many.zip")));
    expect(await listZip(join(folder, "many.zip"))).toHaveLength(700);
  });

  it("takes a file of the source that holds nothing", async () => {
    const source = fill(join(folder, "hollow"), { "a.txt": "" });
    const plan = await planOfFolder(source);
    expect(plan.entries.map(({ size }) => size)).toEqual([0]);
    await writeBundle(plan, optionsFor(join(folder, "hollow.zip"), { compression: "max" }));
    expect((await listZip(join(folder, "hollow.zip")))[0]?.content).toHaveLength(0);
  });
});

describe("entryTime", () => {
  const at = (text: string) => entryTime({ SOURCE_DATE_EPOCH: text }).toISOString();

  it("is the first day of zip without SOURCE_DATE_EPOCH", () => {
    expect(entryTime({}).toISOString()).toBe("1980-01-01T00:00:00.000Z");
    expect(at("")).toBe("1980-01-01T00:00:00.000Z");
  });

  it("is SOURCE_DATE_EPOCH, in the steps and the range that both formats have", () => {
    expect(at("1700000001")).toBe("2023-11-14T22:13:20.000Z");
    expect(at("0")).toBe("1980-01-01T00:00:00.000Z");
    expect(at("-5")).toBe("1980-01-01T00:00:00.000Z");
    expect(at("99999999999")).toBe("2038-01-19T03:14:06.000Z");
  });

  it("refuses what is not a number of seconds", () => {
    expect(() => at("yesterday")).toThrow('SOURCE_DATE_EPOCH is "yesterday"');
    expect(() => at("1.5")).toThrow(RangeError);
  });

  it.each(["zip", "tar.gz"] as const)("survives %s at both ends of its range", async (format) => {
    for (const epoch of ["0", "99999999999"]) {
      const target = join(folder, `time-${epoch}.${format}`);
      const mtime = entryTime({ SOURCE_DATE_EPOCH: epoch });
      const plan = planOf([bytesEntry("a", "x")]);
      await expect(writeBundle(plan, optionsFor(target, { format, mtime }))).resolves.toBeDefined();
    }
  });
});
