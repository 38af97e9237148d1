import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { load } from "js-yaml";
import { REPOSITORY, scratch } from "./mmars.js";

/** What action.yml holds, as far as it is looked at. */
export interface Action {
  readonly inputs: Readonly<
    Record<string, { readonly default?: string; readonly required?: boolean }>
  >;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly {
      readonly id?: string;
      readonly shell: string;
      readonly run: string;
      readonly env?: Readonly<Record<string, string>>;
    }[];
  };
}

export const action = load(readFileSync(join(REPOSITORY, "action.yml"), "utf8")) as Action;

/** The action around a program that prints its arguments. */
export function echoingProgram(): string {
  const place = scratch();
  cpSync(join(REPOSITORY, "scripts/action.mjs"), join(place, "scripts/action.mjs"));
  mkdirSync(join(place, "bin"));
  const echo = "console.log(JSON.stringify({ args: process.argv.slice(2) }));";
  writeFileSync(join(place, "bin/mmar2mdai.js"), echo);
  return place;
}

/** What a run of the action gave. */
export interface ActionRun {
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the action's steps one after another, as GitHub's runner does, up to one that fails. */
export async function runAction(
  folder: string,
  inputs: Readonly<Record<string, string>>,
  { cwd = scratch(), env = {} }: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<ActionRun> {
  const temp = scratch();
  const steps: Record<string, Record<string, string>> = {};
  let [exitCode, stdout, stderr] = [0, "", ""];
  for (const [i, step] of action.runs.steps.entries()) {
    const [script, output] = [join(temp, `${i}.sh`), join(temp, `${i}.output`)];
    writeFileSync(script, step.run);
    writeFileSync(output, "");
    const given = Object.entries(step.env ?? {}).map(([name, value]) => [
      name,
      evaluated(value, inputs, steps),
    ]);
    const result = await execa("bash", ["--noprofile", "--norc", "-eo", "pipefail", script], {
      cwd,
      reject: false,
      env: {
        ...{ CI: "true", GITHUB_ACTION_PATH: folder, GITHUB_OUTPUT: output, RUNNER_TEMP: temp },
        ...Object.fromEntries(given),
        ...env,
      },
    });
    stdout += result.stdout;
    stderr += result.stderr;
    if (step.id !== undefined) steps[step.id] = parsedOutputs(readFileSync(output, "utf8"));
    exitCode = result.exitCode ?? -1;
    if (exitCode !== 0) break;
  }
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => [
    name,
    evaluated(value, inputs, steps),
  ]);
  return { exitCode, outputs: Object.fromEntries(outputs), stdout, stderr };
}

/** Puts values in the place of `${{ inputs.x }}` and `${{ steps.x.outputs.y }}`, all that there is. */
function evaluated(
  text: string,
  inputs: Readonly<Record<string, string>>,
  steps: Readonly<Record<string, Readonly<Record<string, string>>>>,
): string {
  return text.replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression: string) => {
    const [place = "", name = "", what, output = ""] = expression.split(".");
    if (place === "inputs" && name in action.inputs && what === undefined) {
      return inputs[name] ?? action.inputs[name]?.default ?? "";
    }
    if (place === "steps" && what === "outputs") return steps[name]?.[output] ?? "";
    throw new Error(`The test does not know \${{ ${expression} }}.`);
  });
}

/** Reads a file of outputs as the runner does: `name=value`, or `name<<END`, lines, `END`. */
function parsedOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split("\n");
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [, name, mark, rest = ""] = /^(.+?)(=|<<)(.*)$/.exec(line) ?? [];
    if (name === undefined) {
      if (line !== "") throw new Error(`Not an output: ${JSON.stringify(line)}`);
    } else if (mark === "=") outputs[name] = rest;
    else {
      const end = lines.indexOf(rest);
      if (end < 0) throw new Error(`The output ${name} has no end.`);
      outputs[name] = lines
        .splice(0, end + 1)
        .slice(0, -1)
        .join("\n");
    }
  }
  return outputs;
}
