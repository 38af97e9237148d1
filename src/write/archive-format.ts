import type { ArchiveFormat } from "../options/words.js";

const ENDINGS: Readonly<Record<ArchiveFormat, RegExp>> = {
  zip: /\.zip$/i,
  "tar.gz": /\.(tar\.gz|tgz)$/i,
};

/** The form of a bundle by the ending of its name; undefined where that tells none. */
export function formatOfName(name: string): ArchiveFormat | undefined {
  if (ENDINGS.zip.test(name)) return "zip";
  return ENDINGS["tar.gz"].test(name) ? "tar.gz" : undefined;
}
