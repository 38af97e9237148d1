import { UsageError } from "../errors.js";
import { printable } from "../files/archive.js";
import { chunksOf, type SourceFile } from "../files/source-file.js";
import { readUserFile } from "../files/user-file.js";
import { type Finding, finding } from "../findings/finding.js";
import { option } from "../options/names.js";
import type { Manifest } from "../public-json/manifest.js";
import { violations } from "../schemas.js";
import { MOST } from "../text/limits.js";
import { hashChunks } from "../write/file-hash.js";

/** Where one entry differs there may be many: a few show what is wrong. */
const MOST_FINDINGS = 20;

/**
 * Reads the manifest that a bundle is to be compared with.
 *
 * @throws {@link UsageError} if it can't be read, or is not a manifest
 */
export async function readManifest(path: string): Promise<Manifest> {
  const value = parse(
    await readUserFile(path, `${option("manifest")}: ${path}`, MOST.manifestBytes),
    path,
  );
  const [fault] = violations("manifest", value);
  if (fault === undefined) return value as Manifest;
  const at = fault.instancePath === "" ? "it" : fault.instancePath.slice(1).replaceAll("/", ".");
  throw new UsageError(
    `${option("manifest")}: ${path} is not the manifest of a bundle: ${at} ${fault.message}. ` +
      "Name the .manifest.json that was written beside the bundle.",
  );
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `${option("manifest")}: ${path} is not JSON: ${(error as Error).message}.`,
    );
  }
}

/** Compares an archive as a whole with its manifest. */
export function compareArchive(
  { bundle }: Manifest,
  archive: { readonly path: string; readonly size: number; readonly sha256: string },
): Finding[] {
  const { size, sha256 } = archive;
  if (size === bundle.size && sha256 === bundle.sha256) return [];
  const args = { is: `${size} bytes, ${sha256}`, wanted: `${bundle.size} bytes, ${bundle.sha256}` };
  return [finding("manifest-bundle", args, { file: archive.path })];
}

/**
 * Compares what an archive holds with its manifest: which files, and their lengths, run bits and
 * SHA-256.
 *
 * @param signal - ends the reading, which then fails with its reason
 */
export async function compareEntries(
  { entries }: Manifest,
  files: readonly SourceFile[],
  signal?: AbortSignal,
): Promise<Finding[]> {
  const rest = new Map(files.map((file) => [file.path, file]));
  const findings: Finding[] = [];
  const note = (path: string, problem: string): void => {
    findings.push(finding("manifest-entry", { problem }, { file: printable(path) }));
  };
  for (const entry of entries) {
    const file = rest.get(entry.path);
    rest.delete(entry.path);
    const problem =
      file === undefined ? "is not in the bundle" : await difference(entry, file, signal);
    if (problem !== undefined) note(entry.path, problem);
    if (findings.length === MOST_FINDINGS) return findings;
  }
  for (const path of rest.keys()) note(path, "is in the bundle, but not in the manifest");
  return findings.slice(0, MOST_FINDINGS);
}

async function difference(
  { mode, size, sha256 }: Manifest["entries"][number],
  file: SourceFile,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (file.size !== size) return `has ${file.size} bytes, not ${size}`;
  if (file.executable !== (mode === "755")) {
    return file.executable ? "may be run, but should not" : "has lost its run bit";
  }
  const found = await hashChunks(chunksOf(file), signal);
  return found === sha256 ? undefined : `has another content: its SHA-256 is ${found}`;
}
