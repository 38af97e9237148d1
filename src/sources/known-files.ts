import { gunzipSync, constants as zlib } from "node:zlib";
import { ARCHIVE_ENDING } from "../files/open.js";
import { readAll, type SourceFile } from "../files/source-file.js";
import { type Finding, finding } from "../findings/finding.js";
import { sniffWeights } from "../weights/sniff.js";

/** What a file is that is neither an MMAR nor an archive of one. */
export interface Known {
  /** In words, to go on after "it is": `a NIfTI image`. */
  readonly is: string;
  /** @param path - of what was given */
  finding(path: string): Finding;
}

/** A file's first bytes, and the file. */
interface Seen {
  readonly head: Buffer;
  readonly file: SourceFile;
}

interface KnownFile {
  readonly name: string;
  /** Says what the file is, in words; undefined where it is something else. */
  tell(seen: Seen): string | undefined | Promise<string | undefined>;
  finding(path: string, is: string): Finding;
}

/** Enough for every mark below; NIfTI's stands at 344, DICOM's at 128. */
const HEAD = 4096;

/** Where DICOM's mark stands, behind the preamble (PS3.10, 7.1). */
const DICM = 128;

const WEIGHTS_ENDING = /\.(pt|pth|ts|ckpt)$/i;

/** Marks at the start of archives that are not read. */
const OTHER_ARCHIVES: readonly (readonly [mark: string, is: string])[] = [
  ["7z\xbc\xaf\x27\x1c", "a 7z archive"],
  ["Rar!\x1a\x07", "a RAR archive"],
  ["BZh", "a bzip2 file"],
  ["\xfd7zXZ\x00", "an xz file"],
  ["\x28\xb5\x2f\xfd", "a Zstandard file"],
];

const KNOWN_FILES: readonly KnownFile[] = [
  {
    name: "another archive",
    tell: ({ head }) =>
      OTHER_ARCHIVES.find(([mark]) => head.toString("latin1", 0, mark.length) === mark)?.[1],
    finding: (path, is) => finding("archive-other-format", { path, is }),
  },
  {
    name: "a failed download",
    tell: ({ head, file }) => (ARCHIVE_ENDING.test(file.path) ? failedDownload(head) : undefined),
    finding: (path, is) => finding("download-failed", { path, is }),
  },
  {
    name: "an image",
    tell: ({ head }) => {
      const what = imageOf(head);
      return what && `a ${what}`;
    },
    finding: (path, is) => finding("image-given", { path, is }),
  },
];

/** Files of weights are told by their content, and where that says too little by their name. */
const WEIGHTS: Omit<KnownFile, "finding"> = {
  name: "weights",
  async tell({ head, file }) {
    if (/\.safetensors$/i.test(file.path) && isSafetensors(head)) return "a safetensors file";
    // The first field of an ONNX ModelProto is its ir_version, a varint (onnx.proto).
    if (/\.onnx$/i.test(file.path) && head[0] === 0x08) return "an ONNX model";
    if (!WEIGHTS_ENDING.test(file.path)) return undefined;
    const { kind } = await sniffWeights(file);
    if (kind === "torchscript") return "a TorchScript";
    return kind === "checkpoint" ? "a PyTorch checkpoint" : undefined;
  },
};

/**
 * Tells what a file is that somebody may hand over in the place of an MMAR.
 *
 * @param mmarOf - finds the MMAR that a file of weights lies in
 * @throws {@link FileChangedError} or a system error if the file can't be read
 */
export async function tellFile(
  file: SourceFile,
  mmarOf: () => Promise<string | null> = async () => null,
): Promise<Known | undefined> {
  const head = await readAll(file, { start: 0, end: Math.min(HEAD, file.size) });
  for (const known of KNOWN_FILES) {
    const is = await known.tell({ head, file });
    if (is !== undefined) return { is, finding: (path) => known.finding(path, is) };
  }
  const is = await WEIGHTS.tell({ head, file });
  if (is === undefined) return undefined;
  const mmar = await mmarOf();
  return { is, finding: (path) => finding("lone-weights", { path, is, mmar }) };
}

/** What PyTorch's archives hold, by the paths in them: they are zips, and open as such. */
export function tellTorch(paths: readonly string[]): string | undefined {
  const has = (pattern: RegExp): boolean => paths.some((path) => pattern.test(path));
  if (has(/^[^/]+\/code\//) && has(/^[^/]+\/constants\.pkl$/)) return "a TorchScript";
  return has(/^[^/]+\/data\.pkl$/) ? "a PyTorch checkpoint" : undefined;
}

/** What a file is, if it is a medical image: `NIfTI image`. */
export async function tellImage(file: SourceFile): Promise<string | undefined> {
  return imageOf(await readAll(file, { start: 0, end: Math.min(HEAD, file.size) }));
}

function imageOf(head: Buffer): string | undefined {
  if (head.toString("latin1", DICM, DICM + 4) === "DICM") return "DICOM file";
  return isNifti(head) || isNifti(inflated(head)) ? "NIfTI image" : undefined;
}

/** By the header's length and mark (nifti1.h, nifti2.h), in either order of bytes. */
function isNifti(head: Buffer): boolean {
  if (head.length < 348) return false;
  const size = [head.readInt32LE(0), head.readInt32BE(0)];
  if (size.includes(348)) return /^n[+i]1\0/.test(head.toString("latin1", 344, 348));
  return size.includes(540) && /^n[+i]2\0/.test(head.toString("latin1", 4, 8));
}

/** The beginning of what was gzipped, as far as the first bytes tell it. */
function inflated(head: Buffer): Buffer {
  if (head[0] !== 0x1f || head[1] !== 0x8b) return Buffer.alloc(0);
  try {
    return gunzipSync(head, { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: 16 * 1024 * 1024 });
  } catch {
    return Buffer.alloc(0);
  }
}

/** A safetensors file begins with the length of its JSON header, in eight bytes. */
function isSafetensors(head: Buffer): boolean {
  return head.length > 8 && head.readBigUInt64LE(0) < 100_000_000n && head[8] === 0x7b;
}

/** What a server sends in the place of a file, where that is what the bytes are. */
function failedDownload(head: Buffer): string | undefined {
  const text = head
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .trimStart();
  if (/^(<!--[\s\S]*?-->\s*)?(<\?xml[^>]*>\s*)?<(!doctype )?html/i.test(text)) return "a web page";
  if (!/^\{\s*"/.test(text)) return undefined;
  // NGC's API: {"requestStatus": {"statusCode": "UNAUTHORIZED", …}}
  const status = /"statusCode"\s*:\s*"?(\w+)/.exec(text)?.[1];
  return status === undefined ? "a JSON text" : `a server's answer in JSON (${status})`;
}
