import { execFileSync } from "node:child_process";
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { fileSource } from "../../src/files/folder.js";
import { readAll, type SourceFile } from "../../src/files/source-file.js";
import { listZip } from "../../src/files/zip.js";
import { findingAreas } from "../../src/findings/table.js";
import { inspect, pack, verify } from "../../src/index.js";
import { placeText } from "../../src/report/text.js";
import { MOST } from "../../src/text/limits.js";
import { codesOf, mmarMaker, scratch } from "../support/mmars.js";
import { archiveOf, CONFIG, entriesOf, put, type ZipEntry, zipOf } from "./archives.js";

const folder = scratch();
const make = mmarMaker();

const list = async (bytes: Buffer) =>
  listZip(await fileSource("x.zip", put(folder, "x.zip", bytes)));
const textOf = async (file: SourceFile | undefined) => file && (await readAll(file)).toString();
const paths = (files: readonly SourceFile[]) => files.map(({ path }) => path);

const GOOD: ZipEntry = { name: "config/environment.json", data: '{"a": 1}' };
const GiB = 1024 ** 3;

/** Wrong entries, as they stand beside a good one. */
const entries: Readonly<Record<string, readonly [code: string, says: RegExp, ...ZipEntry[]]>> = {
  "leads out": ["archive-entry-name", /leads out of/, { name: "../evil.sh" }],
  "leads out further down": ["archive-entry-name", /leads out of/, { name: "a/../../b" }],
  "leads out as a folder": ["archive-entry-name", /leads out of/, { name: "a/../", data: "" }],
  "is absolute": ["archive-entry-name", /absolute/, { name: "/etc/passwd" }],
  "has a drive": ["archive-entry-name", /drive/, { name: "C:/x.txt" }],
  "has a backslash": ["archive-entry-name", /backslash/, { name: "..\\..\\x.txt" }],
  "has a NUL": ["archive-entry-name", /NUL/, { name: "config/a\0.json" }],
  "has a name that is not UTF-8": [
    "archive-entry-name",
    /not UTF-8/,
    { name: Buffer.from([0x61, 0xff]) },
  ],
  "has no name": ["archive-entry-name", /is not a file name/, { name: "" }],
  "is a dot": ["archive-entry-name", /is not a file name/, { name: "./." }],
  "is too long": [
    "archive-entry-name",
    /longer than/,
    { name: `${"long/".repeat(50)}${"x".repeat(4000)}` },
  ],
  "is too deep": ["archive-entry-name", /folders deep/, { name: `${"a/".repeat(100)}b` }],
  "is a symbolic link": [
    "archive-entry-kind",
    /symbolic link/,
    { name: "a", data: "/etc/passwd", mode: 0o120777 },
  ],
  "is a symbolic link of DOS": [
    "archive-entry-kind",
    /symbolic link/,
    { name: "a", made: 20, mode: 0o120777 },
  ],
  "is a device": ["archive-entry-kind", /device/, { name: "sda", data: "", mode: 0o060644 }],
  "is a pipe": ["archive-entry-kind", /named pipe/, { name: "pipe", data: "", mode: 0o010644 }],
  "is a socket": ["archive-entry-kind", /socket/, { name: "s", data: "", mode: 0o140644 }],
  "is a folder by its name, with a content": ["archive-entry-kind", /content/, { name: "f/" }],
  "is a folder with a content": ["archive-entry-kind", /content/, { name: "f", mode: 0o040755 }],
  "stands twice": ["archive-entry-twice", /twice/, { name: "a" }, { name: "a" }],
  "stands twice, written otherwise": [
    "archive-entry-twice",
    /twice/,
    { name: "a/b" },
    { name: "./a//b" },
  ],
  "is a file and a folder": [
    "archive-entry-twice",
    /file and a folder/,
    { name: "a/b" },
    { name: "a" },
  ],
  "is encrypted": ["archive-encrypted", /password/, { name: "a", flags: 0x801 }],
  "is encrypted strongly": ["archive-encrypted", /password/, { name: "a", flags: 0x841 }],
  "is Deflate64": ["archive-method", /Deflate64/, { name: "a", method: 9 }],
  "is of method 77": ["archive-method", /method 77/, { name: "a", method: 77 }],
  "has another name before its content": [
    "archive-inconsistent",
    /name b/,
    { name: "a", local: { name: "b" } },
  ],
  "has another method there": [
    "archive-inconsistent",
    /method/,
    { name: "a", local: { method: 0 } },
  ],
  "has another length there": ["archive-inconsistent", /length/, { name: "a", local: { size: 3 } }],
  "has another CRC-32 there": ["archive-inconsistent", /CRC-32/, { name: "a", local: { crc: 3 } }],
  "is encrypted there only": [
    "archive-inconsistent",
    /encryption/,
    { name: "a", local: { flags: 0x801 } },
  ],
  "lies over the first one": ["archive-inconsistent", /name|lies over/, { name: "a", offset: 0 }],
  "runs into the directory": [
    "archive-inconsistent",
    /lies over/,
    { name: "a", length: 40, local: { length: 40 } },
  ],
  "runs out of the file": [
    "archive-damaged",
    /overflows/,
    { name: "a", length: 9999, local: { length: 9999 } },
  ],
  "begins out of the file": ["archive-damaged", /end of the archive/, { name: "a", offset: 1e6 }],
  "is stored in another length": ["archive-damaged", /mismatch/, { name: "a", method: 0, size: 3 }],
  "is of a size that no MMAR has": [
    "archive-too-large",
    /1\.1 GB/,
    { name: "a", size: GiB },
    { name: "b", size: GiB },
  ],
};

