import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { beforeAll, describe, expect, it } from "vitest";
import { writeBundle } from "../../src/write/write.js";
import { onSmallDisk } from "../support/disk.js";
import { CHILD, type ChildTask, COMPILED, packInChild } from "./children.js";
import { bytesEntry, fill, leftovers, listZip, optionsFor, planOf, scratch } from "./support.js";

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

describe("in a child", () => {
  const source = join(folder, "source");
  const size = 64 * 1024 * 1024;
  const task = (target: string, more: Partial<ChildTask> = {}): ChildTask => ({
    compiled: COMPILED,
    folder: source,
    options: { target, format: "zip", compression: "store", force: true },
    ...more,
  });

  beforeAll(() => {
    fill(source, { "models/model.ts": "" });
    truncateSync(join(source, "models/model.ts"), size);
  });

  it("a limit on a file's size leaves the old file and nothing else", async () => {
    const where = place();
    const target = join(where, "bundle.zip");
    writeFileSync(target, "old");
    const result = await packInChild(task(target), { setup: "ulimit -f 20000" });
    expect(result.error?.name).toBe("MachineError");
    expect(result.error?.message).toContain("EFBIG");
    expect(readdirSync(where)).toEqual(["bundle.zip"]);
    expect(readFileSync(target, "utf8")).toBe("old");
  });

  it("a full disk leaves the old file and nothing else", async (context) => {
    const isDone = await onSmallDisk(place(), 16, async (disk) => {
      const target = join(disk, "bundle.zip");
      writeFileSync(target, "old");
      const { error } = await packInChild(task(target));
      expect(error?.name).toBe("MachineError");
      expect(error?.message).toContain(`Can't write ${target}: no space is left on the disk`);
      expect(readdirSync(disk)).toEqual(["bundle.zip"]);
      expect(readFileSync(target, "utf8")).toBe("old");
    });
    if (!isDone) context.skip();
  });

  it("kill -9 leaves the old file, and the next run clears up", async () => {
    const where = place();
    const target = join(where, "bundle.zip");
    writeFileSync(target, "old");
    for (const haltAt of [0.05, 0.5, 1]) {
      await runToHaltAndKill(task(target, { haltAt }));
      expect(readFileSync(target, "utf8")).toBe("old");
      const [stale, ...others] = leftovers(where);
      expect(others).toEqual([]);
      expect(stale).toMatch(/^\..*\.mmar2mdai-partial$/);
      expect(statSync(join(where, stale ?? "")).isFile()).toBe(true);
    }
    await writeBundle(small, optionsFor(target, { force: true }));
    expect(readdirSync(where)).toEqual(["bundle.zip"]);
  });

  it("kill -9 at any moment leaves the old file or the whole new one", async () => {
    const where = place();
    const target = join(where, "bundle.zip");
    for (const wait of [60, 120, 180, 260, 400]) {
      writeFileSync(target, "old");
      const child = start(task(target));
      await new Promise((resolve) => setTimeout(resolve, wait));
      await kill(child);
      const isOld = statSync(target).size === 3;
      if (!isOld) expect((await listZip(target))[0]?.content).toHaveLength(size);
    }
  });

  it("a run that is alive keeps its temporary file", async () => {
    const where = place();
    const child = start(task(join(where, "bundle.zip"), { haltAt: 0.2 }));
    await halted(child);
    const before = leftovers(where);
    await writeBundle(small, optionsFor(join(where, "bundle.zip")));
    expect(before).toHaveLength(1);
    expect(leftovers(where)).toEqual(before);
    await kill(child);
  });
});

function start(task: ChildTask): ChildProcess {
  return spawn(process.execPath, [CHILD, JSON.stringify(task)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function halted(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error("the child has no output");
  const [line] = await once(createInterface(child.stdout), "line");
  expect(line).toBe("halted");
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

async function runToHaltAndKill(task: ChildTask): Promise<void> {
  const child = start(task);
  await halted(child);
  await kill(child);
}
