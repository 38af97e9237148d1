import { ArchiveFault } from "../errors.js";
import { printable } from "../files/archive.js";
import { inMemory, readAll, SMALL, type SourceFile } from "../files/source-file.js";
import type { Finding } from "../findings/finding.js";
import { isTorchs, readForm, type UsedEntry } from "./archive-form.js";
import { hasMagic, LEGACY_PICKLES, LEGACY_START, legacyProblem } from "./legacy.js";
import { HIGHEST_PROTOCOL, PROTO } from "./pickle/opcodes.js";
import { type PickleFailure, PickleReader } from "./pickle/reader.js";
import type { PersistentIds } from "./pickle/rules.js";
import { scanFile } from "./pickle/scan.js";
import { type Part, Tally } from "./pickle/tally.js";
import { isOfSource, reason } from "./sniff.js";
import { mayBeTar } from "./tar.js";
import { listTorchArchive } from "./torch-archive.js";
import { operatorsWithEffects } from "./torchscript-code.js";
import type { Trust } from "./trust.js";
import { HAS_COMMENT, hasZipEnd, zipEndProblem, zipTail } from "./zip-end.js";

/** Enough for the first header of a tar, and for the start of the old form. */
const HEAD = 512;

/** Pickles and code may unpack to so much more than the file has, in bytes; they hardly shrink. */
const MOST_UNPACKED = 256 * 1024 * 1024;
/** The longest file of code that is read; PyTorch's networks have some 100 KB. */
const LONGEST_CODE = 32 * 1024 * 1024;

const NOT_TORCHS = "is a pickle, but not in the form that torch.save writes";

const WHOLE: Part = { entry: undefined };

/** How a file is looked at. */
export interface CheckOptions {
  /** What the user trusts. */
  readonly trust: Trust;
  /** Whether it is to be loaded by PyTorch: anything but what `torch.save` writes is wrong then. */
  readonly isWeights: boolean;
}

/** Names under which people keep what PyTorch loads. */
const WEIGHTS_NAME = /\.(pt|pth|ckpt|ts|pth\.tar)$/i;

export const hasWeightsName = (path: string): boolean => WEIGHTS_NAME.test(path);

/**
 * Says what a file does to whoever loads it with PyTorch, or with Python's pickle, besides making
 * tensors and plain data. Nothing is loaded: pickles are read opcode by opcode, TorchScript's code
 * as text, and no tensor. Goes by the content: a file that neither would load gives no finding.
 *
 * @throws {@link FileChangedError} or a system error if the file can't be read
 */
export async function checkLoading(file: SourceFile, options: CheckOptions): Promise<Finding[]> {
  if (file.size === 0) return [];
  const check = new LoadingCheck(file.size <= SMALL ? await inMemory(file) : file, options);
  await check.run();
  return check.tally.findings();
}

class LoadingCheck {
  tally: Tally;

  constructor(
    private readonly file: SourceFile,
    private readonly options: CheckOptions,
  ) {
    this.tally = new Tally(file.path, options.trust);
  }

  async run(): Promise<void> {
    const { file, tally } = this;
    const head = await readAll(file, { start: 0, end: Math.min(HEAD, file.size) });
    if (head.toString("latin1", 0, 4) === "PK\x03\x04") return this.#archive();
    if (head.toString("latin1", 4, 8) === "PTMF") {
      tally.form("is a network for phones (FlatBuffers), whose code is not read");
      return;
    }
    if (mayBeTar(head) && (await this.#isTorchsTar())) {
      tally.form("is a tar, from which PyTorch loads what it holds");
      return;
    }
    await this.#hidden();
    if (head[0] === PROTO && (head[1] ?? 0xff) <= HIGHEST_PROTOCOL) {
      await (hasMagic(head) ? this.#legacy(head) : this.#pickle());
    } else await this.#perhaps();
  }

  /** A zip that starts like one. */
  async #archive(): Promise<void> {
    const { file, tally } = this;
    const problem = zipEndProblem(await zipTail(file), file.size);
    const entries = await this.#list();
    if (typeof entries === "string") {
      tally.form(`is an archive that is broken: ${entries}`);
      return;
    }
    if (problem !== undefined && (isTorchs(entries) || problem !== HAS_COMMENT)) {
      tally.form(`is an archive that ${problem}`);
    }
    if (!isTorchs(entries)) return;
    const form = readForm(entries);
    if (typeof form === "string") tally.form(`is an archive that ${printable(form)}`);
    else await this.#entries(form.entries, form.isScript);
  }

  /** A zip behind something else: PyTorch's reader of TorchScript looks at the end only. */
  async #hidden(): Promise<void> {
    const tail = await zipTail(this.file);
    if (!hasZipEnd(tail)) return;
    const entries = await this.#list();
    const isFound =
      typeof entries === "string"
        ? /(data|constants)\.pkl|model\.json/i.test(tail.toString("latin1"))
        : isTorchs(entries);
    if (isFound) this.tally.form("has an archive of PyTorch's behind other bytes");
  }

