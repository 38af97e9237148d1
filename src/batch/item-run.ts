import { stat } from "node:fs/promises";
import { join } from "node:path";
import { explain, isSystemError, TargetExistsError } from "../errors.js";
import { hasErrors } from "../findings/finding.js";
import { rowOf } from "../findings/table.js";
import { readConfigFile } from "../options/file.js";
import { option } from "../options/names.js";
import {
  type CompleteBatchOptions,
  type CompletePackOptions,
  parsePackOptions,
} from "../options/schema.js";
import { handOverOfPack, sheetPath } from "../pack/hand-over.js";
import { hashedEntries, manifestPath } from "../pack/manifest.js";
import { type PackResult, type PlacingHooks, packBundle } from "../pack/pack.js";
import { formatOfName } from "../write/archive-format.js";
import { bundleKey, hashEntries } from "../write/bundle-key.js";
import { type FileHash, hashFile } from "../write/file-hash.js";
import type { BatchItem } from "./items.js";
import type { BatchHooks, BatchItemResult, BatchOutcome } from "./outcome.js";
import { type BundleState, readState, writeState } from "./state.js";

/** What lies under a bundle's name before it is packed. */
interface Before {
  readonly file: FileHash | undefined;
  readonly state: BundleState | undefined;
}

/** The packing of one MMAR of a batch. */
export class ItemRun {
  readonly #target: string;

  constructor(
    private readonly item: BatchItem,
    private readonly index: number,
    private readonly options: CompleteBatchOptions,
    private readonly hooks: BatchHooks & { readonly signal: AbortSignal },
  ) {
    this.#target = join(options.out, item.bundle);
  }

  /** Packs it, unless its bundle is current. Throws nothing but the reason of an abort. */
  async run(): Promise<BatchItemResult> {
    const { hooks, index, item } = this;
    hooks.onStart?.(index, item.location);
    try {
      return await this.#pack();
    } catch (error) {
      hooks.signal.throwIfAborted();
      return this.#result(failureOf(error));
    }
  }

  async #pack(): Promise<BatchItemResult> {
    try {
      return await this.#packOver(await this.#before());
    } catch (error) {
      // Another run on the same folder may have made the bundle meanwhile.
      const now = error instanceof TargetExistsError ? await this.#before() : undefined;
      if (now === undefined || !isMadeByBatch(now)) throw error;
      return this.#packOver(now);
    }
  }

  async #packOver(before: Before): Promise<BatchItemResult> {
    const { env = process.env, signal, onProgress } = this.hooks;
    const options = await this.#packOptions(before);
    let isCurrent = false;
    const placing: PlacingHooks = {
      place: { target: this.#target, format: formatOfName(this.#target) ?? "zip" },
      isCurrent: async (plan, how) => {
        isCurrent =
          this.options.cache &&
          isUntouched(before) &&
          (!options.manifest || (await isThere(manifestPath(this.#target)))) &&
          (!options.handOver || (await isThere(sheetPath(this.#target)))) &&
          bundleKey(await hashEntries(plan, signal), how) === before.state?.key;
        return isCurrent;
      },
      beforePlacing: ({ sha256, entries }, plan, how) =>
        writeState(this.#target, {
          key: bundleKey(hashedEntries(plan, entries), how),
          sha256,
          before: isMadeByBatch(before) ? (before.file?.sha256 ?? null) : null,
        }),
    };
    const result = await packBundle(this.item.location, options, {
      env,
      signal,
      ...placing,
      ...(onProgress && { onProgress: (progress) => onProgress(this.index, progress) }),
    });
    return this.#modelOf(result, isCurrent ? before.file : result.bundle);
  }

  #modelOf(result: PackResult, bundle: FileHash | undefined): BatchItemResult {
    const { findings } = result;
    const outcome = this.#outcome(result, bundle);
    const isStrict = outcome === "not fit" && !hasErrors(findings);
    return this.#result({
      outcome,
      findings,
      failure: isStrict
        ? `It has warnings, which ${option("strict")} treats as errors.`
        : undefined,
      ...(bundle && { size: bundle.size, sha256: bundle.sha256 }),
      handOver: handOverOfPack(result, bundle),
    });
  }

  #outcome(result: PackResult, bundle: FileHash | undefined): BatchOutcome {
    const { ok, findings, bundle: written } = result;
    if (ok)
      return written !== undefined ? "packed" : bundle !== undefined ? "current" : "would pack";
    const isElse = findings.some(({ code }) => rowOf(code).notAnMmar);
    return this.item.isFound && isElse ? "passed over" : "not fit";
  }

  #result(known: Partial<BatchItemResult> & Pick<BatchItemResult, "outcome">): BatchItemResult {
    return {
      index: this.index,
      location: this.item.location,
      isArchive: this.item.isArchive,
      target: this.#target,
      findings: [],
      failure: undefined,
      size: undefined,
      sha256: undefined,
      handOver: undefined,
      ...known,
    };
  }

  /** Of several sources of options the one that is nearer to the model and to now wins. */
  async #packOptions(before: Before): Promise<CompletePackOptions> {
    const { config, given, force } = this.options;
    const { location, defaults, options } = this.item;
    const { out: _, ...beside } = await readConfigFile(location, config);
    const all = { ...defaults, ...beside, ...options, ...given };
    return parsePackOptions({ ...all, force: force || isMadeByBatch(before) });
  }

  async #before(): Promise<Before> {
    const [file, state] = await Promise.all([
      hashIfThere(this.#target, this.hooks.signal),
      readState(this.#target),
    ]);
    return { file, state };
  }
}

/** Whether the bundle is the one that is remembered, to the last byte. */
const isUntouched = ({ file, state }: Before): boolean =>
  file !== undefined && file.sha256 === state?.sha256;

/** Whether what lies there was made by a batch: it may be replaced. */
const isMadeByBatch = (before: Before): boolean =>
  isUntouched(before) || (before.file !== undefined && before.file.sha256 === before.state?.before);

async function hashIfThere(path: string, signal: AbortSignal): Promise<FileHash | undefined> {
  try {
    return await hashFile(path, signal);
  } catch (error) {
    // A file that can't be read fails again, and is explained, when the bundle is put in its place.
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** One model must not end the batch, even where it meets a fault of this program. */
function failureOf(error: unknown): { outcome: BatchOutcome; failure: string } {
  const told = explain(error);
  if (told === undefined || told.kind === "finding") {
    const { stack } = error instanceof Error ? error : new Error(String(error));
    return { outcome: "failed", failure: `This is a fault of mmar2mdai itself: ${stack}` };
  }
  const isRefused = told.kind === "usage" || told.kind === "target-exists";
  return { outcome: isRefused ? "refused" : "failed", failure: told.message };
}
