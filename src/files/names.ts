import { MOST } from "../text/limits.js";

/** Characters that a name must not have, and what they do. */
const DECEIVING: readonly (readonly [RegExp, string])[] = [
  [/\p{Cc}/u, "has a control character"],
  [/[\p{Zl}\p{Zp}]/u, "has a character that breaks lines"],
  [
    /\p{Bidi_Control}/u,
    "has a character that turns the direction of text, so that it is shown as another name",
  ],
  [
    /[\u00ad\u180e\u200b\u2060-\u2064\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u,
    "has a character that can't be seen",
  ],
  // Persian and Indian words, and emoji, have these between their letters.
  [
    /(?:^|[\0-\x7f])[\u200c\u200d]|[\u200c\u200d](?:$|[\0-\x7f])/u,
    "has a character that can't be seen",
  ],
  [/[\p{Cs}\ufffd]/u, "has a character that stands for one that could not be read"],
];

/**
 * Why a file of a model can't be packed under its name, to go on after "the name"; undefined where
 * it can. An archive whose names pass this is one that verify takes.
 *
 * @param path - relative to the model's root, with "/" between its parts
 */
export function modelNameProblem(path: string): string | undefined {
  const deceiving = DECEIVING.find(([pattern]) => pattern.test(path));
  if (deceiving !== undefined) return deceiving[1];
  if (path.includes("\\")) return "has a backslash, which some systems take for a folder's end";
  if (Buffer.byteLength(path) > MOST.modelPathBytes) return "is too long";
  return path.split("/").length > MOST.modelPathDepth
    ? `lies more than ${MOST.modelPathDepth} folders deep`
    : undefined;
}
