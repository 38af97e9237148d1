import { createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { crc32, deflateRawSync } from "node:zlib";
import { TarArchive, ZipArchive } from "archiver";
import { type Header, pack as packTar } from "tar-stream";

/** The forms of archives that people have. */
export const FORMS = {
  "zip, deflated": { ending: ".zip", make: () => new ZipArchive({ zlib: { level: 9 } }) },
  "zip, stored": { ending: ".zip", make: () => new ZipArchive({ store: true }) },
  "zip, Zip64": { ending: ".zip", make: () => new ZipArchive({ forceZip64: true }) },
  "tar.gz": { ending: ".tar.gz", make: () => new TarArchive({ gzip: true }) },
  tgz: { ending: ".tgz", make: () => new TarArchive({ gzip: true }) },
  tar: { ending: ".tar", make: () => new TarArchive() },
} as const;

export type Form = keyof typeof FORMS;

/** Archives a folder; its files lie below `prefix`, or at the top. */
export async function archiveOf(
  form: Form,
  folder: string,
  target: string,
  prefix: string | false,
): Promise<string> {
  const path = `${target}${FORMS[form].ending}`;
  const archive = FORMS[form].make();
  archive.directory(folder, prefix);
  await Promise.all([pipeline(archive, createWriteStream(path)), archive.finalize()]);
  return path;
}

/** What a header says; as it should be, where nothing is given. */
export interface Says {
  readonly name?: string | Buffer;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly length?: number;
  readonly size?: number;
}

/** An entry of a zip, and what its headers say of it. */
export interface ZipEntry extends Says {
  readonly name: string | Buffer;
  readonly data?: string | Buffer;
  /** Unix mode with the kind of file. */
  readonly mode?: number;
  readonly made?: number;
  readonly offset?: number;
  /** In what the header before the content differs from the directory. */
  readonly local?: Says;
}

/** What a zip says of itself. */
export interface ZipSays {
  readonly before?: Buffer;
  readonly after?: Buffer;
  readonly count?: number;
  readonly directory?: number;
}

/** Makes a zip, as wrong as is wanted. */
export function zipOf(entries: readonly ZipEntry[], says: ZipSays = {}): Buffer {
  const parts: Buffer[] = [says.before ?? Buffer.alloc(0)];
  const directory: Buffer[] = [];
  const position = (): number => parts.reduce((sum, { length }) => sum + length, 0);
  for (const entry of entries) {
    const method = entry.method ?? 8;
    const data = Buffer.from(entry.data ?? `content of ${entry.name}`);
    const content = method === 8 ? deflateRawSync(data) : data;
    const told = {
      name: entry.name,
      flags: entry.flags ?? 0x800,
      method,
      crc: entry.crc ?? crc32(data),
      length: entry.length ?? content.length,
      size: entry.size ?? data.length,
    };
    const start = position();
    parts.push(localHeader({ ...told, ...entry.local }), content);
    directory.push(directoryHeader(told, entry, entry.offset ?? start));
  }
  const at = position();
  const whole = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(says.count ?? entries.length, 8);
  end.writeUInt16LE(says.count ?? entries.length, 10);
  end.writeUInt32LE(whole.length, 12);
  end.writeUInt32LE(says.directory ?? at, 16);
  return Buffer.concat([...parts, whole, end, says.after ?? Buffer.alloc(0)]);
}

/** From the flags to the length of the name: the same in both headers. */
function common(header: Buffer, at: number, says: Required<Says>): void {
  header.writeUInt16LE(says.flags, at);
  header.writeUInt16LE(says.method, at + 2);
  header.writeUInt32LE(0x21_0000, at + 4);
  header.writeUInt32LE(says.crc, at + 8);
  header.writeUInt32LE(says.length, at + 12);
  header.writeUInt32LE(says.size, at + 16);
  header.writeUInt16LE(Buffer.from(says.name).length, at + 20);
}

function localHeader(says: Required<Says>): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  common(header, 6, says);
  return Buffer.concat([header, Buffer.from(says.name)]);
}

function directoryHeader(says: Required<Says>, entry: ZipEntry, offset: number): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(entry.made ?? 0x0314, 4);
  header.writeUInt16LE(20, 6);
  common(header, 8, says);
  header.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, Buffer.from(says.name)]);
}

/** An entry of a tar. */
export interface TarEntry extends Partial<Omit<Header, "pax">> {
  readonly name: string;
  readonly data?: string | Buffer;
  readonly pax?: Readonly<Record<string, string>>;
}

/** Makes a tar, not gzipped. */
export async function tarOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = packTar();
  for (const { data, ...header } of entries) {
    tar.entry(header, data ?? "");
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The least that is taken for an MMAR. */
export const CONFIG = { name: "config/environment.json", data: "{}" } as const;

/** Files by names, each with a content, as entries. */
export const entriesOf = (names: readonly string[]): ZipEntry[] => names.map((name) => ({ name }));

/** Writes bytes into a folder, and returns the path. */
export function put(folder: string, name: string, bytes: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
