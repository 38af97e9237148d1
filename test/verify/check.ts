import { expect } from "vitest";
import type { Finding } from "../../src/index.js";
import { placeText } from "../../src/report/text.js";
import { expectData, hintOf, messageOf, wordsOf } from "../support/words.js";

/** How a finding has to be worded, whatever it is of, and where it has to be. */
export function check(
  found: Finding,
  { at, says }: { readonly at?: string; readonly says?: RegExp },
): void {
  expect(found.place && placeText(found.place)).toBe(at);
  const words = wordsOf(found);
  if (says !== undefined) expect(words).toMatch(says);
  expect(words).not.toMatch(/undefined|null (?!bytes)|\[object|NaN/);
  expect(messageOf(found)).toMatch(/\.$/);
  expect(hintOf(found)).not.toBe("");
  expectData(found);
}
