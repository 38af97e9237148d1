import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type PythonFile, readDeployCode } from "../../src/mdai/deploy-code.js";
import { scratch } from "../support/mmars.js";
import { pythonWith } from "../support/python.js";

const real = pythonWith("ast") ?? "python3";

/** A Python that notes the base64 of the files that it is asked about, a start a line. */
function countingPython(): { env: Record<string, string>; starts: () => string[] } {
  const folder = scratch();
  const [python, log] = [join(folder, "python"), join(folder, "log")];
  writeFileSync(log, "");
  const script = `#!/bin/sh\nquestion=$(cat)\nprintf '%s\\n' "$question" >> '${log}'\n`;
  writeFileSync(python, `${script}printf '%s' "$question" | '${real}' "$@"\n`);
  chmodSync(python, 0o755);
  return {
    env: { PATH: process.env.PATH ?? "", MMAR2MDAI_PYTHON: python },
    starts: () => readFileSync(log, "utf8").split("\n").slice(0, -1),
  };
}

const file = (path: string, source: string): PythonFile => ({ path, source: Buffer.from(source) });
const asked = (line: string | undefined): string[] =>
  JSON.parse(line ?? "").files.map((text: string) => Buffer.from(text, "base64").toString());

describe("Python is started", () => {
  it("once for the same files, whatever their paths and order", async () => {
    const { env, starts } = countingPython();
    const [a, b] = [file("a.py", "import os\n"), file("b.py", "x = (\n")];
    const first = await readDeployCode([a, b], "3.8", { env });
    const other = { ...a, path: "folder/c.py" };
    const second = await readDeployCode([b, other, a], "3.8", { env });
    if (typeof first === "string" || typeof second === "string") throw new Error(String(second));
    expect(starts()).toHaveLength(1);
    const [factsA, factsB] = first.files;
    expect(factsA).toMatchObject({ path: "a.py", imports: ["os"], error: null });
    expect(factsB).toMatchObject({ path: "b.py", error: { line: 1 } });
    expect(second).toEqual({
      ...first,
      files: [factsB, { ...factsA, path: "folder/c.py" }, factsA],
    });
  });

  it("for the files alone that are new, each of them asked about once", async () => {
    const { env, starts } = countingPython();
    await readDeployCode([file("a.py", "a")], "3.8", { env });
    const more = [file("a.py", "a"), file("b.py", "b"), file("c.py", "b")];
    const facts = await readDeployCode(more, "3.8", { env });
    expect(typeof facts === "string" ? facts : facts.files.map(({ path }) => path)).toEqual([
      "a.py",
      "b.py",
      "c.py",
    ]);
    expect(starts().map(asked)).toEqual([["a"], ["b"]]);
  });

  it("again for another image's Python", async () => {
    const { env, starts } = countingPython();
    const walrus = [file("a.py", "(a := 1)\n")];
    const facts = [];
    for (const version of ["3.8", "3.7", undefined, "3.8"]) {
      facts.push(await readDeployCode(walrus, version, { env }));
    }
    expect(starts()).toHaveLength(3);
    expect(facts[0]).toMatchObject({ files: [{ error: null }] });
    expect(facts[1]).toMatchObject({ files: [{ error: { line: 1 } }] });
    expect(facts[3]).toEqual(facts[0]);
  });

  it("again where another Python is named, or it gave no answer", async () => {
    const code = [file("a.py", "again")];
    const [one, other] = [countingPython(), countingPython()];
    for (const { env } of [one, other]) await readDeployCode(code, "3.8", { env });
    expect([one.starts().length, other.starts().length]).toEqual([1, 1]);
    const { env, starts } = countingPython();
    const good = readFileSync(env.MMAR2MDAI_PYTHON ?? "");
    writeFileSync(env.MMAR2MDAI_PYTHON ?? "", "#!/bin/sh\nexit 7\n");
    expect(await readDeployCode(code, "3.8", { env })).toMatch(/ended with 7/);
    writeFileSync(env.MMAR2MDAI_PYTHON ?? "", good);
    expect(await readDeployCode(code, "3.8", { env })).toMatchObject({ files: [{ path: "a.py" }] });
    expect(starts()).toHaveLength(1);
  });

  it("not at all once it is aborted, even where the answer is known", async () => {
    const { env } = countingPython();
    const code = [file("a.py", "abort")];
    await readDeployCode(code, "3.8", { env });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(readDeployCode(code, "3.8", { env, signal })).rejects.toThrow("enough");
  });
});
