// Packs a folder as told by its argument, a ChildTask of support.ts, and prints a ChildResult.
import { closeSync, openSync, readdirSync, readSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const task = JSON.parse(process.argv[2]);
const load = (path) => import(pathToFileURL(join(task.compiled, path)).href);
const { listFolder } = await load("files/folder.js");
const { entryTime, writeBundle } = await load("write/write.js");

let threads = 0;
process.on("worker", () => {
  threads += 1;
});

const { files } = await listFolder(task.folder);
const entries = files.map((file) => ({
  path: file.path,
  mode: file.executable ? 0o755 : 0o644,
  size: file.size,
  reason: "test",
  content: { kind: "file", file },
}));
const totalSize = entries.reduce((sum, { size }) => sum + size, 0);

let flipped = false;
function onProgress({ bytesDone }) {
  if (task.haltAt !== undefined && bytesDone >= task.haltAt * totalSize) halt();
  if (task.flip && !flipped && bytesDone > totalSize / 2) flip();
}

/** Says so and stands still, to be killed. */
function halt() {
  writeSync(1, "halted\n");
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Does what a broken disk would. */
function flip() {
  flipped = true;
  const folder = dirname(task.options.target);
  const name = readdirSync(folder).find((each) => each.endsWith(".mmar2mdai-partial"));
  const file = openSync(join(folder, name), "r+");
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, 5000);
  byte[0] ^= 1;
  writeSync(file, byte, 0, 1, 5000);
  closeSync(file);
}

const answer = (result) => {
  const peak = process.resourceUsage().maxRSS * 1024;
  writeSync(1, `${JSON.stringify({ ...result, threads, peak })}\n`);
};
try {
  const options = { ...task.options, mtime: entryTime(process.env), onProgress };
  const { sha256, size } = await writeBundle({ entries, totalSize }, options);
  answer({ sha256, size });
} catch (error) {
  answer({ error: { name: error.name, message: error.message } });
}
