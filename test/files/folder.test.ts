import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import * as fs from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { FileChangedError } from "../../src/errors.js";
import { listFolder } from "../../src/files/folder.js";
import type { FolderFs } from "../../src/files/folder-file.js";
import type { SourceFile } from "../../src/files/source-file.js";
import { collect } from "../../src/write/entry-content.js";
import { fill, noise, scratch } from "../write/support.js";

const folder = scratch();
let root = "";
let count = 0;
beforeEach(() => {
  count += 1;
  root = join(folder, `mmar-${count}`);
  fill(root, { "config/a.json": "{}" });
});

const paths = (files: readonly SourceFile[]) => files.map(({ path }) => path);

describe("listFolder", () => {
  it("lists regular files by path, in the order of code units", async () => {
    fill(root, { "config/Z.json": "", "config/ä.json": "1", "config-b": "22", "a/b/c.txt": "" });
    const { files, oddities } = await listFolder(root);
    expect(paths(files)).toEqual([
      "a/b/c.txt",
      "config-b",
      "config/Z.json",
      "config/a.json",
      "config/ä.json",
    ]);
    expect(files.map(({ size }) => size)).toEqual([0, 2, 0, 2, 1]);
    expect(oddities).toEqual([]);
  });

  it("tells which files their owner may run", async () => {
    fill(root, { "run.sh": "" });
    chmodSync(join(root, "run.sh"), 0o744);
    const { files } = await listFolder(root);
    expect(files.map(({ executable }) => executable)).toEqual([false, true]);
  });

  it("takes hidden files, odd names and hard links as they are", async () => {
    fill(root, { ".git/HEAD": "", "with space\n.txt": "", "back\\slash": "" });
    linkSync(join(root, "config/a.json"), join(root, "same.json"));
    const { files, oddities } = await listFolder(root);
    expect(paths(files)).toContain("back\\slash");
    expect(files).toHaveLength(5);
    expect(oddities).toEqual([]);
  });

  it("throws nothing for a folder that is not there, or is none", async () => {
    const nowhere = await listFolder(join(root, "nowhere"));
    const file = await listFolder(join(root, "config/a.json"));
    const oddity = { kind: "unreadable", path: ".", what: "folder" };
    expect(nowhere).toEqual({ files: [], oddities: [{ ...oddity, code: "ENOENT" }] });
    expect(file).toEqual({ files: [], oddities: [{ ...oddity, code: "ENOTDIR" }] });
  });

  it("follows the link that the folder itself may be", async () => {
    symlinkSync(root, `${root}-link`);
    expect(paths((await listFolder(`${root}-link`)).files)).toEqual(["config/a.json"]);
  });

  it("lists some thousands of files", async () => {
    mkdirSync(join(root, "many"));
    for (let i = 0; i < 2500; i += 1) writeFileSync(join(root, "many", `${i}`), "");
    expect((await listFolder(root)).files).toHaveLength(2501);
  });
});

describe("symbolic links", () => {
  it("to a file inside are that file", async () => {
    fill(root, { "models/model_1.ts": "weights" });
    symlinkSync("model_1.ts", join(root, "models/model.ts"));
    symlinkSync(join(root, "models/model.ts"), join(root, "absolute.ts"));
    const { files, oddities } = await listFolder(root);
    expect(paths(files)).toEqual([
      "absolute.ts",
      "config/a.json",
      "models/model.ts",
      "models/model_1.ts",
    ]);
    expect(String(await collect(fileAt(files, "absolute.ts").open()))).toBe("weights");
    expect(fileAt(files, "models/model.ts").size).toBe(7);
    expect(oddities).toEqual([
      { kind: "symlink-inside", path: "absolute.ts", target: join(root, "models/model.ts") },
      { kind: "symlink-inside", path: "models/model.ts", target: "model_1.ts" },
    ]);
  });

  it("that leave the folder are not followed, whatever they point to", async () => {
    const outside = fill(`${root}-outside`, { "secret.txt": "secret" });
    symlinkSync(join(outside, "secret.txt"), join(root, "file"));
    symlinkSync(`../mmar-${count}-outside`, join(root, "folder"));
    symlinkSync("/dev/null", join(root, "null"));
    // Its parts lead out and in again by way of another link: it stays inside.
    symlinkSync("config/../config/a.json", join(root, "round"));
    const { files, oddities } = await listFolder(root);
    expect(paths(files)).toEqual(["config/a.json", "round"]);
    expect(oddities).toMatchObject([
      { kind: "symlink-outside", path: "file", pointsTo: "file" },
      { kind: "symlink-outside", path: "folder", pointsTo: "folder" },
      { kind: "symlink-outside", path: "null", pointsTo: "other" },
      { kind: "symlink-inside", path: "round" },
    ]);
  });

  it("to folders inside are not entered, and loops end", async () => {
    symlinkSync("..", join(root, "config/up"));
    symlinkSync("config", join(root, "again"));
    symlinkSync("self", join(root, "self"));
    symlinkSync("gone", join(root, "broken"));
    const { files, oddities } = await listFolder(root);
    expect(paths(files)).toEqual(["config/a.json"]);
    expect(oddities).toEqual([
      { kind: "symlink-folder", path: "again", target: "config" },
      { kind: "symlink-broken", path: "broken", target: "gone", code: "ENOENT" },
      { kind: "symlink-folder", path: "config/up", target: ".." },
      { kind: "symlink-broken", path: "self", target: "self", code: "ELOOP" },
    ]);
  });

  it("are not taken for inside by a name that begins alike", async () => {
    fill(`${root}-other`, { "a.txt": "" });
    symlinkSync(`${root}-other/a.txt`, join(root, "alike"));
    const { oddities } = await listFolder(root);
    expect(oddities).toMatchObject([{ kind: "symlink-outside", path: "alike" }]);
  });
});

