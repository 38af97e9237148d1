import { type AST, RegExpParser } from "@eslint-community/regexpp";

/**
 * Characters of an attribute's text that a pattern is searched in, by
 * templates/segmentation/mmar2mdai_channels.py.
 */
const TEXT_SEARCHED = 128;

/** Three repeats without a limit and a few choices, which Python searches in some seconds at most. */
const MOST_WAYS = TEXT_SEARCHED ** 3 * 16;

/**
 * Says why a search with a pattern might never end, for what backtracks as Python's `re` does:
 * the ways in which a pattern can fit are counted, and a repeat may hold neither repeats nor
 * choices, whose ways multiply with every turn.
 *
 * @param pattern a valid regular expression of JavaScript's
 * @returns a part of a sentence, or undefined for a pattern that is fast on every text
 */
export function whyPatternIsSlow(pattern: string): string | undefined {
  const ways = waysOfAny(new RegExpParser().parsePattern(pattern).alternatives);
  if (Number.isNaN(ways)) {
    return "repeats a group that holds repeats or choices, or refers back to a group";
  }
  return ways > MOST_WAYS ? "has too many repeats or choices one after the other" : undefined;
}

/** In how many ways alternatives can fit at one place; NaN for ways that can't be counted. */
function waysOfAny(alternatives: readonly AST.Alternative[]): number {
  return alternatives.reduce((sum, { elements }) => sum + product(elements.map(ways)), 0);
}

const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1);

function ways(element: AST.Element): number {
  switch (element.type) {
    case "Group":
    case "CapturingGroup":
      return waysOfAny(element.alternatives);
    case "Assertion":
      return "alternatives" in element ? waysOfAny(element.alternatives) : 1;
    case "Quantifier":
      return waysOfRepeat(element);
    case "Backreference":
      return Number.NaN;
    default:
      return 1;
  }
}

function waysOfRepeat({ element, min, max }: AST.Quantifier): number {
  const inner = ways(element);
  // Once or not at all is one choice more; else what is repeated has to be of one way.
  if (max <= 1) return min === max ? inner : inner + 1;
  return inner === 1 ? Math.min(max - min, TEXT_SEARCHED) + 1 : Number.NaN;
}
