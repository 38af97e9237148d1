import { UsageError } from "../errors.js";
import { readUserFile } from "../files/user-file.js";
import type { RequirementLine, RequirementsContext } from "../mdai/requirements.js";
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
 * Reads the packages that the user adds, of `--requirement` and `--requirements`; which runtime
 * they are for is not known yet.
 *
 * @throws {@link UsageError} if the file can't be read, or a line can't work in a bundle
 */
export async function readUserRequirements(
  options: Pick<DerivationOptions, "requirement" | "requirements">,
): Promise<readonly RequirementLine[]> {
  const path = options.requirements;
  const from = `${option("requirements")}: ${path}`;
  const inFile = path === undefined ? [] : readLines(await readUserFile(path, from), path);
  const given = options.requirement.flatMap((line) => readLines(line));
  for (const line of given) refuseOption(line);
  for (const line of inFile) refuseUnusable(line, from);
  for (const line of given) refuseUnusable(line, option("requirement"));
  return [...inFile, ...given];
}

/** Lines of pip's that name another file, by an option, a path or a wheel's name. */
const OTHER_FILE =
  /^(-[rce]|--(requirement|constraint|editable)\b)|^(\.{1,2})?\/|^~|^(?!\w+:\/\/)\S+\.whl\b/;
/** The same as a URL, or behind the name of a package or option: `a @ file:///b`, `-f ./wheels`. */
const LOCAL_URL = /(^|[\s@=+])file:|@\s*(\.{0,2}\/|~|[A-Za-z]:[\\/])/i;
const LOCAL_LINKS = /^(-f|--find-links)[\s=]*(?!https?:\/\/)/;

/** Where packages come from is no package: an option changes it for all others, the server's too. */
function refuseOption({ text, options = "" }: RequirementLine): void {
  const said = /^--?\w[\w-]*/.exec(text.startsWith("-") ? text : options)?.[0];
  if (said === undefined || OTHER_FILE.test(text) || said === "--hash") return;
  throw new UsageError(
    `${option("requirement")}: "${text}" has the option ${said}; only packages are taken, as in scipy==1.7.3. ` +
      `If pip needs the option, put it in a file and name that with ${option("requirements")}.`,
  );
}

function refuseUnusable({ text, options = "" }: RequirementLine, where: string): void {
  const whole = `${text} ${options}`;
  if (OTHER_FILE.test(text) || LOCAL_URL.test(whole) || LOCAL_LINKS.test(text)) {
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
