import { execFileSync } from "node:child_process";

/** A Python 3 with the modules, or undefined where there is none. */
export function pythonWith(...modules: readonly string[]): string | undefined {
  return ["python3", "/usr/bin/python3"].find((python) => {
    try {
      execFileSync(python, ["-c", `import sys${modules.map((m) => `, ${m}`).join("")}`], {
        stdio: "ignore",
      });
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs Python code that reads JSON from stdin and prints JSON. */
export function runPython<T>(python: string, code: string, input: unknown): T {
  const output = execFileSync(python, ["-c", `import json, sys\n${code}`], {
    input: JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  return JSON.parse(output) as T;
}
