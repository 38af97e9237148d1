import { join } from "node:path";
import { printable } from "../files/archive.js";
import { moved, type OpenedInput, type OpenResult, SYSTEM_FILES } from "../files/open.js";
import { type Finding, finding } from "../findings/finding.js";
import { tellFile } from "./known-files.js";
import { mmarAbove, otherwise, severalIn } from "./otherwise.js";
import { archiveItself, innerRoots, modelRoots, sourceOf } from "./roots.js";
import type { Source } from "./source.js";
import { SOURCES } from "./sources.js";

/** What an input was recognised as: what reads it and from where; or why it is not a model. */
type Recognition =
  | {
      readonly source: Source;
      /** The input below the model's root. */
      readonly opened: OpenedInput;
    }
  | { readonly source: undefined; readonly findings: readonly Finding[] };

/**
 * Recognises what an input is. In an archive a model's root may be the top or one folder below it,
 * as in downloads from NGC; a folder must be the root itself. What is no model is named, if it is
 * anything that people hand over in the place of one.
 *
 * @param signal - stops inflating a tar.gz that lies in the input
 * @throws {@link ArchiveFault} if an archive is damaged
 * @throws {@link FileChangedError} or a system error if a file can't be read
 */
export async function recognise(result: OpenResult, signal?: AbortSignal): Promise<Recognition> {
  if (result.input === undefined) return unopened(result);
  const { input } = result;
  const roots = input.isArchive ? modelRoots(input.files.map(({ path }) => path)) : [""];
  if (roots.length > 1) return refused(severalIn(input, roots));
  const opened = belowRoot(input, roots[0] ?? "");
  const paths = opened.files.map(({ path }) => path);
  if (paths.some((path) => /^([^/]+\/)?\.mdai\//.test(path))) {
    const [root] = opened.isArchive ? [] : innerRoots(paths);
    const inner = root === undefined ? null : join(opened.location, root);
    return refused(finding("already-a-bundle", { path: opened.location, inner }));
  }
  const source = sourceOf(paths) ?? hiddenSource(opened);
  return source === undefined ? refused(await otherwise(opened, signal)) : { source, opened };
}

/** Names a file that could not be opened as a folder or archive, or says why it could not. */
async function unopened(result: Extract<OpenResult, { input: undefined }>): Promise<Recognition> {
  const { file, findings, location } = result;
  const known = file && (await tellFile(file, () => mmarAbove(location)));
  return known === undefined ? { source: undefined, findings } : refused(known.finding(location));
}

const refused = (why: Finding): Recognition => ({ source: undefined, findings: [why] });

/** A config/ or configs/ that can't be read is a finding of its own, and a better one. */
function hiddenSource({ oddities }: OpenedInput): Source | undefined {
  const hidden = oddities
    .filter(({ kind }) => kind === "unreadable")
    .map(({ path }) => /^(?:\.|(configs?)(?:\/.*)?)$/.exec(path));
  const [first] = hidden.filter((match) => match !== null);
  if (first === undefined) return undefined;
  return SOURCES.find(({ name }) => name === (first[1] === "configs" ? "monai-bundle" : "mmar"));
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
