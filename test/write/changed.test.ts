import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { FileChangedError } from "../../src/errors.js";
import { writeBundle } from "../../src/write/write.js";
import { fill, noise, optionsFor, planOfFolder, scratch } from "./support.js";

const folder = scratch();
const SIZE = 12 * 1024 * 1024;
const CONTENT = noise(SIZE);
let source = "";
let out = "";
let model = "";
let count = 0;

beforeEach(() => {
  count += 1;
  source = join(folder, `mmar-${count}`);
  out = join(folder, `out-${count}`);
  mkdirSync(out);
  fill(source, { "config/a.json": "{}", "models/model.ts": CONTENT });
  model = join(source, "models/model.ts");
  utimesSync(model, 1_600_000_000, 1_600_000_000);
});

/** Rewrites a byte in the middle, which leaves the size as it was. */
function rewrite(): void {
  const other = Buffer.from(CONTENT);
  other[SIZE - 5] = (other[SIZE - 5] ?? 0) ^ 1;
  writeFileSync(model, other, { flag: "r+" });
}

const CHANGES: [string, () => void][] = [
  ["grows", () => appendFileSync(model, "more")],
  ["shrinks", () => truncateSync(model, SIZE - 1)],
  ["shrinks to nothing", () => truncateSync(model, 0)],
  ["is rewritten at the same size", rewrite],
  ["is touched", () => utimesSync(model, 1_600_000_000, 1_600_000_001)],
];

const REPLACEMENTS: [string, () => void][] = [
  ["vanishes", () => rmSync(model)],
  ["vanishes with its folder", () => rmSync(join(source, "models"), { recursive: true })],
  [
    "is replaced by another of the same size and time",
    () => {
      renameSync(model, `${model}.old`);
      writeFileSync(model, CONTENT);
      utimesSync(model, 1_600_000_000, 1_600_000_000);
    },
  ],
  [
    "becomes a link to a file like it",
    () => {
      renameSync(model, `${model}.old`);
      symlinkSync("model.ts.old", model);
    },
  ],
  [
    "becomes a folder",
    () => {
      rmSync(model);
      mkdirSync(model);
    },
  ],
];

describe.each(["zip", "tar.gz"] as const)("%s: a file that", (format) => {
  it.each(CHANGES)("%s while it is read is an error", async (_, change) => {
    const plan = await planOfFolder(source);
    let changed = false;
    const onProgress = ({ bytesDone }: { bytesDone: number }) => {
      if (changed || bytesDone < SIZE / 4) return;
      changed = true;
      change();
    };
    const options = optionsFor(join(out, "bundle"), { format, compression: "store", onProgress });
    const error = await writeBundle(plan, options).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FileChangedError);
    expect(error).toMatchObject({ path: "models/model.ts" });
    expect(readdirSync(out)).toEqual([]);
  });

  it.each([...CHANGES, ...REPLACEMENTS])("%s after the listing is an error", async (_, change) => {
    const plan = await planOfFolder(source);
    change();
    const options = optionsFor(join(out, "bundle"), { format });
    const error = await writeBundle(plan, options).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FileChangedError);
    expect(String(error)).toContain("models/model.ts");
    expect(readdirSync(out)).toEqual([]);
  });
});

it("a file whose rights change meanwhile is packed all the same", async () => {
  const plan = await planOfFolder(source);
  renameSync(model, `${model}.moved`);
  renameSync(`${model}.moved`, model);
  await expect(writeBundle(plan, optionsFor(join(out, "b.zip")))).resolves.toBeDefined();
});
