import { expect } from "vitest";
import { rowOf } from "../../src/findings/table.js";
import { describeFinding, type Finding } from "../../src/index.js";

/** What a finding says; undefined where there is none. */
export const messageOf = (found: Finding | undefined): string | undefined =>
  found && describeFinding(found).message;

/** What a finding tells the user to do. */
export const hintOf = (found: Finding | undefined): string | undefined =>
  found && describeFinding(found).hint;

/** Both. */
export const wordsOf = (found: Finding | undefined): string =>
  `${messageOf(found)} ${hintOf(found)}`;

/** Expects that JSON can hold a finding's arguments, and that they are those of its row, and no more. */
export function expectData({ code, args }: Finding): void {
  expect(JSON.parse(JSON.stringify(args))).toStrictEqual(args);
  const [example] = rowOf(code).examples;
  expect(Object.keys(args).sort()).toEqual(Object.keys(example?.args ?? {}).sort());
}
