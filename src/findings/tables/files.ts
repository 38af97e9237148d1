import { option } from "../../options/names.js";
import { fixedRow, named, row } from "../row.js";

/** The files and folders of the MMAR, whatever they hold. */
export const files = {
  "symlink-outside": row<{ target: string }>({
    severity: "error",
    title: "A symbolic link leads out of the MMAR",
    message: (a) =>
      `The link leads to ${a.target}, outside the MMAR, so its file is not in the bundle.`,
    hint: `Replace the link by the file itself, or leave the link out with ${option("exclude")}.`,
    example: named("target"),
  }),
  "symlink-broken": row<{ target: string }>({
    severity: "error",
    title: "A symbolic link leads nowhere",
    message: (a) => `The link leads to ${a.target}, which does not exist or is a loop.`,
    hint: `Remove the link, or leave it out with ${option("exclude")}.`,
    example: named("target"),
  }),
  "symlink-folder": row<{ target: string }>({
    severity: "error",
    title: "A symbolic link to a folder",
    message: (a) => `The link leads to the folder ${a.target}; a bundle can't hold links.`,
    hint: `Replace the link by the folder itself, or leave the link out with ${option("exclude")}.`,
    example: named("target"),
  }),
  "symlink-inside": row<{ target: string }>({
    severity: "info",
    title: "A symbolic link within the MMAR is packed as the file it leads to",
    message: (a) => `The link leads to ${a.target}; the bundle holds a copy of that file.`,
    hint: "No action is needed.",
    example: named("target"),
  }),
  unreadable: row<{ problem: string }>({
    severity: "error",
    title: "A file or folder can't be read",
    message: (a) => `It can't be read: ${a.problem}.`,
    hint: `Get permission to read it, or leave it out with ${option("exclude")}.`,
    example: named("problem"),
  }),
  "special-file": row<{ is: string }>({
    severity: "error",
    title: "Neither a file nor a folder",
    message: (a) => `This is a ${a.is}; an archive can't hold it.`,
    hint: `Remove it, or leave it out with ${option("exclude")}.`,
    example: named("is"),
  }),
  "file-changed": fixedRow({
    severity: "error",
    title: "A file changed while it was read",
    message: "The file changed or vanished while it was read, so mmar2mdai stopped.",
    hint: "Wait until the program that writes it is done, and try again.",
  }),
  "name-not-archivable": row<{ problem: string }>({
    severity: "error",
    title: "A file name that can't go into an archive",
    message: (a) => `The name ${a.problem}, so it can't go into the archive as it is.`,
    hint: `Rename the file, or leave it out with ${option("exclude")}.`,
    example: named("problem"),
  }),
  "name-case-clash": row<{ other: string }>({
    severity: "warning",
    title: "Two names that some file systems take for one",
    stopsAnyDeployCode: true,
    message: (a) =>
      `The name differs from ${a.other} only in case, or in how its accents are encoded: on file systems that ignore either, one overwrites the other.`,
    hint: "Rename one of them.",
    example: named("other"),
  }),
  "script-not-for-bash": row<{ has: string }>({
    severity: "info",
    title: "A shell script as Windows writes it",
    saidByPack: true,
    message: (a) => `The script has ${a.has}, which bash takes for a part of its commands.`,
    hint: "No action is needed: the deploy code reads a copy without it, and the bundle holds the script as it is. Elsewhere the MMAR needs it mended: dos2unix takes out both, and git writes LF where a .gitattributes says *.sh text eol=lf.",
    example: named("has"),
  }),
  "folder-too-large": row<{ problem: string }>({
    severity: "error",
    title: "The folder holds far more than a model",
    message: (a) => `The folder ${a.problem}.`,
    hint: "Check that it is the model's own folder. If it is, move what does not belong to the model out of it.",
    example: named("problem"),
  }),
  "bundle-too-large": row<{ problem: string }>({
    severity: "error",
    title: "The bundle would be larger than bundles may be",
    message: (a) => `The bundle would ${a.problem}.`,
    hint: `Leave out what inference does not need with ${option("exclude")}.`,
    example: named("problem"),
  }),
  "needed-file-excluded": row<{ why: string }>({
    severity: "error",
    title: "A file that inference needs is left out",
    message: (a) => `${option("exclude")} leaves out this file, but ${a.why}.`,
    hint: "Make the glob narrower, so that it does not match this file.",
    example: named("why"),
  }),
};
