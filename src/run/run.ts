import { randomBytes } from "node:crypto";
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { Environment } from "../environment.js";
import { asMachineError, RunFailure, TargetExistsError } from "../errors.js";
import type { Finding } from "../findings/finding.js";
import { describeFinding } from "../findings/format.js";
import { onCommandLine, option } from "../options/names.js";
import type { CompleteRunOptions } from "../options/schema.js";
import type { Scope } from "../options/words.js";
import { handOverOf } from "../tasks/hand-over.js";
import type { MdaiScope } from "../tasks/task.js";
import { type ChosenPython, choosePython } from "./choose-python.js";
import { clicksFor } from "./clicks.js";
import { type RunProgress, runInPython } from "./driver.js";
import { type ModelFolder, makeModelFolder } from "./model-folder.js";
import { reportPage } from "./page/page.js";
import { outcomeOf, type Subject, verdictText } from "./page/tables.js";
import type { RunResult } from "./result.js";

/** Asks the user, who may say no. */
export type Ask = (question: string) => Promise<boolean>;

/** How a run is watched and stopped. */
export interface RunHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RunProgress) => void;
  /** Lines that the installation and the model write. */
  readonly onLog?: (line: string) => void;
  /** Asked before packages are installed; without it the answer is no. */
  readonly ask?: Ask;
  readonly env: Environment;
}

/** What a run gave. */
export type RunOutcome =
  | {
      /** Whether MD.ai would take every answer. */
      readonly ok: boolean;
      /** The folder of the results. */
      readonly out: string;
      /** Path of the report. */
      readonly report: string;
      readonly subject: Subject;
      readonly result: RunResult;
      /** The run in a sentence. */
      readonly verdict: string;
      readonly findings: readonly Finding[];
    }
  | { readonly ok: false; readonly out: undefined; readonly findings: readonly Finding[] };

/**
 * Runs a model on DICOM files on this machine, as MD.ai would, and writes what came of it.
 *
 * @param location - an MMAR, or a bundle that mmar2mdai packed
 * @param inputs - DICOM files, folders of them, and zips
 * @throws {@link RunFailure} where there is no result, with the reason
 * @throws {@link TargetExistsError} if the folder of the results is there already, unless `force`
 * @throws {@link MachineError} if the disk or a permission fails
 */
export async function runModel(
  location: string,
  inputs: readonly string[],
  options: CompleteRunOptions,
  hooks: RunHooks,
): Promise<RunOutcome> {
  const { signal, onProgress } = hooks;
  const out = resolve(options.out ?? defaultOut(location));
  await checkOut(out, options.force);
  const annotations = await readAnnotations(options.annotations);
  await checkInputs(inputs);
  const work = await newFolder(tmpdir(), "mmar2mdai-run-");
  const results = join(
    dirname(out),
    `.mmar2mdai-run-${process.pid}-${randomBytes(4).toString("hex")}`,
  );
  let parents: string | undefined;
  try {
    onProgress?.({ step: "Reading the model", done: null, of: null });
    const made = await makeModelFolder(location, options, work, signal);
    if (made.model === undefined) return { ok: false, out: undefined, findings: made.findings };
    const { model } = made;
    const clicks = clicksFor(model, options);
    const python = await choosePython(model, options, hooks);
    parents = await mkdir(dirname(out), { recursive: true }).catch((error: unknown) => {
      throw asMachineError(error, "create", dirname(out));
    });
    await mkdir(results).catch((error: unknown) => {
      throw asMachineError(error, "create", results);
    });
    const scope = options.scope ?? scopeOf(model);
    const result = await runInPython(
      python.path,
      {
        bundle: model.folder,
        inputs: inputs.map((path) => resolve(path)),
        out: results,
        name: model.name,
        scope,
        series: options.series,
        classes: model.config.classes,
        annotations,
        clicks,
        args: options.args,
        label: options.label === undefined ? undefined : resolve(options.label),
      },
      { onProgress, onLog: hooks.onLog, signal, timeout: options.timeout, env: process.env },
    );
    const subject = subjectOf(model, scope, python);
    await writeReport(results, subject, result);
    signal?.throwIfAborted();
    await putInPlace(results, out, options.force);
    const ok = result.requests.every((request) => outcomeOf(request) !== "failed");
    const report = join(out, REPORT);
    const verdict = verdictText(result);
    return { ok, out, report, subject, result, verdict, findings: model.findings };
  } finally {
    await rm(work, { recursive: true, force: true });
    await rm(results, { recursive: true, force: true });
    if (parents !== undefined) await removeEmpty(dirname(out), parents);
  }
}

/** Removes a folder and those above it up to the first that was made, where nothing is in them. */
async function removeEmpty(folder: string, first: string): Promise<void> {
  for (let at = folder; ; at = dirname(at)) {
    const isGone = await rmdir(at).then(
      () => true,
      () => false,
    );
    if (!isGone || at === first) return;
  }
}

