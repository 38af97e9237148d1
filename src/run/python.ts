import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { RunFailure } from "../errors.js";
import { formatList } from "../text/format.js";

const run = promisify(execFile);

/** What a Python has to have, so that a bundle can run in it. */
export interface Needs {
  /** Names of modules that have to be importable, with the packages that bring them. */
  readonly modules: Readonly<Record<string, string>>;
  /** Versions that have to be exactly these, by package: the model's numbers depend on them. */
  readonly exact: Readonly<Record<string, string>>;
}

/** What a Python says of itself. */
export interface PythonFacts {
  /** `3.10.13` */
  readonly version: string;
  readonly isVirtual: boolean;
  /** Modules that can't be found. */
  readonly missing: readonly string[];
  /** Versions of packages; what is not installed is missing. */
  readonly versions: Readonly<Record<string, string>>;
}

// The working folder is no place to import from: it may hold a torch.py of somebody else's.
const PROBE = `
import sys
sys.path = [path for path in sys.path if path != ""]
import importlib.util, json
from importlib import metadata
wanted = json.loads(sys.argv[1])
def version(name):
    try:
        return metadata.version(name)
    except Exception:
        return None
def found(name):
    try:
        return importlib.util.find_spec(name) is not None
    except Exception:
        return False
print(json.dumps({
    "version": sys.version.split()[0],
    "isVirtual": sys.prefix != sys.base_prefix,
    "missing": [m for m, p in wanted["modules"].items() if not version(p) and not found(m)],
    "versions": {n: v for n in wanted["packages"] for v in [version(n)] if v},
}))
`;

/** How long a Python may take to say what it has, milliseconds. */
const PROBE_MS = 60_000;

/**
 * Asks a Python what it has. Nothing is imported.
 *
 * @returns undefined where it can't be started, or is older than 3.8
 * @throws the signal's reason if it was aborted
 */
export async function askPython(
  python: string,
  needs: Needs,
  signal?: AbortSignal,
): Promise<PythonFacts | undefined> {
  const wanted = { modules: needs.modules, packages: Object.keys(needs.exact) };
  try {
    const { stdout } = await run(python, ["-c", PROBE, JSON.stringify(wanted)], {
      timeout: PROBE_MS,
      // As it will be run: the packages of the user's own folder don't count.
      env: { ...process.env, PYTHONNOUSERSITE: "1" },
      ...(signal && { signal }),
    });
    return JSON.parse(stdout) as PythonFacts;
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

/** What a Python lacks, in words; undefined if it can run the bundle. */
export function lackOf(facts: PythonFacts, needs: Needs): string | undefined {
  if (facts.missing.length > 0) {
    const packages = facts.missing.map((name) => needs.modules[name] ?? name);
    return `it has no ${formatList([...new Set(packages)])}`;
  }
  for (const [name, wanted] of Object.entries(needs.exact)) {
    const version = facts.versions[name];
    if (version !== wanted)
      return `it has ${name} ${version ?? "without a version"} instead of ${wanted}`;
  }
  return undefined;
}

/**
 * The Python that the user named.
 *
 * @throws {@link RunFailure} if it can't run the bundle, with what it lacks
 */
export async function namedPython(
  python: string,
  needs: Needs,
  signal?: AbortSignal,
): Promise<PythonFacts> {
  const facts = await askPython(python, needs, signal);
  if (facts === undefined) {
    throw new RunFailure("python", `${python} can't be started, or is no Python 3.8 or newer.`);
  }
  const lack = lackOf(facts, needs);
  if (lack === undefined) return facts;
  throw new RunFailure(
    "python",
    `${python} can't run this model: ${lack}. Install what is missing, or leave out --python to have an environment made.`,
  );
}
