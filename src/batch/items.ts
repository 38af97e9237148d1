import { realpath, stat } from "node:fs/promises";
import { basename } from "node:path";
import { UsageError } from "../errors.js";
import { ARCHIVE_ENDING, inputName } from "../files/open.js";
import { CONFIG_FILE } from "../options/file.js";
import { isGlob } from "../text/glob.js";
import { type ListedModel, readList } from "./list-file.js";
import { expandGlob, type FoundInput, searchFolder, sizeOf } from "./search.js";

/** One MMAR of a batch. */
export interface BatchItem {
  /** The folder or archive, as it can be opened. */
  readonly location: string;
  /** Name of its bundle in the output folder; no two items share one. */
  readonly bundle: string;
  readonly isArchive: boolean;
  /** Bytes that it takes. */
  readonly size: number;
  /** Whether a search found it: then it may turn out to be something else. */
  readonly isFound: boolean;
  /** Options of pack for all of its list, and for it alone; in camel case. */
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
}

/** An item before the bundles have their names. */
interface Candidate extends Omit<BatchItem, "bundle"> {
  /** The bundle's whole name, where a list gives one. */
  readonly named: string | undefined;
  /** The MMAR's name, and its path below what was searched. */
  readonly name: string;
  readonly path: string;
}

/**
 * Finds the MMARs that a batch is for.
 *
 * @param inputs - folders to search, archives, lists (.yaml), and globs of these
 * @param out - the output folder: it is not searched
 * @param format - ending of the bundles' names where nothing else says one
 * @throws {@link UsageError} for an input that is not there or holds no MMAR, or a bad list
 */
export async function findItems(
  inputs: readonly string[],
  out: string,
  format: string,
): Promise<BatchItem[]> {
  const outside = await realpath(out).catch(() => undefined);
  const candidates: Candidate[] = [];
  for (const input of inputs) {
    // The shell's `*` matches the config file as well; it applies to the MMARs beside it.
    if (inputs.length > 1 && basename(input) === CONFIG_FILE) continue;
    const before = candidates.length;
    const paths = await pathsOf(input);
    for (const path of paths) {
      candidates.push(...(await candidatesAt(path, (real) => real === outside)));
    }
    if (candidates.length === before) {
      if (paths.length === 0) {
        throw new UsageError(`${input}: the glob matches nothing. Check it.`);
      }
      throw new UsageError(
        `${input}: there is no MMAR at or below it. Give folders, archives or lists of MMARs.`,
      );
    }
  }
  return withNames(await withoutTwins(candidates), format);
}

async function pathsOf(input: string): Promise<string[]> {
  if ((await folderOrFile(input)) !== undefined) return [input];
  if (!isGlob(input)) throw new UsageError(`${input} does not exist. Check the path.`);
  const paths: string[] = [];
  for await (const path of expandGlob(input)) paths.push(path);
  return paths;
}

async function candidatesAt(
  path: string,
  isLeftOut: (path: string) => boolean,
): Promise<Candidate[]> {
  if ((await folderOrFile(path)) === "folder") {
    const found: Candidate[] = [];
    for await (const one of searchFolder(path, isLeftOut)) found.push(await candidate(one));
    return found;
  }
  if (/\.ya?ml$/i.test(path)) return listed(path);
  if (!ARCHIVE_ENDING.test(path)) {
    throw new UsageError(`${path} is not a folder, archive (.zip, .tar.gz) or list (.yaml).`);
  }
  return [await named(path)];
}

async function candidate(found: FoundInput): Promise<Candidate> {
  return {
    ...found,
    name: await inputName(found.location),
    isFound: found.path !== "",
    named: undefined,
    defaults: {},
    options: {},
  };
}

async function named(location: string): Promise<Candidate> {
  const [kind, size] = await Promise.all([folderOrFile(location), sizeOf(location)]);
  return candidate({ location, path: "", isArchive: kind === "file", size });
}

async function listed(file: string): Promise<Candidate[]> {
  const { defaults, models } = await readList(file);
  return Promise.all(
    models.map(async ({ location, path, out, options }: ListedModel) => ({
      ...(await named(location)),
      path,
      named: out,
      defaults,
      options,
    })),
  );
}

/** What two inputs name is packed once, with the options of the first. */
async function withoutTwins(candidates: readonly Candidate[]): Promise<Candidate[]> {
  const seen = new Set<string>();
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    const real = await realpath(candidate.location).catch(() => candidate.location);
    const id = JSON.stringify([real, candidate.named ?? "", candidate.options]);
    if (!seen.has(id)) kept.push(candidate);
    seen.add(id);
  }
  return kept;
}

/**
 * Names the bundles after their MMARs; where several MMARs share a name, after their paths below
 * what was searched, so that the names are the same on every machine.
 */
function withNames(candidates: readonly Candidate[], format: string): BatchItem[] {
  const ending = (c: Candidate): string =>
    `.mdai.${c.options.format ?? c.defaults.format ?? format}`;
  const plain = (c: Candidate): string => c.named ?? `${c.name}${ending(c)}`;
  const shared = repeated(candidates.map(plain));
  const chosen = candidates.map((c) =>
    c.named === undefined && shared.has(folded(plain(c))) ? `${pathName(c)}${ending(c)}` : plain(c),
  );
  const clashes = repeated(chosen);
  candidates.forEach(({ location }, i) => {
    const bundle = chosen[i] ?? "";
    if (!clashes.has(folded(bundle))) return;
    throw new UsageError(
      `${location}: its bundle would be ${bundle}, and that of another MMAR as well. ` +
        'Pack them into different folders, or give each a name with "out" in a list (.yaml).',
    );
  });
  return candidates.map(({ location, isArchive, size, isFound, defaults, options }, i) => ({
    location,
    isArchive,
    bundle: chosen[i] ?? "",
    size,
    isFound,
    defaults,
    options,
  }));
}

/** `a/b/mmar.zip` → `a__b__mmar` */
const pathName = ({ path, name }: Candidate): string =>
  path === ""
    ? name
    : path
        .replace(ARCHIVE_ENDING, "")
        .split(/[\\/]+/)
        .filter((part) => part !== "" && part !== "." && part !== "..")
        .join("__");

/** Names that some file systems take for the same. */
const folded = (name: string): string => name.normalize("NFC").toLowerCase();

function repeated(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names.map(folded)) (seen.has(name) ? twice : seen).add(name);
  return twice;
}

async function folderOrFile(path: string): Promise<"folder" | "file" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch {
    return undefined;
  }
}
