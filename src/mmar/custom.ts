import type { JSONPath } from "jsonc-parser";
import { type Finding, finding } from "../findings/finding.js";
import { type Config, isTrue } from "./config.js";
import { asObject, asString, type Json } from "./json.js";

/** Packages that the Clara image is documented to hold, or is built on. */
const IN_THE_IMAGE = new Set([
  "monai",
  "medl",
  "torch",
  "ignite",
  "numpy",
  "nibabel",
  "nvidia",
  "nvmidl",
  "builtins",
  "math",
]);

/**
 * Finds the components of the user's own in a config (`"path": "my_transforms.Smooth"`, Clara
 * documentation: bring your own components) and whether the MMAR holds their module.
 *
 * @param has - whether the MMAR has a file of that path
 */
export function checkCustomComponents(config: Config, has: (path: string) => boolean): Finding[] {
  return [...componentPaths(config.value, [])].flatMap(({ full, at }) => {
    const modules = full.split(".").slice(0, -1);
    if (modules.length === 0 || IN_THE_IMAGE.has(modules[0] ?? "")) return [];
    const path = modules.join("/");
    const places = ["custom/", ""].flatMap((base) => [
      `${base}${path}.py`,
      `${base}${path}/__init__.py`,
    ]);
    const file = places.find(has);
    const place = config.place([...at, "path"]);
    return file === undefined
      ? [finding("custom-component-missing", { path: full, looked: places[0] ?? path }, place)]
      : [finding("custom-component", { path: full, file }, place)];
  });
}

function* componentPaths(
  value: Json | undefined,
  at: JSONPath,
): Generator<{ full: string; at: JSONPath }> {
  if (typeof value !== "object" || value === null) return;
  const object = asObject(value);
  if (object !== undefined && isTrue(object.disabled)) return;
  const full = asString(object?.path);
  if (full !== undefined && /^[A-Za-z_][\w.]*\.[A-Za-z_]\w*$/.test(full)) yield { full, at };
  const inner = Array.isArray(value) ? value.entries() : Object.entries(value);
  for (const [key, child] of inner) yield* componentPaths(child as Json, [...at, key]);
}
