import { counted, fixedRow, named, row } from "../row.js";

/** The archive of a bundle, and where its files lie. */
export const bundle = {
  "bundle-not-found": row<{ path: string }>({
    severity: "error",
    title: "There is no such bundle",
    message: (a) => `${a.path} does not exist.`,
    hint: "Check the path. It must be a bundle for MD.ai, a .zip or .tar.gz.",
    example: named("path"),
  }),
  "bundle-not-an-archive": row<{ path: string; is: string }>({
    severity: "error",
    title: "The bundle is not a zip or tar.gz",
    message: (a) => `${a.path} is not a zip or tar.gz, and MD.ai takes nothing else: ${a.is}.`,
    hint: "Make an archive of the folder that holds .mdai: zip -r bundle.zip model",
    example: named("path", "is"),
  }),
  "bundle-name": row<{ wanted: string }>({
    severity: "warning",
    title: "The bundle's name does not fit its format",
    message: (a) =>
      `The archive's name does not end in ${a.wanted}, which is its format; MD.ai asks for .zip or .tar.gz.`,
    hint: (a) => `Rename it, so that it ends in ${a.wanted}.`,
    example: named("wanted"),
  }),
  "mdai-folder-missing": row<{ isMmar: boolean; is: string | null; better: string | null }>({
    severity: "error",
    title: "The bundle has no folder .mdai",
    message: "The archive has no folder .mdai, in which MD.ai looks for its files.",
    hint: (a) => {
      if (a.better !== null) return `Rename ${a.better} to .mdai, with the dot.`;
      if (a.is !== null) return `This is ${a.is}, not a bundle for MD.ai.`;
      return a.isMmar
        ? "This is an MMAR, not a bundle: make a bundle of it with mmar2mdai pack."
        : "Zip the folder itself (zip -r bundle.zip model): model/* leaves out names that begin with a dot.";
    },
    cases: [
      {
        when: "the folder has another name",
        args: { isMmar: false, is: null, ...named("better") },
      },
      { when: "it is an MMAR", args: { isMmar: true, is: null, better: null } },
      {
        when: "it is something else that is known, as a MONAI bundle",
        args: { isMmar: false, ...named("is"), better: null },
      },
      { when: "it is none of these", args: { isMmar: false, is: null, better: null } },
    ],
  }),
  "mdai-folder-several": row<{ folders: string }>({
    severity: "error",
    title: "The archive holds several bundles",
    message: (a) => `Several folders of the archive hold .mdai: ${a.folders}.`,
    hint: "Make an archive of each.",
    example: named("folders"),
  }),
  "bundle-at-top": fixedRow({
    severity: "warning",
    title: "The bundle's folder is not in the archive",
    message:
      ".mdai lies at the top of the archive; MD.ai asks for an archive of the folder that holds it, model/.",
    hint: "Zip the folder and not what is in it: zip -r bundle.zip model",
  }),
  "bundle-root-name": row<{ root: string }>({
    severity: "info",
    title: "The bundle's folder is not called model",
    message: (a) => `The bundle's folder is ${a.root}; in MD.ai's own examples it is model/.`,
    hint: "No action is needed; rename it if MD.ai does not find it.",
    example: named("root"),
  }),
  "bundle-beside": row<{ root: string; files: number; example: string }>({
    severity: "info",
    title: "The archive holds files outside the bundle's folder",
    message: (a) =>
      `The bundle is the folder ${a.root} of the archive; ${counted(a.files, "file outside of it is", "files outside of it are")} not in the image, for example ${a.example}.`,
    hint: "Leave them out if the model does not need them; otherwise move them into the folder.",
    example: { ...named("root", "example"), files: 2 },
  }),
  "bundle-file-missing": row<{ name: string; why: string }>({
    severity: "error",
    title: "The bundle lacks a file that MD.ai needs",
    message: (a) => `There is no ${a.name}: ${a.why}.`,
    hint: (a) => `Add ${a.name}.`,
    example: named("name", "why"),
  }),
};
