// The least that packing can be: reads all files of a folder (first argument), takes CRC-32 and
// SHA-256 of them, and writes them one after the other into a file (second argument).
import { createHash } from "node:crypto";
import { closeSync, openSync, readdirSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

const [folder, target] = process.argv.slice(2);
const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
const sha256 = createHash("sha256");
const output = openSync(target, "w");
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const input = openSync(join(entry.parentPath, entry.name), "r");
  let crc = 0;
  for (;;) {
    const chunk = buffer.subarray(0, readSync(input, buffer));
    if (chunk.length === 0) break;
    crc = crc32(chunk, crc);
    sha256.update(chunk);
    writeSync(output, chunk);
  }
  closeSync(input);
}
closeSync(output);
console.log(sha256.digest("hex"));
