import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileSource } from "../../src/files/folder.js";
import { readAll, type SourceFile } from "../../src/files/source-file.js";
import { listTar, type OpenListing } from "../../src/files/tar.js";
import { inspect, MachineError, pack } from "../../src/index.js";
import { codesOf, mmarMaker, scratch, TestMmar } from "../support/mmars.js";
import { hintOf, messageOf, wordsOf } from "../support/words.js";
import { archiveOf, CONFIG, put, type TarEntry, tarOf } from "./archives.js";

const folder = scratch();
const temporary = scratch();
const outs = scratch();
const make = mmarMaker();
const { TMPDIR } = process.env;

beforeEach(() => {
  process.env.TMPDIR = temporary;
});

afterEach(() => {
  // Whatever a test did, nothing of it is left.
  expect(readdirSync(temporary)).toEqual([]);
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
});

/** A folder for bundles: not among the temporary files. */
const outFolder = () => mkdtempSync(join(outs, "out "));

/** Lists a tar in both forms, for as long as `use` takes. */
async function listed(
  tar: Buffer,
  use: (listing: OpenListing, form: "tar" | "tar.gz") => Promise<void>,
): Promise<void> {
  for (const form of ["tar", "tar.gz"] as const) {
    const bytes = form === "tar" ? tar : gzipSync(tar);
    const archive = await fileSource(`x.${form}`, put(folder, `x.${form}`, bytes));
    const listing = await listTar(archive, form === "tar.gz");
    if (listing === undefined) throw new Error("This is no tar");
    try {
      await use(listing, form);
    } finally {
      await listing.close();
    }
  }
}

const textOf = async (file: SourceFile | undefined) => file && (await readAll(file)).toString();

/** Wrong entries, as they stand beside a good one. */
const hostile: Readonly<Record<string, readonly [code: string, says: RegExp, ...TarEntry[]]>> = {
  "leads out": ["archive-entry-name", /leads out of/, { name: "../evil.sh" }],
  "is absolute": ["archive-entry-name", /absolute/, { name: "/etc/passwd" }],
  "has a backslash": ["archive-entry-name", /backslash/, { name: "a\\b" }],
  "has a drive": ["archive-entry-name", /drive/, { name: "c:x" }],
  "leads out in a pax field": [
    "archive-entry-name",
    /leads out of/,
    { name: "a", pax: { path: "../b" } },
  ],
  "is a symbolic link": [
    "archive-entry-kind",
    /symbolic link/,
    { name: "a", type: "symlink", linkname: "/etc" },
  ],
  "is a hard link": [
    "archive-entry-kind",
    /hard link/,
    { name: "a", type: "link", linkname: CONFIG.name },
  ],
  "is a block device": ["archive-entry-kind", /device/, { name: "a", type: "block-device" }],
  "is a character device": [
    "archive-entry-kind",
    /device/,
    { name: "a", type: "character-device" },
  ],
  "is a pipe": ["archive-entry-kind", /named pipe/, { name: "a", type: "fifo" }],
  "is sparse": ["archive-entry-kind", /sparse/, { name: "a", pax: { "GNU.sparse.major": "1" } }],
  "stands twice": ["archive-entry-twice", /twice/, { name: "a" }, { name: "./a" }],
  "is a file and a folder": [
    "archive-entry-twice",
    /file and a folder/,
    { name: "a" },
    { name: "a/b" },
  ],
};

describe("a tar with an entry that", () => {
  it.each(Object.entries(hostile))("%s is refused", async (_, [code, says, ...wrong]) => {
    const tar = await tarOf([CONFIG, ...wrong]);
    for (const [name, bytes] of [
      ["x.tar", tar],
      ["x.tar.gz", gzipSync(tar)],
    ] as const) {
      const out = outFolder();
      const result = await pack(put(folder, name, bytes), { out });
      expect(codesOf(result)).toEqual([code]);
      const [found] = result.findings;
      expect(wordsOf(found)).toMatch(says);
      expect(found?.place?.file).toBe(name);
      expect(readdirSync(out)).toEqual([]);
    }
  });

  it("has a name that is not UTF-8 is refused", async () => {
    const tar = await tarOf([CONFIG, { name: "a" }]);
    const at = 1024;
    tar[at] = 0xff;
    tar.write(checksum(tar.subarray(at, at + 512)), at + 148);
    await listed(tar, async ({ findings }) => {
      expect(findings.map(messageOf)).toEqual([
        "The name of this entry is not UTF-8; archives with such names are not read.",
      ]);
    });
  });

  it("is of a kind that is not known is refused", async () => {
    const tar = await tarOf([{ name: "a" }]);
    tar.write("Z", 156);
    tar.write(checksum(tar), 148);
    await listed(tar, async ({ findings }) => {
      expect(messageOf(findings[0])).toMatch(/a kind of its own/);
    });
  });
});

