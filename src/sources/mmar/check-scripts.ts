import { posix } from "node:path";
import { readAll, type SourceFile } from "../../files/source-file.js";
import { type Finding, finding } from "../../findings/finding.js";
import { type Mmar, SET_ENV } from "./mmar.js";

/** A longer script sets no environment. */
const LONGEST = 1024 * 1024;

/**
 * Finds what bash can't read in set_env.sh and in the scripts beside it that it names, as they come
 * out of a Windows checkout. The deploy code does without; the user may want to know.
 *
 * @throws {@link FileChangedError} or a system error if a file can't be read
 */
export async function checkScripts({ files }: Mmar): Promise<Finding[]> {
  const setEnv = await textOf(files.get(SET_ENV));
  if (setEnv === undefined) return [];
  const beside = (setEnv.match(/[\w.-]+\.sh\b/g) ?? []).map((name) =>
    posix.join(posix.dirname(SET_ENV), name),
  );
  const findings: Finding[] = [];
  for (const path of new Set([SET_ENV, ...beside])) {
    const text = await textOf(files.get(path));
    const has = [
      ...(text?.includes("\r\n") ? ["Windows line ends (CRLF)"] : []),
      ...(text?.startsWith("\ufeff") ? ["a byte order mark"] : []),
    ];
    if (has.length === 0) continue;
    findings.push(finding("script-not-for-bash", { has: has.join(" and ") }, { file: path }));
  }
  return findings;
}

async function textOf(file: SourceFile | undefined): Promise<string | undefined> {
  if (file === undefined || file.size > LONGEST) return undefined;
  return (await readAll(file)).toString("utf8");
}
