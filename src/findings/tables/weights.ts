import { option } from "../../options/names.js";
import { named, row } from "../row.js";

/** A file of weights that environment.json names. */
type NamedFile = {
  /** The key of environment.json that names the file. */
  readonly key: string;
  /** The path as it is named. */
  readonly path: string;
  /** The command of the MMAR that makes such a file. */
  readonly command: string;
};

const namedFile = named("key", "path", "command");

/** How the user gets a good copy of a file of weights. */
const madeBy = (a: NamedFile): string =>
  `Make ${a.path} with ${a.command}, or download the model again and compare its size with the source's.`;

/** The checkpoint and the TorchScript. */
export const weights = {
  "weights-missing": row<NamedFile & { readonly optional: boolean }>({
    severity: "error",
    title: "The file that MMAR_CKPT or MMAR_TORCHSCRIPT names is missing",
    stopsAnyDeployCode: true,
    message: (a) => `${a.key} names ${a.path}, which is not in the MMAR.`,
    hint: (a) => {
      const hint = `Download the model again if it came with the file; otherwise make it with ${a.command}, or correct ${a.key}.`;
      return a.optional
        ? `${hint} Inference needs only the TorchScript: ${option("checkpoint", false)} packs without the checkpoint.`
        : hint;
    },
    cases: [
      { when: "it is the TorchScript", args: { ...namedFile, optional: false } },
      { when: "it is the checkpoint", args: { ...namedFile, optional: true } },
    ],
  }),
  "weights-not-a-file": row<NamedFile>({
    severity: "error",
    title: "MMAR_CKPT or MMAR_TORCHSCRIPT names a folder",
    stopsAnyDeployCode: true,
    message: (a) => `${a.key} names ${a.path}, which is a folder.`,
    hint: (a) => `Name the file in it: ${a.key} is a file, MMAR_CKPT_DIR is the folder.`,
    example: namedFile,
  }),
  "weights-empty": row<NamedFile>({
    severity: "error",
    title: "A file of weights is empty",
    stopsAnyDeployCode: true,
    message: (a) => `${a.path} (${a.key}) is empty.`,
    hint: madeBy,
    example: namedFile,
  }),
  "weights-lfs-pointer": row<NamedFile>({
    severity: "error",
    title: "A file of weights is a Git LFS pointer",
    stopsAnyDeployCode: true,
    message: (a) =>
      `${a.path} (${a.key}) is a Git LFS pointer: a few lines of text instead of the weights.`,
    hint: "Run `git lfs install && git lfs pull` in the repository that it came from.",
    example: namedFile,
  }),
  "weights-html": row<NamedFile>({
    severity: "error",
    title: "A file of weights is a web page",
    stopsAnyDeployCode: true,
    message: (a) =>
      `${a.path} (${a.key}) is an HTML page, most likely a log-in or error page that was saved by a download.`,
    hint: madeBy,
    example: namedFile,
  }),
  "weights-truncated": row<NamedFile & { readonly problem: string }>({
    severity: "error",
    title: "A file of weights is cut off or damaged",
    stopsAnyDeployCode: true,
    message: (a) =>
      `${a.path} (${a.key}) starts as a PyTorch archive but can't be read to its end: ${a.problem}.`,
    hint: madeBy,
    example: { ...namedFile, ...named("problem") },
  }),
  "weights-swapped": row<NamedFile & { readonly is: string; readonly wanted: string }>({
    severity: "error",
    title: "A checkpoint where a TorchScript should be, or the other way round",
    stopsAnyDeployCode: true,
    message: (a) => `${a.path} (${a.key}) is a ${a.is}, but should be a ${a.wanted}.`,
    hint: (a) => `Name the ${a.wanted} in ${a.key}; ${a.command} makes it.`,
    example: { ...namedFile, ...named("is", "wanted") },
  }),
  "weights-unknown": row<NamedFile & { readonly starts: string }>({
    severity: "error",
    title: "A file of weights has an unknown format",
    stopsAnyDeployCode: true,
    message: (a) =>
      `${a.path} (${a.key}) is neither a PyTorch archive nor a pickle; it starts with ${a.starts}.`,
    hint: madeBy,
    example: { ...namedFile, ...named("starts") },
  }),
  "weights-not-used": row<{ used: string }>({
    severity: "error",
    title: "Inference needs the checkpoint that is to be left out",
    stopsAnyDeployCode: true,
    message: (a) =>
      `${option("checkpoint", false)} leaves out the checkpoint, but the inference config loads ${a.used}.`,
    hint: 'Let the config load the TorchScript ("model": {"ts_path": "{MMAR_TORCHSCRIPT}"}), or leave the option out.',
    example: named("used"),
  }),
};
