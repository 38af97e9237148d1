import { type Finding, finding } from "../../findings/finding.js";
import type { Component, Config } from "../../sources/mmar/config.js";
import { MONAI_NAMES } from "./names.js";
import { builtComponents, builtParts, textsIn } from "./sections.js";

/** Packages of NVIDIA's image that nobody else has, and what MD.ai's own image goes without. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  medl: "is part of Clara, which only NVIDIA's image has",
  nvmidl: "is part of Clara, which only NVIDIA's image has",
  aiaa: "is part of AIAA, a server of NVIDIA's",
  ai4med: "is part of Clara 3, which only NVIDIA's image has",
  nvidia: "is part of NVIDIA's image",
  ignite: "needs pytorch-ignite, which the bundle goes without",
};

/** Parts of MONAI that import ignite: without it they can't be imported. */
const WITH_IGNITE = /^monai\.(handlers|engines)\./;
const NEEDS_IGNITE = "needs pytorch-ignite, which the bundle goes without";

/** MONAI's classes that need a package which bundles don't bring. */
const WITH_OTHERS: Readonly<Record<string, string>> = {
  Transchex: "needs the package transformers, which the bundle goes without",
  CuCIMd: "needs the package cucim, which the bundle goes without",
  RandCuCIMd: "needs the package cucim, which the bundle goes without",
};

/** Finds components, and code in the config, that MONAI 0.8.1 by itself does not have. */
export function checkComponents(config: Config): Finding[] {
  const components = builtComponents(config).flatMap((component) => {
    const why = unavailable(component);
    if (why === undefined) return [];
    const { name, path = name, at } = component;
    return [finding("component-unavailable", { component: path, why }, config.place(at))];
  });
  const code = builtParts(config).flatMap((part) =>
    [...textsIn(part)].flatMap(({ at, text }) => {
      const found = codeElsewhere(text);
      return found === undefined ? [] : [finding("component-unavailable", found, config.place(at))];
    }),
  );
  return [...components, ...code];
}

function unavailable({ name, path }: Component): string | undefined {
  const top = path?.split(".")[0];
  if (path !== undefined && top !== "monai") return ELSEWHERE[top ?? ""];
  if (path !== undefined && WITH_IGNITE.test(path)) return NEEDS_IGNITE;
  if (!MONAI_NAMES.has(firstName(name))) return "is no component of MONAI 0.8.1";
  return WITH_OTHERS[firstName(name)];
}

/** The first of the three names of MONAI's dictionary transforms, as MONAI_NAMES has them. */
const firstName = (name: string): string =>
  MONAI_NAMES.has(name) ? name : name.replace(/(Dict|D)$/, "d");

/** Names in code that belong to a package of interest. */
const NAMED = /(?<![\w.])(medl|nvmidl|ai4med|ignite|monai)(?:\.\w+)+/g;

/** What the engine has of its own, of MONAI's parts that import ignite. */
const TAKEN_OVER = new Set(["monai.handlers.from_engine", "monai.engines.default_prepare_batch"]);

/** Code is marked by # or is a lambda. */
function codeElsewhere(text: string): { component: string; why: string } | undefined {
  if (!/^\s*(#|lambda\b)/.test(text)) return undefined;
  for (const [component, top = ""] of text.matchAll(NAMED)) {
    if (top !== "monai") return { component, why: ELSEWHERE[top] ?? NEEDS_IGNITE };
    if (WITH_IGNITE.test(component) && !TAKEN_OVER.has(component)) {
      return { component, why: NEEDS_IGNITE };
    }
  }
  return undefined;
}
