import { closeSync, openSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { crc32 } from "node:zlib";
import { MachineError } from "../errors.js";
import { OPEN_FLAGS } from "../files/folder-file.js";
import {
  BUFFER_SIZE,
  type ChecksumAnswer,
  type FollowerAnswer,
  type FollowerRequest,
  LocalFollower,
} from "./follower.js";

// The thread that `follow` starts: a follower that is driven by messages.
const follower = new LocalFollower(String(workerData));

parentPort?.on("message", (request: FollowerRequest) => {
  if (request.kind === "grown") follower.grown(request.length);
  else if (request.kind === "finished") void answer(request.length);
  else tell({ crc32: checksum(request.path, request.size) });
});

async function answer(length: number): Promise<void> {
  tell(await follower.finish(length).then((sha256) => ({ sha256 }), describe));
}

function tell(message: ChecksumAnswer | FollowerAnswer): void {
  parentPort?.postMessage(message);
}

function describe(error: unknown): FollowerAnswer {
  if (error instanceof MachineError) return { code: error.code };
  return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

/** What fails here fails the one who reads the file in earnest, too, and is explained there. */
function checksum(path: string, size: number): number | undefined {
  try {
    const file = openSync(path, OPEN_FLAGS);
    try {
      return checksumOf(file, size);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

function checksumOf(file: number, size: number): number | undefined {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  let sum = 0;
  for (let rest = size; rest > 0; ) {
    const length = readSync(file, buffer, 0, Math.min(buffer.length, rest), null);
    if (length === 0) return undefined;
    sum = crc32(buffer.subarray(0, length), sum);
    rest -= length;
  }
  return sum;
}
