import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type InspectOptions, inspect, UsageError } from "../../src/index.js";
import { checkRequirements, readRequirement, SERVER_PINS } from "../../src/mdai/requirements.js";
import { madeText } from "../support/bundles.js";
import { codesOf, mmarMaker, scratch } from "../support/mmars.js";
import { pythonWith, runPython } from "../support/python.js";

const python = pythonWith("packaging.requirements", "packaging.utils");
if (python === undefined) console.warn("No packaging: requirements are not compared with pip's.");

const codes = (line: string): string[] =>
  codesOf({
    findings: checkRequirements([readRequirement(line) ?? { text: "", name: "", clauses: [] }]),
  });

describe("a requirement", () => {
  it.each([
    ["scipy==1.10.1", []],
    ["scipy == 1.10.1  # why", []],
    ["SciPy[all]==1.10.1; python_version < '3.9'", []],
    ["scipy (==1.10.1)", []],
    ["scipy===1.10.1", []],
    ["x @ https://example.org/x-1.whl", []],
    ["scipy", ["requirement-unpinned"]],
    ["scipy>=1", ["requirement-unpinned"]],
    ["scipy==1.*", ["requirement-unpinned"]],
    ["scipy~=1.10", ["requirement-unpinned"]],
    ["pydicom", []],
    ["pydicom==2.3.1", []],
    ["pydicom==2.3.*", []],
    ["pydicom~=2.3", []],
    ["pydicom~=2.3.0", []],
    ["pydicom>=2,<3", []],
    ["pydicom>2.3,!=2.3.2", []],
    ["PyDicom==2.4.0", ["requirement-fights-server"]],
    ["pydicom>=3", ["requirement-fights-server"]],
    ["pydicom<2.3.1", ["requirement-fights-server"]],
    ["pydicom!=2.3.1", ["requirement-fights-server"]],
    ["pydicom!=2.*", ["requirement-fights-server"]],
    ["pydicom~=2.4", ["requirement-fights-server"]],
    ["pylibjpeg_libjpeg>=2", ["requirement-fights-server"]],
    ["Pylibjpeg.OpenJPEG==2.0", ["requirement-fights-server"]],
    ["protobuf>=4", ["requirement-fights-server"]],
    ["pydicom @ https://example.org/pydicom-3.whl", ["requirement-fights-server"]],
    ["--index-url https://example.org/simple", []],
  ])("%s", (line, expected) => {
    expect(codes(line)).toEqual(expected);
  });

  it("is nothing in an empty line or a comment", () => {
    for (const line of ["", "  ", "# x", "  # scipy==1"]) {
      expect(readRequirement(line)).toBeUndefined();
    }
  });

  const name = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,6}[A-Za-z0-9])?$/);
  const version = fc
    .array(fc.nat(30), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join("."));
  const operator = fc.constantFrom("==", "~=", "!=", "<=", ">=", "<", ">", "===");
  const space = fc.constantFrom("", " ");
  const clause = fc
    .tuple(operator, version)
    .map(([op, v]) => (op === "~=" && !v.includes(".") ? `${op}${v}.0` : `${op}${v}`));
  const spec = fc
    .tuple(
      fc.oneof(name, fc.constantFrom(...Object.keys(SERVER_PINS))),
      fc.array(clause, { maxLength: 3 }),
      space,
    )
    .map(([n, clauses, gap]) => `${n}${gap}${clauses.join(`${gap},`)}`);

  it.skipIf(python === undefined)("is read as pip reads it", () => {
    const specs = fc.sample(spec, 1500);
    const code = `
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
given = json.load(sys.stdin)
def read(text):
    r = Requirement(text)
    name = canonicalize_name(r.name)
    pin = given["pins"].get(name)
    return [name, sorted({str(s) for s in r.specifier}), pin is not None and pin not in r.specifier]
print(json.dumps([read(text) for text in given["specs"]]))`;
    type Read = [name: string, clauses: string[], fights: boolean];
    const expected = runPython<Read[]>(python ?? "", code, { specs, pins: SERVER_PINS });
    const read = specs.map((text): Read => {
      const requirement = readRequirement(text);
      const clauses = requirement?.clauses.map((c) => `${c.operator}${c.version}`) ?? [];
      // Releases of packaging differ in whether a clause that stands twice counts twice.
      return [
        requirement?.name ?? "",
        [...new Set(clauses)].sort(),
        codes(text).includes("requirement-fights-server"),
      ];
    });
    for (const [i, text] of specs.entries())
      expect([text, ...(read[i] ?? [])]).toEqual([text, ...(expected[i] ?? [])]);
  });
});

describe("requirements.txt", () => {
  const make = mmarMaker();
  const folder = scratch();

  async function requirementsTxt(options: InspectOptions): Promise<string> {
    const { plan } = await inspect(make().path, options);
    return madeText(plan, ".mdai/requirements.txt");
  }

  it("has the deploy code's own lines, then the file's, then the options'", async () => {
    const file = join(folder, "more.txt");
    writeFileSync(file, "\uFEFF# mine\r\nscipy==1.10.1  # for x\r\n\r\nPyWavelets==1.4.1\r\n");
    const text = await requirementsTxt({ requirements: file, requirement: ["einops==0.6.1"] });
    const own = await requirementsTxt({});
    expect(text.startsWith(own)).toBe(true);
    expect(
      text
        .slice(own.length)
        .split("\n")
        .filter((line) => !line.startsWith("#")),
    ).toEqual(["", "scipy==1.10.1", "PyWavelets==1.4.1", "einops==0.6.1", ""]);
  });

  it("is the template's own where nothing is added", async () => {
    expect(await requirementsTxt({})).not.toMatch(/Added|\n\n$/);
  });

  it.each([
    "-r other.txt",
    "-rother.txt",
    "--requirement=other.txt",
    "-c x.txt",
    "-e .",
    "./x",
    "../x",
    "/x/y.whl",
    "x-1.0-py3-none-any.whl",
    "scipy==1.10.1 --hash=sha256:00",
    "--require-hashes",
  ])("refuses %s, in a file and as an option", async (line) => {
    const file = join(folder, "refused.txt");
    writeFileSync(file, `scipy==1.10.1\n${line}\n`);
    await expect(requirementsTxt({ requirements: file })).rejects.toThrow(UsageError);
    await expect(requirementsTxt({ requirement: [line] })).rejects.toThrow(UsageError);
  });

  it("takes no second line in a requirement", async () => {
    await expect(requirementsTxt({ requirement: ["scipy==1\npydicom==3"] })).rejects.toThrow(
      /one line/,
    );
  });

  it("says which file can't be read", async () => {
    const file = join(folder, "nothing.txt");
    await expect(requirementsTxt({ requirements: file })).rejects.toThrow(/nothing\.txt .*ENOENT/);
  });

  it("places what is wrong in its file", async () => {
    const file = join(folder, "bad.txt");
    writeFileSync(file, "pydicom==3.0.0\n");
    const { findings, plan } = await inspect(make().path, { requirements: file });
    expect(findings.map(({ code, place }) => [code, place?.file])).toEqual([
      ["requirement-fights-server", file],
    ]);
    expect(plan).toBeUndefined();
  });
});
