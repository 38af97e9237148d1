import { fixedRow, named, row } from "../row.js";

/** How MD.ai builds the image: config.yaml, Dockerfile and workspace. */
export const image = {
  "config-yaml-absent": fixedRow({
    severity: "info",
    title: "The bundle has no config.yaml",
    message: "The bundle has no config.yaml: MD.ai builds it with Python 3.7 and no GPU.",
    hint: "No action is needed if that is intended; otherwise add .mdai/config.yaml with base_image and device_type.",
  }),
  "config-yaml-twice": fixedRow({
    severity: "warning",
    title: "Both config.yaml and config.yml exist",
    message: "There is a config.yaml as well, and MD.ai reads only that one.",
    hint: "Remove one of them.",
  }),
  "config-yaml-syntax": row<{ problem: string }>({
    severity: "error",
    title: "config.yaml can't be read",
    message: (a) => `MD.ai's builder can't read the file: ${a.problem}.`,
    hint: "Correct the file here. It must be YAML, for example: base_image: py310",
    example: named("problem"),
  }),
  "config-yaml-shape": row<{ is: string }>({
    severity: "error",
    title: "config.yaml does not hold a mapping",
    message: (a) =>
      `The file holds ${a.is}, but must hold keys with values; MD.ai's builder crashes on it.`,
    hint: "Write one key per line, such as base_image: py310, or remove the file for the defaults.",
    example: named("is"),
  }),
  "config-yaml-value": row<{ key: string; is: string; wanted: string }>({
    severity: "error",
    title: "A value in config.yaml that MD.ai's builder stops at",
    message: (a) => `${a.key} is ${a.is}; MD.ai's builder stops unless it is ${a.wanted}.`,
    hint: (a) => `Correct ${a.key}, or leave it out for the default.`,
    example: named("key", "is", "wanted"),
  }),
  "config-yaml-read-other": row<{ key: string; written: string; read: string }>({
    severity: "warning",
    title: "A value in config.yaml that YAML reads as another",
    message: (a) =>
      a.written === ""
        ? `${a.key} has no value, and MD.ai's builder writes "${a.read}" for it.`
        : `${a.key} is written as ${a.written}, but YAML reads it as ${a.read}.`,
    hint: (a) =>
      a.written === ""
        ? 'Give it a value; write an empty text as "".'
        : `Put quotes around it: "${a.written}"`,
    cases: [
      { when: "there is a value", args: named("key", "written", "read") },
      { when: "there is none", args: { ...named("key", "read"), written: "" } },
    ],
  }),
  "config-yaml-key-twice": row<{ key: string; firstLine: number }>({
    severity: "warning",
    title: "A duplicate key in config.yaml",
    message: (a) =>
      `${a.key} is already set in line ${a.firstLine}; MD.ai's builder silently takes only the last one.`,
    hint: "Keep one of them, and remove the other.",
    lines: ["firstLine"],
    example: { ...named("key"), firstLine: 3 },
  }),
  "config-yaml-key-unknown": row<{ key: string; meant: string }>({
    severity: "warning",
    title: "A key in config.yaml that is most likely misspelt",
    message: (a) => `MD.ai's builder reads ${a.meant}, and silently ignores ${a.key}.`,
    hint: (a) => `Write ${a.meant} if that is meant.`,
    example: named("key", "meant"),
  }),
  "config-yaml-env": row<{ name: string; problem: string }>({
    severity: "error",
    title: "An environment variable in config.yaml that breaks the build",
    message: (a) =>
      `MD.ai's builder copies the variable ${a.name} into the Dockerfile as it is, which breaks the build: ${a.problem}.`,
    hint: "Change it, or set it in mdai_deploy.py (os.environ) before the code that needs it.",
    example: named("name", "problem"),
  }),
  "dockerfile-without-from": fixedRow({
    severity: "error",
    title: "The Dockerfile names no image",
    message:
      "The file has no FROM; MD.ai puts it at the beginning of its own Dockerfile, which then has none.",
    hint: "Begin it with FROM and the image that yours is made from.",
  }),
  "image-unchecked": fixedRow({
    severity: "info",
    unchecked: "the image that the Dockerfile makes",
    title: "The bundle's own image was not checked",
    message:
      "base_image is custom: what the Dockerfile makes, its Python and its packages were not checked.",
    hint: "Build it with Docker and start the server in it before you upload it.",
  }),
  "workspace-unused": row<{ image: string }>({
    severity: "info",
    title: "A workspace that is not at /workspace in the image",
    message: (a) =>
      `The bundle has a folder workspace, but base_image is ${a.image}: only nvidia's image gets it as /workspace.`,
    hint: "If the model is an MMAR, set base_image: nvidia; otherwise read the files from /src/lib/workspace.",
    example: named("image"),
  }),
};
