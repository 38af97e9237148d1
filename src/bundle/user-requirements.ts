import { UsageError } from "../errors.js";
import { readUserFile } from "../files/user-file.js";
import type { Finding } from "../findings/finding.js";
import { checkRequirements, type Requirement, readRequirement } from "../mdai/requirements.js";
import type { DerivationOptions } from "../options/schema.js";

/** Python packages that the user adds to a bundle. */
export interface Requirements {
  readonly list: readonly Requirement[];
  readonly findings: readonly Finding[];
}

/** The lines that name a package. */
export const parseRequirements = (lines: readonly string[]): Requirement[] =>
  lines.map(readRequirement).filter((r): r is Requirement => r !== undefined);

/**
 * Reads the packages that the user adds, of `--requirement` and `--requirements`.
 *
 * @throws {@link UsageError} if the file can't be read, or a line can't work in a bundle
 */
export async function readRequirements(options: DerivationOptions): Promise<Requirements> {
  const given = parseRequirements(options.requirement);
  const path = options.requirements;
  const inFile = path === undefined ? [] : parseRequirements(await readLines(path));
  for (const requirement of inFile) refuseUnusable(requirement, `--requirements: ${path}`);
  for (const requirement of given) refuseUnusable(requirement, "--requirement");
  return {
    list: [...inFile, ...given],
    findings: [...checkRequirements(inFile, path), ...checkRequirements(given)],
  };
}

/** Lines of pip's that name another file, by an option, a path or a wheel's name. */
const OTHER_FILE =
  /^(-[rce]|--(requirement|constraint|editable)\b)|^(\.{1,2})?\/|^(?!\w+:\/\/)\S+\.whl\b/;

function refuseUnusable({ text }: Requirement, where: string): void {
  if (OTHER_FILE.test(text)) {
    throw new UsageError(
      `${where}: "${text}" names a file that is not in the bundle. Name the packages themselves.`,
    );
  }
  if (/(^|\s)--(hash|require-hashes)\b/.test(text)) {
    throw new UsageError(
      `${where}: "${text}" has a hash; pip then asks for one of every package, and the deploy code's own have none. Leave the hashes out.`,
    );
  }
}

async function readLines(path: string): Promise<string[]> {
  return (await readUserFile(path, `--requirements: ${path}`)).split(/\r?\n/);
}
