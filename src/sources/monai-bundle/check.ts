import { insidePath } from "../../files/paths.js";
import { type Finding, finding } from "../../findings/finding.js";
import { asString } from "../../text/json.js";
import { checkFileNames, checkOddities } from "../check-files.js";
import type { CheckUse } from "../source.js";
import { METADATA, type MonaiBundle } from "./bundle.js";
import { checkCode, ownModules, partsOf, reachedTexts } from "./code.js";
import { imageKeys } from "./derive/input.js";
import { transformsOf } from "./derive/model.js";
import { checkKind } from "./kind.js";
import { STANDARD } from "./names-in-code.js";

/** Checks whether a MONAI bundle is fit: what it is for, its config's parts, weights, code, names. */
export function checkBundle(bundle: MonaiBundle, use: CheckUse): Finding[] {
  const known = [use.packages, STANDARD, requiredModules(bundle), ownModules(bundle)];
  const isThere = (module: string): boolean => known.some((each) => each.has(module));
  const kind = checkKind(bundle);
  if (kind.length > 0) return kind;
  return [
    ...checkEvaluator(bundle),
    ...checkParts(bundle),
    ...checkImages(bundle),
    ...checkWeights(bundle, use),
    ...checkModules(bundle, isThere),
    ...checkCode(bundle, use.trust, isThere),
    ...checkSpace(bundle),
    ...checkOddities(bundle.oddities, use.selection),
    ...checkFileNames(bundle.files, use.selection),
  ];
}

/** An evaluator of the bundle's own, which may give the network more than the image. */
function checkEvaluator({ config }: MonaiBundle): Finding[] {
  const evaluator = config?.component("evaluator");
  if (config === undefined || evaluator === undefined) return [];
  const { target, id } = evaluator;
  if (!target.includes(".") || /^monai\./.test(target)) return [];
  return [finding("bundle-evaluator", { target }, config.place(`${id}#_target_`))];
}

function checkParts(bundle: MonaiBundle): Finding[] {
  const { config } = bundle;
  if (config === undefined) return [];
  const parts = partsOf(bundle);
  const findings: Finding[] = [];
  if (bundle.weights?.form === "state_dict" && parts.network === undefined) {
    findings.push(finding("bundle-part-missing", { part: "network_def" }, { file: config.path }));
  }
  for (const part of ["preprocessing", "postprocessing"] as const) {
    const id = parts[part];
    if (id === undefined) {
      if (part === "preprocessing") {
        findings.push(finding("bundle-part-missing", { part }, { file: config.path }));
      }
    } else if (config.transforms(id) === undefined) {
      findings.push(finding("bundle-part-code", { part }, config.place(id)));
    }
  }
  return findings;
}

function checkImages(bundle: MonaiBundle): Finding[] {
  const { config } = bundle;
  const { pre } = transformsOf(bundle);
  const keys = imageKeys(bundle, pre);
  const loader = pre.find(({ name }) => /^Load/.test(name));
  if (config === undefined || keys.length < 2) return [];
  return [finding("bundle-several-images", { keys }, loader && config.place(loader.id))];
}

/** What a file of weights is that can't be used, to go on after its path. */
const PROBLEMS = {
  empty: "is empty",
  "lfs-pointer": "is a Git LFS pointer: a few lines of text instead of the weights",
  html: "is an HTML page, most likely a log-in or error page that was saved by a download",
} as const;

function checkWeights(bundle: MonaiBundle, { checkpoint, selection }: CheckUse): Finding[] {
  const { weights, files, config } = bundle;
  if (weights === undefined || config === undefined) return [];
  const { path, form, kind, from } = weights;
  const findings: Finding[] = [];
  if (kind === undefined) {
    if (!bundle.oddities.some((oddity) => oddity.path === path)) {
      const named = `inference loads it (${from})`;
      findings.push(missing(bundle, path, named));
    }
  } else {
    const problem = weightsProblem(kind, form);
    if (problem !== undefined) {
      const args = { path, problem, ...downloadOf(bundle, path) };
      findings.push(finding("bundle-weights-bad", args, { file: path }));
    }
  }
  if (!checkpoint && form === "state_dict")
    findings.push(finding("bundle-weights-needed", { path }));
  for (const [other, id] of namedFiles(bundle)) {
    if (other === path || files.has(other) || selection(other) !== undefined) continue;
    findings.push(missing(bundle, other, `${id} in ${config.path} names it`));
  }
  return findings;
}

