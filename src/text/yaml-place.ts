import { EVENT_ID, type Event, getScalarValue, parseEvents } from "js-yaml";
import { lineAndColumn } from "./position.js";

/** A path to a value: keys of mappings, and places in lists, from 0. */
export type YamlPath = readonly PropertyKey[];

/**
 * Where in a YAML text a path leads to, or as much of it as is there: `3:5`, line and column
 * counted from 1. For a key of a mapping that is the key.
 *
 * @param text - YAML that can be read
 */
export function yamlPosition(text: string, path: YamlPath): string {
  const { line, column } = lineAndColumn(text, new Walk(text).find(path));
  return `${line}:${column}`;
}

/** js-yaml's values know no places, but its events do. */
class Walk {
  readonly #events: readonly Event[];
  /** The next event; the first opens the document. */
  #at = 1;

  constructor(private readonly text: string) {
    this.#events = parseEvents(text, {});
  }

  find(path: YamlPath): number {
    return this.#events.length > 1 ? (this.#node(path) ?? 0) : 0;
  }

  /** Goes past a node. The offset that the path leads to in it; undefined without a path. */
  #node(path: YamlPath | undefined): number | undefined {
    const event = this.#events[this.#at++];
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return path && event.valueStart;
      case EVENT_ID.ALIAS:
        return path && event.anchorStart;
      case EVENT_ID.SEQUENCE:
        return this.#list(path) ?? (path && event.start);
      case EVENT_ID.MAPPING:
        return this.#mapping(path) ?? (path && event.start);
    }
    return undefined;
  }

  #list(path: YamlPath | undefined): number | undefined {
    let found: number | undefined;
    for (let index = 0; !this.#ends(); index++) {
      const isMeant = path !== undefined && path[0] === index;
      found = this.#node(isMeant ? path.slice(1) : undefined) ?? found;
    }
    return found;
  }

  #mapping(path: YamlPath | undefined): number | undefined {
    let found: number | undefined;
    while (!this.#ends()) {
      const key = this.#events[this.#at];
      const offset = this.#node([]);
      const isMeant = path !== undefined && this.#is(key, path[0]);
      const inner = this.#node(isMeant ? path.slice(1) : undefined);
      if (isMeant) found = path.length === 1 ? offset : (inner ?? offset);
    }
    return found;
  }

  #is(key: Event | undefined, name: PropertyKey | undefined): boolean {
    return key?.type === EVENT_ID.SCALAR && getScalarValue(this.text, key) === name;
  }

  /** Whether what is open ends here; goes past its end. */
  #ends(): boolean {
    const event = this.#events[this.#at];
    if (event !== undefined && event.type !== EVENT_ID.POP) return false;
    this.#at += 1;
    return true;
  }
}
