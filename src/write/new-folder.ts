import { mkdir, rmdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { asMachineError } from "../errors.js";

/** Takes away the folders that were made, as far as they are empty. Never throws. */
export type Undo = () => Promise<void>;

/**
 * Makes a folder and those above it, as far as they are not there.
 *
 * @throws MachineError where the system fails
 */
export async function makeFolder(path: string): Promise<Undo> {
  const folder = resolve(path);
  let first: string | undefined;
  try {
    first = await mkdir(folder, { recursive: true });
  } catch (error) {
    throw asMachineError(error, "create", path);
  }
  return async () => {
    if (first === undefined) return;
    for (let made = folder; ; made = dirname(made)) {
      const isGone = await rmdir(made).then(
        () => true,
        () => false,
      );
      if (!isGone || made === resolve(first)) return;
    }
  };
}