describe("a zip with an entry that", () => {
  it.each(Object.entries(entries))("%s is refused", async (_, [code, says, ...wrong]) => {
    const path = put(folder, "hostile.zip", zipOf([GOOD, ...wrong]));
    const out = scratch();
    const result = await pack(path, { out });
    expect(codesOf(result)).toEqual([code]);
    const [found] = result.findings;
    expect(wordsOf(found)).toMatch(says);
    expect(found?.place?.file).toBe("hostile.zip");
    expect(messageOf(found)).toMatch(/\.$/);
    expect(wordsOf(found)).not.toMatch(/undefined|\[object|NaN/);
    expect(result.ok).toBe(false);
    expect(readdirSync(out)).toEqual([]);
  });

  it("is wrong has a code that is tested here", () => {
    const codes = Object.keys(findingAreas.archive.rows);
    const tested = Object.values(entries).map(([code]) => code);
    const ofRoots = ["archive-several-mmars", "archive-beside", "archive-backslashes"];
    expect(new Set([...tested, ...ofRoots])).toEqual(new Set(codes));
  });

  it("is wrong is named, without what would reach the terminal", async () => {
    const { findings } = await list(zipOf([GOOD, { name: "../\u001b[2J\u202e" }]));
    expect(findings[0]?.place && placeText(findings[0].place)).toBe(
      "x.zip (../\\u{1b}[2J\\u{202e})",
    );
  });

  it("is wrong among many says so once, with their number and the first of them", async () => {
    const { findings } = await list(
      zipOf([
        GOOD,
        ...entriesOf(Array.from({ length: 99 }, (_, i) => `../${i}`)),
        { name: "/a" },
        { name: "link", data: "x", mode: 0o120777 },
        { name: "b", flags: 0x801 },
        { name: "c", flags: 0x801 },
      ]),
    );
    expect(findings.map(({ code, args, place }) => [code, args, place?.key])).toEqual([
      [
        "archive-entry-name",
        { problem: "leads out of the archive", entries: 99, examples: ["../0", "../1", "../2"] },
        "../0",
      ],
      [
        "archive-entry-name",
        { problem: "is an absolute path", entries: 1, examples: ["/a"] },
        "/a",
      ],
      ["archive-entry-kind", { is: "a symbolic link", entries: 1, examples: ["link"] }, "link"],
      ["archive-encrypted", {}, "b"],
    ]);
    expect(messageOf(findings[0])).toBe(
      "Each of 99 names (../0, ../1, ../2, …) leads out of the archive; archives with such names are not read.",
    );
  });
});

describe("a zip with backslashes", () => {
  const MMAR = ["config\\environment.json", "config\\config_inference.json", "models\\model.ts"];
  const windows = (names: readonly string[], data = "{}") =>
    zipOf(
      names.map((name) => ({ name, data: name.endsWith("\\") ? "" : data, made: 20, mode: 0 })),
    );

  it("in the place of all slashes is read, with one warning", async () => {
    const names = ["m\\", "m\\config\\", ...MMAR.map((name) => `m\\${name}`)];
    const { source, findings } = await inspect(put(folder, "windows.zip", windows(names)));
    expect(source?.name).toBe("m");
    expect([...(source?.files.keys() ?? [])].sort()).toEqual(
      MMAR.map((name) => name.replace("\\", "/")).sort(),
    );
    const told = findings.filter(({ code }) => code.startsWith("archive"));
    expect(told.map(({ code, severity, place }) => [code, severity, place])).toEqual([
      ["archive-backslashes", "warning", { file: "windows.zip" }],
    ]);
    expect(messageOf(told[0])).toMatch(/5 of them/);
  });

  it("gives the bundle that the MMAR's own zip gives", async () => {
    const mmar = make();
    const files = readdirSync(mmar.path, { recursive: true, withFileTypes: true }).filter((e) =>
      e.isFile(),
    );
    const entries = files.map((e) => {
      const path = relative(mmar.path, join(e.parentPath, e.name));
      const mode = statSync(join(mmar.path, path)).mode;
      return { name: `spleen_ct/${path}`, data: readFileSync(join(mmar.path, path)), mode };
    });
    const slashes = await pack(put(folder, "s.zip", zipOf(entries)), { out: scratch() });
    const swapped = entries.map((e) => ({ ...e, name: e.name.replaceAll("/", "\\") }));
    const result = await pack(put(folder, "b.zip", zipOf(swapped)), { out: scratch() });
    expect(codesOf(result)).toEqual(["archive-backslashes", ...codesOf(slashes)]);
    expect(result.bundle?.sha256).toBe(slashes.bundle?.sha256);
  });

  const hostile: Readonly<Record<string, readonly [says: RegExp, names: readonly string[]]>> = {
    "and slashes": [/4 names \(config.*, …\) has a backslash/, ["docs/x", ...MMAR, "a\\b"]],
    "that leads out": [/leads out/, [...MMAR, "..\\evil.sh"]],
    "that is absolute": [/absolute/, [...MMAR, "\\\\server\\share"]],
    "with a drive": [/drive/, [...MMAR, "C:\\x"]],
  };
  it.each(Object.entries(hostile))("%s is refused, in one finding", async (_, [says, names]) => {
    const result = await inspect(put(folder, "hostile.zip", windows(names)));
    expect(codesOf(result)).toEqual(["archive-entry-name"]);
    expect(messageOf(result.findings[0])).toMatch(says);
  });

  it("stands twice where two names are the same then", async () => {
    const { findings } = await list(windows([...MMAR, "config\\\\environment.json"]));
    expect(findings.map(({ code }) => code)).toEqual(["archive-entry-twice"]);
  });

  it("is no bundle: MD.ai unpacks it on Linux", async () => {
    const names = ["model\\.mdai\\config.yaml", "model\\.mdai\\mdai_deploy.py"];
    const { findings } = await verify(put(folder, "bundle.zip", windows(names)));
    expect(findings.map((found) => [found.code, messageOf(found)])).toEqual([
      ["archive-entry-name", expect.stringMatching(/Each of 2 names \(model.*\) has a backslash/)],
    ]);
  });
});

describe("a zip that", () => {
  const good = zipOf([GOOD, { name: "a" }]);
  const broken: Readonly<Record<string, readonly [code: string, says: RegExp, bytes: Buffer]>> = {
    "is cut off": ["archive-damaged", /broke off/, good.subarray(0, -40)],
    "is cut off in its end": ["archive-damaged", /broke off/, good.subarray(0, -1)],
    "has nothing behind its first bytes": ["archive-damaged", /broke off/, good.subarray(0, 4)],
    "has something before it": [
      "mmar-not-a-folder",
      /starts with/,
      Buffer.concat([Buffer.from("#!/bin/sh\n"), good]),
    ],
    "has another entry's beginning before it": [
      "archive-damaged",
      /signature/,
      Buffer.concat([good.subarray(0, 30), good]),
    ],
    "has something behind it": [
      "archive-damaged",
      /extra bytes/,
      Buffer.concat([good, Buffer.from("more")]),
    ],
    "has its directory elsewhere": [
      "archive-damaged",
      /signature/,
      zipOf([GOOD], { directory: 7 }),
    ],
    "has its directory beyond its end": [
      "archive-damaged",
      /end of the archive/,
      zipOf([GOOD], { directory: 1e6 }),
    ],
    "counts too few entries": [
      "archive-inconsistent",
      /does not end/,
      zipOf([GOOD, { name: "a" }], { count: 1 }),
    ],
    "counts too many entries": ["archive-damaged", /unexpected end/, zipOf([GOOD], { count: 2 })],
    "holds too many entries": ["archive-too-large", /50001/, zipOf([GOOD], { count: 50_001 })],
    "is a web page": ["download-failed", /web page/, Buffer.from("<!DOCTYPE html><html></html>")],
    "is empty": ["mmar-not-a-folder", /no bytes/, Buffer.alloc(0)],
    "holds nothing": ["not-an-mmar", /root of the MMAR/, zipOf([])],
  };

  it.each(Object.entries(broken))("%s is refused", async (_, [code, says, bytes]) => {
    const result = await inspect(put(folder, "broken.zip", bytes));
    expect(codesOf(result)).toEqual([code]);
    expect(wordsOf(result.findings[0])).toMatch(says);
  });

  it("shows an entry within another one's content is refused", async () => {
    const inner = { name: "inner", data: "inside", method: 0 };
    const data = zipOf([inner]).subarray(0, 30 + 5 + 6);
    const outer = { name: "outer", data, method: 0 };
    const { findings } = await list(zipOf([outer, { ...inner, offset: 30 + 5 }]));
    expect(findings.map(({ code, place }) => [code, place?.key])).toEqual([
      ["archive-inconsistent", "inner"],
    ]);
    expect(messageOf(findings[0])).toMatch(/lies over/);
  });

  it("is nothing but a bomb is refused", async () => {
    const bomb = zipOf(
      Array.from({ length: 9 }, (_, i) => ({
        ...CONFIG,
        name: `${i}`,
        size: GiB / 8,
        data: Buffer.alloc(999),
      })),
    );
    expect((await list(bomb)).findings.map(({ code }) => code)).toEqual(["archive-too-large"]);
  });

  it("cannot be read is the machine's fault", async () => {
    await expect(inspect(join(folder, "a".repeat(300), "x.zip"))).rejects.toThrow("ENAMETOOLONG");
  });
});

describe("the content of a zip's entry", () => {
  const wrong: Readonly<Record<string, readonly [says: RegExp, entry: Omit<ZipEntry, "name">]>> = {
    "of another CRC-32, deflated": [/CRC-32/, { crc: 1 }],
    "of another CRC-32, stored": [/CRC-32/, { crc: 1, method: 0 }],
    "that is longer than said": [/longer/, { size: 3 }],
    "that is shorter than said": [/shorter/, { size: 300 }],
    "that breaks off": [/inflated/, { length: 9, local: { length: 9 } }],
  };
  it.each(Object.entries(wrong))("%s is never taken", async (_, [says, entry]) => {
    const { files, findings } = await list(zipOf([{ ...entry, name: "a" }]));
    expect(findings).toEqual([]);
    await expect(textOf(files[0])).rejects.toThrow(says);
  });

  it("that is wrong ends inspecting and packing", async () => {
    const config = make().read("config/environment.json");
    const zip = put(folder, "crc.zip", zipOf([{ ...GOOD, data: config, crc: 1 }]));
    const { findings } = await inspect(zip);
    expect(findings.map(({ code, place }) => [code, place])).toEqual([
      ["archive-damaged", { file: "crc.zip", key: "config/environment.json" }],
    ]);

    const path = await archiveOf("zip, stored", make().path, join(folder, "weights"), false);
    const bytes = readFileSync(path);
    bytes.write("spoilt", bytes.indexOf("archive/data/0") + 500);
    writeFileSync(path, bytes);
    const out = scratch();
    const result = await pack(path, { out });
    expect(codesOf(result)).toContain("archive-damaged");
    expect(result.ok).toBe(false);
    expect(readdirSync(out)).toEqual([]);
  });

  it.each([0, 8])("can be read in part (method %i)", async (method) => {
    const data = Buffer.from(Array.from({ length: 700_000 }, (_, i) => (i * i) >> 8));
    const { files } = await list(zipOf([{ name: "before" }, { name: "a", data, method }]));
    const [file] = files;
    if (file === undefined) throw new Error("There is no file");
    for (const [start, end] of [
      [0, 0],
      [0, 5],
      [5, 6],
      [300_000, 600_001],
      [699_999, 700_000],
      [700_000, 700_000],
      [0, 700_000],
    ] as const) {
      expect((await readAll(file, { start, end })).equals(data.subarray(start, end))).toBe(true);
    }
    expect(() => file.open({ start: 1, end: 700_001 })).toThrow(RangeError);
    expect(() => file.open({ start: 2, end: 1 })).toThrow(RangeError);
  });
});

const PYTHON_FORMS = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("config/", "")
    with z.open("config/zip64", "w", force_zip64=True) as f:
        f.write(b"with Zip64 fields")
    z.writestr(zipfile.ZipInfo("config/stored"), "as it is")
    z.writestr("config/\\u00fcmlaut", "flagged as UTF-8")
    z.comment = b"a comment"
`;

import { messageOf, wordsOf } from "../support/words.js";

describe("listing a zip", () => {
  it("takes what Python writes", async () => {
    const path = join(folder, "python.zip");
    execFileSync("python3", ["-c", PYTHON_FORMS, path]);
    const { files, findings } = await listZip(await fileSource("python.zip", path));
    expect(findings).toEqual([]);
    expect(await Promise.all(files.map(async (file) => [file.path, await textOf(file)]))).toEqual([
      ["config/stored", "as it is"],
      ["config/zip64", "with Zip64 fields"],
      ["config/ümlaut", "flagged as UTF-8"],
    ]);
  });

  it("reads names in UTF-8 without the flag, and in code page 437", async () => {
    const raw = (...bytes: number[]) => ({ name: Buffer.from(bytes), flags: 0, data: "" });
    const { files } = await list(zipOf([{ name: "é", flags: 0 }, raw(0x61, 0x81)]));
    expect(paths(files)).toEqual(["aü", "é"]);
  });

  it("keeps run bits, and leaves folders out", async () => {
    const { files } = await list(
      zipOf([
        { name: "run", mode: 0o100755 },
        { name: "folder/", data: "", mode: 0o040755 },
        { name: "plain" },
        { name: "dos", mode: 0, made: 20 },
      ]),
    );
    expect(files.map(({ path, executable }) => [path, executable])).toEqual([
      ["dos", false],
      ["plain", false],
      ["run", true],
    ]);
  });

  it("takes thousands of entries", async () => {
    const { entries } = MOST;
    const names = Array.from({ length: entries }, (_, i) => `logs/${String(i).padStart(5, "0")}`);
    const { files, findings } = await list(zipOf(entriesOf(names)));
    expect(findings).toEqual([]);
    expect(paths(files)).toEqual(names);
    expect(await textOf(files[entries - 1])).toBe(`content of ${names.at(-1)}`);
  });
});

describe("a zip that changes", () => {
  const changed = [["file-changed", { file: "changing.zip" }]];

  it("between listing and reading is said to have", async () => {
    const path = put(folder, "changing.zip", zipOf([{ name: "a" }, { name: "b", method: 0 }]));
    const { files } = await listZip(await fileSource("changing.zip", path));
    appendFileSync(path, "x");
    for (const file of files)
      await expect(textOf(file)).rejects.toThrow("changed while it was read");
  });

  it("while it is packed leaves no bundle", async () => {
    const path = await archiveOf("zip, deflated", make().path, join(folder, "changing"), false);
    const out = scratch();
    const onProgress = () => writeFileSync(path, zipOf([GOOD]));
    const result = await pack(path, { out }, { onProgress });
    expect(
      result.findings
        .filter(({ severity }) => severity === "error")
        .map(({ code, place }) => [code, place]),
    ).toEqual(changed);
    expect(readdirSync(out)).toEqual([]);
  });
});
