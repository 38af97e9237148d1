import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fileSource } from "../../src/files/folder.js";
import { listZip } from "../../src/files/zip.js";
import { scratch } from "../support/mmars.js";

const folder = scratch();

it("the content of a zip's entry takes little memory, however long it is", async () => {
  const size = 700 * 1024 * 1024;
  const path = join(folder, "long.zip");
  execFileSync("python3", ["-c", PYTHON_LONG, path, String(size)]);
  const { files, findings } = await listZip(await fileSource("long.zip", path));
  expect(findings).toEqual([]);
  let [length, most] = [0, 0];
  for await (const chunk of files[0]?.open() ?? []) {
    length += (chunk as Buffer).length;
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }
  expect(length).toBe(size);
  expect(most).toBeLessThan(size / 4);
});

const PYTHON_LONG = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:
    with z.open("long", "w") as f:
        for _ in range(int(sys.argv[2]) // 2**20):
            f.write(bytes(2**20))
`;
