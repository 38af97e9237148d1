import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkLoading } from "../../src/weights/check.js";
import { Trust } from "../../src/weights/trust.js";
import { zipOf } from "../files/archives.js";
import { bytesFile, GOOD } from "../support/pickles.js";
import { DATA, legacy, SCRIPT, zip } from "./weights.js";

describe("any bytes", () => {
  const RUNS = { numRuns: 1500 };
  const codes = [
    ...["pickle-unknown", "pickle-opaque", "pickle-call", "pickle-unreadable"],
    ...["pickle-form", "script-operator"],
  ];
  const isSafe = async (bytes: Buffer): Promise<void> => {
    const options = { trust: new Trust(), isWeights: false };
    for (const { code } of await checkLoading(bytesFile(bytes), options)) {
      expect(codes).toContain(code);
    }
  };

  it("give findings, and no exception", async () => {
    const start = fc.constantFrom("\x80\x02", "\x80\x04", "PK\x03\x04", "");
    const bytes = fc.tuple(start, fc.uint8Array({ maxLength: 400 }));
    const both = bytes.map(([a, b]) => Buffer.concat([Buffer.from(a, "latin1"), Buffer.from(b)]));
    await fc.assert(fc.asyncProperty(both, isSafe), RUNS);
  });

  it.each<[string, Buffer]>([
    ["a zip", zip([DATA, ...SCRIPT])],
    ["a deflated zip", zipOf([DATA, ...SCRIPT])],
    ["an old checkpoint", legacy(GOOD)],
  ])("of %s that was changed, too", async (_, good) => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 5 });
    const spoilt = fc.tuple(changes, fc.option(fc.nat(), { freq: 1 })).map(([all, end]) => {
      const bytes = Buffer.from(good);
      for (const [at, byte] of all) bytes[at % bytes.length] = byte;
      return end === null ? bytes : bytes.subarray(0, end % bytes.length);
    });
    await fc.assert(fc.asyncProperty(spoilt, isSafe), RUNS);
  });
});
