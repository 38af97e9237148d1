import { named, row } from "../row.js";

/** The folder or archive that the user gave. */
export const input = {
  "mmar-not-found": row<{ path: string }>({
    severity: "error",
    title: "There is no such folder or archive",
    message: (a) => `${a.path} does not exist.`,
    hint: "Check the path. It must be the folder of an MMAR, the one that holds config/, or of a MONAI bundle, the one that holds configs/, or a zip or tar.gz of it.",
    example: named("path"),
  }),
  "mmar-not-a-folder": row<{ path: string; is: string }>({
    severity: "error",
    title: "The MMAR is neither a folder nor an archive",
    message: (a) => `${a.path} is neither a folder nor a zip or tar.gz: ${a.is}.`,
    hint: "Give the folder that holds config/, or a zip or tar.gz of it. Unpack the archive if it has another format; download it again if it should be a zip or tar.gz.",
    example: named("path", "is"),
  }),
  "not-an-mmar": row<{ path: string; better: string | null; isArchive: boolean }>({
    severity: "error",
    title: "The folder is neither an MMAR nor a MONAI bundle",
    notAnMmar: true,
    message: (a) =>
      `${a.path} has neither config/environment.json nor an inference config, so it is not an MMAR; and without configs/metadata.json it is not a MONAI bundle.`,
    hint: (a) => {
      if (a.better === null)
        return "Give the root of the MMAR: the folder that holds config/, models/ and commands/. Of a MONAI bundle it is the one that holds configs/.";
      return a.isArchive
        ? `Unpack the archive, and give the MMAR in it: ${a.better}`
        : `Give the MMAR in it: ${a.better}`;
    },
    cases: [
      { when: "it holds no MMAR", args: { ...named("path"), better: null, isArchive: false } },
      {
        when: "a folder in it is an MMAR",
        args: { ...named("path", "better"), isArchive: false },
      },
      {
        when: "it is an archive that holds an MMAR deeper inside",
        args: { ...named("path", "better"), isArchive: true },
      },
    ],
  }),
  "already-a-bundle": row<{ path: string; inner: string | null }>({
    severity: "error",
    title: "The input is already a bundle for MD.ai",
    notAnMmar: true,
    message: (a) => `${a.path} holds .mdai: it is a bundle for MD.ai, not an MMAR.`,
    hint: (a) =>
      a.inner === null
        ? "Give the MMAR that the bundle was made from."
        : `Upload it as it is, or pack the MMAR in it again: ${a.inner}`,
    cases: [
      { when: "it is an archive, or holds no MMAR", args: { ...named("path"), inner: null } },
      { when: "it is a folder that holds an MMAR", args: named("path", "inner") },
    ],
  }),
  "several-mmars": row<{ path: string; mmars: readonly string[]; count: number }>({
    severity: "error",
    title: "The folder holds several MMARs",
    message: (a) =>
      `${a.path} is not an MMAR, but holds ${a.count} of them: ${[...a.mmars, ...["…"].slice(0, a.count - a.mmars.length)].join(", ")}.`,
    hint: (a) => `Give one of them, or pack them all: mmar2mdai batch ${a.path}`,
    example: { ...named("path"), mmars: ["‹mmar›", "‹other›"], count: 2 },
  }),
  "mmar-part": row<{ path: string; part: string; root: string | null; kind: string }>({
    severity: "error",
    title: "The input is a part of an MMAR",
    message: (a) =>
      `${a.path} is the ${a.part}/ of ${a.kind === "MMAR" ? "an" : "a"} ${a.kind}, not the ${a.kind}.`,
    hint: (a) =>
      a.root === null
        ? "Give the whole MMAR: the folder that holds config/, models/ and commands/, or an archive of it."
        : `The ${a.kind} is the folder above. Give ${a.root}`,
    cases: [
      {
        when: "the MMAR is the folder above",
        args: { ...named("path", "part", "root"), kind: "MMAR" },
      },
      {
        when: "a MONAI bundle is the folder above",
        args: { ...named("path", "part", "root"), kind: "MONAI bundle" },
      },
      {
        when: "the MMAR is not there",
        args: { ...named("path", "part"), root: null, kind: "MMAR" },
      },
    ],
  }),
  "archive-inside": row<{ path: string; inner: string; isArchive: boolean }>({
    severity: "error",
    title: "The MMAR is in an archive in the input",
    message: (a) =>
      `${a.path} is not an MMAR, but holds the archive ${a.inner}, and that holds one.`,
    hint: (a) =>
      a.isArchive ? `Unpack ${a.path}, and give ${a.inner}` : `Give the archive: ${a.inner}`,
    cases: [
      { when: "the input is a folder", args: { ...named("path", "inner"), isArchive: false } },
      { when: "the input is an archive", args: { ...named("path", "inner"), isArchive: true } },
    ],
  }),
  "monai-bundle": row<{ path: string; root: string; isArchive: boolean }>({
    severity: "error",
    title: "A MONAI bundle lies deeper in the input",
    message: (a) =>
      `${a.path} is no model, but holds ${a.root}, which is a MONAI bundle (it has configs/metadata.json).`,
    hint: (a) =>
      a.isArchive
        ? `Unpack ${a.path}, and give ${a.root}`
        : `Give ${a.path}/${a.root}, or pack all that there are: mmar2mdai batch ${a.path}`,
    cases: [
      {
        when: "the input is a folder",
        args: { ...named("path", "root"), isArchive: false },
      },
      {
        when: "the input is an archive",
        args: { ...named("path", "root"), isArchive: true },
      },
    ],
  }),
  "nnunet-model": row<{ path: string; root: string | null }>({
    severity: "error",
    title: "The input is an nnU-Net model",
    message: (a) =>
      `${a.root === null ? `${a.path} is` : `${a.root} in ${a.path} is`} a trained model of nnU-Net (it has fold_… with checkpoints), which is not supported: nnU-Net's own code runs such models.`,
    hint: "Give an MMAR of Clara Train 4.",
    cases: [
      { when: "it is one itself", args: { ...named("path"), root: null } },
      { when: "it holds one", args: named("path", "root") },
    ],
  }),
  "lone-weights": row<{ path: string; is: string; mmar: string | null }>({
    severity: "error",
    title: "The input is a file of weights",
    notAnMmar: true,
    message: (a) =>
      `${a.path} is ${a.is}: the weights of a model, without the configs that say how to run it.`,
    hint: (a) =>
      a.mmar === null
        ? "Give the folder of the MMAR that it belongs to: the one that holds config/, models/ and commands/."
        : `It lies in a model. Give that: ${a.mmar}`,
    cases: [
      { when: "it lies in an MMAR", args: named("path", "is", "mmar") },
      { when: "it lies elsewhere", args: { ...named("path", "is"), mmar: null } },
    ],
  }),
  "image-given": row<{ path: string; is: string }>({
    severity: "error",
    title: "The input is images, not a model",
    notAnMmar: true,
    message: (a) => `${a.path} is ${a.is}: images to run a model on, not a model.`,
    hint: "Give the MMAR here, the folder that holds config/, models/ and commands/. On MD.ai the packed model is then run on images.",
    example: named("path", "is"),
  }),
  "download-failed": row<{ path: string; is: string }>({
    severity: "error",
    title: "The archive is a web page or a message of a server",
    message: (a) =>
      `${a.path} is named like an archive, but is ${a.is}, as after a download that failed.`,
    hint: "Open it as text to see what it says, and download the archive again. NVIDIA's catalogue NGC may ask for a login: with its command line tool, ngc config set takes an API key, and ngc registry model download-version nvidia/med/NAME:VERSION then downloads the model.",
    example: named("path", "is"),
  }),
  "archive-other-format": row<{ path: string; is: string }>({
    severity: "error",
    title: "An archive of a format that is not read",
    message: (a) => `${a.path} is ${a.is}; only folders, zip, tar and tar.gz are read.`,
    hint: "Unpack it, and give the folder of the MMAR.",
    example: named("path", "is"),
  }),
};
