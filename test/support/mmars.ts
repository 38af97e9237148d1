import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Inspection, type InspectOptions, inspect } from "../../src/index.js";
import type { Json } from "../../src/text/json.js";
import { scratch } from "./folders.js";

export { scratch };

export const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
/** Real MMARs' configs, where they are there; see the tests that need them. */
export const REAL_MMARS = join(REPOSITORY, "../shared/mmars");

export type FixtureName =
  | "spleen_ct"
  | "liver_tumor_ct"
  | "brain_channels"
  | "lung_resampled"
  | "monai_spleen_ct";

/** A path in a JSON document. */
export type Keys = readonly (string | number)[];

/** Lets the owner write to all that lies in a copy, as the original may be for reading only. */
function makeWritable(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  if ((stat.mode & 0o200) === 0) chmodSync(path, (stat.mode & 0o777) | 0o200);
  if (stat.isDirectory()) for (const name of readdirSync(path)) makeWritable(join(path, name));
}

/** A copy of a fixture, to be broken. */
export class TestMmar {
  constructor(
    readonly path: string,
    from: string,
  ) {
    cpSync(from, path, { recursive: true });
    makeWritable(path);
  }

  file(path: string): string {
    return join(this.path, path);
  }

  read(path: string): string {
    return readFileSync(this.file(path), "utf8");
  }

  write(path: string, content: string | Uint8Array): this {
    mkdirSync(dirname(this.file(path)), { recursive: true });
    writeFileSync(this.file(path), content);
    return this;
  }

  remove(path: string): this {
    rmSync(this.file(path), { recursive: true });
    return this;
  }

  copy(from: string, to: string): this {
    return this.write(to, readFileSync(this.file(from)));
  }

  /** Replaces a piece of a file's text, which has to be there. */
  edit(path: string, from: string | RegExp, to: string): this {
    const text = this.read(path);
    const edited = text.replace(from, () => to);
    if (edited === text) throw new Error(`${path} has no ${from}`);
    return this.write(path, edited);
  }

  /** Sets a value in a JSON file; undefined takes it out. */
  set(path: string, keys: Keys, value: Json | undefined): this {
    return this.write(
      path,
      `${JSON.stringify(changed(JSON.parse(this.read(path)), keys, value), null, 2)}\n`,
    );
  }

  env(key: string, value: Json | undefined): this {
    return this.set("config/environment.json", [key], value);
  }

  config(keys: Keys, value: Json | undefined): this {
    return this.set("config/config_inference.json", keys, value);
  }

  inspect(options: InspectOptions = {}): Promise<Inspection> {
    return inspect(this.path, options);
  }
}

/** The value with another one at a path; undefined takes the key or item out. */
export function changed(value: Json, [key, ...rest]: Keys, to: Json | undefined): Json {
  if (key === undefined) return to ?? null;
  if (Array.isArray(value)) {
    const list = [...(value as readonly Json[])];
    const at = Number(key);
    const inner = rest.length === 0 ? to : changed(list[at] ?? null, rest, to);
    list.splice(at, 1, ...(inner === undefined ? [] : [inner]));
    return list;
  }
  const { [key]: old, ...others } = value as Record<string, Json>;
  const inner = rest.length === 0 ? to : changed(old ?? {}, rest, to);
  return inner === undefined ? others : { ...(value as Record<string, Json>), [key]: inner };
}

/** Makes copies of fixtures below one scratch folder. */
export function mmarMaker(): (fixture?: FixtureName, name?: string) => TestMmar {
  const folder = scratch();
  let count = 0;
  return (fixture = "spleen_ct", name = fixture) => {
    const path = join(folder, String(count++), name);
    return new TestMmar(path, join(REPOSITORY, "fixtures", fixture));
  };
}

export const codesOf = (result: Pick<Inspection, "findings">): string[] =>
  result.findings.map((finding) => finding.code);
