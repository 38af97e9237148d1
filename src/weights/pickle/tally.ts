import { printable } from "../../files/archive.js";
import { type Finding, finding, type Place } from "../../findings/finding.js";
import type { Trust } from "../trust.js";
import { type Listed, listed } from "./names.js";
import type { PicklePlace } from "./reader.js";
import type { MachineListener } from "./rules.js";

/** Most findings of a kind, and most names that one finding tells. */
const MOST_SHOWN = 10;
/** Most of a kind that are counted; a checkpoint has a handful. */
const MOST_COUNTED = 1000;
/** Most names that are remembered. */
const MOST_SEEN = 10_000;

const ANY: Listed = { role: "any" };
const OF_SCRIPT: Listed = { role: "any", takesValue: true };

/** A pickle, or another part, in a file of weights. */
export interface Part {
  /** Name of the entry that holds it, or undefined if the file is not an archive. */
  readonly entry: string | undefined;
  /** Whether it is a TorchScript's, which has classes of its own. */
  readonly isScript?: boolean;
}

interface Told {
  readonly part: Part;
  readonly at: number;
  readonly text: string;
}

/** Weighs what a file of weights does when it is loaded, and makes the findings. */
export class Tally {
  readonly #seen = new Set<string>();
  readonly #faults: Finding[] = [];
  readonly #unknown: Told[] = [];
  readonly #operators: Told[] = [];
  readonly #opaque: Told[] = [];
  readonly #misused: Told[] = [];
  /** Element types of the storages, by their keys. */
  readonly storages = new Map<string, string>();
  /** Whether anything is called. */
  hasCalls = false;

  /**
   * @param file - path of the file of weights
   * @param trust - what the user trusts
   */
  constructor(
    private readonly file: string,
    private readonly trust: Trust,
  ) {}

  /** What listens to the pickles of a part. */
  listener(part: Part, place: () => PicklePlace): MachineListener {
    const told = (text: string): Told => ({ part, at: place().at, text: printable(text) });
    return {
      imports: (module, name) => this.#imports(module, name, part, told),
      opaque: (why) => add(this.#opaque, told(why)),
      misuse: (what) => add(this.#misused, told(what)),
      storage: (type, key) => {
        if (this.storages.size < MOST_STORAGES) this.storages.set(key, type);
      },
      call: () => {
        this.hasCalls = true;
      },
    };
  }

  /** @param operator - as `torch.ops.aten.save` */
  operator(part: Part, operator: string, at: number): void {
    if (this.trust.allows(operator) || !this.#isNew(operator)) return;
    add(this.#operators, { part, at, text: printable(operator) });
  }

  /** @param problem - in words, to go on after "the pickle" */
  unreadable(part: Part, problem: string, at: number): void {
    if (this.#faults.length === MOST_SHOWN) return;
    this.#faults.push(finding("pickle-unreadable", { problem }, this.#placeOf(part, at)));
  }

  /** @param problem - in words, to go on after "the file" */
  form(problem: string): void {
    if (this.#faults.length === MOST_SHOWN) return;
    this.#faults.push(finding("pickle-form", { problem }, { file: this.file }));
  }

  /** Whether there is anything to say. */
  get isEmpty(): boolean {
    return this.findings().length === 0;
  }

  findings(): Finding[] {
    return [
      ...this.#named("pickle-unknown", this.#unknown),
      ...this.#opaqueFinding(),
      ...this.#misuseFinding(),
      ...this.#named("script-operator", this.#operators),
      ...this.#faults,
    ];
  }

  #imports(module: string, name: string, part: Part, told: (text: string) => Told): Listed {
    const full = `${module}.${name}`;
    if (this.trust.allows(full)) return ANY;
    if (part.isScript && isOwnClass(module)) return OF_SCRIPT;
    const found = listed(module, name);
    if (found !== undefined) return found;
    if (this.#isNew(full)) add(this.#unknown, told(full));
    return ANY;
  }

  #named(code: "pickle-unknown" | "script-operator", all: readonly Told[]): Finding[] {
    if (all.length === 0) return [];
    const names = all.slice(0, MOST_SHOWN).map(({ text }) => text);
    const more = all.length - names.length;
    const [{ part, at }] = all as [Told];
    return [finding(code, { names, more }, this.#placeOf(part, at))];
  }

  #opaqueFinding(): Finding[] {
    const [first, ...rest] = this.#opaque;
    if (first === undefined) return [];
    const args = { why: first.text, more: rest.length };
    return [finding("pickle-opaque", args, this.#placeOf(first.part, first.at))];
  }

  #misuseFinding(): Finding[] {
    const [first, ...rest] = this.#misused;
    if (first === undefined) return [];
    const args = { what: first.text, more: rest.length };
    return [finding("pickle-call", args, this.#placeOf(first.part, first.at))];
  }

  #isNew(name: string): boolean {
    if (this.#seen.has(name)) return false;
    if (this.#seen.size < MOST_SEEN) this.#seen.add(name);
    return true;
  }

  #placeOf(part: Part, at: number): Place {
    const { entry } = part;
    const key = entry === undefined ? `byte ${at}` : `${printable(entry)}, byte ${at}`;
    return { file: this.file, key };
  }
}

/** Most storages that are remembered; networks have thousands. */
const MOST_STORAGES = 200_000;

/**
 * Whether a module is one of the archive's own, whose code lies in it, or one that only PyTorch's
 * reader of TorchScript knows. Classes of libraries have their code elsewhere, but for those of
 * quantized networks.
 */
function isOwnClass(module: string): boolean {
  if (module === "torch.jit._pickle") return true;
  if (/^__torch__\.torch\.classes(\.|$)/.test(module)) {
    return /^__torch__\.torch\.classes\.quantized$/.test(module);
  }
  return /^__torch__(\.|$)/.test(module);
}

function add<T>(list: T[], item: T): void {
  if (list.length < MOST_COUNTED) list.push(item);
}
