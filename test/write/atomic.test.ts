import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MachineError, TargetExistsError, writeBundle } from "../../src/write/write.js";
import {
  bytesEntry,
  fileEntry,
  leftovers,
  listZip,
  noise,
  optionsFor,
  planOf,
  scratch,
  sourceOf,
  zeros,
} from "./support.js";

const folder = scratch();
const small = planOf([bytesEntry("model/a.txt", "new")]);

/** A folder of its own for each test, so that what is left behind is seen. */
let count = 0;
function place(): string {
  count += 1;
  const path = join(folder, `place-${count}`);
  mkdirSync(path);
  return path;
}

describe("an existing target", () => {
  it("is refused before any work", async () => {
    const target = join(place(), "bundle.zip");
    writeFileSync(target, "old");
    let opened = 0;
    const source = sourceOf("a", 3, () => {
      opened += 1;
      return zeros(3);
    });
    const writing = writeBundle(planOf([fileEntry(source)]), optionsFor(target));
    await expect(writing).rejects.toThrow(TargetExistsError);
    expect(opened).toBe(0);
    expect(readFileSync(target, "utf8")).toBe("old");
  });

  it("is refused too where it is a link to nothing", async () => {
    const target = join(place(), "bundle.zip");
    symlinkSync("nowhere", target);
    await expect(writeBundle(small, optionsFor(target))).rejects.toThrow(TargetExistsError);
  });

  it("is replaced with force, and is the old one until the end", async () => {
    const target = join(place(), "bundle.zip");
    writeFileSync(target, "old");
    const seen: string[] = [];
    const onProgress = () => seen.push(readFileSync(target, "utf8"));
    await writeBundle(small, optionsFor(target, { force: true, onProgress }));
    expect(seen).toEqual(["old"]);
    expect(await listZip(target)).toHaveLength(1);
  });

  it.each([false, true])("is never a folder (force: %s)", async (force) => {
    const target = place();
    const writing = writeBundle(small, optionsFor(target, { force }));
    await expect(writing).rejects.toMatchObject({ name: "MachineError", code: "EISDIR" });
  });

  it("is not replaced with force where it is a link, and what it leads to stays", async () => {
    const where = place();
    const [target, other] = [join(where, "bundle.zip"), join(where, "other.zip")];
    writeFileSync(other, "someone else's");
    symlinkSync(other, target);
    const writing = writeBundle(small, optionsFor(target, { force: true }));
    await expect(writing).rejects.toThrow(/bundle\.zip is a symbolic link\. Name the file/);
    expect(readlinkSync(target)).toBe(other);
    expect(readFileSync(other, "utf8")).toBe("someone else's");
  });

  it("that appears meanwhile is not overwritten", async () => {
    const where = place();
    const target = join(where, "bundle.zip");
    const onProgress = () => writeFileSync(target, "someone else's");
    const writing = writeBundle(small, optionsFor(target, { onProgress }));
    await expect(writing).rejects.toThrow(TargetExistsError);
    expect(readFileSync(target, "utf8")).toBe("someone else's");
    expect(leftovers(where)).toEqual([]);
  });

  it("is written once when two runs want it at the same time", async () => {
    const where = place();
    const target = join(where, "bundle.zip");
    const runs = [1, 2].map(() => writeBundle(small, optionsFor(target)));
    const outcomes = (await Promise.allSettled(runs)).map(({ status }) => status);
    expect(outcomes.sort()).toEqual(["fulfilled", "rejected"]);
    expect(readdirSync(where)).toEqual(["bundle.zip"]);
  });
});

