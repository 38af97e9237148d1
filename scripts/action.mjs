// The step of the GitHub action (action.yml): runs the program by the inputs in the environment,
// shows its result, and tells the outputs. It ends with the program's exit code.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, closeSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../bin/mmar2mdai.js", import.meta.url));
const COMMANDS = ["pack", "batch", "inspect", "verify"];
const USAGE = 2;

/** An input that can't be. */
class InputError extends Error {}

/** The arguments of the program, each as it is: no shell sees them. */
function programArguments(env) {
  const command = input(env, "COMMAND") || "pack";
  if (!COMMANDS.includes(command)) {
    throw new InputError(`The input command is one of ${COMMANDS.join(", ")}: not "${command}".`);
  }
  const paths = lines(input(env, "PATH"));
  if (paths.length === 0) throw new InputError("The input path is missing: name the MMAR.");
  return [
    command,
    "--json",
    ...valued("--out=", input(env, "OUT")),
    ...valued("--config=", input(env, "CONFIG")),
    ...valued("--report=sarif=", input(env, "SARIF")),
    ...(isTrue(input(env, "STRICT")) ? ["--strict"] : []),
    ...lines(input(env, "ARGS")),
    ...paths.map((path) => (path.startsWith("-") ? `./${path}` : path)),
  ];
}

const input = (env, name) => (env[`INPUT_${name}`] ?? "").trim();

const lines = (text) =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");

const valued = (option, value) => (value === "" ? [] : [option + value]);

function isTrue(text) {
  if (text === "" || /^false$/i.test(text)) return false;
  if (/^true$/i.test(text)) return true;
  throw new InputError(`The input strict is true or false: not "${text}".`);
}

/** Runs the program, its stdout into a file. What it says on stderr is for the log. */
async function run(args, file) {
  const out = openSync(file, "w");
  try {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      stdio: ["ignore", out, "inherit"],
    });
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
    return await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
    });
  } finally {
    closeSync(out);
  }
}

/** The result in a group of the log, where nothing in it is taken for a command to the runner. */
function show(text) {
  const token = randomUUID();
  const parts = ["::group::The result as JSON", `::stop-commands::${token}`, text.trimEnd()];
  process.stdout.write(`${[...parts, `::${token}::`, "::endgroup::"].join("\n")}\n`);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    // Of wrong usage there is no result, and of a program that was killed half of one.
    return undefined;
  }
}

/** Outputs in the form that keeps any value apart from what follows it. */
function tellOutputs(outputs, file) {
  if (!file) return;
  const end = randomUUID();
  const entries = Object.entries(outputs);
  appendFileSync(
    file,
    entries.map(([key, value]) => `${key}<<${end}\n${value}\n${end}\n`).join(""),
  );
}

async function main(env) {
  const file = join(mkdtempSync(join(env.RUNNER_TEMP || tmpdir(), "mmar2mdai-")), "result.json");
  const code = await run(programArguments(env), file);
  const text = readFileSync(file, "utf8");
  const result = parsed(text);
  if (result !== undefined) show(text);
  const written = result?.command === "pack" && typeof result.sha256 === "string";
  if (written) console.log(`${result.target}: ${result.size} bytes, SHA-256 ${result.sha256}`);
  tellOutputs(
    {
      ok: code === 0,
      result: result === undefined ? "" : file,
      bundle: written ? result.target : "",
      sha256: written ? result.sha256 : "",
      size: written ? result.size : "",
    },
    env.GITHUB_OUTPUT,
  );
  return code;
}

try {
  process.exitCode = await main(process.env);
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  console.error(`error: ${error.message}`);
  tellOutputs({ ok: false }, process.env.GITHUB_OUTPUT);
  process.exitCode = USAGE;
}
