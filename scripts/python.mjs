#!/usr/bin/env node
/**
 * Runs the Python side of the project: tests, lint and types of python/, templates/ and test/python/.
 *
 *   node scripts/python.mjs test|heavy|bundles|lint|typecheck|matrix|bench|bench-classify|bench-resident|bench-run [arguments for the tool]
 *   node scripts/python.mjs heavy-python    prints the Python that has PyTorch and MONAI
 *
 * `test`, `heavy` and `bundles` take --tier=fast|slow|all besides the arguments of pytest. Each task needs a
 * virtual environment with pinned packages, made once in .venv-test/ and named after what went
 * into it. Where Python or the packages can't be had, what is left out is said
 * and the exit code is 0; with CI=true it is 1, so that CI never passes by leaving out.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism, homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const TESTS = join(ROOT, "test", "python");
const VENVS = join(ROOT, ".venv-test");
const MAKE_VENV = join(ROOT, "scripts", "make_venv.py");
const PYTHON_SOURCES = [
  "packaging",
  "python",
  "scripts",
  "templates",
  "test/python",
  "test/completion",
  "test/run",
  "bench",
];

/** What the modules in templates/ have to run on: Clara's image, and MD.ai's py310. */
const PYTHON_VERSIONS = ["3.8", "3.10"];

/** The folders of each engine in templates/engines/, and the Pythons that it runs on. */
const ENGINES = {
  clara: { folders: ["clara"], versions: PYTHON_VERSIONS },
  monai: { folders: ["resident", "monai"], versions: PYTHON_VERSIONS },
  monai_bundle: { folders: ["resident", "monai_bundle"], versions: ["3.10"] },
};

/** Folders of other tasks in templates/ whose modules a task's code imports, all but their entry. */
const BESIDE = { annotation: ["segmentation"] };
const isNoEntry = (file) => !file.endsWith("/mdai_deploy.py");

/** What keeps a task from running on this machine; not an error of the project's. */
class LeftOut extends Error {}

const TASKS = {
  test: async (args) => run(await lightPython(), pytest("test/python/light", args)),
  heavy: async (args) => run(await heavyPython(), pytest("test/python/heavy", args)),
  bundles: async (args) => run(await bundlesPython(), pytest("test/python/bundles", args)),
  "model-zoo": async (args) =>
    run(await bundlesPython(), ["test/python/bundles/model_zoo.py", ...args]),
  lint: async (args) => {
    const python = await devPython();
    const checked = await run(python, ["-m", "ruff", "check", ...args, ...PYTHON_SOURCES]);
    const formatted = await run(python, ["-m", "ruff", "format", "--check", ...PYTHON_SOURCES]);
    return checked || formatted;
  },
  typecheck: async (args) => {
    const python = await devPython();
    const codes = [];
    for (const { engine, task, version } of combinations()) {
      console.log(`${task} on ${engine}, Python ${version}`);
      const engines = ENGINES[engine].folders.map((name) => `engines/${name}`);
      const beside = pythonFiles(...(BESIDE[task] ?? [])).filter(isNoEntry);
      const own = pythonFiles("platform", "imaging", "engines", ...engines, task);
      const files = [...own, ...beside];
      codes.push(await run(python, ["-m", "mypy", "--python-version", version, ...args, ...files]));
    }
    for (const version of PYTHON_VERSIONS) {
      console.log(`run, Python ${version}`);
      const files = ["-p", "mmar2mdai_run"];
      const where = { MYPYPATH: "python" };
      codes.push(await run(python, ["-m", "mypy", "--python-version", version, ...files], where));
    }
    return codes.find((code) => code !== 0) ?? 0;
  },
  matrix: async (args) => run(await lightPython(), ["test/python/light/matrix.py", ...args]),
  bench: async (args) => bench(await lightPython(), "bench/deploy.py", args),
  "bench-classify": async (args) => bench(await heavyPython(), "bench/classify.py", args),
  "bench-run": async (args) => bench(await heavyPython(), "bench/run.py", args),
  "heavy-python": async () => {
    console.log(await heavyPython());
    return 0;
  },
  "bench-resident": async (args) => bench(await heavyPython(), "bench/resident.py", args),
};

