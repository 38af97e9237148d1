import { type Finding, finding, type Place } from "../findings/finding.js";
import type { Device } from "../options/words.js";
import { formatList } from "../text/format.js";
import { readYaml, type YamlEntry, type YamlFile, type YamlNode } from "../text/yaml.js";
import { type BaseImage, CLARA_VERSION, PYTHONS } from "./base-images.js";

/** What MD.ai's builder makes an image from, as config.yaml says it or by default. */
export interface ImageFacts {
  readonly baseImage: BaseImage;
  readonly device: Device;
  /** Version of CUDA, where the image has one of its own choice. */
  readonly cudaVersion: string | undefined;
  /** Version of Clara Train, for the image nvidia; undefined where the builder refuses it. */
  readonly claraVersion: string | undefined;
  /** The image's Python, `3.8`; undefined for an image of the user's own. */
  readonly python: string | undefined;
}

/** Versions of CUDA that the builder has an image for. */
const CUDA_VERSIONS = ["12.4", "12.3", "12.2", "12.1", "11.8", "11.3", "11.0", "10.1", "10.0"];

/** Keys of config.yaml that the builder reads. */
const KEYS = ["base_image", "device_type", "cuda_version", "clara_version", "env"];

/** What the builder takes where config.yaml says nothing. */
export const DEFAULT_IMAGE: ImageFacts = {
  baseImage: "py37",
  device: "cpu",
  cudaVersion: undefined,
  claraVersion: undefined,
  python: PYTHONS.py37,
};

/** What reading config.yaml gave. */
export interface ImageResult {
  /** The image, even one that is not built; undefined where its base or device is not known. */
  readonly image: ImageFacts | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Reads config.yaml as MD.ai's builder does (build/helper.py, API version 0.3), and says where the
 * builder would stop, or make something else of it than is written.
 *
 * @param path - the path that places show
 */
export function readImage(path: string, bytes: Uint8Array): ImageResult {
  const read = readYaml(path, bytes);
  if ("problem" in read) {
    return {
      image: undefined,
      findings: [finding("config-yaml-syntax", { problem: read.problem }, read.place)],
    };
  }
  const { root } = read;
  if (root?.kind !== "map") {
    const is = root === undefined || root.kind === "null" ? "nothing" : isWords(root);
    return { image: undefined, findings: [finding("config-yaml-shape", { is }, { file: path })] };
  }
  return new ImageReader(read, root.entries).read();
}

/** More keys that stand twice tell nothing more. */
const MOST_TWICE = 20;

class ImageReader {
  readonly #findings: Finding[] = [];
  readonly #values = new Map<string, YamlEntry>();
  #twice = 0;

  constructor(
    private readonly file: YamlFile,
    entries: readonly YamlEntry[],
  ) {
    this.#take(entries, "");
    for (const { key, offset } of this.#values.values()) {
      const meant = KEYS.find((known) => known !== key && isAlike(known, key));
      if (!KEYS.includes(key) && meant !== undefined) {
        this.#note(
          finding("config-yaml-key-unknown", { key, meant }, this.file.place(offset, key)),
        );
      }
    }
  }

  read(): ImageResult {
    const device = this.#choice("device_type", ["cpu", "gpu"], "cpu");
    const baseImage = this.#choice("base_image", Object.keys(PYTHONS) as BaseImage[], "py37");
    this.#checkEnv();
    if (device === undefined || baseImage === undefined) {
      return { image: undefined, findings: this.#findings };
    }
    const isOwn = baseImage === "custom" || baseImage === "nvidia";
    const cudaVersion = isOwn || device === "cpu" ? undefined : this.#cudaVersion();
    const claraVersion = baseImage === "nvidia" ? this.#claraVersion() : undefined;
    const image = {
      baseImage,
      device,
      cudaVersion,
      claraVersion,
      python: PYTHONS[baseImage],
    };
    return { image, findings: this.#findings };
  }

  #note(found: Finding): void {
    this.#findings.push(found);
  }

  /** Keeps the last entry of each key, as Python does. */
  #take(entries: readonly YamlEntry[], prefix: string, values = this.#values): void {
    for (const entry of entries) {
      const before = values.get(entry.key);
      const key = `${prefix}${entry.key}`;
      const place = this.file.place(entry.offset, key);
      if (before !== undefined && this.#twice++ < MOST_TWICE) {
        const firstLine = this.file.place(before.offset).line ?? 1;
        this.#note(finding("config-yaml-key-twice", { key, firstLine }, place));
      }
      values.set(entry.key, entry);
    }
  }

