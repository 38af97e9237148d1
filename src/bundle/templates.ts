import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { EngineFolder, Task } from "../options/words.js";

/** A file of the deploy code, as it lies in templates/. */
export interface TemplateFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The module that MD.ai's server imports; each task has its own. */
const ENTRY = "mdai_deploy";

/** An import in the deploy code, wherever it stands: one module a line, by ruff's rules. */
const IMPORT = /^[ \t]*(?:from|import)[ \t]+(\w+)/gm;

/** Packages that all bundles of a task need, by the parts of an engine's requirements. */
const PARTS: Readonly<Record<Task, readonly string[]>> = {
  segmentation: ["nifti"],
  classification: [],
  annotation: ["nifti"],
};

/** Where a task's modules lie; of two of a name the one in the later folder counts. */
const FOLDERS: Readonly<Record<Task, readonly string[]>> = {
  segmentation: ["segmentation"],
  classification: ["classification"],
  // A mask of what is pointed out is made and mapped as a segmentation's.
  annotation: ["segmentation", "annotation"],
};

/**
 * Reads the deploy code of a task with an engine: the entry module, each module of ours that the
 * code imports, sorted by name, and requirements.txt.
 */
export async function readTemplates(task: Task, engine: EngineFolder): Promise<TemplateFile[]> {
  const engines = ["engines", "engines/resident", `engines/${engine}`];
  const modules = await findModules([...FOLDERS[task], "platform", "imaging", ...engines]);
  const shipped = new Map<string, Buffer>();
  const wanted = [ENTRY];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const file = modules.get(name);
    if (file === undefined || shipped.has(name)) continue;
    const bytes = await readFile(file);
    shipped.set(name, bytes);
    for (const [, imported = ""] of bytes.toString("utf8").matchAll(IMPORT)) wanted.push(imported);
  }
  const own = [...shipped].map(([name, bytes]) => ({ name: `${name}.py`, bytes }));
  const parts = [undefined, ...PARTS[task]].map((part) => readTemplateRequirements(engine, part));
  const requirements = Buffer.from((await Promise.all(parts)).join(""), "utf8");
  return [
    ...own.sort((a, b) => (a.name < b.name ? -1 : 1)),
    { name: "requirements.txt", bytes: requirements },
  ];
}

/**
 * The packages that a part of the deploy code needs with an engine, which not every bundle has.
 *
 * @param part - undefined for those that every bundle has
 */
export async function readPartRequirements(
  engine: EngineFolder,
  part: string | undefined,
): Promise<string[]> {
  return (await readTemplateRequirements(engine, part)).trimEnd().split("\n");
}

/**
 * Takes out the lines that name a package of a list, which a model asks for in a version of its
 * own: pip refuses a name that stands twice.
 */
export function withoutPackages(lines: readonly string[], own: readonly string[] = []): string[] {
  const names = new Set(own.map(packageOf));
  return lines.filter((line) => line.startsWith("#") || !names.has(packageOf(line)));
}

/** The same of requirements.txt among a task's deploy code. */
export function templatesWithout(
  templates: readonly TemplateFile[],
  own: readonly string[] = [],
): TemplateFile[] {
  return templates.map((template) => {
    if (template.name !== "requirements.txt" || own.length === 0) return template;
    const lines = Buffer.from(template.bytes).toString("utf8").split("\n");
    return { ...template, bytes: Buffer.from(withoutPackages(lines, own).join("\n"), "utf8") };
  });
}

/** The name of a requirement, in its normal form (PEP 503); "" for what is none. */
const packageOf = (line: string): string =>
  (/^[A-Za-z0-9][\w.-]*/.exec(line)?.[0] ?? "").toLowerCase().replace(/[-_.]+/g, "-");

/** The lines of requirements.txt among a task's deploy code. */
export function requirementLines(templates: readonly TemplateFile[]): string[] {
  const file = templates.find(({ name }) => name === "requirements.txt");
  return file === undefined ? [] : Buffer.from(file.bytes).toString("utf8").split("\n");
}

const folderOf = (name: string): string =>
  fileURLToPath(new URL(`../../templates/${name}/`, import.meta.url));

async function readTemplateRequirements(
  engine: EngineFolder,
  part: string | undefined,
): Promise<string> {
  const name = part === undefined ? "requirements.txt" : `requirements-${part}.txt`;
  return readFile(`${folderOf(`engines/${engine}`)}${name}`, "utf8");
}

/** The path of each module in some folders. */
async function findModules(folders: readonly string[]): Promise<Map<string, string>> {
  const found = await Promise.all(
    folders
      .map(folderOf)
      .map(async (folder) =>
        (await readdir(folder))
          .filter((name) => name.endsWith(".py"))
          .map((name): [string, string] => [name.slice(0, -".py".length), `${folder}${name}`]),
      ),
  );
  return new Map(found.flat());
}
