import type { Finding } from "../../findings/finding.js";
import type { JsonObject } from "../../text/json.js";
import { asJsonFile, type Edit, type EditedFile, editFile } from "../../text/json-edit.js";
import { type Config, readConfig } from "./config.js";

/** What a rule has to say of a config: what to change in it, and what stands in the way. */
export interface Ruling {
  readonly edits: readonly Edit[];
  readonly findings: readonly Finding[];
}

/** One rule of bringing a config into another form. */
export type Rule = (config: Config) => Ruling;

/** Applies rules one after the other, each to what the ones before made of the config. */
export function applyRules(
  file: EditedFile,
  environment: JsonObject,
  rules: readonly Rule[],
): { file: EditedFile; findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const result = rules.reduce((before, rule) => {
    const ruling = rule(readConfig(asJsonFile(before), environment));
    findings.push(...ruling.findings);
    return editFile(before, ruling.edits);
  }, file);
  return { file: result, findings };
}

/** Several rulings as one. */
export function merge(rulings: readonly Ruling[]): Ruling {
  return {
    edits: rulings.flatMap((ruling) => ruling.edits),
    findings: rulings.flatMap((ruling) => ruling.findings),
  };
}

/** Nothing to change, nothing to say. */
export const NOTHING: Ruling = { edits: [], findings: [] };

/** The edits that take items out of a list, the last first, so that the others keep their places. */
export function withoutItems(
  section: string,
  items: readonly { index: number; why: string }[],
): Edit[] {
  return [...items]
    .sort((a, b) => b.index - a.index)
    .map(({ index, why }) => ({ at: [section, index], to: undefined, why }));
}

/** The edits that append items to a list, or make the list. */
export function withItems(
  section: string,
  length: number | undefined,
  items: readonly { item: JsonObject; why: string }[],
): Edit[] {
  const start = length ?? 0;
  return items.map(({ item, why }, index) =>
    length === undefined && index === 0
      ? { at: [section], to: [item], why }
      : { at: [section, start + index], to: item, why },
  );
}
