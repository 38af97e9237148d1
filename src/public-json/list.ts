import { z } from "zod";
import { findings } from "./finding.js";
import { commandOf, count, formVersion, list } from "./parts.js";

export const listDefinition = z
  .object({
    schema: formVersion,
    command: commandOf("list"),
    ok: z.boolean().describe("Whether all of it could be listed. The exit code is 0 then, else 1."),
    location: z.string().describe("The folder or archive, as it was given."),
    format: z
      .enum(["folder", "zip", "tar.gz", "tar"])
      .nullable()
      .describe("What it is; null where it can't be listed."),
    size: count
      .nullable()
      .describe("Length of the archive in bytes; null for a folder, and where it can't be read."),
    files: count.describe("Number of files in it."),
    content_size: count.describe("Their total length in bytes, unpacked."),
    entries: list(
      z.object({
        path: z.string().describe("Path in the folder or archive, with forward slashes."),
        size: count
          .nullable()
          .describe("Length in bytes; null for what is no file: a link that is not followed."),
        note: z.string().optional().describe("What it is besides a file, in words for people."),
      }),
    ).describe("What lies in it, ordered by path."),
    findings: findings.describe("Why not all of it could be listed."),
  })
  .meta({ id: "list", description: "What list prints." });

export type ListOutput = z.infer<typeof listDefinition>;
