import { type Finding, finding, type Place } from "../findings/finding.js";

/**
 * What MD.ai's server is installed with before the bundle's requirements, which could replace it
 * (public platform repository, mdai/requirements.txt).
 */
export const SERVER_PINS: Readonly<Record<string, string>> = {
  fastapi: "0.92.0",
  msgpack: "1.0.4",
  uvicorn: "0.20.0",
  pydicom: "2.3.1",
  pylibjpeg: "1.4.0",
  "pylibjpeg-libjpeg": "1.3.4",
  "pylibjpeg-openjpeg": "1.3.2",
  "pylibjpeg-rle": "1.3.0",
  protobuf: "3.20.1",
};

/** A line of a requirements file: a package with its versions, or something else that pip takes. */
export interface Requirement {
  /** The line, without comment and white space around it. */
  readonly text: string;
  /** The package's name in its normal form (PEP 503), where the line names one. */
  readonly name: string | undefined;
  /** Clauses of versions: `==` and `1.2`. */
  readonly clauses: readonly { readonly operator: string; readonly version: string }[];
}

const LINE =
  /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*\(?((?:(?:===|==|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9.*+!_-]+\s*,?\s*)*)\)?\s*(?:;.*)?$/;
const CLAUSE = /(===|==|~=|!=|<=|>=|<|>)\s*([A-Za-z0-9.*+!_-]+)/g;

/**
 * Reads one line of a requirements file (PEP 508, as far as pip's files use it).
 *
 * @returns undefined for an empty line or a comment
 */
export function readRequirement(line: string): Requirement | undefined {
  const text = line.replace(/(^|\s)#.*$/, "").trim();
  if (text === "") return undefined;
  const match = LINE.exec(text);
  if (match === null) {
    const named = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*@\s*\S+/.exec(text);
    return { text, name: named?.[1] && normalName(named[1]), clauses: [] };
  }
  const clauses = [...(match[2] ?? "").matchAll(CLAUSE)].map(([, operator, version]) => ({
    operator: operator as string,
    version: version as string,
  }));
  return { text, name: normalName(match[1] ?? ""), clauses };
}

/** The server's own version of a package, where a requirement does not allow it. */
export function foughtPin({ name, text, clauses }: Requirement): string | undefined {
  if (name === undefined || !Object.hasOwn(SERVER_PINS, name)) return undefined;
  const pinned = SERVER_PINS[name] ?? "";
  const isFought = text.includes("@") || !clauses.every((clause) => allows(clause, pinned));
  return isFought ? `${name} ${pinned}` : undefined;
}

/** Names compare without case and with all separators alike (PEP 503). */
const normalName = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, "-");

/** What is wrong or doubtful about the user's own requirements. */
export function checkRequirements(requirements: readonly Requirement[], file?: string): Finding[] {
  const place = file === undefined ? undefined : { file };
  return requirements.flatMap((requirement) => {
    const { name, text, clauses } = requirement;
    if (name === undefined) return [];
    const pin = foughtPin(requirement);
    if (pin !== undefined) {
      return [finding("requirement-fights-server", { requirement: text, pin }, place)];
    }
    const isExact = text.includes("@") || clauses.some(fixes);
    // The server's own version stays where a range allows it: nothing moves.
    return isExact || Object.hasOwn(SERVER_PINS, name)
      ? []
      : [finding("requirement-unpinned", { requirement: text }, place)];
  });
}

/**
 * Requirements that no version satisfies both of: pip stops at them.
 *
 * @param own - what the deploy code is installed with
 * @param added - what the user adds
 * @param place - where an added one stands, if that is known
 */
export function checkClashes(
  own: readonly Requirement[],
  added: readonly Requirement[],
  place: (requirement: Requirement) => Place | undefined = () => undefined,
): Finding[] {
  const all = [...own, ...added];
  return added.flatMap((requirement, index) => {
    const before = all.slice(0, own.length + index);
    const other = before.find(
      (earlier) => clash(earlier, requirement) || clash(requirement, earlier),
    );
    if (other === undefined) return [];
    const args = { requirement: requirement.text, other: other.text };
    return [finding("requirement-clash", args, place(requirement))];
  });
}

/** Whether one asks for a version of a package that the other does not allow. */
function clash(one: Requirement, other: Requirement): boolean {
  const pinned = one.clauses.find(fixes)?.version;
  const isSame = one.name !== undefined && one.name === other.name;
  return isSame && pinned !== undefined && !other.clauses.every((c) => allows(c, pinned));
}

/** Whether a clause leaves one version only. */
const fixes = ({ operator, version }: Requirement["clauses"][number]): boolean =>
  operator.startsWith("==") && !version.endsWith("*");

/** Whether a clause admits a version; all versions here are plain numbers with dots (PEP 440). */
function allows({ operator, version }: Requirement["clauses"][number], pinned: string): boolean {
  const prefix = version.endsWith(".*") ? version.slice(0, -2) : undefined;
  const order = compareVersions(pinned, version);
  switch (operator) {
    case "==":
      return prefix === undefined ? order === 0 : `${pinned}.`.startsWith(`${prefix}.`);
    case "===":
      return pinned === version;
    case "!=":
      return prefix === undefined ? order !== 0 : !`${pinned}.`.startsWith(`${prefix}.`);
    case "~=":
      return order >= 0 && `${pinned}.`.startsWith(`${version.split(".").slice(0, -1).join(".")}.`);
    case "<=":
      return order <= 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    default:
      return order > 0;
  }
}

function compareVersions(a: string, b: string): number {
  const numbers = (version: string): number[] =>
    version.split(".").map((part) => Number.parseInt(part, 10) || 0);
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
