import { named, row } from "../row.js";

/** The folder or archive that the user gave. */
export const input = {
  "mmar-not-found": row<{ path: string }>({
    severity: "error",
    title: "There is no such folder or archive",
    message: (a) => `${a.path} does not exist.`,
    hint: "Check the path. It must be the folder of an MMAR, the one that holds config/, or a zip or tar.gz of it.",
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
    title: "The folder is not an MMAR",
    notAnMmar: true,
    message: (a) =>
      `${a.path} has neither config/environment.json nor an inference config, so it is not an MMAR.`,
    hint: (a) => {
      if (a.better === null)
        return "Give the root of the MMAR: the folder that holds config/, models/ and commands/.";
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
};
