import { parentPort, workerData } from "node:worker_threads";
import { LocalReader, type ReaderAnswer, type ReaderRequest, wrap } from "./reader.js";

/** The thread that {@link startReader} starts: a reader that is spoken to by messages. */
const reader = new LocalReader(String(workerData));

parentPort?.on("message", (request: ReaderRequest) => {
  if (request.kind === "grown") reader.grown(request.length);
  else void answer(request);
});

async function answer({ length, expected }: ReaderRequest & { kind: "finish" }): Promise<void> {
  const result: ReaderAnswer = await reader
    .finish(length, expected)
    .then((sha256): ReaderAnswer => ({ kind: "good", sha256 }), wrap);
  parentPort?.postMessage(result);
}