const folders = (path) =>
  readdirSync(join(ROOT, "templates", path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "__pycache__")
    .map((entry) => entry.name);

/** What a bundle may be made of: a task, an engine, and the Python of a base image. */
function* combinations() {
  const tasks = folders(".").filter((name) =>
    existsSync(join(ROOT, "templates", name, "mdai_deploy.py")),
  );
  const known = new Set(Object.values(ENGINES).flatMap(({ folders }) => folders));
  for (const name of folders("engines")) {
    if (!known.has(name)) throw new Error(`ENGINES does not have templates/engines/${name}`);
  }
  for (const [engine, { versions }] of Object.entries(ENGINES)) {
    for (const task of tasks) {
      for (const version of versions) yield { engine, task, version };
    }
  }
}

/** The Python files of folders in templates/, without those of folders in them. */
function pythonFiles(...names) {
  return names.flatMap((name) =>
    readdirSync(join(ROOT, "templates", name))
      .filter((file) => file.endsWith(".py"))
      .map((file) => `templates/${name}/${file}`),
  );
}

/** Python 3.8 as in MD.ai's NVIDIA image, else the nearest that the pinned packages know. */
async function lightPython() {
  return venv(
    "light",
    await findPython(["3.8", "3.9", "3.10", "3.11"]),
    [],
    [{ file: join(TESTS, "requirements.txt"), options: [] }],
  );
}

async function devPython() {
  return venv(
    "dev",
    await findPython(["3.8", "3.9", "3.10", "3.11"]),
    [],
    [{ file: join(TESTS, "requirements-dev.txt"), options: [] }],
  );
}

/** The heavy tests take PyTorch from the system: no pinned wheel of it fits MONAI 0.8.1 here. */
async function heavyPython() {
  const python = process.env.MMAR2MDAI_HEAVY_PYTHON ?? "/usr/bin/python3";
  const probe = await execa(python, ["-c", "import torch"], { reject: false });
  if (probe.exitCode !== 0) {
    throw new LeftOut(`${python} has no PyTorch (on Debian: apt-get install python3-torch)`);
  }
  return venv(
    "heavy",
    python,
    ["--system-site-packages"],
    [
      { file: join(TESTS, "heavy", "requirements-nodeps.txt"), options: ["--no-deps"] },
      { file: join(TESTS, "heavy", "requirements.txt"), options: [] },
    ],
  );
}

/** The tests of MONAI bundles: a current PyTorch and MONAI, on a Python that both have wheels for. */
async function bundlesPython() {
  return venv(
    "bundles",
    await findPython(["3.11", "3.10"]),
    [],
    [
      { file: join(TESTS, "bundles", "requirements.txt"), options: [] },
      { file: join(TESTS, "bundles", "requirements-nodeps.txt"), options: ["--no-deps"] },
    ],
  );
}

async function findPython(versions) {
  const pyenv = join(homedir(), ".pyenv", "versions");
  const installed = existsSync(pyenv) ? readdirSync(pyenv).sort().reverse() : [];
  const candidates = process.env.MMAR2MDAI_PYTHON ? [process.env.MMAR2MDAI_PYTHON] : [];
  for (const version of versions) {
    candidates.push(`python${version}`);
    for (const name of installed.filter((name) => name.startsWith(`${version}.`))) {
      candidates.push(join(pyenv, name, "bin", "python"));
    }
  }
  candidates.push("python3", "python");
  const probe = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])";
  for (const candidate of candidates) {
    const found = await execa(candidate, ["-c", probe], { reject: false });
    if (found.exitCode === 0 && versions.includes(found.stdout.trim())) return candidate;
  }
  throw new LeftOut(
    `no Python ${versions[0]} to ${versions.at(-1)} with venv was found; MMAR2MDAI_PYTHON can name one`,
  );
}

/** A virtual environment that holds what the files name, made unless it is there. */
async function venv(name, python, options, requirements) {
  const { stdout: version } = await execa(python, ["-c", "import sys; print(sys.version)"]);
  const key = createHash("sha256").update(JSON.stringify([version, options]));
  for (const { file } of requirements) key.update(readWithIncludes(file));
  const folder = join(VENVS, `${name}-${key.digest("hex").slice(0, 12)}`);
  const quiet = ["-q", "--disable-pip-version-check", "--prefer-binary"];
  const installs = requirements.map(({ file, options: pip }) => [...quiet, ...pip, "-r", file]);
  const args = [MAKE_VENV, folder, JSON.stringify(options), JSON.stringify(installs)];
  const made = await execa(python, args, { reject: false, all: true });
  if (made.exitCode !== 0) throw new LeftOut(made.all);
  return join(folder, "bin", "python");
}

function readWithIncludes(file) {
  const text = readFileSync(file, "utf8");
  const includes = [...text.matchAll(/^-r\s+(\S+)/gm)].map((match) => match[1]);
  return [text, ...includes.map((name) => readWithIncludes(join(dirname(file), name)))].join("\n");
}

/** Spreads the tests over the processors; what shares something costly stays together. */
function pytest(folder, args) {
  return [
    "-m",
    "pytest",
    "-rfEs",
    "-n",
    String(availableParallelism()),
    "--dist=loadgroup",
    folder,
    ...args,
  ];
}

async function run(python, args, variables = {}) {
  // The tests' processes share the processors already: threads of NumPy would wait for each other.
  const env = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", ...variables };
  const done = await execa(python, args, { cwd: ROOT, stdio: "inherit", reject: false, env });
  return done.exitCode ?? 1;
}

/** With all processors, as a user's requests have them, unless the caller's environment says less. */
function bench(python, script, args) {
  const { OMP_NUM_THREADS, OPENBLAS_NUM_THREADS } = process.env;
  return run(python, [script, ...args], { OMP_NUM_THREADS, OPENBLAS_NUM_THREADS });
}

async function main([name, ...args]) {
  const task = Object.hasOwn(TASKS, name ?? "") ? TASKS[name] : undefined;
  if (!task) {
    console.error(`Usage: node scripts/python.mjs ${Object.keys(TASKS).join("|")} [arguments]`);
    return 2;
  }
  try {
    return await task(args);
  } catch (error) {
    if (!(error instanceof LeftOut)) throw error;
    console.error(`\n*** LEFT OUT: Python ${name}. ${error.message}\n`);
    return process.env.CI === "true" ? 1 : 0;
  }
}

process.exitCode = await main(process.argv.slice(2));