describe("an abort", () => {
  const size = 20 * 1024 * 1024;

  it.each([0.1, 0.5, 1])("at %s of the way leaves nothing behind", async (share) => {
    const where = place();
    const target = join(where, "bundle.zip");
    writeFileSync(target, "old");
    const abort = new AbortController();
    const reason = new Error("enough");
    const options = optionsFor(target, {
      force: true,
      compression: "store",
      signal: abort.signal,
      onProgress: ({ bytesDone }) => {
        if (bytesDone >= share * size) abort.abort(reason);
      },
    });
    const plan = planOf([fileEntry(sourceOf("a", size, () => zeros(size)))]);
    await expect(writeBundle(plan, options)).rejects.toBe(reason);
    expect(readdirSync(where)).toEqual(["bundle.zip"]);
    expect(readFileSync(target, "utf8")).toBe("old");
  });

  it("closes the source that was being read", async () => {
    const abort = new AbortController();
    const stream = zeros(size, (position) => {
      if (position > 0) abort.abort();
    });
    const plan = planOf([fileEntry(sourceOf("a", size, () => stream))]);
    const options = optionsFor(join(place(), "b.zip"), { signal: abort.signal });
    await expect(writeBundle(plan, { ...options, compression: "store" })).rejects.toThrow();
    expect(stream.destroyed).toBe(true);
  });

  it("before the beginning keeps the work from starting", async () => {
    const where = place();
    const signal = AbortSignal.abort(new Error("never mind"));
    const writing = writeBundle(small, optionsFor(join(where, "b.zip"), { signal }));
    await expect(writing).rejects.toThrow("never mind");
    expect(readdirSync(where)).toEqual([]);
  });
});

describe("a failing source", () => {
  it.each(["zip", "tar.gz"] as const)("ends writing %s and leaves nothing", async (format) => {
    const where = place();
    const size = 8 * 1024 * 1024;
    const broken = Object.assign(new Error("EIO: i/o error, read"), {
      code: "EIO",
      syscall: "read",
    });
    const open = () =>
      zeros(size, (position) => {
        if (position > size / 2) throw broken;
      });
    const plan = planOf([
      bytesEntry("first", noise(3_000_000)),
      fileEntry(sourceOf("models/model.pt", size, open)),
      bytesEntry("last", noise(3_000_000)),
    ]);
    const options = optionsFor(join(where, "bundle"), { format, compression: "store" });
    await expect(writeBundle(plan, options)).rejects.toMatchObject({
      name: "MachineError",
      code: "EIO",
      path: "models/model.pt",
      cause: broken,
    });
    expect(readdirSync(where)).toEqual([]);
  });
});

describe("a target that can't be written", () => {
  it("is an error of the machine that says what to do: no such folder", async () => {
    const target = join(folder, "nowhere", "bundle.zip");
    const error = await writeBundle(small, optionsFor(target)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(MachineError);
    expect(String(error)).toContain(`Can't create ${target}: there is no such file or folder`);
    expect(String(error)).toContain("Create the folder first");
  });

  it("has a folder that is none, or a name that is too long", async () => {
    const file = join(place(), "file");
    writeFileSync(file, "");
    const below = writeBundle(small, optionsFor(join(file, "bundle.zip")));
    await expect(below).rejects.toMatchObject({ code: "ENOTDIR" });
    const long = writeBundle(small, optionsFor(join(folder, `${"n".repeat(300)}.zip`)));
    await expect(long).rejects.toMatchObject({ code: "ENAMETOOLONG" });
  });

  it("may have a name as long as the system allows", async () => {
    const target = join(place(), `${"n".repeat(251)}.zip`);
    await expect(writeBundle(small, optionsFor(target))).resolves.toMatchObject({ target });
  });
});

it("what another target's, or another machine's, runs left is not touched", async () => {
  const where = place();
  const target = join(where, "bundle.zip");
  const names = [".00000000-00000000-1-abc.mmar2mdai-partial", "mine.mmar2mdai-partial", "a.zip"];
  for (const name of names) writeFileSync(join(where, name), "");
  await writeBundle(small, optionsFor(target));
  expect(readdirSync(where).sort()).toEqual([...names, "bundle.zip"].sort());
});