  async #list() {
    try {
      return await listTorchArchive(this.file);
    } catch (error) {
      if (isOfSource(error)) throw error;
      return reason(error);
    }
  }

  get #isLoaded(): boolean {
    return this.options.isWeights || hasWeightsName(this.file.path);
  }

  /** PyTorch takes `storages` and others from a tar; the name stands in it as it is. */
  async #isTorchsTar(): Promise<boolean> {
    if (this.#isLoaded) return true;
    let before = "";
    for await (const chunk of this.file.open()) {
      const text = before + (chunk as Buffer).toString("latin1");
      if (text.includes("storages")) return true;
      before = text.slice(-16);
    }
    return false;
  }

  async #entries(used: readonly UsedEntry[], isScript: boolean): Promise<void> {
    let unpacked = 0;
    for (const { entry, use } of used) {
      if (use === "other") continue;
      const part = { entry: entry.name, isScript };
      try {
        const content = await entry.file();
        unpacked += content.size;
        if (
          unpacked > this.file.size + MOST_UNPACKED ||
          (use === "code" && content.size > LONGEST_CODE)
        ) {
          this.tally.unreadable(part, "is far larger than any of a network", 0);
          return;
        }
        if (use === "code") await this.#code(part, content);
        else await this.#whole(part, content, "zip");
      } catch (error) {
        if (isOfSource(error) && !this.#isOwnFault(error)) throw error;
        this.tally.unreadable(part, `can't be reached: ${reason(error)}`, 0);
      }
    }
  }

  async #code(part: Part, content: SourceFile): Promise<void> {
    const code = (await readAll(content)).toString("latin1");
    const operators = operatorsWithEffects(code);
    if (operators === undefined) this.tally.form("has code that PyTorch can't read");
    for (const { name, at } of operators ?? []) this.tally.operator(part, name, at);
  }

  /** A pickle that fills all of a file or entry. */
  async #whole(part: Part, content: SourceFile, ids: PersistentIds): Promise<void> {
    const { reader, failure } = await this.#read(part, content, ids, 1);
    if (failure !== undefined) this.tally.unreadable(part, failure.problem, failure.at);
    else if (reader.start !== content.size) {
      this.tally.unreadable(part, "has bytes behind its end", reader.start);
    }
  }

  async #read(
    part: Part,
    content: SourceFile,
    ids: PersistentIds,
    most: number,
    tally = this.tally,
  ): Promise<{ reader: PickleReader; failure: PickleFailure | undefined }> {
    const listener = tally.listener(part, () => reader.place);
    const reader: PickleReader = new PickleReader(listener, ids, most);
    await scanFile(content, reader);
    return { reader, failure: reader.end() };
  }

  /** A pickle by itself, as Python's own `pickle.dump` writes it. */
  async #pickle(): Promise<void> {
    if (this.#isLoaded) this.tally.form(NOT_TORCHS);
    await this.#whole(WHOLE, this.file, "none");
  }

  async #legacy(head: Buffer): Promise<void> {
    const { file, tally } = this;
    if (!head.subarray(0, LEGACY_START.length).equals(LEGACY_START)) {
      tally.form("begins as torch.save does, but goes on otherwise");
    }
    const { reader, failure } = await this.#read(WHOLE, file, "legacy", LEGACY_PICKLES);
    if (failure !== undefined) {
      tally.unreadable(WHOLE, failure.problem, failure.at);
      return;
    }
    if (reader.pickles < LEGACY_PICKLES) {
      tally.unreadable(WHOLE, "ends before the storages", reader.start);
      return;
    }
    const keys = reader.starts[LEGACY_PICKLES - 1] ?? 0;
    const problem = await legacyProblem(file, keys, reader.start, tally.storages);
    if (problem !== undefined) tally.form(problem);
  }

  /**
   * What has no mark: Python takes any text for a pickle of its oldest protocol. It is one if it
   * calls something, or comes to an end; a text that is none fails before.
   */
  async #perhaps(): Promise<void> {
    const tally = new Tally(this.file.path, this.options.trust);
    const { reader, failure } = await this.#read(WHOLE, this.file, "none", LEGACY_PICKLES, tally);
    if (reader.pickles > 0 && this.#isLoaded) this.tally.form(NOT_TORCHS);
    if (tally.isEmpty || (!tally.hasCalls && reader.pickles === 0 && !this.#isLoaded)) return;
    if (failure !== undefined) tally.unreadable(WHOLE, failure.problem, failure.at);
    if (this.#isLoaded) tally.form(NOT_TORCHS);
    this.tally = tally;
  }

  /** Whether this archive is at fault, and not the one that it may itself lie in. */
  #isOwnFault(error: unknown): boolean {
    return error instanceof ArchiveFault && error.finding.place?.file === this.file.path;
  }
}
