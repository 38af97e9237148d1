import { CHANNEL_ATTRIBUTES, type Channel, type ChannelCondition } from "./channels.js";
import { whyPatternIsSlow } from "./pattern-cost.js";

/** Escapes and groups of JavaScript that Python, which searches with the pattern, does not know. */
const NOT_PYTHON = /(?<!\\)(?:\\\\)*(?:\\[aceg-mo-qyzACE-RT-VX-Z]|\(\?<(?![=!]))/;

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, "i");
  } catch {
    return false;
  }
  return !NOT_PYTHON.test(pattern);
}

function parseCondition(text: string): ChannelCondition | string {
  const [, attribute, bang, tilde, value] = /^(\w+)\s*:\s*(!?)(~?)(.*)$/.exec(text) ?? [];
  if (attribute === undefined || value === undefined || value === "") {
    return `has the condition "${text}", which is not ATTRIBUTE:TEXT or ATTRIBUTE:~PATTERN`;
  }
  const known = CHANNEL_ATTRIBUTES.find((name) => name.toLowerCase() === attribute.toLowerCase());
  if (known === undefined) {
    return `names ${attribute}; attributes are ${CHANNEL_ATTRIBUTES.join(", ")}`;
  }
  const pattern = tilde === "~" ? value : `^${value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`;
  if (!isPattern(pattern)) return `has "${value}", which is not a valid regular expression`;
  const slow = whyPatternIsSlow(pattern);
  if (slow !== undefined) return `has "${value}", which ${slow}: a search could take forever`;
  return { attribute: known, pattern, negate: bang === "!" };
}

/**
 * Reads a rule of the user's: `T1c=SeriesDescription:~t1.*(gd|post|ce)`. Behind the colon stands
 * the attribute's text, `~` and a regular expression, or `!` and either of them; several
 * conditions are joined by ` & `.
 *
 * @returns the channel with one alternative, or a sentence on what is wrong
 */
export function parseChannel(text: string): Channel | string {
  const at = text.indexOf("=");
  if (at < 1) return "must be NAME=ATTRIBUTE:TEXT or NAME=ATTRIBUTE:~PATTERN";
  const conditions: ChannelCondition[] = [];
  for (const part of text.slice(at + 1).split(" & ")) {
    const condition = parseCondition(part.trim());
    if (typeof condition === "string") return condition;
    conditions.push(condition);
  }
  return { name: text.slice(0, at).trim(), rules: [conditions] };
}
