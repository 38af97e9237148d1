import type { Json } from "../text/json.js";

/** What a run sets besides what a request changes, as Python writes the values. */
export const settingTexts = (
  settings: ReadonlyMap<string, Json>,
): Readonly<Record<string, string>> =>
  Object.fromEntries([...settings].map(([key, value]) => [key, settingText(value)]));

const settingText = (value: Json): string =>
  typeof value === "boolean" ? (value ? "True" : "False") : String(value);
