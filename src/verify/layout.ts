import { printable } from "../files/archive.js";
import type { SourceFile } from "../files/source-file.js";
import { type Finding, finding } from "../findings/finding.js";
import { bundleRoots, MDAI_NAMES } from "../mdai/layout.js";
import { tellTorch } from "../sources/known-files.js";
import { knownTree } from "../sources/known-trees.js";
import { holdsModel } from "../sources/roots.js";
import { formatList } from "../text/format.js";
import { end, type Learnt } from "./learnt.js";

/**
 * Finds the folder that MD.ai builds from.
 *
 * @param files - of the archive, without those that systems put there
 * @param archive - name of the archive, for the places of findings
 */
export function checkLayout(files: readonly SourceFile[], archive: string): Learnt {
  const [root, ...others] = bundleRoots(files.map(({ path }) => path));
  if (root === undefined) return end(withoutMdai(files, archive));
  if (others.length > 0) {
    const folders = formatList([root, ...others].map(shownRoot).map(printable));
    return end(finding("mdai-folder-several", { folders }, { file: archive }));
  }
  return { known: { root }, findings: checkRoot(root, files, archive) };
}

const shownRoot = (root: string): string => (root === "" ? "the archive's top" : `${root}/`);

function withoutMdai(files: readonly SourceFile[], archive: string): Finding {
  const deploy = files.find(({ path }) => path.split("/").at(-1) === MDAI_NAMES.deploy);
  const folder = deploy?.path.split("/").at(-2);
  const better = folder !== undefined && /^_?mdai$/i.test(folder) ? printable(folder) : null;
  const paths = files.map(({ path }) => path);
  const tree = knownTree(paths);
  const isMmar = tree === undefined && holdsModel(paths);
  const is = isMmar ? null : (tree?.is ?? tellTorch(paths) ?? null);
  return finding("mdai-folder-missing", { isMmar, is, better }, { file: archive });
}

function checkRoot(root: string, files: readonly SourceFile[], archive: string): Finding[] {
  if (root === "") return [finding("bundle-at-top", {}, { file: archive })];
  const named =
    root.split("/").at(-1) === "model"
      ? []
      : [finding("bundle-root-name", { root: `${printable(root)}/` }, { file: archive })];
  const beside = files.filter(({ path }) => !path.startsWith(`${root}/`));
  const [first] = beside;
  if (first === undefined) return named;
  const args = {
    root: `${printable(root)}/`,
    files: beside.length,
    example: printable(first.path),
  };
  return [...named, finding("bundle-beside", args, { file: archive })];
}
