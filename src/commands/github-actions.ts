import { appendFile, stat } from "node:fs/promises";
import type { Environment } from "../environment.js";
import { isSystemError } from "../errors.js";
import { githubShown } from "../report/github.js";
import { markdownWithin, SUMMARY_LIMIT } from "../report/markdown.js";
import type { ReportContext, Subject } from "../report/reporter.js";

/** Less room in a summary than this is none. */
const LEAST_SUMMARY = 4096;

/** Whether the program runs as a step of GitHub Actions, or of what imitates it. */
export const inActions = (env: Environment): boolean => env.GITHUB_ACTIONS === "true";

/**
 * Reports the findings to GitHub: annotations on stderr, since stdout is for results and the runner
 * reads both, and the summary of the step. That the summary can't be written is said, and fails
 * nothing.
 */
export async function tellActions(
  subjects: () => AsyncIterable<Subject>,
  context: ReportContext,
  { GITHUB_STEP_SUMMARY: file }: Environment,
  err: (text: string) => void,
): Promise<void> {
  for await (const line of githubShown(subjects(), context)) err(line);
  if (!file) return;
  try {
    await appendSummary(file, subjects(), context);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    err(`The step summary can't be written (${error.code}).\n`);
  }
}

async function appendSummary(
  file: string,
  subjects: AsyncIterable<Subject>,
  context: ReportContext,
): Promise<void> {
  const before = await stat(file).then(
    (stats) => stats.size,
    () => 0,
  );
  const room = SUMMARY_LIMIT - before;
  // GitHub drops a summary that is too long as a whole, with what earlier commands wrote.
  if (room < LEAST_SUMMARY) return;
  const pieces: string[] = [];
  for await (const piece of markdownWithin(room)(subjects, context)) pieces.push(piece);
  await appendFile(file, pieces.join(""));
}