function weightsProblem(
  kind: NonNullable<NonNullable<MonaiBundle["weights"]>["kind"]>,
  form: "torchscript" | "state_dict",
): string | undefined {
  switch (kind.kind) {
    case "torchscript":
      return undefined;
    case "checkpoint":
      return form === "torchscript" ? "is a checkpoint, but should be a TorchScript" : undefined;
    case "truncated":
      return `starts as a PyTorch archive but can't be read to its end: ${kind.problem}`;
    case "unknown":
      return `is neither a PyTorch archive nor a pickle; it starts with ${kind.starts}`;
    default:
      return PROBLEMS[kind.kind];
  }
}

const missing = (bundle: MonaiBundle, path: string, named: string): Finding =>
  finding(
    "bundle-weights-missing",
    { path, named, ...downloadOf(bundle, path) },
    bundle.config && { file: bundle.config.path },
  );

/** How a file that is missing is had: MONAI's command knows what large_files.yml names. */
function downloadOf(
  { largeFiles, name, metadata }: MonaiBundle,
  path: string,
): { command: string | null; url: string | null } {
  if (largeFiles.size === 0) return { command: null, url: null };
  const version = asString(metadata?.value.version);
  const isPlain = /^[\w.-]+$/.test(name) && (version === undefined || /^[\w.+-]+$/.test(version));
  const of = version === undefined ? "" : ` --version ${version}`;
  const command = isPlain
    ? `python -m monai.bundle download --name ${name}${of} --bundle_dir .`
    : null;
  return { command, url: largeFiles.get(path) || null };
}

/** Files of the bundle that building the parts reads, by what is evaluated, with the ids that name them. */
export function namedFiles(bundle: MonaiBundle): ReadonlyMap<string, string> {
  const { config } = bundle;
  const found = new Map<string, string>();
  if (config === undefined) return found;
  for (const { id, text } of reachedTexts(config, partsOf(bundle))) {
    const value = /^[$@%]/.test(text) ? config.resolve(text, id) : undefined;
    if (typeof value !== "string" || !/\.[A-Za-z0-9]{1,8}$/.test(value)) continue;
    const path = value.startsWith("./") ? insidePath(value) : undefined;
    if (path !== undefined && path !== METADATA) found.set(path, id);
  }
  return found;
}

/** Components of modules that are neither MONAI's nor the bundle's, nor installed. */
function checkModules(
  { config, ...bundle }: MonaiBundle,
  isThere: (module: string) => boolean,
): Finding[] {
  if (config === undefined) return [];
  const findings = new Map<string, Finding>();
  for (const { id, text } of reachedTexts(config, partsOf({ ...bundle, config }))) {
    const [, module] = /^(\w+)\./.exec(id.endsWith("#_target_") ? text : "") ?? [];
    if (module === undefined || isThere(module) || findings.has(module)) continue;
    const args = { target: text, module };
    findings.set(module, finding("bundle-module-missing", args, config.place(id)));
  }
  return [...findings.values()];
}

/** Names under which packages of metadata.json are imported, where these are not their own. */
const MODULES: Readonly<Record<string, string>> = {
  "scikit-image": "skimage",
  "scikit-learn": "sklearn",
  "pytorch-ignite": "ignite",
  "opencv-python": "cv2",
  pillow: "PIL",
  pyyaml: "yaml",
};

function requiredModules({ metadata }: MonaiBundle): ReadonlySet<string> {
  const { required_packages_version: required, optional_packages_version: optional } =
    metadata?.value ?? {};
  const names = [required, optional].flatMap((list) =>
    typeof list === "object" && list !== null ? Object.keys(list) : [],
  );
  return new Set(names.map((name) => MODULES[name.toLowerCase()] ?? name.replaceAll("-", "_")));
}

/** A template's space that the README or the description names. */
const SPACE = /[^.\n]{0,80}\b(MNI\s?\d*|Talairach|ICBM)\b[^.\n]{0,80}/i;

function checkSpace({ metadata, readme }: MonaiBundle): Finding[] {
  const sources = [
    { text: asString(metadata?.value.image_classes), from: METADATA },
    { text: asString(metadata?.value.description), from: METADATA },
    { text: readme?.text, from: readme?.path ?? "" },
  ];
  for (const { text, from } of sources) {
    const said = SPACE.exec(text ?? "")?.[0]
      .replace(/\s+/g, " ")
      .trim();
    if (said === undefined) continue;
    return [finding("bundle-input-space", { evidence: `"${said}" in ${from}` }, { file: from })];
  }
  return [];
}
