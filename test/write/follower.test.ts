import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { crc32 } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { type Follower, LocalFollower } from "../../src/write/follower.js";
import { COMPILED } from "./children.js";
import { noise, scratch } from "./support.js";

const folder = scratch();
const CONTENT = noise(1_500_001);
const running: Follower[] = [];

/** A follower in a thread, which is there in compiled code only. */
async function threadFollower(path: string): Promise<Follower> {
  const url = pathToFileURL(join(COMPILED, "write/follower.js")).href;
  const { follow } = (await import(/* @vite-ignore */ url)) as {
    follow: (path: string, size: number) => Follower;
  };
  return follow(path, 1e9);
}

const KINDS: [string, (path: string) => Promise<Follower>][] = [
  ["in a thread", threadFollower],
  ["in this one", async (path) => new LocalFollower(path)],
];

afterEach(async () => {
  for (const follower of running.splice(0)) await follower.stop();
});

describe.each(KINDS)("a follower %s", (kind, follow) => {
  const started = async (path: string): Promise<Follower> => {
    const follower = await follow(path);
    running.push(follower);
    return follower;
  };

  it("takes the SHA-256 of a file that grows", async () => {
    const path = join(folder, `grows ${kind}`);
    writeFileSync(path, "");
    const follower = await started(path);
    for (let at = 0; at < CONTENT.length; at += 400_000) {
      appendFileSync(path, CONTENT.subarray(at, at + 400_000));
      follower.grown(Math.min(CONTENT.length, at + 400_000));
    }
    const wanted = createHash("sha256").update(CONTENT).digest("hex");
    expect(await follower.finish(CONTENT.length)).toBe(wanted);
  });

  it("fails where the file is not there, or shorter than it was told", async () => {
    const missing = await started(join(folder, "missing"));
    missing.grown(1);
    await expect(missing.finish(2)).rejects.toMatchObject({ name: "MachineError", code: "ENOENT" });
    const path = join(folder, `short ${kind}`);
    writeFileSync(path, CONTENT);
    truncateSync(path, 10);
    const short = await started(path);
    await expect(short.finish(11)).rejects.toMatchObject({ name: "MachineError", code: "EIO" });
  });
});

describe("the checksum that a follower takes", () => {
  const file = join(folder, "file");
  writeFileSync(file, CONTENT);

  it("is that of the file, before and while it follows another", async () => {
    const path = join(folder, "followed");
    writeFileSync(path, CONTENT);
    const follower = await threadFollower(path);
    running.push(follower);
    expect(await follower.checksum(file, CONTENT.length)).toBe(crc32(CONTENT));
    follower.grown(1_000_000);
    expect(await follower.checksum(file, CONTENT.length)).toBe(crc32(CONTENT));
    const wanted = createHash("sha256").update(CONTENT).digest("hex");
    expect(await follower.finish(CONTENT.length)).toBe(wanted);
  });

  it("is none where the file is gone, short, a link, a folder or a pipe", async () => {
    const follower = await threadFollower(join(folder, "unused"));
    running.push(follower);
    symlinkSync(file, join(folder, "link"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
    expect(await follower.checksum(join(folder, "gone"), 1)).toBeUndefined();
    expect(await follower.checksum(file, CONTENT.length + 1)).toBeUndefined();
    expect(await follower.checksum(join(folder, "link"), CONTENT.length)).toBeUndefined();
    expect(await follower.checksum(folder, 1)).toBeUndefined();
    expect(await follower.checksum(join(folder, "pipe"), 1)).toBeUndefined();
  });

  it("is none in the caller's own thread", async () => {
    expect(await new LocalFollower(file).checksum()).toBeUndefined();
  });

  it("fails where the follower is stopped meanwhile", async () => {
    const follower = await threadFollower(join(folder, "unused"));
    const checksum = follower.checksum(file, CONTENT.length);
    checksum.catch(() => undefined);
    await follower.stop();
    await expect(checksum).rejects.toThrow("ended too early");
  });
});
