import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RunFailure } from "../errors.js";
import { makeOnce, pythonIn } from "./cache.js";
import { runGroup } from "./process-group.js";

/** Environment variables that a process is given. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What makes an environment. */
export interface Maker {
  /** `uv`, or a Python with venv and pip. */
  readonly program: string;
  readonly isUv: boolean;
}

/** What is installed, one list after the other, as MD.ai does. */
export interface Installation {
  readonly lists: readonly { readonly name: string; readonly lines: readonly string[] }[];
  /** Another index that has PyTorch's builds for CPUs, where it can be reached. */
  readonly cpuIndex?: string | undefined;
}

/** How the making is watched and stopped. */
export interface MakeHooks {
  readonly onLine?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly env: Variables;
}

/** Pythons that the pinned packages are published for, the one of MD.ai's image first. */
export const PYTHON_VERSIONS = ["3.10", "3.11", "3.9"] as const;

/** PyTorch's own index of builds without CUDA. */
const CPU_INDEX = "https://download.pytorch.org/whl/cpu";

/** How long the index may take to answer, milliseconds. */
const INDEX_MS = 5000;

/** The index of PyTorch's builds for CPUs, if it can be reached from here. */
export async function reachableCpuIndex(
  stop?: AbortSignal,
  url = CPU_INDEX,
): Promise<string | undefined> {
  try {
    const late = AbortSignal.timeout(INDEX_MS);
    const signal = stop === undefined ? late : AbortSignal.any([late, stop]);
    const answer = await fetch(`${url}/torch/`, { method: "HEAD", signal });
    return answer.ok ? url : undefined;
  } catch {
    stop?.throwIfAborted();
    return undefined;
  }
}

/**
 * Finds what can make an environment: uv, which brings a Python of its own, else a Python of a
 * version that the packages are published for.
 *
 * @throws {@link RunFailure} if there is neither
 */
export async function findMaker(env: Variables): Promise<Maker> {
  if ((await versionOf("uv", ["--version"], env)) !== undefined) {
    return { program: "uv", isUv: true };
  }
  const names = process.platform === "win32" ? [] : PYTHON_VERSIONS.map((v) => `python${v}`);
  for (const program of [...names, "python3", "python"]) {
    const text = await versionOf(
      program,
      ["-I", "-c", "import sys, venv, ensurepip; print(sys.version)"],
      env,
    );
    const isKnown = PYTHON_VERSIONS.some((each) => text?.startsWith(`${each}.`));
    if (isKnown) return { program, isUv: false };
  }
  throw new RunFailure(
    "python",
    `To run a model here, Python ${PYTHON_VERSIONS.join(", ")} with venv, or uv, has to be in PATH; ` +
      "there is none. Install one of them, or name a Python that has PyTorch and MONAI with --python.",
  );
}

/**
 * Makes an environment, or leaves one that is whole as it is.
 *
 * @param folder - the environment's
 * @throws {@link RunFailure} if the packages can't be installed, with the end of the log
 */
export async function makeEnvironment(
  folder: string,
  maker: Maker,
  { lists, cpuIndex }: Installation,
  hooks: MakeHooks,
): Promise<void> {
  await makeOnce(
    folder,
    async () => {
      const { program, isUv } = maker;
      if (isUv) await createByUv(program, folder, hooks);
      else await step(program, ["-I", "-m", "venv", folder], hooks);
      for (const { name, lines } of lists) {
        const file = join(folder, name);
        await writeFile(file, `${lines.join("\n")}\n`);
        const index = cpuIndex === undefined ? [] : ["--extra-index-url", cpuIndex];
        const what = ["-r", file, ...index];
        await (isUv
          ? step(program, ["pip", "install", "--python", pythonIn(folder), ...UV, ...what], hooks)
          : step(
              pythonIn(folder),
              ["-I", "-m", "pip", "install", "--no-input", ...QUIET_PIP, ...what],
              hooks,
            ));
      }
    },
    hooks.signal,
  );
}

/**
 * PyTorch's index has some versions of NumPy and others, too, and uv looks no further than the first
 * index that has a package. All versions are pinned, so the best match of both is what pip takes.
 */
const UV = ["--index-strategy", "unsafe-best-match"];

/** Creates an environment of the Python that uv finds or downloads, else of another that is there. */
async function createByUv(program: string, folder: string, hooks: MakeHooks): Promise<void> {
  const [wanted, ...others] = PYTHON_VERSIONS;
  const create = ["venv", "--quiet", "--python"];
  try {
    await step(program, [...create, wanted, folder], hooks);
  } catch (error) {
    hooks.signal?.throwIfAborted();
    for (const version of others) {
      const isMade = await step(
        program,
        [...create, version, "--no-python-downloads", folder],
        hooks,
      ).then(
        () => true,
        () => false,
      );
      if (isMade) return;
    }
    throw error;
  }
}

const QUIET_PIP = ["--disable-pip-version-check", "--progress-bar=off"];

/** Lines of the log that an error shows. */
const LOG_SHOWN = 15;

async function step(
  program: string,
  args: readonly string[],
  { onLine, signal, env }: MakeHooks,
): Promise<void> {
  const settings = { PYTHONNOUSERSITE: "1", PIP_PROGRESS_BAR: "off" };
  const end = await runGroup(program, args, {
    env: { ...env, ...settings },
    onLine,
    logLines: LOG_SHOWN,
    signal,
  });
  if (end.code === 0) return;
  const { log } = end;
  const how = end.error?.message ?? end.code ?? end.signal;
  const isFull = log.some((line) => /No space left|ENOSPC|os error 28/i.test(line));
  const why = isFull ? "no space is left on the disk" : `${program} ended with ${how}`;
  throw new RunFailure(
    isFull ? "machine" : "python",
    `The Python environment could not be made: ${why}. Nothing of it was kept. ` +
      "Mend that and run the command again, or name a Python that has what it needs with --python.",
    log,
  );
}

/** What a program prints of itself; undefined where it can't be started or fails. */
async function versionOf(
  program: string,
  args: readonly string[],
  env: Variables,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"], env });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.once("error", () => resolve(undefined));
    child.once("close", (code) => resolve(code === 0 ? text : undefined));
  });
}
