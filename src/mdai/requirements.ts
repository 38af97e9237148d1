import { type Finding, finding, type Place } from "../findings/finding.js";
import { type BaseImage, PYTHONS } from "./base-images.js";
import { DEPENDENTS, isMovedIn } from "./dependents.js";
import { allows, isExact, isLimit } from "./pep440.js";
import { parseRequirement, type Requirement } from "./pep508.js";
import { type ProtectedPackage, protectedPackages } from "./protected-packages.js";
import { otherPython } from "./requirement-python.js";

/** A line of a requirements file, and where it stands. */
export interface RequirementLine {
  /** Without comment, options and white space around it. */
  readonly text: string;
  /** Options of this one requirement, which stand behind it: `--hash=sha256:…`. */
  readonly options?: string;
  readonly place?: Place;
}

/** What lines of requirements are judged by. */
export interface RequirementsContext {
  /** The image that they are installed in; undefined where it is not known. */
  readonly image: BaseImage | undefined;
  /** Names of the wheels in .mdai, which are there when pip runs. */
  readonly wheels: ReadonlySet<string>;
  /**
   * Whether the bundle is being made. Then what replaces a protected package is an error, and
   * what has no exact version a warning. Of a bundle that is there the first is a warning: it may
   * have been tried.
   */
  readonly isMade: boolean;
}

/** The requirements that pip can read, and what is wrong or doubtful about the lines. */
export interface RequirementsResult {
  /** Each with the line that it was read from. */
  readonly requirements: ReadonlyMap<Requirement, RequirementLine>;
  readonly findings: readonly Finding[];
}

/**
 * Judges lines of a requirements.txt one by one, as pip reads them in MD.ai's image. There the file
 * stands alone in /src with the wheels of .mdai and the server's own requirements.txt
 * (docker/nvidia/Dockerfile and docker/python/Dockerfile): the rest of the bundle is copied later.
 */
export function checkRequirements(
  lines: readonly RequirementLine[],
  context: RequirementsContext,
): RequirementsResult {
  const kept = protectedPackages(context.image);
  const requirements = new Map<Requirement, RequirementLine>();
  const findings: Finding[] = [];
  for (const line of lines) {
    const read = readLine(line, context);
    if ("code" in read) {
      findings.push(read);
      continue;
    }
    requirements.set(read, line);
    findings.push(...checkPython(read, context, line.place));
    findings.push(...checkVersions(read, kept.get(read.name ?? ""), context, line.place));
  }
  findings.push(...checkDependents(requirements, kept, context));
  return { requirements, findings };
}

/** Packages whose newest versions ask for another version of what is installed already. */
function checkDependents(
  requirements: ReadonlyMap<Requirement, RequirementLine>,
  kept: ReadonlyMap<string, ProtectedPackage>,
  { image }: RequirementsContext,
): Finding[] {
  const all = [...requirements.keys()];
  return [...requirements].flatMap(([requirement, { place }]) => {
    if (requirement.isDirect || requirement.clauses.some(isLimit)) return [];
    const dependent = DEPENDENTS.find(({ name }) => name === requirement.name);
    if (dependent === undefined || !isMovedIn(dependent, image)) return [];
    const moved = kept.get(dependent.of);
    if (moved === undefined) return [];
    // pip looks for versions that fit all lines: what one of them holds stays.
    const isHeld = all.some((each) => each.name === dependent.of && each.clauses.some(isLimit));
    if (isHeld) return [];
    const args = { requirement: requirement.text, asks: dependent.asks, pin: moved.shown };
    return [finding("requirement-brings-other", args, place)];
  });
}

/** Longer lines, in characters, only take time. */
const LONGEST_LINE = 4000;

/** What pip makes of a line, or why it stops there. */
function readLine(
  { text, place }: RequirementLine,
  context: RequirementsContext,
): Requirement | Finding {
  if (text.length > LONGEST_LINE) {
    const args = { requirement: `${text.slice(0, 40)}…`, problem: "the line is far too long" };
    return finding("requirement-unparseable", args, place);
  }
  const unnamed = { text, name: undefined, clauses: [], isDirect: false };
  const file = otherFile(text);
  if (file !== undefined) return missingFile(text, file, context, place) ?? unnamed;
  if (OPTION.test(text) || isUrl(text)) return unnamed;
  const read = parseRequirement(text);
  return typeof read === "string"
    ? finding("requirement-unparseable", { requirement: text, problem: read }, place)
    : read;
}

/** Options that pip takes in a requirements file (its documentation, Requirements File Format). */
const OPTION =
  /^(?:-[ifrce]|--(?:index-url|extra-index-url|no-index|find-links|no-binary|only-binary|prefer-binary|require-hashes|pre|trusted-host|use-feature|requirement|constraint|editable)\b)/;

