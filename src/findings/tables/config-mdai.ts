import { fixedRow, named, row } from "../row.js";

/** config_mdai.json, and the MMAR in the bundle. */
export const configMdai = {
  "config-mdai-schema": row<{ key: string; problem: string }>({
    severity: "error",
    title: "config_mdai.json is not what the deploy code reads",
    message: (a) =>
      `${a.key === "" ? "The file" : a.key} ${a.problem}, so the deploy code can't use the file.`,
    hint: "Pack the MMAR again; the options of mmar2mdai pack change what the file holds.",
    cases: [
      { when: "it is one key", args: named("key", "problem") },
      { when: "it is the whole file", args: { key: "", ...named("problem") } },
    ],
  }),
  "config-mdai-key": row<{ key: string; is: string; wanted: string }>({
    severity: "warning",
    title: "A key of config_mdai.json has an unusual value",
    message: (a) => `${a.key} is ${a.is}; it is usually ${a.wanted}.`,
    hint: "Check that the deploy code can read it.",
    example: named("key", "is", "wanted"),
  }),
  "config-mdai-path": row<{ key: string; path: string; what: string }>({
    severity: "error",
    title: "config_mdai.json names what is not in the bundle",
    message: (a) => `${a.key} names the ${a.what} ${a.path}, which is not in the bundle.`,
    hint: (a) => `Correct ${a.key}, or add the ${a.what}.`,
    example: named("key", "path", "what"),
  }),
  "config-mdai-disagrees": row<{ key: string; value: string; other: string; from: string }>({
    severity: "warning",
    title: "config_mdai.json and the bundle disagree",
    message: (a) => `${a.key} is ${a.value}, but ${a.other} according to ${a.from}.`,
    hint: "Check which is right; no action is needed if it was set on purpose.",
    example: named("key", "value", "other", "from"),
  }),
  "runtime-image": row<{ runtime: string; image: string; wanted: string }>({
    severity: "error",
    title: "The base image is not that of the runtime",
    message: (a) =>
      `The bundle was made for the runtime ${a.runtime}, which runs in the image ${a.wanted}, but base_image is ${a.image}.`,
    hint: (a) =>
      `Set base_image to ${a.wanted}, or pack the MMAR again with the runtime that you want.`,
    example: named("runtime", "image", "wanted"),
  }),
  "runtime-package": row<{ runtime: string; requirement: string }>({
    severity: "error",
    title: "A package that the runtime needs is missing, or not pinned",
    message: (a) =>
      `requirements.txt does not ask for ${a.requirement} or another version of it, without which the runtime ${a.runtime} does not run in MD.ai's image.`,
    hint: (a) => `Add the line ${a.requirement} again.`,
    example: named("runtime", "requirement"),
  }),
  "bundle-without-mmar": fixedRow({
    severity: "info",
    title: "No MMAR was found in the bundle",
    message:
      "workspace/ holds nothing that looks like an MMAR, or several MMARs, so the model was not checked.",
    hint: "No action is needed if the deploy code brings its own model.",
  }),
  "bundle-clara-4-0": row<{ evidence: string }>({
    severity: "warning",
    title: "A config of Clara 4.0 in an image of 4.1",
    message: (a) =>
      `The MMAR's inference config was made for Clara Train 4.0 (${a.evidence}), but MD.ai's image is 4.1, which reads some of it differently.`,
    hint: "Rewrite it for 4.1 (docs/clara-4.0.md), or pack the MMAR with mmar2mdai, which does so.",
    example: named("evidence"),
  }),
  "trust-in-bundle": row<{ names: readonly string[] }>({
    severity: "warning",
    title: "Code is loaded because the bundle's maker trusts it",
    message: (a) =>
      `Loading the model runs ${a.names.join(", ")}: whoever made the bundle trusts them, as its config_mdai.json says. They were not checked.`,
    hint: "Use the bundle only if you trust its maker.",
    example: { names: ["‹module.name›"] },
  }),
};