/** Name of the report in the folder of the results. */
const REPORT = "report.html";

/** All that a run writes into it. */
const RESULTS = [REPORT, "overview.png", "answer.json", "masks"];

/** The scope that a model needs on MD.ai, as a request has it. */
const scopeOf = ({ config, name }: ModelFolder): Scope =>
  REQUEST_SCOPES[handOverOf(config, { name }).scope];

const REQUEST_SCOPES: Readonly<Record<MdaiScope, Scope>> = {
  Instance: "INSTANCE",
  Series: "SERIES",
  Study: "STUDY",
};

const MDAI_SCOPES: Readonly<Record<Scope, MdaiScope>> = {
  INSTANCE: "Instance",
  SERIES: "Series",
  STUDY: "Study",
};

function subjectOf(model: ModelFolder, scope: Scope, python: ChosenPython): Subject {
  const { config, name, bundle, standsIn, findings } = model;
  return {
    name,
    scope,
    ranOn: `${python.words}, ${config.device}`,
    handOver: handOverOf(config, { name, bundle, scope: MDAI_SCOPES[scope] }),
    remarks: standsIn
      ? [
          "On MD.ai this bundle runs in NVIDIA's image, which can't be started here. The same model and the same config ran on MONAI instead.",
        ]
      : [],
    findings: findings.map((finding) => {
      const { message, hint } = describeFinding(finding);
      return onCommandLine(`${finding.severity}: ${message} ${hint} (${finding.code})`);
    }),
    facts: [
      ["Model", name],
      ["Task", config.type],
      ["Inference config", inferenceConfigOf(config.engine)],
    ],
    classes: config.classes,
  };
}

const inferenceConfigOf = (engine: ModelFolder["config"]["engine"]): string =>
  engine.name === "monai-bundle" ? engine.configs.join(", ") : engine.inference_config;

async function writeReport(folder: string, subject: Subject, result: RunResult): Promise<void> {
  try {
    await writeFile(join(folder, REPORT), await reportPage(subject, result, folder));
    await rm(join(folder, "page"), { recursive: true });
  } catch (error) {
    throw asMachineError(error, "write", folder);
  }
}

/** @throws {@link TargetExistsError} if the folder is there and may not be replaced */
async function checkOut(out: string, force: boolean): Promise<void> {
  const stats = await lstat(out).catch(() => undefined);
  if (stats === undefined) return;
  if (!stats.isDirectory())
    throw new RunFailure("input", `${option("out")}: ${out} is not a folder.`);
  // Only what a run has made is replaced.
  const names = await readdir(out);
  const isOurs = names.includes(REPORT) && names.every((name) => RESULTS.includes(name));
  if (names.length === 0) return;
  if (!force) throw new TargetExistsError(out);
  if (!isOurs) {
    throw new RunFailure(
      "input",
      `${option("out")}: ${out} holds files that are not the results of a run, and is not replaced. Name another folder.`,
    );
  }
}

async function putInPlace(results: string, out: string, force: boolean): Promise<void> {
  await checkOut(out, force);
  try {
    const old = `${results}-old`;
    const hadOld = await rename(out, old).then(
      () => true,
      () => false,
    );
    await rename(results, out).catch(async (error: unknown) => {
      if (hadOld) await rename(old, out);
      throw error;
    });
    if (hadOld) await rm(old, { recursive: true, force: true });
  } catch (error) {
    throw asMachineError(error, "put in place", out);
  }
}

async function newFolder(parent: string, prefix: string): Promise<string> {
  try {
    return await mkdtemp(join(parent, prefix));
  } catch (error) {
    throw asMachineError(error, "create", parent);
  }
}

/** Says what is missing before anything is read or installed. */
async function checkInputs(inputs: readonly string[]): Promise<void> {
  for (const path of inputs) {
    await stat(path).catch((error: NodeJS.ErrnoException) => {
      // What else is wrong with it, who reads it says.
      if (error.code === "ENOENT") throw new RunFailure("input", `${path} does not exist.`);
    });
  }
}

/** @throws {@link RunFailure} if the file is not a list of annotations */
async function readAnnotations(path: string | undefined): Promise<readonly unknown[]> {
  if (path === undefined) return [];
  const name = `The file of annotations, ${path},`;
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new RunFailure("input", `${name} can't be read (${error.code}).`);
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new RunFailure("input", `${name} is not JSON: ${(error as Error).message}.`);
  }
  const list =
    typeof content === "object" && content !== null && "annotations" in content
      ? content.annotations
      : content;
  if (Array.isArray(list)) return list;
  throw new RunFailure(
    "input",
    `${name} must be a list of annotations, as a request of MD.ai has it.`,
  );
}

/** The name of a folder of results for a model. */
export const defaultOut = (location: string): string =>
  `${basename(resolve(location)).replace(/\.(mdai\.)?(zip|tar\.gz|tgz)$/i, "")}.run`;
