import { Machine } from "./machine.js";
import { HIGHEST_PROTOCOL, OPCODES, type Opcode, PROTO, STOP } from "./opcodes.js";
import { type MachineListener, type PersistentIds, PickleFault } from "./rules.js";

/** Where an opcode stands. */
export interface PicklePlace {
  /** Which of the pickles, counted from 0. */
  readonly pickle: number;
  /** Of its opcode, in bytes from the start of the first pickle. */
  readonly at: number;
}

/** Why a pickle can't be read on. */
export interface PickleFailure extends PicklePlace {
  /** In words, to go on after "it". */
  readonly problem: string;
}

/** Longer strings and lines are skipped, in bytes: no module's or attribute's name is longer. */
const LONGEST_TEXT = 1024;

/**
 * So many bytes are read at most, besides long values, which are skipped: it bounds the time. A
 * network of 20,000 tensors has 2 MB of them.
 */
const MOST_BYTES = 256 * 1024 * 1024;

type OpcodeWith<A> = Extract<Opcode, { readonly argument: A }>;

const LINE_FEED = 0x0a;
const NEGATIVE = 2 ** 31;

/**
 * Reads one pickle after the other, as far as to tell what they import and call: nothing is loaded. The
 * bytes come in pieces of any length; of them no more than a line of text is kept.
 */
export class PickleReader {
  #machine: Machine | undefined;
  #failure: PickleFailure | undefined;
  /** Where each pickle starts, and where the next one would. */
  readonly starts: number[] = [0];

  /** The bytes at hand, the place of the first one, and how many of them are used. */
  #bytes: Buffer = Buffer.alloc(0);
  #base = 0;
  #used = 0;
  #skip = 0;
  #skipped = 0;

  /** The opcode, its place, and what is read of its argument. */
  #at = 0;
  #opcode: Opcode | undefined;
  #lines: (string | undefined)[] = [];
  #isLongLine = false;

  /**
   * @param listener - told of what the pickles do
   * @param persistent - which persistent ids PyTorch knows in them
   * @param most - number of pickles that are read at most; anything may follow them
   */
  constructor(
    private readonly listener: MachineListener,
    private readonly persistent: PersistentIds = "none",
    private readonly most: number = Number.POSITIVE_INFINITY,
  ) {}

  /** Where the opcode stands that is being read. */
  get place(): PicklePlace {
    return { pickle: this.pickles, at: this.#at };
  }

  /** How many pickles are read to their end. */
  get pickles(): number {
    return this.starts.length - 1;
  }

  /** Where the pickle that is being read starts, or the next one would. */
  get start(): number {
    return this.starts[this.pickles] ?? 0;
  }

  /** Whether more bytes would be of no use. */
  get isDone(): boolean {
    return this.#failure !== undefined || this.pickles === this.most;
  }

  /** How many of the next bytes are of no interest, so that {@link skip} can take their place. */
  get skippable(): number {
    return this.#skip;
  }

  /** Goes on behind the {@link skippable} bytes, which nobody has read. */
  skip(): void {
    this.#base += this.#skip;
    this.#skipped += this.#skip;
    this.#skip = 0;
  }

  /** Reads on. The chunk is not kept. */
  feed(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    let isMoving = true;
    while (isMoving && !this.isDone) isMoving = this.#step();
    this.#bytes = Buffer.from(this.#bytes.subarray(this.#used));
    this.#base += this.#used;
    this.#used = 0;
  }

  /** Is to be called when there are no more bytes. The failure, if all was not well. */
  end(): PickleFailure | undefined {
    const isBetween = this.#position === this.start && this.#bytes.length === 0;
    if (!this.isDone && !(isBetween && this.pickles > 0)) {
      this.#fail("ends before its end is marked");
    }
    return this.#failure;
  }

  get #position(): number {
    return this.#base + this.#used;
  }

