import { named, row } from "../row.js";

/** A bundle compared with the manifest that it was packed with. */
export const manifest = {
  "manifest-bundle": row<{ is: string; wanted: string }>({
    severity: "error",
    title: "The bundle is not the one of its manifest",
    message: (a) =>
      `The archive is not the one in the manifest: it is ${a.is}, but was ${a.wanted}.`,
    hint: "Use the bundle and the manifest of the same run of pack. If nobody changed the bundle on purpose, copy or download it again.",
    example: named("is", "wanted"),
  }),
  "manifest-entry": row<{ problem: string }>({
    severity: "error",
    title: "A file of the bundle differs from the manifest",
    message: (a) => `The file ${a.problem}.`,
    hint: "Find out who changed the bundle, or pack the MMAR again.",
    example: named("problem"),
  }),
};
