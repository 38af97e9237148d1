import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { openPromise } from "yauzl";
import { listFolder } from "../../src/files/folder.js";
import type { SourceFile } from "../../src/files/source-file.js";
import type { BundleEntry, BundlePlan } from "../../src/write/bundle-plan.js";
import type { WriteOptions } from "../../src/write/write.js";

export { scratch } from "../support/folders.js";

/** Writes files, given by their paths in `folder`. */
export function fill(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return folder;
}

/** Bytes that look random and are the same each time. */
export function noise(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed >>> 0;
  for (let i = 0; i < size; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Weights as networks have them: 32-bit floats, normally distributed around 0. */
export function weights(count: number, seed = 1): Buffer {
  const uniform = new Uint32Array(noise(count * 8, seed).buffer);
  const floats = new Float32Array(count);
  for (let i = 0; i < count; i += 1) {
    const u = ((uniform[2 * i] ?? 0) + 1) / 2 ** 32;
    const v = (uniform[2 * i + 1] ?? 0) / 2 ** 32;
    floats[i] = 0.05 * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  }
  return Buffer.from(floats.buffer);
}

export function bytesEntry(path: string, content: string | Uint8Array, mode = 0o644): BundleEntry {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return { path, mode, size: bytes.length, reason: "test", content: { kind: "bytes", bytes } };
}

export function fileEntry(file: SourceFile): BundleEntry {
  const { path, size } = file;
  const mode = file.executable ? 0o755 : 0o644;
  return { path, mode, size, reason: "test", content: { kind: "file", file } };
}

export function planOf(entries: readonly BundleEntry[]): BundlePlan {
  return { entries, totalSize: entries.reduce((sum, { size }) => sum + size, 0) };
}

/** A plan of all files of a folder, as they are. */
export async function planOfFolder(folder: string): Promise<BundlePlan> {
  const { files } = await listFolder(folder);
  return planOf(files.map(fileEntry));
}

export const MTIME = new Date("2021-12-03T10:20:30Z");

export function optionsFor(target: string, more: Partial<WriteOptions> = {}): WriteOptions {
  return { target, format: "zip", compression: "auto", force: false, mtime: MTIME, ...more };
}

export interface ZipListing {
  readonly path: string;
  readonly mode: number;
  readonly deflated: boolean;
  readonly time: string;
  readonly content: Buffer;
}

/** What a zip holds, read without the code under test. */
export async function listZip(path: string): Promise<ZipListing[]> {
  const zip = await openPromise(path);
  const listing: ZipListing[] = [];
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    listing.push({
      path: entry.fileName,
      mode: entry.externalFileAttributes >>> 16,
      deflated: entry.compressionMethod === 8,
      time: entry.getLastModDate({ timezone: "UTC", forceDosFormat: true }).toISOString(),
      content: Buffer.concat(chunks),
    });
  }
  return listing;
}

/** A source that is not a file, to do what files seldom do. */
export function sourceOf(path: string, size: number, open: () => Readable): SourceFile {
  return { path, size, executable: false, open };
}

/** Streams `size` zero bytes, calling `at` before each piece. */
export function zeros(size: number, at: (position: number) => void = () => undefined): Readable {
  const piece = 1024 * 1024;
  return Readable.from(
    (function* () {
      for (let position = 0; position < size; position += piece) {
        at(position);
        yield Buffer.alloc(Math.min(piece, size - position));
      }
    })(),
  );
}

/** Temporary archives that lie in a folder. */
export function leftovers(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".mmar2mdai-partial"));
}
