import { counted, fixedRow, named, row } from "../row.js";

/** Which entries of an archive share a fault. */
export type SharedBy = {
  readonly entries: number;
  /** The first of them, as they can be shown. */
  readonly examples: readonly string[];
};

/** "This entry", or "16 entries (a/b, a/c, …)". */
function theEntries({ entries, examples }: SharedBy, one: string, many: string): string {
  if (entries === 1) return one;
  const shown = [...examples, ...["…"].slice(0, entries - examples.length)];
  return `${many.replace("#", String(entries))} (${shown.join(", ")})`;
}

const shares = (entries: number) => ({ entries, examples: ["‹example›"] });

/** The examples of a row whose finding stands for one entry or for several. */
const oneOrMore = <A>(args: A) =>
  [
    { when: "it is one entry", args: { ...args, ...shares(1) } },
    { when: "there are several such entries", args: { ...args, ...shares(16) } },
  ] as const;

/** An archive that was given instead of a folder. */
export const archive = {
  "archive-damaged": row<{ problem: string }>({
    severity: "error",
    title: "The archive is damaged or cut off",
    message: (a) => `The archive can't be read: ${a.problem}.`,
    hint: "Download or make it again, and compare its size with the source's.",
    example: named("problem"),
  }),
  "archive-inconsistent": row<{ problem: string }>({
    severity: "error",
    title: "The archive contradicts itself",
    message: (a) =>
      `The archive contradicts itself: ${a.problem}, so programs disagree on what it holds.`,
    hint: "Download it again from a source that you trust, or unpack it, check what came out, and pack that folder.",
    example: named("problem"),
  }),
  "archive-entry-name": row<{ problem: string } & SharedBy>({
    severity: "error",
    title: "An archive with a name that is not accepted",
    message: (a) =>
      `${theEntries(a, "The name of this entry", "Each of # names")} ${a.problem}; archives with such names are not read.`,
    hint: "Download it again from a source that you trust, or pack the folder that it was made from.",
    cases: oneOrMore(named("problem")),
  }),
  "archive-backslashes": row<{ names: number }>({
    severity: "warning",
    title: "A zip with backslashes instead of slashes",
    message: (a) =>
      `The names in the zip have backslashes instead of slashes (${a.names} of them), as some Windows programs write them; they are read as slashes.`,
    hint: "No action is needed if the files are where they should be. Otherwise pack the folder that the zip was made from.",
    example: { names: 16 },
  }),
  "archive-entry-kind": row<{ is: string } & SharedBy>({
    severity: "error",
    title: "An archive with an entry that is neither a file nor a folder",
    message: (a) =>
      `${theEntries(a, "This entry", "Each of # entries")} is ${a.is}; only files and folders are read from an archive.`,
    hint: "Unpack the archive, replace this entry by a file, and pack the folder; or make the archive again with the files themselves (zip, tar --dereference --hard-dereference).",
    cases: oneOrMore(named("is")),
  }),
  "archive-entry-twice": row<{ is: string } & SharedBy>({
    severity: "error",
    title: "An archive with two entries of the same name",
    message: (a) =>
      `${theEntries(a, "The name", "Each of # names")} ${a.is}, so programs disagree on what it means.`,
    hint: "Make the archive again from the folder, or pack the folder itself.",
    cases: oneOrMore(named("is")),
  }),
  "archive-encrypted": fixedRow({
    severity: "error",
    title: "The archive is encrypted",
    message: "The archive is encrypted, and can't be read without its password.",
    hint: "Unpack it with its password, and pack the folder.",
  }),
  "archive-method": row<{ method: string } & SharedBy>({
    severity: "error",
    title: "A zip with a compression method that is not supported",
    message: (a) =>
      `${theEntries(a, "This entry", "Each of # entries")} is compressed with ${a.method}; only Deflate is supported in zips.`,
    hint: "Unpack the archive, and pack the folder.",
    cases: oneOrMore(named("method")),
  }),
  "archive-too-large": row<{ problem: string }>({
    severity: "error",
    title: "The archive holds far more than a model",
    message: (a) => `The archive ${a.problem}.`,
    hint: "Check where it comes from. If it is a model all the same, unpack it, and pack the folder.",
    example: named("problem"),
  }),
  "archive-several-mmars": row<{ names: string }>({
    severity: "error",
    title: "The archive holds several MMARs",
    message: (a) => `The archive holds several MMARs: ${a.names}.`,
    hint: "Unpack it, and give the folder of one of them.",
    example: named("names"),
  }),
  "archive-beside": row<{ root: string; files: number; example: string }>({
    severity: "info",
    title: "The archive holds files outside the MMAR's folder",
    message: (a) =>
      `The MMAR is the folder ${a.root} of the archive; ${counted(a.files, "file outside of it is", "files outside of it are")} not packed, for example ${a.example}.`,
    hint: "No action is needed if the model does not need them; otherwise move them into the MMAR's folder.",
    example: { ...named("root", "example"), files: 2 },
  }),
};
