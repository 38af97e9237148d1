import { spawnSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { expect } from "vitest";
import type { Shell } from "../../src/options/words.js";
import { REPOSITORY, scratch } from "./mmars.js";

/** What a shell makes of a line that ends where Tab is pressed. */
export interface Completed {
  /** What is offered, sorted; of a word `--option=value` the value only. */
  readonly offered: readonly string[];
  /** What is shown beside it; bash shows nothing. */
  readonly texts: readonly string[];
  /** The line afterwards; fish does not tell. */
  readonly line: string | undefined;
}

const SHELLS = join(REPOSITORY, "test/completion/shells");

/** Whether a shell can be run here. In CI each has to be. */
export function hasShell(shell: Shell): boolean {
  const found = spawnSync(shell, ["-c", "true"]).status === 0;
  if (!found && process.env.CI) throw new Error(`${shell} is not installed, and CI needs it.`);
  if (!found) console.warn(`LEFT OUT: the completion of ${shell}, which is not installed.`);
  return found;
}

/** Completes lines in a real shell, in a folder, with a completion script. */
export async function completeIn(
  shell: Shell,
  script: string,
  lines: readonly string[],
  { cwd = scratch(), env = {} } = {},
): Promise<Completed[]> {
  const folder = scratch();
  const path = join(folder, "script");
  writeFileSync(path, script);
  const surroundings = { HOME: folder, TERM: "dumb", LC_ALL: "C.UTF-8", INPUTRC: "/dev/null" };
  if (shell === "fish") return completeInFish(path, lines, { cwd, env: surroundings });
  const rc = join(folder, `.${shell}rc`);
  copyFileSync(join(SHELLS, `${shell}rc`), rc);
  const command = shell === "bash" ? ["bash", "--noprofile", "--rcfile", rc, "-i"] : ["zsh", "-i"];
  // Ctrl-U clears the line before, Ctrl-T asks for the answer.
  const keys = (line: string) => (shell === "bash" ? `\u0015${line}\t\u0014` : `${line}\t`);
  const { stdout } = await execa("python3", [join(SHELLS, "terminal.py"), folder, ...command], {
    cwd,
    input: JSON.stringify(lines.map(keys)),
    env: { ...surroundings, CAPTURED: folder, COMPLETION_SCRIPT: path, ZDOTDIR: folder, ...env },
  });
  return (JSON.parse(stdout) as { offered: string; texts: string; line: string }[]).map(
    ({ offered, texts, line }) => ({
      offered: [...new Set(textLines(offered).map(valueOnly))].sort(),
      texts: textLines(texts),
      line,
    }),
  );
}

/** Fish can be asked: it needs no terminal. */
async function completeInFish(
  script: string,
  lines: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Completed[]> {
  const commands = 'source $argv[1]; for line in $argv[2..]; complete -C"$line"; echo END; end';
  const args = ["--no-config", "-c", commands, script, ...lines];
  const { stdout, stderr } = await execa("fish", args, options);
  expect(stderr).toBe("");
  const answers = `${stdout}\n`.split(/^END\n/m).slice(0, -1);
  return answers.map((answer) => {
    const pairs = textLines(answer).map((each) => each.split("\t"));
    return {
      offered: pairs.map(([word = ""]) => valueOnly(word)).sort(),
      texts: pairs.map(([, text = ""]) => text),
      line: undefined,
    };
  });
}

const textLines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** Fish offers the word, the others what follows the `=` in it. A folder may have its slash. */
const valueOnly = (word: string): string => word.replace(/^--[^=]+=/, "").replace(/\/$/, "");
