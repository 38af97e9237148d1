import { readAll } from "../files/source-file.js";
import { isOfSource } from "./sniff.js";
import type { TorchEntry } from "./torch-archive.js";
import { RAISE_OF_CLASS } from "./torch-operators.js";

/** What a TorchScript's archive tells of the PyTorch that it needs. */
interface TorchScriptFacts {
  /** Version of the archive's format; undefined where it does not say. */
  readonly version: number | undefined;
  /** Operators that its code calls, as `scaled_dot_product_attention` for torch's own. */
  readonly operators: ReadonlySet<string>;
}

/** Most code that is read, in bytes: that of a large network has some hundred kilobytes. */
const MOST_CODE = 16 * 1024 * 1024;

/** A call in the code of a TorchScript, which writes all of torch's operators in this form. */
const CALL = /(?<![\w.])torch\.(\w+)\(/g;

/** After PyTorch 1.10 an exception has its class behind its text. */
const RAISE = /\bops\.prim\.RaiseException\([^\n]*, "[\w.]+"\)/;

/**
 * Reads the version of a TorchScript's format, and the operators that its code calls. PyTorch stops
 * at a newer version, and at an operator that it does not know. The version alone says little: it
 * rises only with some operators (gelu), so that PyTorch 2.13 saves most networks as version 3, as
 * PyTorch 1.13 does.
 *
 * @param entries - of the archive; of a broken one nothing is known
 * @throws {@link FileChangedError} or a system error if the file can't be read
 */
export async function readTorchScript(entries: readonly TorchEntry[]): Promise<TorchScriptFacts> {
  const operators = new Set<string>();
  const code = entries.filter(({ name }) => /(^|\/)code\/.*\.py$/.test(name));
  let size = 0;
  for (const entry of code) {
    size += entry.size;
    if (size > MOST_CODE) break;
    const text = await textOf(entry);
    for (const [, name = ""] of text.matchAll(CALL)) operators.add(name);
    if (RAISE.test(text)) operators.add(RAISE_OF_CLASS);
  }
  return { version: await readVersion(entries), operators };
}

/** Where the version stands: newer archives have it twice, and the first one counts. */
const VERSIONS = [/^[^/]+\/\.data\/version$/, /^[^/]+\/version$/];

async function readVersion(entries: readonly TorchEntry[]): Promise<number | undefined> {
  for (const path of VERSIONS) {
    const entry = entries.find(({ name }) => path.test(name));
    if (entry === undefined || entry.size > 32) continue;
    const text = (await textOf(entry)).trim();
    if (/^\d+$/.test(text)) return Number(text);
  }
  return undefined;
}

async function textOf(entry: TorchEntry): Promise<string> {
  try {
    return (await readAll(await entry.file())).toString("utf8");
  } catch (error) {
    if (isOfSource(error)) throw error;
    return "";
  }
}