  get #available(): number {
    return this.#bytes.length - this.#used;
  }

  /** Goes one step further; false where that takes more bytes. */
  #advance(): boolean {
    if (this.#available === 0) return false;
    if (this.#skip > 0) return this.#skipSome();
    return this.#opcode === undefined ? this.#takeOpcode() : this.#takeArgument(this.#opcode);
  }

  /** As {@link #advance}; what the machine objects to is a failure. */
  #step(): boolean {
    try {
      return this.#advance();
    } catch (error) {
      if (!(error instanceof PickleFault)) throw error;
      return this.#fail(error.message);
    }
  }

  get #current(): Machine {
    this.#machine ??= new Machine(this.listener, this.persistent);
    return this.#machine;
  }

  #skipSome(): boolean {
    const count = Math.min(this.#skip, this.#available);
    this.#skip -= count;
    this.#skipped += count;
    this.#used += count;
    return true;
  }

  #takeOpcode(): boolean {
    this.#at = this.#position;
    if (this.#at - this.#skipped > MOST_BYTES) {
      return this.#fail("is far larger than any of a network");
    }
    const byte = this.#bytes[this.#used] ?? 0;
    const opcode = OPCODES.get(byte);
    if (opcode === undefined) {
      return this.#fail(`has the byte 0x${byte.toString(16).padStart(2, "0")} for an opcode`);
    }
    this.#used += 1;
    if (opcode.argument !== "none") this.#opcode = opcode;
    else opcode.run(this.#current);
    if (byte === STOP) this.#stop();
    return true;
  }

  #takeArgument(opcode: Opcode): boolean {
    switch (opcode.argument) {
      case "number":
        return this.#takeNumber(opcode);
      case "counted":
        return this.#takeCounted(opcode);
      case "lines":
        return this.#takeLine(opcode);
      default:
        return true;
    }
  }

  #takeNumber(opcode: OpcodeWith<"number">): boolean {
    if (this.#available < opcode.bytes) return false;
    const value = this.#readNumber(opcode.bytes);
    this.#used += opcode.bytes;
    if (opcode === OPCODES.get(PROTO) && value > HIGHEST_PROTOCOL) {
      return this.#fail(`is of protocol ${value}, which Python does not know`);
    }
    this.#opcode = undefined;
    opcode.run(this.#current, value);
    return true;
  }

  #takeCounted(opcode: OpcodeWith<"counted">): boolean {
    if (this.#available < opcode.bytes) return false;
    const length = this.#readNumber(opcode.bytes);
    if (opcode.signed && length >= NEGATIVE) return this.#fail("has a length below 0");
    const isKept = opcode.isText && length <= LONGEST_TEXT;
    if (isKept && this.#available < opcode.bytes + length) return false;
    this.#used += opcode.bytes;
    if (isKept) {
      const text = this.#readText(length);
      this.#used += length;
      this.#opcode = undefined;
      opcode.run(this.#current, text);
      return true;
    }
    this.#skip = length;
    this.#opcode = undefined;
    opcode.run(this.#current, undefined);
    return true;
  }

  #takeLine(opcode: OpcodeWith<"lines">): boolean {
    const end = this.#bytes.indexOf(LINE_FEED, this.#used);
    const length = (end === -1 ? this.#bytes.length : end) - this.#used;
    if (length > LONGEST_TEXT) this.#isLongLine = true;
    if (end === -1) {
      // The line is too long already: nothing more of it is kept.
      if (this.#isLongLine) this.#used += length;
      return this.#isLongLine;
    }
    this.#lines.push(this.#isLongLine ? undefined : this.#readText(length));
    this.#isLongLine = false;
    this.#used += length + 1;
    if (this.#lines.length < opcode.lines) return true;
    const [first, second] = this.#lines;
    this.#lines = [];
    this.#opcode = undefined;
    opcode.run(this.#current, first, second);
    return true;
  }

  #readNumber(bytes: number): number {
    return bytes > 6
      ? Number(this.#bytes.readBigUInt64LE(this.#used))
      : this.#bytes.readUIntLE(this.#used, bytes);
  }

  #readText(length: number): string {
    return this.#bytes.toString("utf8", this.#used, this.#used + length);
  }

  #stop(): void {
    this.starts.push(this.#position);
    this.#machine = undefined;
  }

  #fail(problem: string): false {
    this.#failure = { pickle: this.pickles, at: this.#at, problem };
    return false;
  }
}
