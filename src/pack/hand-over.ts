import { basename } from "node:path";
import type { Inspection } from "../bundle/prepare.js";
import { type HandOver, handOverOf } from "../tasks/hand-over.js";
import type { FileHash } from "../write/file-hash.js";
import { writeText } from "../write/text-file.js";
import { handOverSheet } from "./hand-over-text.js";

/** Where the sheet of a bundle lies that says what to set up. */
export const sheetPath = (target: string): string => `${target}.hand-over.md`;

/**
 * Writes the sheet beside the bundle.
 *
 * @throws {@link TargetExistsError} where it exists, or appears meanwhile, without `force`
 * @throws {@link MachineError} where the system fails
 */
export async function writeSheet(handOver: HandOver, target: string, force: boolean) {
  const named = handOver.bundle && { ...handOver.bundle, path: basename(target) };
  const sheet = handOverSheet({ ...handOver, ...(named && { bundle: named }) });
  await writeText(sheetPath(target), sheet, force);
}

/** What of a result the sheet is made of. */
interface PackedModel extends Pick<Inspection, "source" | "configMdai"> {
  readonly ok: boolean;
  readonly target: string;
  readonly bundle: FileHash | undefined;
}

/**
 * What has to be set up on MD.ai for the model that was packed; undefined where it is not fit.
 *
 * @param bundle - the bundle, where it was there already
 */
export function handOverOfPack(
  { ok, source, configMdai, target, bundle: written }: PackedModel,
  bundle: FileHash | undefined = written,
): HandOver | undefined {
  if (!ok || configMdai === undefined) return undefined;
  return handOverOf(configMdai, {
    name: source?.name ?? basename(target),
    bundle: bundle && { path: target, size: bundle.size, sha256: bundle.sha256 },
  });
}