/** The sum of a header's bytes, its own eight taken for blanks, as it stands there. */
function checksum(header: Buffer): string {
  let sum = 8 * 32;
  for (let i = 0; i < 512; i += 1) if (i < 148 || i >= 156) sum += header[i] ?? 0;
  return `${sum.toString(8).padStart(6, "0")}\0 `;
}

describe("a tar or tar.gz that", () => {
  const tar = tarOf([CONFIG, { name: "a", data: Buffer.alloc(3000, "a") }]);
  const broken: Readonly<
    Record<string, readonly [code: string, says: RegExp, (tar: Buffer) => Buffer]>
  > = {
    "is cut off in a content": ["archive-damaged", /unexpected end/i, (t) => t.subarray(0, 2500)],
    "is cut off between entries": ["archive-damaged", /broke off/, (t) => t.subarray(0, 1024)],
    "has a spoilt header": [
      "archive-damaged",
      /Invalid tar header/,
      (t) => Buffer.concat([t.subarray(0, 1030), Buffer.from("x"), t.subarray(1031)]),
    ],
    "has garbage behind": [
      "archive-damaged",
      /Invalid tar header/,
      (t) => Buffer.concat([t, Buffer.alloc(1024, "x")]),
    ],
    "has a bit of garbage behind": [
      "archive-damaged",
      /Unexpected end/,
      (t) => Buffer.concat([t, Buffer.from("x")]),
    ],
    "is cut off as gzip": ["archive-damaged", /unexpected end/, (t) => gzipSync(t).subarray(0, -9)],
    "has garbage behind its gzip": [
      "archive-damaged",
      /header check/,
      (t) => Buffer.concat([gzipSync(t), Buffer.from("garbage")]),
    ],
    "is of another CRC-32": ["archive-damaged", /data check/, (t) => spoilt(gzipSync(t), -8)],
    "is gzip of something else": [
      "mmar-not-a-folder",
      /neither a folder nor a zip or tar\.gz/,
      () => gzipSync(Buffer.alloc(9999, "NIfTI")),
    ],
  };

  it.each(Object.entries(broken))("%s is refused", async (_, [code, says, breaking]) => {
    const result = await inspect(put(folder, "broken.tgz", breaking(await tar)));
    expect(codesOf(result)).toEqual([code]);
    expect(messageOf(result.findings[0])).toMatch(says);
  });

  it("is a bomb is refused, before the disk is full", async () => {
    const zeros = gzipSync(Buffer.alloc(2 ** 26));
    const parts = [gzipSync(await tar), ...Array.from({ length: 17 }, () => zeros)];
    const path = put(folder, "bomb.tgz", Buffer.concat(parts));
    const { findings } = await inspect(path);
    expect(findings.map((found) => [found.code, messageOf(found)])).toEqual([
      ["archive-too-large", "The archive holds more than 1.1 GB, which no model of its size does."],
    ]);
  });
});

function spoilt(bytes: Buffer, at: number): Buffer {
  bytes[bytes.length + at] = (bytes.at(at) ?? 0) ^ 1;
  return bytes;
}

