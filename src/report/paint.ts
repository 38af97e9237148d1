import { styleText } from "node:util";
import type { Environment } from "../environment.js";

type Style = Parameters<typeof styleText>[0];

/** Colours a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** A {@link Paint} that colours where colours are wanted. */
export const paint = (colors: boolean): Paint =>
  // Newer versions of Node would ask stdout whether it takes colours, but the text may be for stderr.
  colors
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_style, text) => text;

/**
 * Whether colours are wanted on a stream: on terminals, unless the user or NO_COLOR says no
 * (no-color.org: any value that is not empty), and not where the terminal is "dumb".
 */
export function wantsColor(
  stream: { readonly isTTY?: boolean },
  env: Environment,
  option: boolean,
): boolean {
  return option && !env.NO_COLOR && env.TERM !== "dumb" && stream.isTTY === true;
}
