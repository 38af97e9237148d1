import { asMachineError, FileChangedError, UsageError, VerifyError } from "../errors.js";
import { mostContent } from "../files/archive.js";
import { option } from "../options/names.js";
import type { Compression } from "../options/words.js";
import { formatBytes } from "../text/format.js";
import { unlessAborted } from "./abort.js";
import type { BundleEntry, BundlePlan } from "./bundle-plan.js";
import { readChecksum } from "./checksums.js";
import { chooseCompression } from "./compression.js";
import { FileSink } from "./file-sink.js";
import { Filling, type FillOptions, type ReadEntry } from "./filling.js";
import { follow } from "./follower.js";
import { readBack } from "./readback.js";
import { checkTarget, createTemp, discard, putInPlace, type TempFile } from "./temp-file.js";

export { MachineError, TargetExistsError, VerifyError } from "../errors.js";
export { entryTime } from "./entry-time.js";
export type { WriteProgress } from "./filling.js";

export interface WriteOptions extends FillOptions {
  readonly compression: Compression;
  /** Whether an existing target is replaced. */
  readonly force: boolean;
  /** Called with the finished archive before it gets its name; if it fails, nothing is put in place. */
  readonly beforePlacing?: (written: WriteResult) => Promise<void>;
}

export interface WriteResult {
  readonly target: string;
  /** Length of the archive in bytes. */
  readonly size: number;
  /** SHA-256 of the archive, in hexadecimal digits. */
  readonly sha256: string;
  readonly entries: readonly WrittenEntry[];
}

export interface WrittenEntry {
  readonly path: string;
  /** Length of the content in bytes. */
  readonly size: number;
  /** Whether it was deflated. In a tar.gz all entries are, or none. */
  readonly compressed: boolean;
  /** SHA-256 of the content, in hexadecimal digits, where {@link FillOptions.hashes} asks for it. */
  readonly sha256?: string;
}

/**
 * Writes the bundle, reads it back, and only then gives it its name: until that moment an older
 * target stays as it was, and after an error, an abort or a crash it still does.
 *
 * The same plan and options give the same bytes, whatever the folder's times, the umask, the time
 * zone or the locale. One limit: deflated entries are what the zlib inside Node makes of them. Node
 * 20, 22 and 24 were found to make the same on one x86-64 machine, but nothing promises that later
 * releases do, or other processors, by which zlib picks its routines. What is stored is the same
 * everywhere.
 *
 * @throws TargetExistsError where the target exists, or appears meanwhile, without `force`
 * @throws FileChangedError where a source file is no longer the one that was listed
 * @throws VerifyError where the archive, read back, is not what was written
 * @throws MachineError where the system fails: full disk, missing permission
 */
export async function writeBundle(plan: BundlePlan, options: WriteOptions): Promise<WriteResult> {
  const { target, force, signal } = options;
  checkPlan(plan);
  await checkTarget(target, force);
  signal?.throwIfAborted();
  const temp = await createTemp(target);
  try {
    const written = await fill(temp, plan, options);
    signal?.throwIfAborted();
    checkDensity(plan, written.size);
    await options.beforePlacing?.({ target, ...written });
    await putInPlace(temp, target, force);
    return { target, ...written };
  } catch (error) {
    await discard(temp);
    throw error;
  }
}

/** A plan that no archive can hold as it stands is a bug of the planner, found before any work. */
function checkPlan({ entries }: BundlePlan): void {
  const paths = new Set<string>();
  for (const { path, size, content } of entries) {
    const parts = path.split("/");
    const odd = parts.some((part) => part === "" || part === "." || part === "..");
    if (odd || /[\\\0]|^\w+:/.test(path)) throw new Error(`No archive can hold the path ${path}`);
    if (paths.has(path)) throw new Error(`The plan has two entries ${path}`);
    const actual = content.kind === "bytes" ? content.bytes.length : content.file.size;
    if (actual !== size) throw new Error(`The plan gives ${path} ${size} bytes, it has ${actual}`);
    paths.add(path);
  }
}

/** What shrinks so far would be taken for a zip bomb, by verify and by whoever unpacks it. */
function checkDensity({ totalSize }: BundlePlan, size: number): void {
  if (totalSize <= mostContent(size)) return;
  throw new UsageError(
    `The bundle would have ${formatBytes(size)} for a content of ${formatBytes(totalSize)}, as zip bombs have. ` +
      `Pack it with ${option("compress")} store, or leave out what is empty with ${option("exclude")}.`,
  );
}

/** Writes the archive into the temporary file, brings it to the disk and reads it back. */
async function fill(
  temp: TempFile,
  plan: BundlePlan,
  options: WriteOptions,
): Promise<Omit<WriteResult, "target">> {
  const { target, format, compression, mtime, signal } = options;
  // This comes first, since the thread takes a while to start.
  const follower = follow(temp.path, plan.totalSize);
  try {
    const choice = await chooseCompression(plan, format, compression);
    const sink = new FileSink(temp.handle, (length) => follower.grown(length));
    const entries = await new Filling(plan, choice, options, follower).run(sink);
    const expected = { format, mtime: mtime.getTime(), entries };
    const checks = Promise.all([
      follower.finish(sink.length),
      readBack(temp.path, expected, signal).catch((error) => blame(error, plan, entries, signal)),
      sync(temp, target),
    ]);
    const [sha256] = await unlessAborted(checks, signal);
    return { size: sink.length, sha256, entries: entries.map(summarize) };
  } finally {
    await follower.stop();
  }
}

/** Distinguishes a bad archive from one whose source had changed when it was read again. */
async function blame(
  error: unknown,
  { entries }: BundlePlan,
  read: readonly ReadEntry[],
  signal: AbortSignal | undefined,
): Promise<never> {
  const i = error instanceof VerifyError ? read.findIndex(({ path }) => path === error.entry) : -1;
  const entry = entries[i];
  if (entry !== undefined && (await readChecksum(entry, signal)) !== read[i]?.crc32) {
    throw new FileChangedError(origin(entry));
  }
  throw error;
}

async function sync({ handle }: TempFile, target: string): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    throw asMachineError(error, "sync", target);
  }
}

function summarize({ path, size, compressed, sha256 }: ReadEntry): WrittenEntry {
  return { path, size, compressed, ...(sha256 !== undefined && { sha256 }) };
}

/** The file that an entry comes from, by its path in the source. */
function origin({ path, content }: BundleEntry): string {
  return content.kind === "file" ? content.file.path : path;
}