describe("listing a tar", () => {
  it("reads contents where they lie", async () => {
    const long = `${"folder/".repeat(30)}file`;
    const data = Buffer.from(Array.from({ length: 2_500_000 }, (_, i) => (i * i) >> 8));
    const tar = await tarOf([
      { name: "./b/", type: "directory" },
      { name: "./b/one", data: "1" },
      { name: "empty" },
      { name: "data", data },
      { name: "run", data: "#!", mode: 0o755 },
      { name: long, data: "long" },
      { name: "b/ü", data: "ü" },
    ]);
    await listed(tar, async ({ files, findings }) => {
      expect(findings).toEqual([]);
      expect(files.map(({ path }) => path)).toEqual(["b/one", "b/ü", "data", "empty", long, "run"]);
      expect(files.map(({ executable }) => executable)).toEqual([
        false,
        false,
        false,
        false,
        false,
        true,
      ]);
      const [one, ue, big, empty, deep] = files;
      expect([
        await textOf(one),
        await textOf(ue),
        await textOf(empty),
        await textOf(deep),
      ]).toEqual(["1", "ü", "", "long"]);
      if (big === undefined) throw new Error("There is no file");
      for (const [start, end] of [
        [0, 0],
        [5, 6],
        [1_000_000, 2_400_001],
        [0, data.length],
      ] as const) {
        expect((await readAll(big, { start, end })).equals(data.subarray(start, end))).toBe(true);
      }
      expect(() => big.open({ start: 0, end: data.length + 1 })).toThrow(RangeError);
    });
  });

  it.each(["gnu", "pax", "ustar"])("takes what GNU tar writes (%s)", async (format) => {
    const mmar = make();
    const name = `docs/${"x".repeat(90)}/${"y".repeat(90)}.txt`;
    mmar.write(name, "deep");
    const tar = execFileSync("tar", ["-c", `--format=${format}`, "-C", mmar.path, "."]);
    await listed(tar, async ({ files, findings }) => {
      expect(findings).toEqual([]);
      const found = files.find(({ path }) => path === name);
      expect(await textOf(found)).toBe("deep");
      expect(await textOf(files.find(({ path }) => path === CONFIG.name))).toBe(
        mmar.read(CONFIG.name),
      );
    });
  });
});

describe("the temporary file of a tar.gz", () => {
  const fixture = () => archiveOf("tar.gz", make().path, join(folder, "model"), false);

  it("is gone when inspecting and packing are done", async () => {
    const path = await fixture();
    expect((await inspect(path)).plan).toBeDefined();
    expect(readdirSync(temporary)).toEqual([]);
    expect((await pack(path, { out: outFolder() })).ok).toBe(true);
  });

  it("has no name while it is read, so that not even a killed process leaves it", async () => {
    const seen: string[] = [];
    const onProgress = () => seen.push(...readdirSync(temporary));
    expect((await pack(await fixture(), { out: outFolder() }, { onProgress })).ok).toBe(true);
    expect(seen).toEqual([]);
  });

  it("is gone when packing fails", async () => {
    const out = outFolder();
    mkdirSync(join(out, "model.mdai.zip"));
    await expect(pack(await fixture(), { out })).rejects.toThrow(MachineError);
  });

  it("is gone when packing is stopped", async () => {
    const out = outFolder();
    const controller = new AbortController();
    const reason = new Error("stopped by the test");
    const onProgress = () => controller.abort(reason);
    const hooks = { signal: controller.signal, onProgress };
    await expect(pack(await fixture(), { out }, hooks)).rejects.toBe(reason);
    expect(readdirSync(out)).toEqual([]);
  });

  it("is gone when inflating is stopped", async () => {
    const signal = AbortSignal.abort();
    await expect(pack(await fixture(), { out: outFolder() }, { signal })).rejects.toThrow(/abort/i);
  });

  it("that can't be made is the machine's fault, with what to do", async () => {
    const path = await fixture();
    process.env.TMPDIR = join(temporary, "nowhere");
    await expect(inspect(path)).rejects.toThrow(
      /Can't unpack into .*nowhere: .*\(ENOENT\).*TMPDIR/,
    );
    await expect(inspect(path)).rejects.toThrow(MachineError);
  });

  it("is not needed for a tar", async () => {
    process.env.TMPDIR = join(temporary, "nowhere");
    const path = await archiveOf("tar", make().path, join(folder, "plain"), false);
    expect((await inspect(path)).plan).toBeDefined();
  });
});

