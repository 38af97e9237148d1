import { compare, explain, satisfies, validRange } from "@renovatebot/pep440";

/** What one clause of a requirement says of versions: `==` and `1.2`. */
export interface VersionClause {
  readonly operator: string;
  readonly version: string;
}

/** A version that stands for all that begin with it: `2!1.*`. No other form has a wildcard. */
const WILDCARD = /^v?(?:\d+!)?\d+(?:\.\d+)*\.\*$/i;

/** Whether pip takes a clause (PEP 440). */
export function isClause({ operator, version }: VersionClause): boolean {
  if (operator === "===") return true;
  return version.endsWith(".*")
    ? (operator === "==" || operator === "!=") && WILDCARD.test(version)
    : validRange(`${operator}${version}`);
}

/** Whether a clause leaves one version only. */
export const isExact = ({ operator, version }: VersionClause): boolean =>
  operator === "===" || (operator === "==" && !version.endsWith(".*"));

/** Whether a clause keeps pip from taking whatever is newest. */
export const isLimit = (clause: VersionClause): boolean =>
  isExact(clause) || /^(?:==|<=?|~=)$/.test(clause.operator);

/**
 * Whether a clause admits a version (PEP 440). Pre-releases are versions like others: what is
 * asked is whether the clause rules the version out, not whether pip would choose it.
 */
export function allows({ operator, version: wanted }: VersionClause, version: string): boolean {
  if (operator === "===") return version.toLowerCase() === wanted.toLowerCase();
  const found = explain(version);
  if (found === null) return false;
  if (operator === "<" || operator === ">") return isBeyond(operator, wanted, version);
  // The library takes all local builds for one as soon as one is asked for.
  const isLocal = explain(wanted)?.local != null;
  if (isLocal) return (compare(version, wanted) === 0) === (operator === "==");
  const padded = padRelease(version, found.release.length, releaseLength(wanted));
  return satisfies(padded, `${operator}${wanted}`, { prereleases: true });
}

/**
 * Exclusive comparison. The library leaves out all versions of the same release; PEP 440 only
 * pre-releases of the wanted version below it, and post-releases and local builds of it above.
 */
function isBeyond(operator: "<" | ">", wanted: string, version: string): boolean {
  const [found, limit] = [explain(version), explain(wanted)];
  if (found === null || limit === null) return false;
  if (operator === "<") {
    const isPreRelease = found.is_prerelease && !limit.is_prerelease;
    return compare(version, isPreRelease ? `${wanted}.dev0` : wanted) < 0;
  }
  if (compare(version, wanted) <= 0) return false;
  const { local, is_postrelease: isPost, base_version: base, pre } = found;
  if (local !== null && compare(found.public, wanted) === 0) return false;
  return !isPost || limit.is_postrelease || compare(`${base}${pre?.join("") ?? ""}`, wanted) !== 0;
}

/** Numbers in a version's release: 3 in `1!2.0.1rc1`. */
const releaseLength = (version: string): number =>
  /^v?(?:\d+!)?(\d+(?:\.\d+)*)/i.exec(version)?.[1]?.split(".").length ?? 0;

/** A version with as many numbers as it is compared with: 2.3 is 2.3.0, and so begins with 2.3.0. */
function padRelease(version: string, length: number, wanted: number): string {
  const zeros = ".0".repeat(Math.max(0, wanted - length));
  return version.replace(/^v?(?:\d+!)?\d+(?:\.\d+)*/i, (release) => `${release}${zeros}`);
}
