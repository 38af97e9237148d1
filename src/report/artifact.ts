import { join, relative, resolve, sep } from "node:path";
import { isInside } from "../files/paths.js";
import type { Finding, Place } from "../findings/finding.js";
import { findingOnCommandLine } from "../findings/format.js";
import { escapeControls } from "../text/format.js";
import type { ReportContext, Subject } from "./reporter.js";
import { placeText } from "./text.js";

/** A file of the disk that a finding, or a subject as a whole, is about. */
export interface Artifact {
  /** Below the report's folder: relative to it, with "/" between its parts. Otherwise absolute. */
  readonly path: string;
  readonly isBelow: boolean;
}

/** The file that a place lies in; of an archive the archive itself, and the folder without one. */
export function artifactOf(
  { location, isArchive }: Subject,
  { folder }: ReportContext,
  place?: Place,
): Artifact {
  const whole = resolve(location);
  const path = isArchive || place === undefined ? whole : join(whole, place.file);
  if (!isInside(folder, path)) return { path, isBelow: false };
  return { path: relative(folder, path).split(sep).join("/") || ".", isBelow: true };
}

/** Line and column, where the artifact is the file that they count in. */
export function positionOf(
  { isArchive }: Subject,
  place: Place | undefined,
): { readonly line: number; readonly column?: number } | undefined {
  if (isArchive || place?.line === undefined) return undefined;
  const { line, column } = place;
  return column === undefined ? { line } : { line, column };
}

/** Message and hint in one text; in an archive the place stands before them. */
export function sentences({ isArchive }: Subject, finding: Finding): string {
  const { message, hint } = findingOnCommandLine(finding);
  const { place } = finding;
  const where = isArchive && place !== undefined ? `${placeText(place)}: ` : "";
  return `${where}${escapeControls(message)} ${escapeControls(hint)}`;
}
