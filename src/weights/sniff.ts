import { ArchiveFault, FileChangedError, MachineError } from "../errors.js";
import { describeStart } from "../files/describe-start.js";
import { readAll, type SourceFile } from "../files/source-file.js";
import { isTorchScript, listTorchArchive, type TorchEntry } from "./torch-archive.js";

/** What a file of weights turned out to be. */
export type WeightsKind =
  /** An archive with code: it runs without the classes that made it. */
  | { readonly kind: "torchscript"; readonly entries: readonly TorchEntry[] }
  /** An archive, or in old files a bare pickle without entries, of tensors. */
  | { readonly kind: "checkpoint"; readonly entries: readonly TorchEntry[] | undefined }
  | { readonly kind: "empty" }
  | { readonly kind: "lfs-pointer" }
  | { readonly kind: "html" }
  | { readonly kind: "truncated"; readonly problem: string }
  | { readonly kind: "unknown"; readonly starts: string };

/** Enough to know every form by its first bytes. */
const HEAD = 512;

/**
 * Says what a file of weights is, by its first bytes and, for an archive, by its entries' names.
 * Nothing in it is loaded: a checkpoint is a pickle, and a pickle can run code.
 *
 * `torch.jit.save` writes a zip with `code/` and `constants.pkl`; `torch.save` one with `data.pkl`
 * since PyTorch 1.6, and a bare pickle before (PyTorch's documentation on serialization).
 *
 * @throws {@link FileChangedError} or a system error if the file can't be read
 */
export async function sniffWeights(file: SourceFile): Promise<WeightsKind> {
  if (file.size === 0) return { kind: "empty" };
  const head = await readAll(file, { start: 0, end: Math.min(HEAD, file.size) });
  const text = head.toString("latin1").trimStart().toLowerCase();
  if (text.startsWith("version https://git-lfs")) return { kind: "lfs-pointer" };
  if (/^(<!--[\s\S]*?-->\s*)?(<\?xml[^>]*>\s*)?<(!doctype )?html/.test(text)) {
    return { kind: "html" };
  }
  if (head.subarray(0, 4).equals(Buffer.from("PK\x03\x04", "latin1"))) return sniffArchive(file);
  // PROTO opcode of pickle protocols 2 and up: what torch.save wrote before PyTorch 1.6.
  if (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 9) <= 5) {
    return endsAsPickle(file, head);
  }
  return { kind: "unknown", starts: describeStart(head) };
}

/** A pickle of less than the head's length has to show its STOP opcode. */
function endsAsPickle(file: SourceFile, head: Buffer): WeightsKind {
  if (file.size <= head.length && !head.includes(".")) {
    return { kind: "truncated", problem: "the pickle has no end" };
  }
  return { kind: "checkpoint", entries: undefined };
}

async function sniffArchive(file: SourceFile): Promise<WeightsKind> {
  let entries: readonly TorchEntry[];
  try {
    entries = await listTorchArchive(file);
  } catch (error) {
    if (isOfSource(error)) throw error;
    return { kind: "truncated", problem: reason(error) };
  }
  if (isTorchScript(entries)) return { kind: "torchscript", entries };
  if (entries.some(({ name }) => /(^|\/)data\.pkl$/.test(name)))
    return { kind: "checkpoint", entries };
  return { kind: "unknown", starts: "a zip archive without data.pkl or code/" };
}

/** Whether the error is about what the file is read from, not about the file's form. */
export function isOfSource(error: unknown): boolean {
  if (error instanceof FileChangedError || error instanceof MachineError) return true;
  if (error instanceof ArchiveFault) return true;
  return error instanceof Error && "syscall" in error;
}

/** What an error says, to stand within a sentence. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
}
