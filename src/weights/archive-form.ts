import type { TorchEntry } from "./torch-archive.js";

/** What PyTorch takes an archive for, by the names in it; it takes no account of case. */
const MARKS = /(^|\/)(data\.pkl|constants\.pkl|model\.json|bytecode\.pkl)$/i;

/** Entries of what `torch.save` writes, below the archive's one folder. */
const CHECKPOINT =
  /^(data\.pkl|version|byteorder|\.format_version|\.storage_alignment|\.data\/serialization_id|data\/\w+)$/;

/** Entries of what `torch.jit.save` writes. */
const SCRIPT =
  /^(data\.pkl|constants\.pkl|version|byteorder|\.format_version|\.storage_alignment|\.data\/\w+|(data|constants|traced_inputs)\/\w+|traced_inputs\.pkl|code\/.+|extra\/.+)$/;

/** Entries that hold a tensor's numbers and nothing else. */
const STORAGE = /^(data|constants)\/\w+$/;
const CODE = /^code\/.+/;
const PICKLE = /pkl$/i;

/** What an entry is to PyTorch. */
export type EntryUse = "pickle" | "code" | "other";

/** An entry, and what PyTorch does with it. */
export interface UsedEntry {
  readonly entry: TorchEntry;
  readonly use: EntryUse;
}

/** Whether PyTorch may find something of its own in an archive. */
export const isTorchs = (entries: readonly TorchEntry[]): boolean =>
  entries.some(({ name }) => MARKS.test(name));

/**
 * Goes by the names of an archive's entries: they have to be those that PyTorch writes, all in one
 * folder, and each but once.
 *
 * @returns what is to be read; or what is wrong, in words, to go on after "the archive"
 */
export function readForm(
  entries: readonly TorchEntry[],
): { readonly isScript: boolean; readonly entries: readonly UsedEntry[] } | string {
  const root = entries[0]?.name.split("/")[0] ?? "";
  const inner = entries.map((entry) => ({ entry, name: entry.name.slice(root.length + 1) }));
  const outside = entries.find(({ name }) => !name.startsWith(`${root}/`));
  if (outside !== undefined) return "has files beside its folder";
  const names = new Set(inner.map(({ name }) => name.toLowerCase()));
  if (names.size < entries.length) return "has a file twice";
  const isScript = names.has("constants.pkl");
  if (!isScript && !names.has("data.pkl")) return "has no data.pkl";
  if (isScript && ![...names].some((name) => CODE.test(name)))
    return "has constants.pkl, and no code";
  const known = isScript ? SCRIPT : CHECKPOINT;
  const odd = inner.find(({ name }) => !known.test(name));
  if (odd !== undefined) return `has a file that PyTorch does not write: ${odd.entry.name}`;
  return {
    isScript,
    entries: inner
      .filter(({ name }) => !STORAGE.test(name))
      .map(({ entry, name }) => ({ entry, use: useOf(name) })),
  };
}

function useOf(name: string): EntryUse {
  if (PICKLE.test(name)) return "pickle";
  return CODE.test(name) ? "code" : "other";
}
