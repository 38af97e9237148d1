import { basename, join, resolve } from "node:path";
import { printable } from "../files/archive.js";
import { moved, type OpenedInput, SYSTEM_FILES } from "../files/open.js";
import { type Finding, finding, type Place } from "../findings/finding.js";
import type { Source } from "./source.js";
import { SOURCES } from "./sources.js";

/** What an input was recognised as: what reads it and from where; or why it is no model. */
type Recognition =
  | {
      readonly source: Source;
      /** The input below the model's root. */
      readonly opened: OpenedInput;
    }
  | { readonly source: undefined; readonly findings: readonly Finding[] };

/**
 * Recognises what an input is. In an archive a model's root may be the top or one folder below it,
 * as in downloads from NGC; a folder must be the root itself.
 */
export function recognise(input: OpenedInput): Recognition {
  const roots = input.isArchive ? modelRoots(input.files.map(({ path }) => path)) : [""];
  if (roots.length > 1) {
    const names = roots.map(printable).join(", ");
    return refused(finding("archive-several-mmars", { names }, archiveItself(input)));
  }
  const opened = belowRoot(input, roots[0] ?? "");
  const paths = opened.files.map(({ path }) => path);
  const root = innerRoot(paths);
  const better = root === undefined ? null : join(opened.location, root);
  if (paths.some((path) => /^([^/]+\/)?\.mdai\//.test(path))) {
    const inner = opened.isArchive ? null : better;
    return refused(finding("already-a-bundle", { path: opened.location, inner }));
  }
  const source = sourceOf(paths) ?? hiddenSource(opened);
  if (source !== undefined) return { source, opened };
  const args = { path: opened.location, better, isArchive: opened.isArchive };
  return refused(finding("not-an-mmar", args));
}

const refused = (why: Finding): Recognition => ({ source: undefined, findings: [why] });

/** The name by which findings call the archive that was given. */
const archiveItself = ({ location }: OpenedInput): Place => ({ file: basename(resolve(location)) });

/** The kind of model that a folder looks like; undefined where it looks like none. */
export const sourceOf = (paths: readonly string[]): Source | undefined =>
  SOURCES.find((source) => source.looksLike(paths));

/**
 * Folders that look like models: the top (""), or else the ones right below it.
 *
 * @param paths - of files, with "/" between their parts
 */
export function modelRoots(paths: readonly string[]): string[] {
  if (sourceOf(paths) !== undefined) return [""];
  const below = new Map<string, string[]>();
  for (const path of paths) {
    const end = path.indexOf("/");
    if (end < 0) continue;
    const folder = path.slice(0, end);
    const inside = below.get(folder);
    if (inside === undefined) below.set(folder, [path.slice(end + 1)]);
    else inside.push(path.slice(end + 1));
  }
  return [...below].flatMap(([folder, inside]) => (sourceOf(inside) === undefined ? [] : [folder]));
}

/** Whether a model's own marks lie anywhere in a tree of files. */
export const holdsModel = (paths: readonly string[]): boolean =>
  innerRoot(paths) !== undefined || sourceOf(paths) !== undefined;

/** The first folder, at whatever depth, that holds an MMAR's environment.json. */
function innerRoot(paths: readonly string[]): string | undefined {
  const end = "/config/environment.json";
  return paths.find((path) => path.endsWith(end))?.slice(0, -end.length);
}

/** A config/ that can't be read is a finding of its own, and a better one. */
function hiddenSource({ oddities }: OpenedInput): Source | undefined {
  const isHidden = oddities.some(
    ({ kind, path }) => kind === "unreadable" && /^(\.|config(\/.*)?)$/.test(path),
  );
  return isHidden ? SOURCES[0] : undefined;
}

/** What lies at and below a model's root. */
function belowRoot(input: OpenedInput, root: string): OpenedInput {
  if (root === "") return input;
  const prefix = `${root}/`;
  return {
    ...input,
    name: root,
    nameFrom: "the folder's name",
    files: input.files
      .filter(({ path }) => path.startsWith(prefix))
      .map((file) => moved(file, prefix)),
    findings: [...input.findings, ...besides(input, prefix)],
  };
}

function besides(input: OpenedInput, prefix: string): Finding[] {
  const outside = input.files.filter(
    ({ path }) => !path.startsWith(prefix) && !SYSTEM_FILES.test(path),
  );
  const [first] = outside;
  if (first === undefined) return [];
  const args = { root: prefix, files: outside.length, example: printable(first.path) };
  return [finding("archive-beside", args, archiveItself(input))];
}
