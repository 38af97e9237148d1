import { type Finding, finding } from "../../findings/finding.js";
import { asList, asObject, asString, type Json } from "../../text/json.js";
import type { Trust } from "../../weights/trust.js";
import type { MonaiBundle } from "./bundle.js";
import { absolute, type BundleConfig, soleReference } from "./config.js";
import { importsOf, namesIn } from "./names-in-code.js";

/** Ids that the deploy code sets itself, so that what stands there is never evaluated. */
export const SET_BY_ENGINE: ReadonlySet<string> = new Set(["bundle_root", "device", "output_dir"]);

/** The parts that the deploy code builds, by their ids in a config. */
export interface Parts {
  readonly network: string | undefined;
  readonly preprocessing: string | undefined;
  readonly inferer: string | undefined;
  readonly postprocessing: string | undefined;
}

/** A text of a config that is evaluated, and what it is. */
export interface Reached {
  readonly id: string;
  readonly text: string;
}

/** The parts of a config, as far as it has them. */
export function partsOf({ config, weights }: Pick<MonaiBundle, "config" | "weights">): Parts {
  const find = (...ids: string[]): string | undefined =>
    ids.find((id) => config?.at(id) !== undefined);
  return {
    network: weights?.network,
    preprocessing: find("preprocessing", "pre_transforms", "pre_transform"),
    inferer: find("inferer"),
    postprocessing: find("postprocessing", "post_transforms", "post_transform"),
  };
}

const SAVER = /^SaveImage(d|D|Dict)?$/;

/** Whether a transform is a saver, which the deploy code leaves out. */
export const isSaver = (name: string): boolean => SAVER.test(name);

/** What the deploy code reads of a saver, to put the result where it would save it. */
const READ_OF_SAVERS = ["keys", "resample", "mode", "padding_mode", "dtype"];

/** What it reads of the parts that it does not build. */
const READ_BESIDES = [
  "evaluator#prepare_batch",
  "evaluator#amp",
  "evaluator#amp_kwargs",
  "dataloader#collate_fn",
];

/** The texts that are evaluated when the parts are built and run, references followed. */
export function reachedTexts(config: BundleConfig, parts: Parts): Reached[] {
  const reached: Reached[] = [];
  const seen = new Set<string>();
  const visit = (id: string): void => {
    if (seen.has(id) || SET_BY_ENGINE.has(id)) return;
    seen.add(id);
    walk(config.at(id), id);
  };
  const walk = (value: Json | undefined, id: string): void => {
    const object = asObject(value);
    const target = asString(object?._target_) ?? "";
    if (object !== undefined) {
      if (config.resolve(object._disabled_, id) === true) return;
      const all = Object.entries(object);
      const read = isSaver(target.split(".").at(-1) ?? "")
        ? all.filter(([key]) => READ_OF_SAVERS.includes(key))
        : all;
      for (const [key, inner] of read) walk(inner, `${id}#${key}`);
      return;
    }
    for (const [index, item] of asList(value).entries()) walk(item, `${id}#${index}`);
    const text = asString(value);
    if (text === undefined) return;
    reached.push({ id, text });
    if (!/^[$@%]/.test(text)) return;
    const sole = soleReference(text);
    const references = sole === undefined ? referencesIn(text) : [sole];
    for (const reference of references) visit(absolute(reference, id));
  };
  for (const id of [...Object.values(parts), ...READ_BESIDES]) if (id !== undefined) visit(id);
  return reached;
}

/** The references in a text, as MONAI finds them: in strings within it, too. */
const referencesIn = (text: string): string[] =>
  [...text.matchAll(/[@%](#*\w+(?:(?:#|::)\w+)*)/g)].map(([, id = ""]) => id.replaceAll("::", "#"));

/**
 * Finds what building the parts of a bundle's config runs: expressions that use what is outside of
 * MONAI, PyTorch and NumPy, and the bundle's own code.
 *
 * @param isThere - whether a module is there where the model runs: what is not can't be run
 */
export function checkCode(
  bundle: MonaiBundle,
  trust: Trust,
  isThere: (module: string) => boolean,
): Finding[] {
  const { config } = bundle;
  if (config === undefined) return [];
  const own = ownModules(bundle);
  const imports = importsOf(config);
  const findings: Finding[] = [];
  const told = new Set<string>();
  const used = new Set<string>();
  const tell = (name: string, id: string): void => {
    const root = name.split(".")[0] ?? "";
    if (own.has(root)) used.add(root);
    else if (isThere(root) && !trust.allows(name) && !told.has(name)) {
      told.add(name);
      findings.push(finding("expression-untrusted", { name, part: id }, config.place(id)));
    }
  };
  for (const { id, text } of reachedTexts(config, partsOf(bundle))) {
    const isTarget = id.endsWith("#_target_");
    if (isOtherFile(text)) {
      findings.push(finding("expression-unread", { part: id }, config.place(id)));
    }
    if (!isTarget && !text.startsWith("$")) continue;
    const names = isTarget ? namesIn(text, new Map(), true) : namesIn(text.slice(1), imports);
    if (names === undefined) {
      findings.push(finding("expression-unread", { part: id }, config.place(id)));
    }
    for (const name of names ?? []) tell(name, id);
  }
  // MONAI runs all import statements of a config, wherever they stand.
  for (const module of imports.values()) {
    const root = module.split(".")[0] ?? "";
    if (own.has(root)) used.add(root);
  }
  const modules = [...used].sort().map((root) => own.get(root) ?? root);
  if (modules.length > 0) findings.push(finding("bundle-code", { modules }));
  return findings;
}

/** A macro that takes its content from another file, which MONAI reads when it parses the config. */
const isOtherFile = (text: string): boolean => /^%.*\.(json|ya?ml)(::|#|$)/i.test(text);

/** Top names of the Python that lies in the bundle, with where: `scripts` in `scripts/`. */
export function ownModules({ files }: Pick<MonaiBundle, "files">): ReadonlyMap<string, string> {
  const own = new Map<string, string>();
  for (const path of files.keys()) {
    const [, folder, file] = /^(?:([A-Za-z_]\w*)\/.*|([A-Za-z_]\w*))\.py$/.exec(path) ?? [];
    if (folder !== undefined) own.set(folder, `${folder}/`);
    if (file !== undefined) own.set(file, `${file}.py`);
  }
  return own;
}
