import { mkdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { asMachineError } from "../errors.js";
import { writeText } from "../write/text-file.js";

/** Folder in the output folder that holds what is remembered of each bundle. */
export const STATE_FOLDER = ".mmar2mdai";

const stateSchema = z.object({
  schema: z.literal(1),
  key: z.string(),
  sha256: z.string(),
  before: z.string().nullable(),
});

/** What a batch remembers of a bundle it made. It is written before the bundle is put in place. */
export interface BundleState {
  /** The bundle's key; see `bundleKey`. */
  readonly key: string;
  /** SHA-256 of the bundle, in hexadecimal digits. */
  readonly sha256: string;
  /** SHA-256 of the batch's own bundle that lay there before, if one did. */
  readonly before: string | null;
}

/**
 * What is remembered of each bundle lies in a file of its own, so that runs on one folder need not
 * wait for each other, and none writes over what another remembers.
 */
const statePath = (target: string): string =>
  join(dirname(target), STATE_FOLDER, `${basename(target)}.json`);

/** What is remembered of a bundle: nothing where it was not made by a batch. */
export async function readState(target: string): Promise<BundleState | undefined> {
  try {
    return stateSchema.parse(JSON.parse(await readFile(statePath(target), "utf8")));
  } catch {
    // Without a valid state the bundle is packed again: no harm.
    return undefined;
  }
}

/** @throws MachineError where the system fails */
export async function writeState(target: string, state: BundleState): Promise<void> {
  const path = statePath(target);
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw asMachineError(error, "create", dirname(path));
  }
  await writeText(path, `${JSON.stringify({ schema: 1, ...state })}\n`);
}
