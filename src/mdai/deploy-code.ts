import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Environment } from "../environment.js";

/** A Python file of a bundle. */
export interface PythonFile {
  /** Path in the bundle. */
  readonly path: string;
  readonly source: Uint8Array;
}

const fault = z.object({
  message: z.string(),
  line: z.number().nullable(),
  column: z.number().nullable(),
});

const spot = { line: z.number(), column: z.number() };

const method = z.discriminatedUnion("kind", [
  /** Assigned, decorated, or defined more than once: how it is called can't be told. */
  z.object({ kind: z.literal("bound"), ...spot }),
  z.object({
    kind: z.enum(["function", "async"]),
    ...spot,
    /** How many positional arguments it has to get, `self` among them, and takes at most. */
    least: z.number(),
    most: z.number().nullable(),
    /** Arguments that have to be given by name. */
    keywords: z.array(z.string()),
  }),
]);

const model = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("nothing") }),
  z.object({ kind: z.literal("bound"), ...spot }),
  z.object({
    kind: z.literal("class"),
    ...spot,
    inherits: z.boolean(),
    init: method.nullable(),
    predict: method.nullable(),
  }),
]);

const file = z.object({
  error: fault.nullable(),
  imports: z.array(z.string()),
  model: model.nullable(),
  bool_masks: z.array(z.object(spot)),
});

const answer = z.object({
  version: z.tuple([z.number(), z.number()]),
  library: z.array(z.string()),
  files: z.array(file),
});

/** How a method of a class is called, as far as its source says. */
export type MethodFacts = z.output<typeof method>;
/** What mdai_deploy.py has under the name MDAIModel. */
export type ModelFacts = z.output<typeof model>;

/** What Python can tell of one file without running it. */
export interface PythonFacts {
  readonly path: string;
  /** What Python's parser stops at; then nothing else is known. */
  readonly error: z.output<typeof fault> | null;
  /** Names of modules that it imports anywhere, `a` for `a.b`. */
  readonly imports: readonly string[];
  readonly model: ModelFacts | null;
  /** Where what looks like rows of bool is given the key `mask`. */
  readonly bool_masks: readonly { readonly line: number; readonly column: number }[];
}

/** What Python told of a bundle's files. */
export interface DeployCodeFacts {
  /** The Python that was asked: `[3, 11]`. */
  readonly version: readonly [number, number];
  /** Names of its standard library's modules. */
  readonly library: ReadonlySet<string>;
  readonly files: readonly PythonFacts[];
}

/** How Python is found and stopped. */
export interface PythonOptions {
  /** The process's environment: PATH, and MMAR2MDAI_PYTHON, which may name a Python. */
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
}

const SCRIPT = fileURLToPath(new URL("../../python/read_deploy_code.py", import.meta.url));

/** Parsing a bundle's code takes a fraction of a second. */
const TIMEOUT_MS = 30_000;

/** An answer is shorter than this, in bytes. */
const LONGEST_ANSWER = 64 * 1024 * 1024;

/** What one Python has answered so far. */
interface PythonAnswer {
  readonly version: readonly [number, number];
  readonly library: ReadonlySet<string>;
  /** Facts by the SHA-256 of a file's bytes; they depend on nothing else. */
  readonly files: Map<string, z.output<typeof file>>;
}

/**
 * The answers that this process got, by what was asked for them: bundles share much of their code,
 * and starting a Python costs more than all the rest of a small bundle's check.
 */
const answers = new Map<string, PythonAnswer>();

/** With more files than this in memory the answers are forgotten. */
const MOST_KNOWN = 10_000;

/**
 * Lets a Python on this machine parse a bundle's code. Nothing of it is run or imported: it goes to
 * Python's parser as bytes, in a process without the user's site and environment. No Python is
 * started for files whose bytes this process has asked about before.
 *
 * @param version - the image's Python, `3.8`, whose syntax is to hold; undefined for any
 * @returns the facts, or in words why there are none
 * @throws the signal's reason once it is aborted
 */
