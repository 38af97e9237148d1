/**
 * Runs command lines of the packer, one after the other: a process for each would spend most of its
 * time on being started. Reads a JSON list of arguments from each line of stdin, and answers each
 * with a line: [exit code, what was written to stdout and stderr].
 */
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { main } from "../../../dist/cli.js";

const PROGRAM = fileURLToPath(new URL("../../../bin/mmar2mdai.js", import.meta.url));

/** Keeps what is written to a stream, with what tells of it as the stream itself does. */
function capture(stream, chunks) {
  const write = stream.write;
  stream.write = (chunk, encoding, done = encoding) => {
    chunks.push(Buffer.from(chunk));
    if (typeof done === "function") queueMicrotask(done);
    return true;
  };
  return () => {
    stream.write = write;
  };
}

async function run(args) {
  const chunks = [];
  const restore = [process.stdout, process.stderr].map((stream) => capture(stream, chunks));
  try {
    const code = await main([process.execPath, PROGRAM, ...args]);
    return [code, Buffer.concat(chunks).toString("utf8")];
  } finally {
    for (const undo of restore) undo();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await run(JSON.parse(line)))}\n`);
}
