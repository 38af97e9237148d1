import { lstat, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { isModelFolder } from "../batch/search.js";
import { MachineError, UsageError } from "../errors.js";
import { ARCHIVE_ENDING } from "../files/open.js";
import { isInside } from "../files/paths.js";
import { onCommandLine } from "../options/names.js";
import { parseReportOptions, type ReportTarget } from "../options/schema.js";
import { github } from "../report/github.js";
import { junit } from "../report/junit.js";
import { markdown } from "../report/markdown.js";
import {
  failedSubject,
  type ReportContext,
  type Reporter,
  type Subject,
  type SubjectLocation,
} from "../report/reporter.js";
import { sarif } from "../report/sarif.js";
import { version } from "../version.js";
import { writeText } from "../write/text-file.js";
import { inActions, tellActions } from "./github-actions.js";
import { EXIT, failureOf } from "./shell.js";

const REPORTERS = { sarif, junit, github, markdown } as const satisfies Record<
  ReportTarget["kind"],
  Reporter
>;

/** The reports of a command, checked: what is asked for, and what they are about. */
export interface Reports {
  readonly targets: readonly ReportTarget[];
  readonly context: ReportContext;
  /** Whether GitHub is told besides. */
  readonly annotations: boolean;
}

/** Files and folders that no report may touch; undefined stands for none. */
export interface KeptPaths {
  /** What the command reads: a report may not lie in such a folder either. */
  readonly reads: readonly (string | undefined)[];
  /** What the command writes; bundles are kept by their ending. */
  readonly writes?: readonly string[];
}

/**
 * Checks the reports that are asked for, before the command does anything.
 *
 * @throws {@link UsageError} if one of them could not be written, or would overwrite what it must not
 */
export async function planReports(
  options: {
    readonly report?: readonly string[] | undefined;
    readonly annotations?: boolean | undefined;
  },
  command: ReportContext["command"],
  kept: KeptPaths,
): Promise<Reports> {
  const { report: targets, annotations } = parseReportOptions(options);
  const taken = new Map<string, string>();
  for (const path of kept.writes ?? []) {
    taken.set(await identity(path), `${path} is what the command writes`);
  }
  for (const { file } of targets) {
    await checkFile(file);
    const own = await identity(file);
    const fault =
      taken.get(own) ??
      (await faultOfReading(file, own, kept.reads)) ??
      (await faultOfFolder(file));
    if (fault !== undefined) throw new UsageError(`--report ${file}: ${fault}. Name another file.`);
    taken.set(own, "two reports can't be one file");
  }
  const isTold = annotations && inActions(process.env);
  // GitHub looks for files in its workspace, wherever the step runs.
  const folder = resolve((inActions(process.env) && process.env.GITHUB_WORKSPACE) || ".");
  return { targets, annotations: isTold, context: { command, version: version(), folder } };
}

/** Refuses a name that no report can have. */
async function checkFile(file: string): Promise<void> {
  const folder = dirname(file);
  const isFolder = await stat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    throw new UsageError(`--report ${file}: the folder ${folder} does not exist. Create it first.`);
  }
  if (ARCHIVE_ENDING.test(file)) {
    throw new UsageError(
      `--report ${file}: a report can't be named like an archive. Choose another extension.`,
    );
  }
  const stats = await lstat(file).catch(() => undefined);
  // A report is put in place by a rename, which would replace a device or a link.
  if (/[\\/]$/.test(file) || (stats !== undefined && !stats.isFile())) {
    throw new UsageError(`--report ${file}: it is not a file. Name a new one, or an older report.`);
  }
}

/** What a file is known by, whatever path leads to it. */
async function identity(path: string): Promise<string> {
  const stats = await lstat(path, { bigint: true }).catch(() => undefined);
  if (stats?.isFile()) return `${stats.dev}:${stats.ino}`;
  return join(await real(dirname(path)), basename(resolve(path)));
}

/** The path without links, or where there is nothing, as it is. */
const real = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));

async function faultOfReading(
  file: string,
  own: string,
  reads: KeptPaths["reads"],
): Promise<string | undefined> {
  const inFolder = join(await real(dirname(file)), basename(file));
  for (const path of reads) {
    if (path === undefined) continue;
    const root = await real(path);
    if ((await identity(root)) === own) return "it is read by the command";
    if (isInside(root, inFolder)) return `it would lie in ${path}, which the command reads`;
  }
  return undefined;
}

/** No MMAR is to be changed by a report, even where it is not known yet what the command reads. */
async function faultOfFolder(file: string): Promise<string | undefined> {
  let folder = await real(dirname(file));
  while (!(await isModelFolder(folder))) {
    const above = dirname(folder);
    if (above === folder) return undefined;
    folder = above;
  }
  return `it would lie in the MMAR ${folder}`;
}

/** What reports can say of a location before anything is done with it. */
export async function givenAt(location: string): Promise<SubjectLocation> {
  const isArchive = await stat(location).then(
    (stats) => stats.isFile(),
    () => false,
  );
  return { location, isArchive };
}

type Subjects = () => Iterable<Subject> | AsyncIterable<Subject>;

/**
 * Writes all reports, and tells GitHub where the program runs there. A report that fails keeps none
 * of the others, and does not take back the command's result: it is said on stderr.
 *
 * @param subjects - gives the subjects from the start at each call, which is once per report
 * @returns the exit code: of a failed machine if a report could not be written
 */
export async function writeReports(reports: Reports, subjects: Subjects): Promise<number> {
  const { targets, context, annotations } = reports;
  const all = (): AsyncIterable<Subject> => asynchronous(subjects());
  const err = (text: string): boolean => process.stderr.write(text);
  let code: number = EXIT.done;
  for (const { kind, file } of targets) {
    try {
      await writeText(file, REPORTERS[kind](all(), context));
    } catch (error) {
      if (!(error instanceof MachineError)) throw error;
      // The error is about the report: hints for a bundle would mislead.
      const { message } = new MachineError(error.code, "write the report", file);
      err(`error: ${onCommandLine(message)}\n`);
      code = EXIT.machine;
    }
  }
  if (annotations) await tellActions(all, context, process.env, err);
  return code;
}

async function* asynchronous(
  subjects: Iterable<Subject> | AsyncIterable<Subject>,
): AsyncIterable<Subject> {
  yield* subjects;
}

/**
 * Does the work of a command on one subject. If something other than a usage error stops it, the
 * reports say so, and the error goes on.
 */
export async function reportFailure<T>(
  reports: Reports,
  given: SubjectLocation,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const failure = failureOf(error);
    if (failure !== undefined && failure.kind !== "usage") {
      await writeReports(reports, () => [failedSubject(given, failure.message)]);
    }
    throw error;
  }
}
