import { type Finding, finding, type Place } from "../findings/finding.js";
import type { DeployCodeFacts, MethodFacts, ModelFacts, PythonFacts } from "./deploy-code.js";
import type { Requirement } from "./pep508.js";

/** What a bundle's code is checked against. */
export interface DeployCodeContext {
  /** Path of the folder .mdai. */
  readonly folder: string;
  /** Path of mdai_deploy.py. */
  readonly deploy: string;
  /** The image's Python, `3.8`; undefined where that is not known. */
  readonly python: string | undefined;
  readonly requirements: readonly Requirement[];
}

/**
 * Checks what MD.ai's server does with a bundle's code at its start: `from mdai_deploy import
 * MDAIModel`, `MDAIModel()`, and then `predict(data)` (mdai/server.py, API version 0.3).
 */
export function checkDeployCode(facts: DeployCodeFacts, context: DeployCodeContext): Finding[] {
  const deploy = facts.files.find(({ path }) => path === context.deploy);
  const imported = importedFiles(facts.files, context);
  return [
    ...facts.files.flatMap((file) => checkSyntax(file, facts, context, imported)),
    ...(deploy?.model ? checkModel(deploy.model, context.deploy) : []),
    ...facts.files
      .filter(({ path }) => imported.has(path))
      .flatMap(({ path, bool_masks: masks }) =>
        masks.map((spot) => finding("deploy-bool-mask", {}, { file: path, ...spot })),
      ),
    ...checkNames(facts, context),
  ];
}

/** Paths of the files that come to be read when mdai_deploy.py is imported, as far as names tell. */
export function importedFiles(
  files: readonly PythonFacts[],
  context: Pick<DeployCodeContext, "deploy" | "folder">,
): Set<string> {
  const reached = new Set<string>();
  const waiting = files.filter(({ path }) => path === context.deploy);
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file.path)) continue;
    reached.add(file.path);
    const names = new Set(file.imports);
    waiting.push(...files.filter(({ path }) => names.has(moduleOf(path, context) ?? "")));
  }
  return reached;
}

/** The name by which a file in .mdai is imported; that of its package, if it is in one. */
function moduleOf(path: string, { folder }: Pick<DeployCodeContext, "folder">): string | undefined {
  return path
    .slice(folder.length + 1)
    .split("/")[0]
    ?.replace(/\.py$/, "");
}

function checkSyntax(
  { path, error }: PythonFacts,
  { version }: DeployCodeFacts,
  { python }: DeployCodeContext,
  imported: ReadonlySet<string>,
): Finding[] {
  if (error === null) return [];
  const { message: problem, line, column } = error;
  const place = { file: path, ...(line !== null && { line, column: column ?? 1 }) };
  if (!imported.has(path)) return [finding("deploy-syntax-unused", { problem }, place)];
  // An older Python than the image's refuses what that one may take.
  if (python === undefined || isOlder(version, python)) {
    const asked = version.join(".");
    return [finding("deploy-syntax-unsure", { problem, asked, python: python ?? null }, place)];
  }
  return [finding("deploy-syntax", { problem, python }, place)];
}

function isOlder([major, minor]: readonly [number, number], python: string): boolean {
  const [otherMajor = 3, otherMinor = 0] = python.split(".").map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

function checkModel(model: ModelFacts, file: string): Finding[] {
  if (model.kind === "nothing") return [finding("deploy-class-missing", {}, { file })];
  const place = { file, line: model.line, column: model.column };
  if (model.kind === "bound") {
    const why = "it is imported, assigned, decorated or defined more than once";
    return [finding("deploy-class-unclear", { why }, place)];
  }
  const init = model.init === null ? [] : checkMethod("__init__", model.init, 1, file);
  if (model.predict !== null) {
    return [...init, ...checkMethod("predict", model.predict, 2, file)];
  }
  if (model.inherits) {
    const why = "its predict, if there is one, comes from another class";
    return [...init, finding("deploy-class-unclear", { why }, place)];
  }
  const args = { method: "predict", problem: "is missing" };
  return [...init, finding("deploy-method", args, place)];
}

/**
 * Checks whether the server can call a method.
 *
 * @param given - how many positional arguments it gets, `self` among them
 */
function checkMethod(method: string, facts: MethodFacts, given: number, file: string): Finding[] {
  if (facts.kind === "bound") return [];
  const problem = callProblem(facts, given);
  if (problem === undefined) return [];
  const place: Place = { file, line: facts.line, column: facts.column };
  return [finding("deploy-method", { method, problem }, place)];
}

function callProblem(
  facts: Exclude<MethodFacts, { kind: "bound" }>,
  given: number,
): string | undefined {
  const { kind, least, most, keywords } = facts;
  const gets = given === 1 ? "no argument besides self" : "self and one more argument";
  if (kind === "async") return "is async, and the server does not wait for it";
  if (keywords.length > 0) return `asks for ${keywords.join(", ")} by name; it gets ${gets}`;
  if (least > given) return `asks for ${least} arguments with self; it gets ${gets}`;
  if (most !== null && most < given) {
    return `takes ${most} arguments with self; it gets ${gets}`;
  }
  return undefined;
}

/** Modules that the server has imported before it imports mdai_deploy (mdai/server.py). */
const SERVER_MODULES: Readonly<Record<string, string>> = {
  validation: "the server's own module",
  fastapi: "a package of the server",
  uvicorn: "a package of the server",
  msgpack: "a package of the server",
  pylibjpeg: "a package of the server",
  pydicom: "a package of the server",
  numpy: "a package of the server",
};

/**
 * Finds files in .mdai with the name of another module. .mdai stands before Python's library and
 * the packages on sys.path, but what the server has imported before stays what it is.
 */
function checkNames(facts: DeployCodeFacts, context: DeployCodeContext): Finding[] {
  const packages = new Map(
    context.requirements.flatMap(({ name, text }) =>
      name === undefined ? [] : [[name.replaceAll("-", "_"), `the package of "${text}"`]],
    ),
  );
  const seen = new Set<string>();
  return facts.files.flatMap(({ path }) => {
    const name = moduleOf(path, context);
    if (name === undefined || seen.has(name)) return [];
    seen.add(name);
    const what =
      (Object.hasOwn(SERVER_MODULES, name) ? SERVER_MODULES[name] : undefined) ??
      packages.get(name) ??
      (facts.library.has(name) ? "a module of Python's own library" : undefined);
    return what === undefined ? [] : [finding("module-shadows", { name, what }, { file: path })];
  });
}
