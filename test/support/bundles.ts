import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { openPromise } from "yauzl";
import type { BundlePlan } from "../../src/index.js";
import { ROOT } from "../../src/mdai/layout.js";

/** A file of a bundle, read without the code under test. */
export interface Unpacked {
  readonly mode: number;
  readonly bytes: Buffer;
}

export type Files = ReadonlyMap<string, Unpacked>;

/** The files of a zip, in its order. */
export async function unzip(path: string): Promise<Files> {
  const zip = await openPromise(path);
  const files = new Map<string, Unpacked>();
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    const mode = (entry.externalFileAttributes >>> 16) & 0o777;
    files.set(entry.fileName, { mode, bytes: Buffer.concat(chunks) });
  }
  return files;
}

/** Paths in a tar.gz whose names are short, in its order. */
export function namesInTar(path: string): string[] {
  const tar = gunzipSync(readFileSync(path));
  const names: string[] = [];
  const text = (from: number, length: number): string =>
    tar.toString("utf8", from, from + length).replace(/\0.*$/s, "");
  for (let at = 0; tar[at] !== 0 && at < tar.length; ) {
    const prefix = text(at + 345, 155);
    names.push(prefix === "" ? text(at, 100) : `${prefix}/${text(at, 100)}`);
    const size = Number.parseInt(text(at + 124, 12), 8);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return names;
}

/** The text of a file that the packer made, as it stands in a plan. */
export function madeText(plan: BundlePlan | undefined, path: string): string {
  const entry = plan?.entries.find((e) => e.path === `${ROOT}/${path}`);
  if (entry?.content.kind !== "bytes") throw new Error(`The plan makes no ${path}`);
  return Buffer.from(entry.content.bytes).toString("utf8");
}