describe("a tar that changes", () => {
  it("between listing and reading is said to have", async () => {
    const path = put(folder, "changing.tar", await tarOf([{ name: "a", data: "a" }]));
    const listing = await listTar(await fileSource("changing.tar", path), false);
    appendFileSync(path, "x");
    await expect(textOf(listing?.files[0])).rejects.toThrow("changing.tar changed");
  });

  it("when it is inflated already does no harm", async () => {
    const mmar = make();
    const path = await archiveOf("tar.gz", mmar.path, join(folder, "inflated"), false);
    const onProgress = () => writeFileSync(path, "");
    expect((await pack(path, { out: outFolder() }, { onProgress })).ok).toBe(true);
  });
});

describe("the MMAR's root in an archive", () => {
  const inspected = async (names: readonly string[]) => {
    const tar = await tarOf(names.map((name) => ({ name, data: "{}" })));
    return inspect(put(folder, "root.tar", tar));
  };

  it("is the top, or the one folder below it", async () => {
    expect((await inspected([CONFIG.name, "other/config/environment.json"])).source?.name).toBe(
      "root",
    );
    const below = await inspected(["m/config/environment.json", "m/a"]);
    expect(below.source?.name).toBe("m");
    expect([...(below.source?.files.keys() ?? [])]).toEqual(["a", CONFIG.name]);
    expect(codesOf(below)).not.toContain("archive-beside");
  });

  it("is not looked for among files of systems", async () => {
    const { source, findings } = await inspected([
      "m/config/environment.json",
      "__MACOSX/config/._environment.json",
      "__MACOSX/._m",
      "._m",
      ".DS_Store",
    ]);
    expect(source?.name).toBe("m");
    expect(findings.map(({ code }) => code)).not.toContain("archive-beside");
  });

  it("leaves out what lies beside it, and says so", async () => {
    const { source, findings } = await inspected(["m/config/environment.json", "notes.txt", "x/y"]);
    expect(source?.files.has("notes.txt")).toBe(false);
    const found = findings.find(({ code }) => code === "archive-beside");
    expect(messageOf(found)).toMatch(
      /the folder m\/ of the archive; 2 files outside of it are not packed, .* notes\.txt/,
    );
  });

  it("must be one", async () => {
    const result = await inspected(["a/config/environment.json", "b/config/config_train.json"]);
    expect(codesOf(result)).toEqual(["archive-several-mmars"]);
    expect(messageOf(result.findings[0])).toContain("a, b");
  });

  it("is named where it lies too deep", async () => {
    const { findings } = await inspected(["a/b/config/environment.json"]);
    expect(findings.map((found) => [found.code, hintOf(found)])).toEqual([
      [
        "not-an-mmar",
        `Unpack the archive, and give the MMAR in it: ${join(folder, "root.tar/a/b")}`,
      ],
    ]);
  });

  it("is not looked for in a bundle", async () => {
    const out = outFolder();
    for (const format of ["zip", "tar.gz"] as const) {
      const { target } = await pack(make().path, { out, format });
      const result = await inspect(target);
      expect(codesOf(result)).toEqual(["already-a-bundle"]);
      expect(hintOf(result.findings[0])).toMatch(/made from/);
    }
  });
});

describe("what is given in the place of an MMAR", () => {
  it("may be a link to an archive", async () => {
    const path = await archiveOf("tar.gz", make().path, join(folder, "linked"), false);
    symlinkSync(path, join(folder, "link.tgz"));
    expect((await inspect(join(folder, "link.tgz"))).source?.name).toBe("link");
  });

  it("may be a folder whose name ends like an archive's", async () => {
    const path = join(folder, "model.zip");
    new TestMmar(path, make().path);
    const out = outFolder();
    const result = await pack(path, { out });
    expect(result.target).toBe(join(out, "model.zip.mdai.zip"));
  });

  it("must not be a pipe", async () => {
    execFileSync("mkfifo", [join(folder, "pipe.zip")]);
    const { findings } = await inspect(join(folder, "pipe.zip"));
    expect(findings.map((found) => [found.code, messageOf(found)])).toEqual([
      ["mmar-not-a-folder", expect.stringContaining("neither a folder nor a file")],
    ]);
  });

  it("may have any name", async () => {
    const path = put(folder, "no ending", gunzipSync(gzipSync(await tarOf([CONFIG]))));
    chmodSync(path, 0o400);
    expect((await inspect(path)).source?.name).toBe("no ending");
  });
});