describe("what is no file", () => {
  it("is told by its kind", async () => {
    execFileSync("mkfifo", [join(root, "pipe")]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, "socket"), resolve));
    symlinkSync("pipe", join(root, "to-pipe"));
    const { files, oddities } = await listFolder(root);
    server.close();
    expect(paths(files)).toEqual(["config/a.json"]);
    expect(oddities).toEqual([
      { kind: "special", path: "pipe", what: "fifo" },
      { kind: "special", path: "socket", what: "socket" },
      { kind: "special", path: "to-pipe", what: "fifo" },
    ]);
  });

  it("is told where a name is not UTF-8", async (context) => {
    const name = Buffer.from([0x6d, 0xff, 0x2e, 0x70, 0x74]);
    const path = Buffer.concat([Buffer.from(`${root}/config/`), name]);
    try {
      writeFileSync(path, "");
    } catch {
      console.warn("SKIPPED: this file system takes no names that are not UTF-8.");
      return context.skip();
    }
    const { files, oddities } = await listFolder(root);
    expect(paths(files)).toEqual(["config/a.json"]);
    expect(oddities).toEqual([{ kind: "bad-name", path: "config/m\ufffd.pt", hex: "6dff2e7074" }]);
  });
});

describe("what can't be read", () => {
  const CALLS = { access: fs.access, lstat: fs.lstat, readdir: fs.readdir };

  /** The file system, with one call failing for one path. Tests may run as root, who reads all. */
  function failing(call: keyof typeof CALLS, path: string, code: string): FolderFs {
    const real = CALLS[call] as (...args: unknown[]) => Promise<unknown>;
    const fake = (...args: unknown[]) => {
      if (String(args[0]) !== join(root, path)) return real(...args);
      const message = `${code}: refused, ${call}`;
      return Promise.reject(Object.assign(new Error(message), { code, syscall: call }));
    };
    return { ...fs, [call]: fake };
  }

  it.each([
    ["access", "file", "config/a.json"],
    ["lstat", "file", "config/a.json"],
    ["readdir", "folder", "config"],
  ] as const)("is told where %s fails for a %s", async (call, what, path) => {
    fill(root, { "other.txt": "" });
    const { files, oddities } = await listFolder(root, failing(call, path, "EACCES"));
    expect(paths(files)).toEqual(["other.txt"]);
    expect(oddities).toEqual([{ kind: "unreadable", path, what, code: "EACCES" }]);
  });

  it("is told of the folder itself", async () => {
    const { oddities } = await listFolder(root, failing("readdir", "", "EACCES"));
    expect(oddities).toEqual([{ kind: "unreadable", path: ".", what: "folder", code: "EACCES" }]);
  });

  it("leaves a bug of one's own alone", async () => {
    const lstat = () => Promise.reject(new TypeError("a bug"));
    const broken = { ...fs, lstat } as unknown as FolderFs;
    await expect(listFolder(root, broken)).rejects.toThrow(TypeError);
  });
});

describe("SourceFile.open", () => {
  const CONTENT = noise(2_500_000);
  const openModel = async () => {
    fill(root, { "models/model.ts": CONTENT });
    return fileAt((await listFolder(root)).files, "models/model.ts");
  };

  it("streams all bytes, or a range of them", async () => {
    const file = await openModel();
    expect((await collect(file.open())).equals(CONTENT)).toBe(true);
    for (const [start, end] of [
      [0, 4],
      [1_000_000, 2_200_000],
      [2_499_999, 2_500_000],
      [7, 7],
    ] as const) {
      const range = await collect(file.open({ start, end }));
      expect(range.equals(CONTENT.subarray(start, end))).toBe(true);
    }
  });

  it("has no bytes beyond the file", async () => {
    const file = await openModel();
    expect(() => file.open({ start: 0, end: 2_500_001 })).toThrow(RangeError);
    expect(() => file.open({ start: -1, end: 1 })).toThrow(RangeError);
    expect(() => file.open({ start: 2, end: 1 })).toThrow(RangeError);
  });

  it("checks a range as well", async () => {
    const file = await openModel();
    truncateSync(join(root, "models/model.ts"), 2_000_000);
    await expect(collect(file.open({ start: 0, end: 4 }))).rejects.toThrow(FileChangedError);
  });

  it.runIf(process.platform === "linux")("closes the file when it is destroyed early", async () => {
    const file = await openModel();
    for (let i = 0; i < 20; i += 1) {
      for await (const _ of file.open()) {
        expect(openedTimes("model.ts")).toBeGreaterThan(0);
        break;
      }
    }
    await vi.waitFor(() => expect(openedTimes("model.ts")).toBe(0));
  });
});

function fileAt(files: readonly SourceFile[], path: string): SourceFile {
  const file = files.find((each) => each.path === path);
  if (file === undefined) throw new Error(`no ${path}`);
  return file;
}

/** How many times this process has a file of this name open. */
function openedTimes(name: string): number {
  const targets = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  });
  return targets.filter((target) => target.endsWith(name)).length;
}
