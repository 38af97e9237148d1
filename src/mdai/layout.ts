/** Where the parts of a bundle lie (MD.ai's public platform repository, its examples and builder). */
export const ROOT = "model";
/** What the server imports, and what the builder reads. */
export const MDAI_FOLDER = `${ROOT}/.mdai`;
/** What the builder copies to /workspace for base_image nvidia. */
export const WORKSPACE = `${ROOT}/workspace`;
export const CONFIG_YAML = `${MDAI_FOLDER}/config.yaml`;
export const REQUIREMENTS = `${MDAI_FOLDER}/requirements.txt`;
export const CONFIG_MDAI = `${WORKSPACE}/config_mdai.json`;

/** A folder name that every shell script of an MMAR takes: no spaces, quotes or dollar signs. */
export const ROOT_FOLDER = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/;

/** Makes a name fit for {@link ROOT_FOLDER}, changing as little as can be. */
export function toRootFolder(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9._-]+/g, "_");
  const fit = plain.replace(/^[.-]+/, "").slice(0, 200);
  return /[A-Za-z0-9]/.test(fit) ? fit : "mmar";
}

/** Names in a bundle's folder .mdai and beside it (build/helper.py and the Dockerfiles). */
export const MDAI_NAMES = {
  folder: ".mdai",
  configs: ["config.yaml", "config.yml"],
  deploy: "mdai_deploy.py",
  requirements: "requirements.txt",
  dockerfile: "Dockerfile",
  workspace: "workspace",
  configMdai: "config_mdai.json",
} as const;

/**
 * The folders of an archive that hold .mdai, the ones that lie highest: in MD.ai's own way of
 * packing (`zip -r model.zip /path/to/model`) that may be below others. The archive's top is "".
 */
export function bundleRoots(paths: Iterable<string>): string[] {
  const roots = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/");
    const at = parts.indexOf(MDAI_NAMES.folder);
    if (at >= 0 && at < parts.length - 1) roots.add(parts.slice(0, at).join("/"));
  }
  const depth = (root: string): number => (root === "" ? 0 : root.split("/").length);
  const highest = Math.min(...[...roots].map(depth));
  return [...roots].filter((root) => depth(root) === highest);
}
