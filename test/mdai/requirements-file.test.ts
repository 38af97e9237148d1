import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkRequirementsFile } from "../../src/mdai/requirements-file.js";
import { codesOf } from "../support/mmars.js";
import { pythonWith, runPython } from "../support/python.js";

const python = pythonWith("packaging.requirements");
if (python === undefined) console.warn("No packaging: requirements are not compared with pip's.");

const codes = (line: string): string[] =>
  codesOf(
    checkRequirementsFile(Buffer.from(line), "r", {
      image: "nvidia",
      wheels: new Set(),
      isMade: false,
    }),
  );

const PARSE = `
from packaging.requirements import Requirement
def good(line):
    try:
        return bool(Requirement(line))
    except Exception:
        return False
json.dump([good(line) for line in json.load(sys.stdin)], sys.stdout)
`;

const LINES = [
  ...[
    "numpy",
    "numpy==1.2",
    "numpy == 1.2, <2",
    "numpy(>=1)",
    "numpy[a,b-c]>=1",
    "numpy=1.2",
    "numpy=",
  ],
  ...[
    "numpy==",
    "numpy 1.2",
    "numpy >=1 <2",
    "numpy>=1,",
    "numpy!1",
    "-numpy",
    "numpy-",
    "import numpy",
  ],
  ...[
    "numpy[a",
    "numpy[a,]",
    "numpy[]",
    "numpy ; python_version<'3.8'",
    "numpy; python_version < 3.8",
  ],
  ...[
    "numpy; (os_name=='a' and extra=='b') or sys_platform != 'c'",
    "numpy; os_name",
    "numpy;",
    "numpy; (",
  ],
  ...[
    "numpy; 'a' in os_name",
    "numpy; os_name not in 'a b'",
    "numpy; os_name == 'a' and",
    "a @ https://b.c/d.whl",
  ],
  ...[
    "a @ https://b.c/d.whl ; os_name == 'a'",
    "a@https://b.c/d",
    "a===1.0",
    "a~=1.0",
    "a==1.*",
    "a==1.0+cpu",
  ],
  ...["a==1.0rc1", "a==1.0.dev0", "a==1.0.post1", "a==1!2.0", "a==v1.0", "a==1.0-1", "a==1.0-rc.2"],
  ...["a==1.0rc1.*", "a==1.0.post1.*", "a==1.0+cpu.*", "a!=1!2.*", "a>=1.*", "a~=1.*", "a<1.*"],
  ...["a~=1", "a~=1.0rc1", "a~=1!1.0", "a>=1.0+cpu", "a!=1.0+cpu", "a==1.0+", "a==1..0", "a==1.0."],
  ...[
    "a==foo",
    "a>=2.x",
    "a===foo",
    "a===1.*",
    "a<>1",
    "a=>1",
    "a==1,2",
    "a==1,==2",
    "a===1.0,>=1",
  ],
  ...[
    "nump y",
    "numpy>=",
    "numpy>= ,<2",
    "numpy,>=1",
    "(numpy)",
    "numpy()",
    "numpy(>=1",
    "numpy>=1)",
  ],
];

describe.runIf(python !== undefined)("a line of requirements.txt", () => {
  it("is read where packaging reads it", () => {
    const theirs = runPython<boolean[]>(python ?? "", PARSE, LINES);
    const ours = LINES.map((line) => !codes(line).includes("requirement-unparseable"));
    const pairs = (good: readonly boolean[]) => LINES.map((line, index) => [line, good[index]]);
    expect(pairs(ours)).toEqual(pairs(theirs));
  });
});

it("whatever stands in a requirements.txt, there is a verdict", () => {
  const piece = fc.constantFrom(
    ..."abc-_.=<>!~;,@[]()'\"#\\ \n\r\t1*+/:".split(""),
    "-r ",
    "and",
    " in ",
  );
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, (lines) => {
      for (const code of codes(lines)) expect(code).toMatch(/^requirement-/);
    }),
    { numRuns: 2000 },
  );
});
