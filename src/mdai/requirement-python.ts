import { allows, isClause } from "./pep440.js";

/** The tags of a wheel's file name (PEP 427): `name-1.0-cp38-cp38-linux_x86_64.whl`. */
const WHEEL_TAGS = /-([a-z]+[\d.a-z]*)-([\w.]+)-[\w.]+\.whl(?=$|[\s#?;])/;

/** A marker that only compares Python's version (PEP 508). */
const MARKER = /;\s*\(?\s*python_version\s*([<>=!~]{1,3})\s*["']([\d.]+)["']\s*\)?\s*$/;

/**
 * Another Python that a requirement is for, by the tags of a wheel that it names or by its marker.
 *
 * @param python - that of the image, as `3.10`
 * @returns what it is for, in words, or undefined where it may be for this Python
 */
export function otherPython(text: string, python: string): string | undefined {
  const [, tag = "", abi = ""] = WHEEL_TAGS.exec(text) ?? [];
  if (tag !== "" && !fitsWheel(tag, abi, python)) return `a Python of ${tag}`;
  const [, operator = "", version = ""] = MARKER.exec(text) ?? [];
  const clause = { operator, version };
  if (operator === "" || !isClause(clause)) return undefined;
  return allows(clause, python) ? undefined : `Python ${operator}${version} only`;
}

/** Whether a Python installs a wheel: of CPython's stable interface it takes those of older ones. */
function fitsWheel(tag: string, abi: string, python: string): boolean {
  const [, minor = 0] = python.split(".").map(Number);
  return tag.split(".").some((each) => {
    const [, kind = "", digits = ""] = /^(cp|py)(\d+)$/.exec(each) ?? [];
    if (kind === "") return false;
    const of = digits.length === 1 ? undefined : Number(digits.slice(1));
    if (digits[0] !== "3") return false;
    if (of === undefined || of === minor) return true;
    return of < minor && (kind === "py" || abi === "abi3");
  });
}
