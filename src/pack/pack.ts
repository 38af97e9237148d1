import { lstat, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { type Inspection, prepareFor } from "../bundle/prepare.js";
import type { Environment } from "../environment.js";
import { inputFinding, UsageError } from "../errors.js";

import { inputName } from "../files/open.js";
import { isFit } from "../findings/finding.js";
import { type Naming, option } from "../options/names.js";
import type { CompletePackOptions } from "../options/schema.js";
import type { ArchiveFormat } from "../options/words.js";
import { formatOfName } from "../write/archive-format.js";
import type { BundleForm } from "../write/bundle-key.js";
import type { BundlePlan } from "../write/bundle-plan.js";
import { makeFolder } from "../write/new-folder.js";
import { checkTarget } from "../write/temp-file.js";
import { entryTime, type WriteProgress, type WriteResult, writeBundle } from "../write/write.js";
import { handOverOfPack, sheetPath, writeSheet } from "./hand-over.js";
import { checkManifest, manifestOf, writeManifest } from "./manifest.js";

/** What packing gave, whatever came of it. */
interface PackOutcome extends Inspection {
  /** Where the bundle lies or would lie. */
  readonly target: string;
  readonly format: ArchiveFormat;
}

/** A bundle was written. */
export interface PackedResult extends PackOutcome {
  readonly ok: true;
  readonly plan: BundlePlan;
  readonly bundle: WriteResult;
}

/** The MMAR is fit, and nothing was written: with `dryRun`. */
export interface PlannedResult extends PackOutcome {
  readonly ok: true;
  readonly plan: BundlePlan;
  readonly bundle: undefined;
}

/** The MMAR is not fit: `findings` say why. */
export interface UnfitResult extends PackOutcome {
  readonly ok: false;
  readonly bundle: undefined;
}

/**
 * What packing gave. `ok` says whether the MMAR is fit; where `bundle` is not undefined, a bundle
 * was written.
 */
export type PackResult = PackedResult | PlannedResult | UnfitResult;

/** How packing is watched and stopped. */
export interface PackHooks {
  readonly onProgress?: (progress: WriteProgress) => void;
  /** Aborting it stops the packing and leaves nothing behind. */
  readonly signal?: AbortSignal;
  /** Where SOURCE_DATE_EPOCH is looked up. */
  readonly env?: Environment;
}

/** Where a bundle goes, and in which form. */
export interface BundlePlace {
  readonly target: string;
  readonly format: ArchiveFormat;
  /** Whether the folder of the bundle is to be made first. */
  readonly isNewFolder?: boolean;
}

/** How a batch has a say in the writing. */
export interface PlacingHooks {
  /** Where the bundle goes, instead of what the options say. */
  readonly place?: BundlePlace;
  /** What options are called in the manifest; by default as on the command line. */
  readonly naming?: Naming;
  /** Whether the target is this very bundle already, so that it need not be written. */
  readonly isCurrent?: (plan: BundlePlan, how: BundleForm) => Promise<boolean>;
  /** Told of the finished archive before it gets its name. */
  readonly beforePlacing?: (
    written: WriteResult,
    plan: BundlePlan,
    how: BundleForm,
  ) => Promise<void>;
}

/** Packs an MMAR with options that were checked; see `pack` of the library. */
export async function packBundle(
  location: string,
  options: CompletePackOptions,
  hooks: PackHooks & PlacingHooks = {},
): Promise<PackResult> {
  const mtime = timeOfEntries(hooks.env ?? {});
  const chosen = hooks.place ?? (await chooseTarget(location, options));
  const {
    out: _o,
    format: _f,
    compress: _c,
    dryRun: _d,
    force: _r,
    strict: _s,
    manifest: _m,
    handOver: _h,
    ...derivation
  } = options;
  const inside = await pathInside(location, chosen.target);
  if (inside === "") throw new UsageError(`${option("out")}: ${chosen.target} is the MMAR itself.`);
  const context = { target: inside, signal: hooks.signal };
  return prepareFor(location, derivation, context, async (inspection) => {
    try {
      return await packPlan(inspection, { ...options, ...chosen, mtime }, hooks);
    } catch (error) {
      const findings = [inputFinding(error, location), ...inspection.findings];
      const { target, format } = chosen;
      return { ...inspection, findings, ok: false, target, format, bundle: undefined };
    }
  });
}

/** How a plan is written. */
interface PlanOptions extends Omit<CompletePackOptions, "format">, BundlePlace {
  readonly mtime: Date;
}

async function packPlan(
  inspection: Inspection,
  options: PlanOptions,
  hooks: PackHooks & PlacingHooks,
): Promise<PackResult> {
  const { target, format, compress, dryRun, strict, mtime } = options;
  const { plan } = inspection;
  if (plan === undefined || !isFit(inspection.findings, strict)) {
    return { ...inspection, ok: false, target, format, bundle: undefined };
  }
  const how: BundleForm = { format, compression: compress, mtime };
  if ((await hooks.isCurrent?.(plan, how)) || dryRun) {
    return { ...inspection, plan, ok: true, target, format, bundle: undefined };
  }
  const undo = options.isNewFolder ? await makeFolder(dirname(target)) : undefined;
  try {
    const bundle = await writePlan(inspection, plan, how, options, hooks);
    return { ...inspection, plan, ok: true, target, format, bundle };
  } catch (error) {
    await undo?.();
    throw error;
  }
}

async function writePlan(
  inspection: Inspection,
  plan: BundlePlan,
  how: BundleForm,
  { target, force, manifest, handOver }: PlanOptions,
  { onProgress, signal, beforePlacing, naming }: PackHooks & PlacingHooks,
): Promise<WriteResult> {
  if (manifest) await checkManifest(target, force);
  if (handOver) await checkTarget(sheetPath(target), force);
  const bundle = await writeBundle(plan, {
    target,
    ...how,
    force,
    hashes: manifest || beforePlacing !== undefined,
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
    ...(beforePlacing && { beforePlacing: (written) => beforePlacing(written, plan, how) }),
  });
  if (manifest)
    await writeManifest(manifestOf(inspection, plan, bundle, how, naming), target, force);
  const sheet = handOver && handOverOfPack({ ...inspection, ok: true, target, bundle });
  if (sheet) await writeSheet(sheet, target, force);
  return bundle;
}

function timeOfEntries(env: Environment): Date {
  try {
    return entryTime(env);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

/**
 * Chooses where the bundle goes: `out` may be a folder, or a file whose ending tells the format.
 * What ends in a slash is a folder, and need not be there.
 *
 * @throws {@link UsageError} if the folder of a file is not there, or the ending and `format` disagree
 */
export async function chooseTarget(
  location: string,
  { out, format }: Pick<CompletePackOptions, "out" | "format">,
): Promise<BundlePlace> {
  const chosen = format ?? "zip";
  const name = `${await inputName(location)}.mdai.${chosen}`;
  if (out === undefined) return { target: name, format: chosen };
  if (await isFolder(out)) return { target: join(out, name), format: chosen };
  if (/[\\/]$/.test(out)) {
    if (await isThere(out.replace(/[\\/]+$/, ""))) {
      throw new UsageError(`${option("out")}: ${out} is not a folder. Name another one.`);
    }
    return { target: join(out, name), format: chosen, isNewFolder: true };
  }
  if (!(await isFolder(dirname(out)))) {
    throw new UsageError(
      `${option("out")}: the folder ${dirname(out)} does not exist. Create it first, or name a folder to create with a slash at its end.`,
    );
  }
  const told = formatOfName(out);
  if (told === undefined) {
    throw new UsageError(
      `${option("out")}: ${out} is not a folder, and a file's name must end in .zip or .tar.gz.`,
    );
  }
  if (format !== undefined && format !== told) {
    throw new UsageError(
      `${option("out")}: ${out} ends like a ${told}, but ${option("format")} is ${format}. Leave one of them out.`,
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
    // A path that does not exist yet: it is checked, and reported, elsewhere.
    return undefined;
  }
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
