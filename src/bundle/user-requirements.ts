import { UsageError } from "../errors.js";
import { readUserFile } from "../files/user-file.js";
import {
  checkRequirements,
  type RequirementLine,
  type RequirementsContext,
  type RequirementsResult,
} from "../mdai/requirements.js";
import { readLines } from "../mdai/requirements-file.js";
import { option } from "../options/names.js";
import type { DerivationOptions } from "../options/schema.js";
import type { Runtime } from "../runtimes/runtime.js";

/** Requirements of a bundle that is being made are judged as verify judges a bundle's. */
export const requirementsContext = ({ baseImage }: Runtime): RequirementsContext => ({
  image: baseImage,
  wheels: new Set(),
  isMade: true,
});

/**
 * Reads the packages that the user adds, of `--requirement` and `--requirements`.
 *
 * @throws {@link UsageError} if the file can't be read, or a line can't work in a bundle
 */
export async function readUserRequirements(
  options: Pick<DerivationOptions, "requirement" | "requirements">,
  runtime: Runtime,
): Promise<RequirementsResult> {
  const path = options.requirements;
  const from = `${option("requirements")}: ${path}`;
  const inFile = path === undefined ? [] : readLines(await readUserFile(path, from), path);
  const given = options.requirement.flatMap((line) => readLines(line));
  for (const line of inFile) refuseUnusable(line, from);
  for (const line of given) refuseUnusable(line, option("requirement"));
  return checkRequirements([...inFile, ...given], requirementsContext(runtime));
}

/** Lines of pip's that name another file, by an option, a path or a wheel's name. */
const OTHER_FILE =
  /^(-[rce]|--(requirement|constraint|editable)\b)|^(\.{1,2})?\/|^(?!\w+:\/\/)\S+\.whl\b/;

function refuseUnusable({ text, options = "" }: RequirementLine, where: string): void {
  if (OTHER_FILE.test(text)) {
    throw new UsageError(
      `${where}: "${text}" names a file that is not in the bundle. Name the packages themselves.`,
    );
  }
  if (/^--(hash|require-hashes)\b/.test(options || text)) {
    throw new UsageError(
      `${where}: "${text}" has a hash; pip then asks for one of every package, and the deploy code's own have none. Leave the hashes out.`,
    );
  }
}
