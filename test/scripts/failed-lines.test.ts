import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../support/mmars.js";

interface Module {
  readonly failedLines: () => (line: string) => readonly string[];
}

const { failedLines }: Module = await import(join(REPOSITORY, "scripts/failed-lines.mjs"));

function failures(output: string): readonly string[] {
  const failed = failedLines();
  return output.split("\n").flatMap((line) => failed(line));
}

describe("the lines that say what failed", () => {
  it("are those of pytest's summary", () => {
    const output = `
.F.E.s
E   AssertionError: why
=========================== short test summary info ============================
SKIPPED [1] test_c.py:3: no GPU
FAILED test/python/light/test_a.py::test_one[x y] - AssertionError: why
assert 1 == 2
\u001b[31mERROR\u001b[0m test/python/light/\u001b[1mtest_b.py\u001b[0m::test_two - ValueError: broken
1 failed, 1 error in 2.35s`;
    expect(failures(output)).toEqual([
      "FAILED test/python/light/test_a.py::test_one[x y] - AssertionError: why",
      "ERROR test/python/light/test_b.py::test_two - ValueError: broken",
    ]);
  });

  it("are vitest's tests, each group with its reason, in colour and without", () => {
    const output = `
 \u001b[31m❯\u001b[39m fast test/a.test.ts (5 tests | 3 failed)

\u001b[31m⎯⎯⎯\u001b[39m\u001b[1m\u001b[41m Failed Tests 3 \u001b[49m\u001b[22m\u001b[31m⎯⎯⎯\u001b[39m

\u001b[41m\u001b[1m FAIL \u001b[22m\u001b[49m \u001b[30m\u001b[43m fast \u001b[49m\u001b[39m test/a.test.ts\u001b[2m > \u001b[22mone
\u001b[31m\u001b[1mAssertionError\u001b[22m: expected 1 to be 2 // Object.is equality\u001b[39m

- Expected
+ Received

 FAIL  |slow| test/a.test.ts > two
 FAIL  |slow| test/a.test.ts > three
Error: same
 ❯ same test/a.test.ts:6:25

⎯⎯⎯⎯⎯⎯ Unhandled Rejection ⎯⎯⎯⎯⎯
Error: late
 ❯ test/a.test.ts:4:34

 Test Files  1 failed (1)`;
    expect(failures(output)).toEqual([
      "FAIL   fast  test/a.test.ts > one",
      "  AssertionError: expected 1 to be 2 // Object.is equality",
      "FAIL  |slow| test/a.test.ts > two",
      "FAIL  |slow| test/a.test.ts > three",
      "  Error: same",
      "Unhandled Rejection",
      "  Error: late",
    ]);
  });

  it("are none where all passed", () => {
    expect(failures("....\n42 passed in 3.1s\n Test Files  2 passed (2)\n")).toEqual([]);
  });
});
