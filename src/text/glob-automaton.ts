import {
  BadGlob,
  type CharacterTest,
  type Glob,
  type GlobPart,
  MOST_STATES,
} from "./glob-parse.js";

/** A place in a glob: what it takes one character with, or where it goes on without any. */
interface State {
  readonly id: number;
  readonly test: CharacterTest | undefined;
  /** Where it goes on; none are there where the glob is at its end. */
  readonly next: State[];
}

/** All places in the glob that the characters so far may have led to. */
interface Reached {
  /** Those of them that take a character. */
  readonly takers: readonly State[];
  readonly isEnd: boolean;
  /** What a character leads to, as far as that was asked for. */
  readonly after: Map<number, Reached>;
}

/** So many sets of places are kept; a glob that has more pays with time, not with memory. */
const MOST_KEPT = 500;

/** Matches paths against one glob, in time that grows with the path's length times the glob's. */
export class Automaton {
  readonly #kept = new Map<string, Reached>();
  readonly #start: Reached;

  constructor(start: State) {
    this.#start = this.#reached([start]);
  }

  matches(path: string): boolean {
    let reached = this.#start;
    for (const character of path) {
      if (reached.takers.length === 0) return false;
      reached = this.#step(reached, character.codePointAt(0) ?? 0);
    }
    return reached.isEnd;
  }

  #step(from: Reached, code: number): Reached {
    const known = from.after.get(code);
    if (known !== undefined) return known;
    const next = from.takers.filter(({ test }) => test?.(code)).flatMap((taker) => taker.next);
    const reached = this.#reached(next);
    if (from.after.size < MOST_KEPT) from.after.set(code, reached);
    return reached;
  }

  /** All that can be reached from some places without a character. */
  #reached(from: readonly State[]): Reached {
    const seen = new Set<State>();
    const open = [...from];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      if (seen.has(state)) continue;
      seen.add(state);
      if (state.test === undefined) open.push(...state.next);
    }
    const takers = [...seen].filter(({ test }) => test !== undefined).sort((a, b) => a.id - b.id);
    const isEnd = [...seen].some(({ test, next }) => test === undefined && next.length === 0);
    const key = `${isEnd}${takers.map(({ id }) => id).join()}`;
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const reached = { takers, isEnd, after: new Map() };
    if (this.#kept.size >= MOST_KEPT) this.#forget();
    this.#kept.set(key, reached);
    return reached;
  }

  #forget(): void {
    for (const { after } of this.#kept.values()) after.clear();
    this.#kept.clear();
  }
}

/**
 * Makes the automaton of a glob (Thompson's construction).
 *
 * @throws {@link BadGlob} where it would be too large
 */
export function automatonOf(glob: Glob): Automaton {
  let count = 0;
  const state = (next: State[], test?: CharacterTest): State => {
    if (++count > MOST_STATES) throw new BadGlob("has far too many alternatives");
    return { id: count, test, next };
  };
  const sequence = (parts: Glob, next: State): State =>
    parts.reduceRight((after, part) => one(part, after), next);
  const one = (part: GlobPart, next: State): State => {
    if (part.kind !== "any") return state([next], part.test);
    const { of, times } = part;
    const loop = times === "*" || times === "+" ? state([next]) : undefined;
    const body = of.map((each) => sequence(each, loop ?? next));
    loop?.next.push(...body);
    if (times === "*" && loop !== undefined) return loop;
    return state(times === "?" ? [...body, next] : body);
  };
  return new Automaton(sequence(glob, state([])));
}
