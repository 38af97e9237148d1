import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { UsageError } from "../errors.js";
import { type Finding, finding, hasErrors } from "../findings/finding.js";
import { FileChangedError } from "../mmar/source.js";
import type { CompletePackOptions } from "../options.js";
import type { ArchiveFormat } from "./plan-types.js";
import { type Inspection, prepare } from "./prepare.js";
import { entryTime, type WriteProgress, type WriteResult, writeBundle } from "./write.js";

/** What packing gave. */
export interface PackResult extends Inspection {
  /** Whether the MMAR is fit: with `dryRun` nothing is written all the same. */
  readonly ok: boolean;
  /** Where the bundle lies or would lie. */
  readonly target: string;
  readonly format: ArchiveFormat;
  /** The bundle that was written, if one was. */
  readonly bundle: WriteResult | undefined;
}

/** How packing is watched and stopped. */
export interface PackHooks {
  readonly onProgress?: (progress: WriteProgress) => void;
  /** Aborting it stops the packing and leaves nothing behind. */
  readonly signal?: AbortSignal;
  /** Where SOURCE_DATE_EPOCH is looked up. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Packs an MMAR with options that were checked; see `pack` of the library. */
export async function packBundle(
  location: string,
  options: CompletePackOptions,
  hooks: PackHooks = {},
): Promise<PackResult> {
  const mtime = timeOfEntries(hooks.env ?? {});
  const { target, format } = await chooseTarget(location, options);
  const { out: _o, format: _f, compress, dryRun, force, strict, ...derivation } = options;
  const inspection = await prepare(location, derivation, await pathInside(location, target));
  const isFit = (findings: readonly Finding[]): boolean =>
    !hasErrors(findings) && !(strict && findings.some((f) => f.severity === "warning"));
  const { plan } = inspection;
  if (plan === undefined || !isFit(inspection.findings) || dryRun) {
    const ok = plan !== undefined && isFit(inspection.findings);
    return { ...inspection, ok, target, format, bundle: undefined };
  }
  try {
    const { onProgress, signal } = hooks;
    const bundle = await writeBundle(plan, {
      target,
      format,
      compression: compress,
      force,
      mtime,
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    });
    return { ...inspection, ok: true, target, format, bundle };
  } catch (error) {
    if (!(error instanceof FileChangedError)) throw error;
    const findings = [changed(error), ...inspection.findings];
    return { ...inspection, findings, ok: false, target, format, bundle: undefined };
  }
}

const changed = (error: FileChangedError): Finding =>
  finding("file-changed", {}, { file: error.path });

function timeOfEntries(env: Readonly<Record<string, string | undefined>>): Date {
  try {
    return entryTime(env);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

const ENDINGS: readonly (readonly [ending: string, format: ArchiveFormat])[] = [
  [".zip", "zip"],
  [".tar.gz", "tar.gz"],
  [".tgz", "tar.gz"],
];

/**
 * Chooses where the bundle goes: `--out` may be a folder, or a file whose ending tells the format.
 *
 * @throws {@link UsageError} if the folder is not there, or the ending and `--format` disagree
 */
async function chooseTarget(
  location: string,
  { out, format }: CompletePackOptions,
): Promise<{ target: string; format: ArchiveFormat }> {
  const chosen = format ?? "zip";
  const name = `${basename(resolve(location))}.mdai.${chosen}`;
  if (out === undefined) return { target: name, format: chosen };
  if (await isFolder(out)) return { target: join(out, name), format: chosen };
  if (/[\\/]$/.test(out)) throw new UsageError(`--out: there is no folder ${out}. Make it first.`);
  if (!(await isFolder(dirname(out)))) {
    throw new UsageError(`--out: there is no folder ${dirname(out)}. Make it first.`);
  }
  const told = ENDINGS.find(([ending]) => out.toLowerCase().endsWith(ending))?.[1];
  if (told === undefined) {
    throw new UsageError(
      `--out: ${out} is no folder, and as a file's name it has to end in .zip or .tar.gz.`,
    );
  }
  if (format !== undefined && format !== told) {
    throw new UsageError(
      `--out: ${out} ends like a ${told}, but --format is ${format}. Leave one of them out.`,
    );
  }
  return { target: out, format: told };
}

/** The target's path in the MMAR, if it comes to lie there: an older bundle must not be packed. */
async function pathInside(location: string, target: string): Promise<string | undefined> {
  try {
    const [root, folder] = await Promise.all([realpath(location), realpath(dirname(target))]);
    return relative(root, join(folder, basename(target)))
      .split(sep)
      .join("/");
  } catch {
    // Neither is there: that is found, and said, elsewhere.
    return undefined;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