const isUrl = (text: string): boolean => /^[\w+.-]+:\/\//.test(text);

/** The file or folder of the image that a line names, if it names one. */
function otherFile(text: string): string | undefined {
  const option =
    /^(?:-[rc]\s*|--(?:requirement|constraint)[\s=]+|-e\s*|--editable[\s=]+)(\S+)/.exec(text)?.[1];
  const named = option ?? (isPath(text) ? text : undefined);
  return named === undefined || isUrl(named) ? undefined : named.replace(/\s*(;.*)?$/, "");
}

/** What pip takes for a path: what has a separator, or ends like an archive. */
const isPath = (text: string): boolean =>
  !isUrl(text) &&
  !/^[A-Za-z0-9][\w.-]*\s*(\[[^\]]*\])?\s*@/.test(text) &&
  /^(\.|[^\s;'"<>=!~()]*\/)|^[^\s/;]+\.(whl|zip|tar\.gz|tar\.bz2|tgz)(\s*;|\[|$)/.test(text);

/** Files in /src when pip reads the bundle's requirements. */
const SERVER_FILES = new Set(["requirements.txt", "mdai-requirements.txt"]);

function missingFile(
  requirement: string,
  file: string,
  { wheels, image }: RequirementsContext,
  place: Place | undefined,
): Finding | undefined {
  const name = file.replace(/^(\/src\/|\.\/)+/, "").replace(/\[[^\]]*\]$/, "");
  // The files of an image of the user's own are not known.
  const isOwnImage = image === undefined || image === "custom";
  if (isOwnImage || wheels.has(name) || SERVER_FILES.has(name)) return undefined;
  return finding("requirement-file-missing", { requirement, file }, place);
}

/** Finds a requirement that pip can't install, or passes over, by the image's Python. */
function checkPython(
  { text }: Requirement,
  { image, isMade }: RequirementsContext,
  place: Place | undefined,
): Finding[] {
  const python = image && PYTHONS[image];
  if (python === undefined || !isMade) return [];
  const wants = otherPython(text, python);
  if (wants === undefined) return [];
  return [finding("requirement-other-python", { requirement: text, wants, python }, place)];
}

/** Bundles are made for images whose Python is known. */
const pythonOf = (image: BaseImage | undefined): string => (image && PYTHONS[image]) ?? "3.8";

/** What a package's versions do to what is installed, and whether they are fixed. */
function checkVersions(
  requirement: Requirement,
  kept: ProtectedPackage | undefined,
  { image, isMade }: RequirementsContext,
  place: Place | undefined,
): Finding[] {
  const { name, text, clauses, isDirect } = requirement;
  if (name === undefined) return [];
  if (kept === undefined) {
    const isPinned = isDirect || clauses.some(isExact);
    return isPinned || !isMade
      ? []
      : [finding("requirement-unpinned", { requirement: text, python: pythonOf(image) }, place)];
  }
  if (leaves(requirement, kept)) return [];
  const { owner, shown: pin, reason } = kept;
  if (owner === "server") {
    const code = isMade ? "requirement-fights-server" : "requirement-replaces-server";
    return [finding(code, { requirement: text, pin }, place)];
  }
  const code = isMade ? "requirement-fights-image" : "requirement-replaces-image";
  return [finding(code, { requirement: text, pin, reason }, place)];
}

/** Whether pip leaves a package as it is installed: a range that allows it moves nothing. */
function leaves({ clauses, isDirect }: Requirement, { version }: ProtectedPackage): boolean {
  const installed = typeof version === "string" ? [version] : version;
  return !isDirect && installed.every((each) => clauses.every((clause) => allows(clause, each)));
}

/**
 * Requirements that no version satisfies both of: pip stops at them.
 *
 * @param own - what the deploy code is installed with
 * @param added - what the user adds, each with its line
 */
export function checkClashes(
  own: Iterable<Requirement>,
  added: ReadonlyMap<Requirement, RequirementLine>,
): Finding[] {
  const before = [...own];
  const findings: Finding[] = [];
  for (const [requirement, { place }] of added) {
    const other = before.find((each) => clash(each, requirement) || clash(requirement, each));
    before.push(requirement);
    if (other === undefined) continue;
    const args = { requirement: requirement.text, other: other.text };
    findings.push(finding("requirement-clash", args, place));
  }
  return findings;
}

/** Whether one asks for a version of a package that the other does not allow. */
function clash(one: Requirement, other: Requirement): boolean {
  const pinned = one.clauses.find(isExact)?.version;
  const isSame = one.name !== undefined && one.name === other.name;
  return isSame && pinned !== undefined && !other.clauses.every((each) => allows(each, pinned));
}
