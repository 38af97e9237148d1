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
