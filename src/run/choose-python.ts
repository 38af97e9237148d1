import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../environment.js";
import { RunFailure } from "../errors.js";
import { parseRequirement } from "../mdai/pep508.js";
import { SERVER_REQUIREMENTS } from "../mdai/protected-packages.js";
import { readLines } from "../mdai/requirements-file.js";
import { option } from "../options/names.js";
import { cacheFolder, environmentKey, isWhole, pythonIn, spoil } from "./cache.js";
import {
  findMaker,
  type Installation,
  makeEnvironment,
  reachableCpuIndex,
  type Variables,
} from "./environment-maker.js";
import { askPython, lackOf, type Needs, namedPython } from "./python.js";

/** The Python that a bundle runs in. */
export interface ChosenPython {
  readonly path: string;
  /** Which one it is, in words. */
  readonly words: string;
}

/** What the choice goes by. */
export interface PythonWishes {
  readonly python?: string | undefined;
  readonly device: string;
  readonly yes: boolean;
}

/** How the choice is watched. */
export interface PythonHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { step: string; done: null; of: null }) => void;
  readonly onLog?: (line: string) => void;
  readonly ask?: (question: string) => Promise<boolean>;
  readonly env: Environment;
}

/** What `run` itself needs besides the bundle: DICOM SEG and pictures. */
const OWN_REQUIREMENTS = ["highdicom==0.22.0", "pillow==9.5.0"];

/**
 * The server's packages. pylibjpeg-rle has no wheel from Python 3.11 on, and to build it takes
 * Rust; pydicom decodes RLE without it.
 */
const OF_SERVER = SERVER_REQUIREMENTS.map((line) =>
  line.startsWith("pylibjpeg-rle==") ? `${line}; python_version < "3.11"` : line,
);

/** Modules of packages that are called otherwise. */
const MODULES: Readonly<Record<string, string>> = {
  pillow: "PIL",
  "scikit-image": "skimage",
  "scikit-learn": "sklearn",
  "opencv-python": "cv2",
  pyyaml: "yaml",
  setuptools: "pkg_resources",
  "pylibjpeg-libjpeg": "libjpeg",
  "pylibjpeg-openjpeg": "openjpeg",
  "pylibjpeg-rle": "rle",
};

/** How large an environment is, for the question: with PyTorch for NVIDIA's GPUs, and without. */
const SIZES = { cuda: "about 3.5 GB", cpu: "about 1 GB" } as const;

/**
 * Chooses the Python: the one that the user named, else the active virtual environment if it has
 * what the bundle needs, else one that is made once and kept.
 *
 * @throws {@link RunFailure} if there is none, or the user does not want one to be made
 */
export async function choosePython(
  { requirements }: { readonly requirements: readonly string[] },
  { python, device, yes }: PythonWishes,
  hooks: PythonHooks,
): Promise<ChosenPython> {
  const needs = needsOf(requirements);
  if (python !== undefined) {
    // A virtual environment is often named by its folder.
    const isFolder = await stat(python).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    const path = isFolder ? pythonIn(python) : python;
    const { version } = await namedPython(path, needs, hooks.signal);
    return { path, words: `Python ${version} (${path})` };
  }
  const active = hooks.env.VIRTUAL_ENV;
  if (active) {
    const path = pythonIn(active);
    const facts = await askPython(path, needs, hooks.signal);
    const lack = facts === undefined ? "it can't be started" : lackOf(facts, needs);
    if (facts !== undefined && lack === undefined) {
      return { path, words: `Python ${facts.version} of the active environment` };
    }
    hooks.onLog?.(`The active virtual environment is not used: ${lack}.`);
  }
  return madePython(requirements, needs, device, yes, hooks);
}

async function madePython(
  requirements: readonly string[],
  needs: Needs,
  device: string,
  yes: boolean,
  hooks: PythonHooks,
): Promise<ChosenPython> {
  const variables: Variables = process.env;
  const key = environmentKey([...OF_SERVER, ...requirements, ...OWN_REQUIREMENTS, device]);
  const folder = join(cacheFolder(hooks.env), key);
  const path = pythonIn(folder);
  const known = (await isWhole(folder)) ? await askPython(path, needs, hooks.signal) : undefined;
  if (known === undefined || lackOf(known, needs) !== undefined) {
    const maker = await findMaker(variables);
    const cpuIndex = device === "cpu" ? await reachableCpuIndex(hooks.signal) : undefined;
    const size = cpuIndex === undefined ? SIZES.cuda : SIZES.cpu;
    const what = readLines(requirements.join("\n"))
      .map(({ text }) => text.replace(/\s*;.*$/, ""))
      .join(", ");
    const question =
      `To run this model, a Python environment is made once in ${folder}:\n` +
      `  MD.ai's server packages, then ${what}\n` +
      `  by ${maker.isUv ? "uv" : `${maker.program} and pip`}, ${size} on the disk; ${option("clean")} removes it.`;
    const isWanted = yes || (hooks.ask !== undefined && (await hooks.ask(question)));
    if (!isWanted) {
      throw new RunFailure(
        "python",
        `${question}\nNothing was installed. Allow it with ${option("yes")}, or name a Python that has these packages with ${option("python")}.`,
      );
    }
    hooks.onProgress?.({ step: "Installing packages", done: null, of: null });
    const installation: Installation = {
      lists: [
        { name: "server.txt", lines: OF_SERVER },
        { name: "bundle.txt", lines: requirements },
        { name: "run.txt", lines: OWN_REQUIREMENTS },
      ],
      cpuIndex,
    };
    // Where it was whole, its Python has gone, or somebody took packages out of it.
    if (known !== undefined || (await isWhole(folder))) await spoil(folder);
    await makeEnvironment(folder, maker, installation, {
      onLine: hooks.onLog,
      signal: hooks.signal,
      env: variables,
    });
  }
  const facts = known ?? (await askPython(path, needs, hooks.signal));
  const lack = facts === undefined ? "it can't be started" : lackOf(facts, needs);
  if (facts === undefined || lack !== undefined) {
    throw new RunFailure(
      "python",
      `The Python environment in ${folder} was made, and can't run this model: ${lack}. Name a Python that can with ${option("python")}.`,
    );
  }
  return { path, words: `Python ${facts.version}` };
}

/** What a Python has to have for a bundle's requirements. */
export function needsOf(requirements: readonly string[]): Needs {
  const modules: Record<string, string> = { pydicom: "pydicom", numpy: "numpy" };
  const exact: Record<string, string> = {};
  for (const { text } of readLines([...requirements, ...OWN_REQUIREMENTS].join("\n"))) {
    const parsed = parseRequirement(text);
    // Options of pip are no packages, and one with a marker may not be for this Python.
    if (typeof parsed === "string" || parsed.name === undefined || text.includes(";")) continue;
    const [written = parsed.name] = /^[\w.-]+/.exec(text) ?? [];
    modules[MODULES[parsed.name] ?? parsed.name.replaceAll("-", "_")] = written;
    const pinned = parsed.clauses.find(({ operator }) => operator === "==");
    if (parsed.name === "monai" && pinned) exact[written] = pinned.version;
  }
  return { modules, exact };
}
