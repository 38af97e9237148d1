import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type * as Promises from "node:fs/promises";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { TargetExistsError } from "../../src/errors.js";
import { createTemp, putInPlace } from "../../src/write/temp-file.js";
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