  /** A value that the builder lower-cases and looks up. */
  #choice<T extends string>(key: string, known: readonly T[], otherwise: T): T | undefined {
    const entry = this.#values.get(key);
    if (entry === undefined) return otherwise;
    const { value } = entry;
    const chosen =
      value.kind === "str" ? known.find((each) => each === value.text.toLowerCase()) : undefined;
    if (chosen === undefined) this.#refuse(entry, `one of ${formatList(known)}`);
    return chosen;
  }

  /** Cast to a text by the builder: an unquoted 11.0 is fine, an unquoted 11.10 becomes 11.1. */
  #cudaVersion(): string | undefined {
    const entry = this.#values.get("cuda_version");
    if (entry === undefined) return "11.0";
    const { value } = entry;
    const text = "text" in value ? value.text : undefined;
    if (text !== undefined && CUDA_VERSIONS.includes(text)) {
      this.#checkWriting(entry, "cuda_version");
      return text;
    }
    this.#refuse(entry, `one of ${formatList(CUDA_VERSIONS)}`);
    return undefined;
  }

  /** Not cast by the builder, which compares it with a text. */
  #claraVersion(): string | undefined {
    const entry = this.#values.get("clara_version");
    if (entry === undefined) return CLARA_VERSION;
    const { value } = entry;
    if (value.kind === "str" && value.text === CLARA_VERSION) return CLARA_VERSION;
    this.#refuse(entry, `"${CLARA_VERSION}", the only version that MD.ai builds`);
    return undefined;
  }

  #refuse({ key, value }: YamlEntry, wanted: string): void {
    const args = { key, is: isWords(value), wanted };
    this.#note(finding("config-yaml-value", args, this.#valuePlace(value, key)));
  }

  /** Finds a value that YAML takes for another than is written. */
  #checkWriting({ value }: YamlEntry, key: string): void {
    if (!("text" in value) || value.text === value.written) return;
    const args = { key, written: value.written, read: value.text };
    this.#note(finding("config-yaml-read-other", args, this.#valuePlace(value, key)));
  }

  #checkEnv(): void {
    const env = this.#values.get("env");
    if (env === undefined || env.value.kind === "null") return;
    if (env.value.kind !== "map") {
      this.#refuse(env, "a mapping of names to values");
      return;
    }
    const variables = new Map<string, YamlEntry>();
    this.#take(env.value.entries, "env.", variables);
    for (const entry of variables.values()) this.#checkVariable(entry);
  }

  #checkVariable(entry: YamlEntry): void {
    const { key: name, value, offset } = entry;
    const key = `env.${name}`;
    const problem = variableNameProblem(name) ?? valueProblem(value);
    if (problem === undefined) {
      this.#checkWriting(entry, key);
      return;
    }
    const place = variableNameProblem(name)
      ? this.file.place(offset, key)
      : this.#valuePlace(value, key);
    this.#note(finding("config-yaml-env", { name, problem }, place));
  }

  #valuePlace({ offset }: YamlNode, key: string): Place {
    return this.file.place(offset, key);
  }
}

/** A value in words: what it is, and how it is read where that is not plain. */
function isWords(value: YamlNode): string {
  switch (value.kind) {
    case "map":
      return "a mapping";
    case "list":
      return "a list";
    case "null":
      return "empty";
    case "str":
      return `"${value.text}"`;
    case "date":
      return `the date ${value.written}`;
    case "bool":
      return `${value.written}, which YAML reads as ${value.text}`;
    default:
      return value.written === value.text
        ? `the number ${value.text}`
        : `${value.written}, which YAML reads as the number ${value.text}`;
  }
}

/** Whether a key is most likely another one, misspelt: `base-image`, `Env`, `device_typ`. */
function isAlike(known: string, key: string): boolean {
  const letters = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, "");
  const [one, other] = [letters(known), letters(key)];
  if (one === other) return true;
  return one.length > 4 && Math.abs(one.length - other.length) < 2 && differsOnce(one, other);
}

/** Whether one letter is missing, too many, or another. */
function differsOnce(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  const at = [...long].findIndex((letter, index) => letter !== short[index]);
  const rest = short.slice(short.length === long.length ? at + 1 : at);
  return rest === long.slice(at + 1);
}

/** What is wrong with the name of a variable in `ARG name` and `ENV name=value`. */
function variableNameProblem(name: string): string | undefined {
  if (name === "MDAI_PATH") return "MD.ai sets it itself, to find the bundle's files";
  return /^[A-Za-z_]\w*$/.test(name) ? undefined : "it is not a valid name of a variable";
}

/**
 * What is wrong with a value in `ENV name=value`, where the builder puts it as it is. Docker ends
 * it at a space that is neither quoted nor escaped, and the instruction at the end of the line
 * (Dockerfile reference, ENV).
 */
function valueProblem(value: YamlNode): string | undefined {
  if (!("text" in value)) return "its value is not a plain value";
  const { text } = value;
  if (/[\r\n]/.test(text))
    return "a line break in its value ends the instruction in the Dockerfile";
  const unquoted = text.replace(/"(?:[^"\\]|\\.)*"|'[^']*'|\\./g, "");
  if (/["']/.test(unquoted)) return "a quote in its value is not closed";
  if (unquoted.endsWith("\\")) return "the backslash at its end joins it with the next line";
  return /\s/.test(unquoted.trimEnd())
    ? "a space ends its value in the Dockerfile, unless the value is in quotes of its own"
    : undefined;
}
