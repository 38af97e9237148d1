import { readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import type * as Promises from "node:fs/promises";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { TargetExistsError } from "../../src/errors.js";
import { ABANDONED_AFTER_MS, createTemp, discard, putInPlace } from "../../src/write/temp-file.js";
import { scratch } from "./support.js";

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof Promises>();
  const link = async () => {
    throw Object.assign(new Error("EPERM: operation not permitted, link"), {
      code: "EPERM",
      syscall: "link",
    });
  };
  return { ...real, link };
});

/** exFAT, and some network shares. */
describe("on a file system without hard links", () => {
  const folder = scratch();
  let where = "";
  let count = 0;
  beforeEach(async () => {
    count += 1;
    where = join(folder, `${count}`);
    await mkdir(where);
  });

  it("the finished file gets its name", async () => {
    const target = join(where, "bundle.zip");
    const temp = await createTemp(target);
    await temp.handle.writeFile("new");
    await putInPlace(temp, target, false);
    expect(readFileSync(target, "utf8")).toBe("new");
    expect(readdirSync(where)).toEqual(["bundle.zip"]);
  });

  it("a target that has appeared meanwhile is not overwritten", async () => {
    const target = join(where, "bundle.zip");
    const temp = await createTemp(target);
    writeFileSync(target, "someone else's");
    await expect(putInPlace(temp, target, false)).rejects.toThrow(TargetExistsError);
    expect(readFileSync(target, "utf8")).toBe("someone else's");
  });
});

describe("what killed runs left in a folder", () => {
  const folder = scratch();
  /** A process that has ended, on this system. */
  const gone = 2 ** 22 - 3;
  let count = 0;

  /** Puts files there, each so many milliseconds old, and gives those that the next run leaves. */
  async function leftOf(files: Readonly<Record<string, number>>): Promise<string[]> {
    count += 1;
    const where = join(folder, `left-${count}`);
    await mkdir(where);
    for (const [name, age] of Object.entries(files)) {
      writeFileSync(join(where, name), "half");
      const time = (Date.now() - age) / 1000;
      utimesSync(join(where, name), time, time);
    }
    await discard(await createTemp(join(where, "other.zip")));
    return readdirSync(where);
  }

  /** Name of a file as a run on this machine makes it, with another process's number. */
  async function ownName(pid: number): Promise<string> {
    const temp = await createTemp(join(folder, "bundle.zip"));
    await discard(temp);
    return basename(temp.path).replace(`-${process.pid}-`, `-${pid}-`);
  }
  const foreign = ".0a1b2c3d-deadbeef-7-0123456789ab.mmar2mdai-partial";
  const OLD = ABANDONED_AFTER_MS + 60_000;
  const YOUNG = ABANDONED_AFTER_MS - 60_000;

  it("goes at once if the run was on this machine, whatever its target", async () => {
    expect(await leftOf({ [await ownName(gone)]: 0 })).toEqual([]);
  });

  it("stays while a run on this machine may be at it", async () => {
    const name = await ownName(process.ppid);
    expect(await leftOf({ [name]: YOUNG })).toEqual([name]);
  });

  it("of other machines and containers goes when it is old enough to be no one's", async () => {
    expect(await leftOf({ [foreign]: YOUNG })).toEqual([foreign]);
    expect(await leftOf({ [foreign]: OLD })).toEqual([]);
    expect(await leftOf({ [await ownName(process.ppid)]: OLD })).toEqual([]);
  });

  it("no file that others called alike is touched", async () => {
    const names = [".x.zip.1-2.mmar2mdai-partial", "x.mmar2mdai-partial", foreign.slice(1)].sort();
    expect(await leftOf(Object.fromEntries(names.map((name) => [name, OLD])))).toEqual(names);
  });
});
