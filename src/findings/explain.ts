import { closestMatch } from "leven";
import { type DocumentedText, documentedWords } from "./format.js";
import type { Severity } from "./row.js";
import {
  areaOf,
  type FindingArea,
  type FindingCode,
  findingAreas,
  findingTable,
  isVerifysOwn,
  rowOf,
} from "./table.js";

/** The commands that look at a model, and give what is found in it. */
const OF_A_MODEL = ["inspect", "pack", "batch", "run", "verify"] as const;

/** A command that may give a finding. */
export type GivingCommand = (typeof OF_A_MODEL)[number];

/** What there is to say of a code, whatever a finding of it names. */
export interface Explanation {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly area: FindingArea;
  /** What the area is called, for a heading. */
  readonly areaTitle: string;
  readonly title: string;
  /** What is so, and why it matters; ‹…› stands for what a finding names. */
  readonly messages: readonly DocumentedText[];
  /** What to do about it. */
  readonly hints: readonly DocumentedText[];
  /** The commands that may give it; verify gives those of a model for the one in a bundle. */
  readonly givenBy: readonly GivingCommand[];
}

/** Everything that the table says of a code. */
export function explanationOf(code: FindingCode): Explanation {
  const area = areaOf(code);
  const { severity, saidByPack } = rowOf(code);
  return {
    code,
    severity,
    area,
    areaTitle: findingAreas[area].title,
    ...documentedWords(code),
    givenBy: isVerifysOwn(area)
      ? ["verify"]
      : OF_A_MODEL.filter((command) => !(saidByPack && command === "verify")),
  };
}

/** All codes, in the order of docs/findings.md. */
export const findingCodes = Object.keys(findingTable) as readonly FindingCode[];

/** The code that a text is; brackets around it, as a terminal shows it, are taken off. */
export function codeOf(text: string): FindingCode | undefined {
  const name = plain(text);
  return Object.hasOwn(findingTable, name) ? (name as FindingCode) : undefined;
}

/** The code that was probably meant; undefined where none is near. */
export function nearestCode(text: string): FindingCode | undefined {
  const name = plain(text);
  const maxDistance = Math.max(1, Math.floor(name.length / 3));
  const near = closestMatch(name, findingCodes, { maxDistance });
  return near as FindingCode | undefined;
}

const plain = (text: string): string =>
  text
    .trim()
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase();
