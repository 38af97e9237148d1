import { printable } from "../../files/archive.js";
import { type Finding, finding, type Place } from "../../findings/finding.js";
import type { Import, OpaqueImport } from "./machine.js";
import type { ImportPlace } from "./reader.js";
import { verdictOn } from "./verdict.js";

/** Most findings of a kind, and most unknown imports that one finding names. */
const MOST_SHOWN = 10;
/** Most imports of a kind that are counted; a checkpoint has a handful. */
const MOST_COUNTED = 1000;
/** Most names that are remembered with their verdict. */
const MOST_SEEN = 10_000;

/** A series of pickles in a file of weights. */
export interface PicklePart {
  /** Name of the entry that holds it, or undefined if the file is not an archive. */
  readonly entry: string | undefined;
  /** Modules that are allowed in it, besides those that are everywhere. */
  readonly allows: RegExp | undefined;
}

interface FoundImport {
  readonly part: PicklePart;
  readonly place: ImportPlace;
  /** What was found: names, or why there are none. */
  readonly text: string;
}

/** Weighs the imports of a file of weights, and makes the findings. */
export class Tally {
  readonly #seen = new Set<string>();
  readonly #dangerous: (FoundImport & { readonly can: string })[] = [];
  readonly #unreadable: Finding[] = [];
  #unknown: FoundImport[] = [];
  #opaque: FoundImport[] = [];

  /** @param file - path of the file of weights */
  constructor(private readonly file: string) {}

  take(part: PicklePart, found: Import | OpaqueImport, place: ImportPlace): void {
    if ("why" in found) {
      add(this.#opaque, { part, place, text: found.why });
      return;
    }
    const { module, name } = found;
    if (part.allows?.test(module) === true || !this.#isNew(`${module}\n${name}`)) return;
    const verdict = verdictOn(module, name);
    const text = printable(`${module}.${name}`);
    if (verdict.kind === "dangerous") add(this.#dangerous, { part, place, text, can: verdict.can });
    if (verdict.kind === "unknown") add(this.#unknown, { part, place, text });
  }

  /**
   * @param problem - in words, to go on after "the pickle"
   * @param at - place in the part, in bytes
   */
  unreadable(part: PicklePart, problem: string, at: number): void {
    if (this.#unreadable.length === MOST_SHOWN) return;
    this.#unreadable.push(finding("pickle-unreadable", { problem }, this.#placeOf(part, at)));
  }

  /**
   * Takes back what nobody would load: of bytes behind a pickle that turned out to be none. What is
   * dangerous stays; it is not there by chance.
   */
  withdraw(part: PicklePart, pickle: number): void {
    const stays = (found: FoundImport): boolean =>
      found.part !== part || found.place.pickle !== pickle;
    this.#unknown = this.#unknown.filter(stays);
    this.#opaque = this.#opaque.filter(stays);
  }

  findings(): Finding[] {
    const shown = this.#dangerous.slice(0, MOST_SHOWN);
    const more = this.#dangerous.length - shown.length;
    const dangerous = shown.map(({ part, place, text, can }, index) =>
      finding(
        "pickle-dangerous",
        { name: text, can, more: index === MOST_SHOWN - 1 ? more : 0 },
        this.#placeOf(part, place.at),
      ),
    );
    return [...dangerous, ...this.#opaqueFinding(), ...this.#unreadable, ...this.#unknownFinding()];
  }

  #opaqueFinding(): Finding[] {
    const [first, ...rest] = this.#opaque;
    if (first === undefined) return [];
    const { part, place, text: why } = first;
    return [finding("pickle-opaque", { why, more: rest.length }, this.#placeOf(part, place.at))];
  }

  #unknownFinding(): Finding[] {
    if (this.#unknown.length === 0) return [];
    const names = this.#unknown
      .slice(0, MOST_SHOWN)
      .map(({ part, place, text }) => `${text} (${whereIn(part, place.at)})`);
    const more = this.#unknown.length - names.length;
    return [finding("pickle-unknown", { names: names.join(", "), more }, { file: this.file })];
  }

  #isNew(name: string): boolean {
    if (this.#seen.has(name)) return false;
    if (this.#seen.size < MOST_SEEN) this.#seen.add(name);
    return true;
  }

  #placeOf(part: PicklePart, at: number): Place {
    return { file: this.file, key: whereIn(part, at) };
  }
}

function whereIn({ entry }: PicklePart, at: number): string {
  return entry === undefined ? `byte ${at}` : `${printable(entry)}, byte ${at}`;
}

function add<T>(list: T[], item: T): void {
  if (list.length < MOST_COUNTED) list.push(item);
}
