import { type Finding, finding, type Place } from "../findings/finding.js";
import { checkClashes, foughtPin, type Requirement, readRequirement } from "./requirements.js";

/** What a bundle's requirements.txt is checked against. */
export interface RequirementsContext {
  /** The path that places show. */
  readonly path: string;
  /** Names of the wheels in .mdai, which are there when pip runs. */
  readonly wheels: ReadonlySet<string>;
  /** Whether the image is the user's own, whose files nobody knows. */
  readonly isOwnImage: boolean;
}

/** The requirements of a bundle, and what is wrong or doubtful about them. */
export interface RequirementsResult {
  readonly requirements: readonly Requirement[];
  readonly findings: readonly Finding[];
}

/**
 * Reads a bundle's requirements.txt as pip does in MD.ai's image. There it stands alone in /src
 * with the wheels of .mdai and the server's own requirements.txt (docker/nvidia/Dockerfile and
 * docker/python/Dockerfile): the rest of the bundle is copied later.
 */
export function checkRequirementsFile(
  bytes: Uint8Array,
  context: RequirementsContext,
): RequirementsResult {
  const text = decode(bytes);
  if (text === undefined) {
    const args = { requirement: "", problem: "the file is neither UTF-8 nor UTF-16" };
    const found = finding("requirement-unparseable", args, { file: context.path });
    return { requirements: [], findings: [found] };
  }
  const findings: Finding[] = [];
  const places = new Map<Requirement, Place>();
  for (const { line, number } of logicalLines(text)) {
    // Options of one requirement, as --hash, stand behind it.
    const requirement = readRequirement(line.replace(/\s+/g, " ").replace(/ --\w.*$/, ""));
    if (requirement === undefined) continue;
    const place = { file: context.path, line: number, column: 1 };
    const found = checkLine(requirement, context, place);
    if (found === undefined) places.set(requirement, place);
    else findings.push(found);
  }
  const requirements = [...places.keys()];
  const clashes = checkClashes([], requirements, (requirement) => places.get(requirement));
  return { requirements, findings: [...findings, ...clashes] };
}

/** pip takes UTF-16 with a byte order mark, too, which PowerShell's `>` writes. */
function decode(bytes: Uint8Array): string | undefined {
  const mark = [...bytes.subarray(0, 2)].join();
  const encoding = { "255,254": "utf-16le", "254,255": "utf-16be" }[mark] ?? "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Lines as pip joins them: a backslash at the end goes on in the next one. */
function* logicalLines(text: string): Generator<{ line: string; number: number }> {
  let line = "";
  let number = 0;
  for (const [index, piece] of text.split(/\r\n|\r|\n/).entries()) {
    if (line === "") number = index + 1;
    const goesOn = piece.endsWith("\\") && !/^\s*#/.test(piece);
    line += goesOn ? `${piece.slice(0, -1)} ` : piece;
    if (goesOn) continue;
    yield { line, number };
    line = "";
  }
  if (line !== "") yield { line, number };
}

/** Longer lines, in characters, only take time. */
const LONGEST_LINE = 4000;

function checkLine(
  requirement: Requirement,
  context: RequirementsContext,
  place: Place,
): Finding | undefined {
  const { text } = requirement;
  if (text.length > LONGEST_LINE) {
    const args = { requirement: `${text.slice(0, 40)}…`, problem: "the line is far too long" };
    return finding("requirement-unparseable", args, place);
  }
  const file = otherFile(text);
  if (file !== undefined) return checkFile(text, file, context, place);
  if (OPTION.test(text) || isUrl(text)) return undefined;
  const problem = lineProblem(text);
  if (problem !== undefined) {
    return finding("requirement-unparseable", { requirement: text, problem }, place);
  }
  const pin = foughtPin(requirement);
  if (pin === undefined) return undefined;
  return finding("requirement-replaces-server", { requirement: text, pin }, place);
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

function checkFile(
  requirement: string,
  file: string,
  { wheels, isOwnImage }: RequirementsContext,
  place: Place,
): Finding | undefined {
  const name = file.replace(/^(\/src\/|\.\/)+/, "").replace(/\[[^\]]*\]$/, "");
  if (isOwnImage || wheels.has(name) || SERVER_FILES.has(name)) return undefined;
  return finding("requirement-file-missing", { requirement, file }, place);
}

const NAME = /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?/;
const EXTRAS = /^\s*\[\s*(?:[\w.-]+(?:\s*,\s*[\w.-]+)*)?\s*\]/;
const CLAUSE = /^\s*(===|==|~=|!=|<=|>=|<|>)\s*([\w.*+!-]+)\s*/;

/** Why pip can't read a requirement (PEP 508), or undefined where it can. */
function lineProblem(text: string): string | undefined {
  const name = NAME.exec(text)?.[0];
  if (name === undefined) {
    return text.startsWith("-")
      ? "it is no option that may stand here"
      : "it does not start with the name of a package";
  }
  const [rest = "", ...markers] = text.slice(name.length).replace(EXTRAS, "").split(";");
  const marker = markers.length === 0 ? undefined : markers.join(";");
  if (marker !== undefined && !isMarker(marker)) return "what stands behind the ; is no marker";
  if (/^\s*@/.test(rest)) {
    return /^\s*@\s*\S+\s*$/.test(rest) ? undefined : "there is no URL behind the @";
  }
  return versionsProblem(rest.trim().replace(/^\((.*)\)$/, "$1"));
}

function versionsProblem(versions: string): string | undefined {
  if (versions.trim() === "") return undefined;
  let rest = versions;
  for (;;) {
    const clause = CLAUSE.exec(rest);
    if (clause === null) {
      if (/^\s*=[^=]/.test(rest)) return "versions are compared with two equals signs (==)";
      const what = rest.trim();
      return what === "" ? "a version is missing" : `"${what}" is no version (==1.2, >=1.2)`;
    }
    rest = rest.slice(clause[0].length);
    if (rest === "") return undefined;
    if (!rest.startsWith(",")) return `"${rest.trim()}" is too much`;
    rest = rest.slice(1);
    // A comma may stand behind the last one.
    if (rest.trim() === "") return undefined;
  }
}

const MARKER_TOKEN =
  /\s*(?:(\()|(\))|((?:and|or)\b)|((?:===|==|~=|!=|<=|>=|<|>|not\s+in\b|in\b))|("[^"]*"|'[^']*'|[a-z_][\w.]*))/y;

/** Whether a text is a marker of PEP 508: comparisons, joined by `and` and `or`, in brackets. */
function isMarker(text: string): boolean {
  const kinds: string[] = [];
  const names = ["(", ")", "join", "compare", "value"];
  const whole = text.trimEnd();
  MARKER_TOKEN.lastIndex = 0;
  while (MARKER_TOKEN.lastIndex < whole.length) {
    const token = MARKER_TOKEN.exec(whole);
    if (token === null) return false;
    kinds.push(names[token.slice(1).findIndex((part) => part !== undefined)] ?? "");
  }
  let form = kinds.join(" ");
  for (let before = ""; before !== form; ) {
    before = form;
    form = form
      .replaceAll("value compare value", "test")
      .replaceAll("( test )", "test")
      .replaceAll("test join test", "test");
  }
  return form === "test";
}
