import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
// @ts-expect-error: a configuration without types
import { ROOMS as LISTED } from "../.dependency-cruiser.mjs";
import { REPOSITORY, scratch } from "./support/mmars.js";

const CRUISER = join(REPOSITORY, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
const CONFIG = join(REPOSITORY, ".dependency-cruiser.mjs");

/** What `npm run lint:rooms` says of the folder `src` of a folder, each breach in one line. */
async function lintRooms(folder: string) {
  const { stdout, exitCode } = await execa(process.execPath, [CRUISER, "--config", CONFIG, "src"], {
    cwd: folder,
    reject: false,
    env: { NO_COLOR: "1" },
  });
  const lines = stdout.replace(/→\s+/g, "→ ").split("\n");
  const breaches = lines.flatMap((line) => /^ +error (.+)$/.exec(line)?.[1] ?? []);
  return { exitCode, breaches: breaches.sort(), stdout };
}

/** A folder with source files, each with what it imports. */
function house(files: Readonly<Record<string, readonly string[]>>): string {
  const folder = scratch();
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write("tsconfig.json", JSON.stringify({ compilerOptions: { module: "nodenext" } }));
  for (const [path, imports] of Object.entries(files)) {
    write(path, [...imports, "export const x = 1;", "export type X = number;", ""].join("\n"));
  }
  return folder;
}

const ROOMS = LISTED as readonly string[];

describe("docs/development.md", () => {
  const page = readFileSync(join(REPOSITORY, "docs/development.md"), "utf8");

  it("has the rooms in the order that lint has them in", () => {
    const rows = page.slice(page.indexOf("| room |"), page.indexOf("\nBeside `src/`")).split("\n");
    const told = rows.flatMap((row) => (row.split(" | ")[0]?.match(/`([^`]+)`/g) ?? []).map(plain));
    const folders = ROOMS.map((room) => room.replace(/\/.+/, "/"));
    // Not all of the small files at the bottom are told.
    const listed = [...new Set(folders)].filter((room) => told.includes(room));
    expect(told).toEqual(listed);
    expect(folders.filter((room) => room.endsWith("/") && !told.includes(room))).toEqual([]);
  });

  it("names files and folders that are there", () => {
    const paths = [...page.matchAll(/`((?:src|test|scripts|schemas|templates)\/[\w./-]+)`/g)];
    expect(paths.length).toBeGreaterThan(15);
    for (const [, path = ""] of paths) expect(existsSync(join(REPOSITORY, path)), path).toBe(true);
  });
});

const plain = (code: string): string => code.replaceAll("`", "");

describe("lint of the rooms of src/", () => {
  it("passes", async () => {
    const { exitCode, breaches, stdout } = await lintRooms(REPOSITORY);
    expect(breaches).toEqual([]);
    expect(exitCode).toBe(0);
    expect(Number(/\((\d+) modules/.exec(stdout)?.[1])).toBeGreaterThan(150);
  });

  it("fails for imports that go up, circles, and files that belong to no room", async () => {
    const folder = house({
      // Down, and within a room: both are allowed.
      "src/report/text.ts": ['import { x } from "../text/format.js";', 'import "./paint.js";'],
      "src/report/paint.ts": [],
      "src/text/format.ts": [],
      // Up, a type as well, and between files that are rooms of their own.
      "src/mdai/layout.ts": ['import { x } from "../report/text.js";'],
      "src/weights/sniff.ts": ['import type { X } from "../mdai/layout.js";'],
      "src/options/types.ts": ['import type { X } from "./schema.js";'],
      "src/options/schema.ts": [],
      // A circle within a room, of which one half is a type.
      "src/files/a.ts": ['import { x } from "./b.js";'],
      "src/files/b.ts": ['import type { X } from "./a.js";'],
      // Without a room: one that imports, one that is imported, one that does neither.
      "src/helpers/imports.ts": ['import { x } from "../text/format.js";'],
      "src/helpers/imported.ts": [],
      "src/write/write.ts": ['import { x } from "../helpers/imported.js";'],
      "src/alone.ts": [],
      "src/text/json.ts": ['import { x } from "./nothing.js";'],
    });
    const { exitCode, breaches } = await lintRooms(folder);
    expect(breaches).toEqual([
      "every file belongs to a room, alone as well: src/alone.ts",
      "every file belongs to a room: src/helpers/imports.ts → src/text/format.ts",
      "mdai/ imports only what lies below it: src/mdai/layout.ts → src/report/text.ts",
      "no circle: src/files/a.ts → src/files/b.ts → src/files/a.ts",
      "only files of rooms are imported: src/write/write.ts → src/helpers/imported.ts",
      "options/types.ts imports only what lies below it: src/options/types.ts → src/options/schema.ts",
      "weights/ imports only what lies below it: src/weights/sniff.ts → src/mdai/layout.ts",
      "what is imported is there, and is a dependency: src/text/json.ts → ./nothing.js",
    ]);
    expect(exitCode).toBe(breaches.length);
  });
});
