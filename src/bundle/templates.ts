import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** A file of the deploy code, as it lies in templates/. */
export interface TemplateFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The tasks that there is deploy code for. */
export type Task = "segmentation" | "classification";

/** What of a template folder goes into a bundle; caches and tests' leftovers do not. */
const SHIPPED = /^[a-z]\w*\.py$|^requirements\.txt$/;

/** Reads the deploy code of a task: the modules that all tasks share, and its own. */
export async function readTemplates(task: Task): Promise<TemplateFile[]> {
  const folders = [task, "common"].map((name) =>
    fileURLToPath(new URL(`../../templates/${name}/`, import.meta.url)),
  );
  const files = await Promise.all(folders.map(readFolder));
  return files.flat();
}

/** The packages that a part of a task's deploy code needs, which not every bundle has. */
export async function readPartRequirements(task: Task, part: string): Promise<string[]> {
  const url = new URL(`../../templates/${task}/requirements-${part}.txt`, import.meta.url);
  return (await readFile(url, "utf8")).trimEnd().split("\n");
}

/** The lines of requirements.txt among a task's deploy code. */
export function requirementLines(templates: readonly TemplateFile[]): string[] {
  const file = templates.find(({ name }) => name === "requirements.txt");
  return file === undefined ? [] : Buffer.from(file.bytes).toString("utf8").split("\n");
}

async function readFolder(folder: string): Promise<TemplateFile[]> {
  const names = (await readdir(folder)).filter((name) => SHIPPED.test(name)).sort();
  return Promise.all(
    names.map(async (name) => ({ name, bytes: await readFile(`${folder}${name}`) })),
  );
}
