import type { BatchItemResult } from "../batch/outcome.js";
import type { ByteRange } from "../files/source-file.js";
import { readAll } from "../files/source-file.js";
import { Spool } from "../files/spool.js";

/**
 * Keeps what became of each MMAR of a batch in a temporary file: there may be thousands, with
 * findings each.
 */
export class ResultStore {
  readonly #ranges: ByteRange[] = [];
  #last: Promise<void> = Promise.resolve();

  private constructor(private readonly spool: Spool) {}

  /** @throws {@link MachineError} */
  static async create(): Promise<ResultStore> {
    return new ResultStore(await Spool.create("results"));
  }

  /** @throws {@link MachineError} */
  add(model: BatchItemResult): Promise<void> {
    this.#last = this.#last.then(() => this.#append(model));
    return this.#last;
  }

  /** All that were added, in the order of their places in the batch. */
  async *all(): AsyncGenerator<BatchItemResult> {
    for (const range of this.#ranges) {
      // A batch that was stopped lacks some.
      if (range === undefined) continue;
      yield JSON.parse((await readAll(this.spool, range)).toString("utf8")) as BatchItemResult;
    }
  }

  close(): Promise<void> {
    return this.spool.close();
  }

  async #append(model: BatchItemResult): Promise<void> {
    const start = this.spool.size;
    await this.spool.append(Buffer.from(JSON.stringify(model)));
    this.#ranges[model.index] = { start, end: this.spool.size };
  }
}
