import type { JSONPath } from "jsonc-parser";
import { type Finding, finding } from "../../findings/finding.js";
import { asObject, asString, type Json } from "../../text/json.js";
import { type Config, isTrue } from "./config.js";

/** A component of the user's own in a config. */
interface CustomComponent {
  readonly full: string;
  readonly at: JSONPath;
  /** Where its module may lie, the likeliest first. */
  readonly places: readonly string[];
}

function* customComponents(
  config: Config,
  packages: ReadonlySet<string>,
): Generator<CustomComponent> {
  for (const { full, at } of componentPaths(config.value, [])) {
    const modules = full.split(".").slice(0, -1);
    if (modules.length === 0 || packages.has(modules[0] ?? "")) continue;
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
  // A module that lies in the MMAR is its own, whatever its name.
  return [...customComponents(config, new Set())].flatMap(({ places }) => places.find(has) ?? []);
}

/**
 * Finds the components of the user's own in a config (`"path": "my_transforms.Smooth"`, Clara
 * documentation: bring your own components) and whether the MMAR holds their module.
 *
 * @param has - whether the MMAR has a file of that path
 * @param packages - top names of packages that are not the user's own
 */
export function checkCustomComponents(
  config: Config,
  has: (path: string) => boolean,
  packages: ReadonlySet<string>,
): Finding[] {
  return [...customComponents(config, packages)].map(({ full, at, places }) => {
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
