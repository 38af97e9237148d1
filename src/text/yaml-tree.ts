import { EVENT_ID, type Event, parseEvents } from "js-yaml";

type EventOf<K extends keyof typeof EVENT_ID> = Extract<Event, { type: (typeof EVENT_ID)[K] }>;
export type ScalarEvent = EventOf<"SCALAR">;

/** What stands in a YAML text, each with js-yaml's event for it, which knows its places. */
export type YamlTree =
  | { readonly kind: "scalar"; readonly event: ScalarEvent }
  | { readonly kind: "alias"; readonly event: EventOf<"ALIAS"> }
  | { readonly kind: "list"; readonly event: EventOf<"SEQUENCE">; readonly items: YamlTree[] }
  | {
      readonly kind: "map";
      readonly event: EventOf<"MAPPING">;
      readonly entries: (readonly [key: YamlTree, value: YamlTree])[];
    };

/** A YAML text, read as far as js-yaml's events go. */
export interface YamlText {
  readonly documents: readonly EventOf<"DOCUMENT">[];
  /** The first document's content; undefined where there is none. */
  readonly root: YamlTree | undefined;
  /** The scalars of the whole text, in its order. */
  readonly scalars: readonly ScalarEvent[];
}

/**
 * Reads a YAML text. js-yaml's own values know no places and are not Python's; its events
 * know the places and make no values.
 *
 * @throws YAMLException where js-yaml can't read it
 */
export function parseYamlText(text: string): YamlText {
  const events = parseEvents(text, {});
  const ofType = <T extends Event["type"]>(type: T) =>
    events.filter((event): event is Extract<Event, { type: T }> => event.type === type);
  return {
    documents: ofType(EVENT_ID.DOCUMENT),
    // The first event opens the document.
    root: new Reader(events, 1).node(),
    scalars: ofType(EVENT_ID.SCALAR),
  };
}

class Reader {
  constructor(
    private readonly events: readonly Event[],
    private at: number,
  ) {}

  /** The next node; undefined where what is open ends, and its end is gone past. */
  node(): YamlTree | undefined {
    const event = this.events[this.at++];
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return { kind: "scalar", event };
      case EVENT_ID.ALIAS:
        return { kind: "alias", event };
      case EVENT_ID.SEQUENCE:
        return { kind: "list", event, items: this.#rest() };
      case EVENT_ID.MAPPING: {
        const all = this.#rest();
        const keys = all.filter((_, index) => index % 2 === 0);
        const entries = keys.flatMap((key, index) => {
          const value = all[2 * index + 1];
          return value === undefined ? [] : [[key, value] as const];
        });
        return { kind: "map", event, entries };
      }
      default:
        return undefined;
    }
  }

  #rest(): YamlTree[] {
    const nodes: YamlTree[] = [];
    for (let next = this.node(); next !== undefined; next = this.node()) nodes.push(next);
    return nodes;
  }
}

/** Where a node begins. */
export function startOf(node: YamlTree): number {
  if (node.kind === "scalar") return node.event.valueStart;
  return node.kind === "alias" ? node.event.anchorStart : node.event.start;
}
