import { createRequire } from "node:module";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { ZipArchive } from "archiver";
import { afterEach, describe, expect, it, vi } from "vitest";
import { speedUpCrc } from "../../src/bundle/fast-crc.js";
import { writeBundle } from "../../src/bundle/write.js";
import {
  fileEntry,
  listZip,
  noise,
  optionsFor,
  planOf,
  scratch,
  sourceOf,
  zeros,
} from "./support.js";

/** What archiver takes checksums with. */
const require = createRequire(import.meta.resolve("archiver"));
const slow = require("crc-32") as { buf: (bytes: Uint8Array, seed?: unknown) => number };

const folder = scratch();
const SIZE = 5 * 1024 * 1024 + 3;
const plan = planOf([fileEntry(sourceOf("model.ts", SIZE, () => zeros(SIZE)))]);

afterEach(() => {
  vi.restoreAllMocks();
});

describe("speedUpCrc", () => {
  it("spares archiver the checksum of what is stored", async () => {
    const spy = vi.spyOn(slow, "buf");
    const target = join(folder, "stored.zip");
    await writeBundle(plan, optionsFor(target, { compression: "store" }));
    expect(spy).not.toHaveBeenCalled();
    expect((await listZip(target))[0]?.content).toHaveLength(SIZE);
  });

  it("leaves it what is deflated", async () => {
    const spy = vi.spyOn(slow, "buf");
    await writeBundle(plan, optionsFor(join(folder, "deflated.zip"), { compression: "max" }));
    expect(spy).toHaveBeenCalled();
  });

  it("leaves an archiver that is made otherwise as it is", () => {
    for (const odd of [{}, { _module: {} }, { _module: { engine: { _smartStream: 1 } } }]) {
      const archive = odd as unknown as ZipArchive;
      expect(speedUpCrc(archive)).toBe(archive);
    }
    expect(speedUpCrc(new ZipArchive())).toBeInstanceOf(ZipArchive);
  });

  it("stands on the two functions giving the same", () => {
    const bytes = noise(100_000);
    expect(slow.buf(bytes) >>> 0).toBe(crc32(bytes));
    const first = crc32(bytes.subarray(0, 999));
    expect(slow.buf(bytes.subarray(999), first) >>> 0).toBe(crc32(bytes));
  });
});
