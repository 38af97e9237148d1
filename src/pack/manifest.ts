import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { Inspection } from "../bundle/prepare.js";
import type { Naming } from "../options/names.js";
import type { Manifest } from "../public-json/manifest.js";
import { version } from "../version.js";
import type { BundleForm, HashedEntry } from "../write/bundle-key.js";
import type { BundlePlan } from "../write/bundle-plan.js";
import { checkTarget } from "../write/temp-file.js";
import { writeText } from "../write/text-file.js";
import type { WriteResult } from "../write/write.js";
import { derivedFacts, octal, overrideRows } from "./derived-facts.js";

const SUFFIXES = { manifest: ".manifest.json", checksum: ".sha256" } as const;

/** Where the manifest of a bundle lies. */
export const manifestPath = (target: string): string => `${target}${SUFFIXES.manifest}`;

/** Where the file for `sha256sum -c` lies. */
export const checksumPath = (target: string): string => `${target}${SUFFIXES.checksum}`;

/**
 * Refuses to go on where the files beside the bundle can't be had.
 *
 * @throws TargetExistsError where one exists and may not be replaced
 */
export async function checkManifest(target: string, force: boolean): Promise<void> {
  for (const path of [manifestPath(target), checksumPath(target)]) await checkTarget(path, force);
}

/** What a manifest says. No clock and no host is in it: the same bundle has the same manifest. */
export function manifestOf(
  inspection: Inspection,
  plan: BundlePlan,
  { target, size, sha256, entries }: WriteResult,
  { format, compression, mtime }: BundleForm,
  naming?: Naming,
): Manifest {
  const { source, overrides, runtime } = inspection;
  const hashed = hashedEntries(plan, entries);
  return {
    schema: 1,
    tool: { name: "mmar2mdai", version: version() },
    bundle: {
      name: basename(target),
      format,
      compression,
      time: mtime.toISOString(),
      size,
      sha256,
    },
    mmar: {
      name: source?.name ?? "",
      catalogue: source?.catalogue ?? null,
      generation: source?.generation.generation ?? "unknown",
      clara_train_version: source?.statedVersion ?? null,
      sha256: mmarSha256(plan, hashed),
    },
    runtime,
    derived: derivedFacts(inspection, naming),
    overrides: overrideRows(overrides, naming),
    trust: [...inspection.trusted],
    entries: hashed.map((entry) => ({ ...entry, mode: octal(entry.mode) })),
  };
}

/**
 * Writes the manifest, and beside it a file by which `sha256sum -c` checks the bundle.
 *
 * @throws TargetExistsError where one exists, or appears meanwhile, without `force`
 * @throws MachineError where the system fails
 */
export async function writeManifest(
  manifest: Manifest,
  target: string,
  force: boolean,
): Promise<void> {
  await writeText(manifestPath(target), `${JSON.stringify(manifest, null, 2)}\n`, force);
  await writeText(checksumPath(target), checksumLine(manifest.bundle), force);
}

/** A line of `sha256sum`, which marks names that it has to escape (GNU coreutils). */
function checksumLine({ sha256, name }: Manifest["bundle"]): string {
  const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r" };
  const escaped = name.replace(/[\\\n\r]/g, (character) => escapes[character] ?? "");
  return `${escaped === name ? "" : "\\"}${sha256}  ${escaped}\n`;
}

/** The entries of a plan with the hashes that were taken while they were written. */
export function hashedEntries(
  { entries }: BundlePlan,
  written: WriteResult["entries"],
): HashedEntry[] {
  return entries.map(({ path, mode, size }, i) => {
    const sha256 = written[i]?.sha256;
    if (sha256 === undefined) throw new Error(`No hash was taken of ${path}`);
    return { path, mode, size, sha256 };
  });
}

/** The MMAR by its packed files: whoever has them gets the same with `sha256sum`. */
function mmarSha256({ entries }: BundlePlan, hashed: readonly HashedEntry[]): string {
  const files = entries.flatMap(({ content }, i) =>
    content.kind === "file" ? [{ path: content.file.path, sha256: hashed[i]?.sha256 }] : [],
  );
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const hash = createHash("sha256");
  for (const { path, sha256 } of files) hash.update(`${sha256}  ${path}\n`);
  return hash.digest("hex");
}
