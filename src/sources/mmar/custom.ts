import type { JSONPath } from "jsonc-parser";
import { type Finding, finding } from "../../findings/finding.js";
import { asObject, asString, type Json } from "../../text/json.js";
import { type Config, isTrue } from "./config.js";

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

/** A component of the user's own in a config. */
interface CustomComponent {
  readonly full: string;
  readonly at: JSONPath;
  /** Where its module may lie, the likeliest first. */
  readonly places: readonly string[];
}

function* customComponents(config: Config): Generator<CustomComponent> {
  for (const { full, at } of componentPaths(config.value, [])) {
    const modules = full.split(".").slice(0, -1);
    if (modules.length === 0 || IN_THE_IMAGE.has(modules[0] ?? "")) continue;
    const path = modules.join("/");
    const places = ["custom/", ""].flatMap((base) => [
      `${base}${path}.py`,
      `${base}${path}/__init__.py`,
    ]);
    yield { full, at, places };
  }
}

/** The modules of the MMAR that hold components which a config uses. */
export function customModules(config: Config, has: (path: string) => boolean): string[] {
  return [...customComponents(config)].flatMap(({ places }) => places.find(has) ?? []);
}

/**
 * Finds the components of the user's own in a config (`"path": "my_transforms.Smooth"`, Clara
 * documentation: bring your own components) and whether the MMAR holds their module.
 *
 * @param has - whether the MMAR has a file of that path
 */
export function checkCustomComponents(config: Config, has: (path: string) => boolean): Finding[] {
  return [...customComponents(config)].map(({ full, at, places }) => {
    const file = places.find(has);
    const place = config.place([...at, "path"]);
    return file === undefined
      ? finding("custom-component-missing", { path: full, looked: places[0] ?? full }, place)
      : finding("custom-component", { path: full, file }, place);
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