export async function readDeployCode(
  files: readonly PythonFile[],
  version: string | undefined,
  options: PythonOptions,
): Promise<DeployCodeFacts | string> {
  options.signal?.throwIfAborted();
  const { MMAR2MDAI_PYTHON: chosen, PATH } = options.env;
  const key = JSON.stringify([chosen, PATH, version]);
  const hashes = files.map(({ source }) => createHash("sha256").update(source).digest("hex"));
  const unknown = new Map(
    files.flatMap(({ source }, i) => {
      const hash = hashes[i] ?? "";
      return answers.get(key)?.files.has(hash) ? [] : [[hash, source] as const];
    }),
  );
  const known = unknown.size === 0 ? answers.get(key) : undefined;
  const told = known ?? (await askAnyPython(unknown, version, options));
  if (typeof told === "string") return told;
  for (const [hash, one] of answers.get(key)?.files ?? []) told.files.set(hash, one);
  if (told.files.size <= MOST_KNOWN) answers.set(key, told);
  else answers.delete(key);
  return {
    version: told.version,
    library: told.library,
    files: files.flatMap(({ path }, i) => {
      const one = told.files.get(hashes[i] ?? "");
      return one === undefined ? [] : [{ path, ...one }];
    }),
  };
}

/** Asks the first Python that can be run; an answer tells of all files, by their hashes. */
async function askAnyPython(
  files: ReadonlyMap<string, Uint8Array>,
  version: string | undefined,
  options: PythonOptions,
): Promise<PythonAnswer | string> {
  const question = JSON.stringify({
    version: version?.split(".").map(Number) ?? null,
    files: [...files.values()].map((source) => Buffer.from(source).toString("base64")),
  });
  const { MMAR2MDAI_PYTHON: chosen } = options.env;
  let reason = "there is no Python 3 here";
  for (const python of chosen ? [chosen] : ["python3", "python"]) {
    const reply = await ask(python, question, options);
    if (reply.kind === "answer") return understood(reply.text, [...files.keys()]);
    if (reply.kind === "failed") reason = `${python} ${reply.how}`;
  }
  return reason;
}

function understood(text: string, hashes: readonly string[]): PythonAnswer | string {
  const parsed = answer.safeParse(parseJson(text));
  if (!parsed.success || parsed.data.files.length !== hashes.length) {
    return "Python gave no answer that can be understood";
  }
  const { version, library, files } = parsed.data;
  const byHash = new Map(files.map((one, i) => [hashes[i] ?? "", one]));
  return { version, library: new Set(library), files: byHash };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Reply =
  | { readonly kind: "answer"; readonly text: string }
  | { readonly kind: "absent" }
  | { readonly kind: "failed"; readonly how: string };

function ask(python: string, question: string, { env, signal }: PythonOptions): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ["-I", "-S", SCRIPT], {
      env: { ...env },
      stdio: ["pipe", "pipe", "ignore"],
      killSignal: "SIGKILL",
      windowsHide: true,
      ...(signal === undefined ? {} : { signal }),
    });
    // Not spawn's own `timeout`, which keeps the process alive where the program can't be started
    // (nodejs/node#65504).
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    const chunks: Buffer[] = [];
    let length = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > LONGEST_ANSWER) child.kill("SIGKILL");
    });
    // A Python that ends early closes the pipe; how it ended says more.
    child.stdin.on("error", () => undefined);
    child.on("error", () => {
      clearTimeout(timer);
      if (signal?.aborted) reject(signal.reason);
      else resolve({ kind: "absent" });
    });
    child.on("close", (code, killed) => {
      clearTimeout(timer);
      if (code === 0) resolve({ kind: "answer", text: Buffer.concat(chunks).toString("utf8") });
      else resolve({ kind: "failed", how: killed ? `ended by ${killed}` : `ended with ${code}` });
    });
    child.stdin.end(question);
  });
}
