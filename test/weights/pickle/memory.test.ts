import { appendFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Finding } from "../../../src/index.js";
import { cliProcess } from "../../support/cli.js";
import { mmarMaker } from "../../support/mmars.js";
import { op } from "../../support/pickles.js";

const MB = 1024 * 1024;

/** What makes an unpickler that keeps all it is given need far more than the child has. */
const FLOODS: Readonly<Record<string, (count: number) => Buffer>> = {
  "marks without an end": () => Buffer.alloc(1000, op.mark),
  "names in the memo, each another one": (count) =>
    Buffer.concat([op.text(`n${count}`), op.memoize, op.pop]),
  "keys of the memo, each another one": (count) => op.longPut(2 * count + 1),
};

/** Lets a file grow by some 40 MB of a flood. */
function write(path: string, flood: (count: number) => Buffer): void {
  let count = 0;
  for (let size = 0; size < 40 * MB; ) {
    const parts: Buffer[] = [];
    for (let i = 0; i < 100_000 && size < 40 * MB; i += 1) {
      const part = flood(count);
      count += 1;
      size += part.length;
      parts.push(part);
    }
    appendFileSync(path, Buffer.concat(parts));
  }
}

describe("the memory of a scan is bounded", () => {
  const make = mmarMaker();

  it.each(Object.entries(FLOODS))("%s", async (_, flood) => {
    const mmar = make();
    mmar.write("models/model.pt", Buffer.concat([op.proto(4), op.none]));
    write(mmar.file("models/model.pt"), flood);
    const env = { NODE_OPTIONS: "--max-old-space-size=140" };
    const { stdout, exitCode } = await cliProcess(["inspect", mmar.path, "--json"], { env });
    expect(exitCode).toBe(1);
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    expect(findings.map(({ code }) => code)).toEqual(["pickle-form", "pickle-unreadable"]);
  });
});
