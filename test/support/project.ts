import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { REPOSITORY } from "./mmars.js";

/** What is made here and is in no commit, or is large and read only. */
const LEFT_OUT = /^((site\/)?node_modules|dist|dist-wheel|dist-action|\.git|\.venv.*)$/;

/** A copy of the project to build in: others may run the program in dist/ meanwhile. */
export interface ProjectCopy {
  /** A folder for what the test makes. */
  readonly folder: string;
  readonly project: string;
  remove(): Promise<void>;
}

export async function copyProject(): Promise<ProjectCopy> {
  const folder = await mkdtemp(join(tmpdir(), "mmar2mdai-package-"));
  const project = join(folder, "project");
  await cp(REPOSITORY, project, {
    recursive: true,
    filter: (path) => !LEFT_OUT.test(relative(REPOSITORY, path)),
  });
  await symlink(join(REPOSITORY, "node_modules"), join(project, "node_modules"));
  return { folder, project, remove: () => rm(folder, { recursive: true, force: true }) };
}
