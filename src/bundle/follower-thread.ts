import { parentPort, workerData } from "node:worker_threads";
import { MachineError } from "./errors.js";
import { type FollowerAnswer, type FollowerRequest, LocalFollower } from "./follower.js";

// The thread that `follow` starts: a follower that is spoken to by messages.
const follower = new LocalFollower(String(workerData));

parentPort?.on("message", ({ length, isFinished }: FollowerRequest) => {
  if (isFinished) void answer(length);
  else follower.grown(length);
});

async function answer(length: number): Promise<void> {
  const result = await follower.finish(length).then((sha256) => ({ sha256 }), describe);
  parentPort?.postMessage(result);
}

function describe(error: unknown): FollowerAnswer {
  if (error instanceof MachineError) return { code: error.code };
  return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
