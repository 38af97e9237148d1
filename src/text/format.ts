const UNITS = ["bytes", "kB", "MB", "GB", "TB"] as const;

/**
 * Writes a number of bytes for people, in decimal units: 999 bytes, 1.5 kB, 37 MB.
 *
 * @param bytes - a whole number from 0
 */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${unit === 0 && bytes === 1 ? "byte" : UNITS[unit]}`;
}

/** A text of at most `most` characters: of a longer one the middle gives way to `…`. */
export function withoutMiddle(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  const half = (most - 1) / 2;
  const start = characters.slice(0, Math.ceil(half));
  return [...start, "…", ...characters.slice(characters.length - Math.floor(half))].join("");
}

/** Writes a list for people: `a`, `a and b`, `a, b and c`. */
export function formatList(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** Writes a number of seconds for people: 8 s, 1 min 20 s, 2 h 5 min. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * Characters that steer a terminal, break lines, turn the direction of text, or can't be seen. The
 * joiners of Persian and Indian words, and of emoji, may stand between letters of these.
 */
const STEERING =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}\u00ad\u180e\u200b\u2060-\u2064\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|(?<=^|[\0-\x7f])[\u200c\u200d]|[\u200c\u200d](?=$|[\0-\x7f])/gu;

/**
 * Writes out such characters, so that no name or value of an MMAR steers the terminal, or is shown
 * as another one.
 *
 * @param kept - control characters that may stand
 */
export function escapeControls(text: string, kept = ""): string {
  return text.replace(STEERING, (c) => {
    if (kept.includes(c)) return c;
    const code = (c.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  });
}

/**
 * JSON for a terminal or a file: what {@link escapeControls} writes out is written as an escape of
 * JSON, so that it is read as the same.
 *
 * @param space - how far each level is indented; by default all stands in one line
 */
export function safeJson(value: unknown, space?: number): string {
  const escaped = (c: string): string =>
    c === "\n" ? c : [...Array(c.length).keys()].map((i) => unitOf(c, i)).join("");
  return JSON.stringify(value, null, space).replace(STEERING, escaped);
}

const unitOf = (text: string, at: number): string =>
  `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`;
