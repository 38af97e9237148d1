import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type InspectOptions, inspect, UsageError } from "../../src/index.js";
import { allows } from "../../src/mdai/pep440.js";
import { protectedPackages } from "../../src/mdai/protected-packages.js";
import { checkRequirements } from "../../src/mdai/requirements.js";
import { readLines } from "../../src/mdai/requirements-file.js";
import { madeText } from "../support/bundles.js";
import { xray } from "../support/classifiers.js";
import { codesOf, mmarMaker, scratch } from "../support/mmars.js";
import { pythonWith, runPython } from "../support/python.js";

const python = pythonWith("packaging.requirements", "packaging.utils");
if (python === undefined) console.warn("No packaging: requirements are not compared with pip's.");

const check = (text: string, image: "nvidia" | "py310" = "nvidia") =>
  checkRequirements(readLines(text), { image, wheels: new Set(), isMade: true });
const codes = (text: string): string[] => codesOf(check(text));

/** What the server is installed with; all of it has one version. */
const SERVER_PINS = Object.fromEntries(
  [...protectedPackages("py310")].map(([name, { version }]) => [name, String(version)]),
);

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
    ["pydicom==2.3.1.dev0", ["requirement-fights-server"]],
    ["pydicom==2.3.1rc1", ["requirement-fights-server"]],
    ["protobuf==3.20.1rc1", ["requirement-fights-server"]],
    ["protobuf==3.20.1.post1", ["requirement-fights-server"]],
    ["protobuf==3.20.1+local", ["requirement-fights-server"]],
    ["protobuf==1!3.20.1", ["requirement-fights-server"]],
    ["protobuf===3.20.1.0", ["requirement-fights-server"]],
    ["protobuf==3.20.1.0", []],
    ["protobuf==v3.20.1", []],
    ["protobuf===3.20.1", []],
    ["protobuf>3.20.1rc1,<3.20.1.post1", []],
    ["numpy", []],
    ["torch", []],
    ["numpy<2", []],
    ["torch>=1.8", []],
    ["monai>=0.8,<0.9", []],
    ["numpy==2.0.0", ["requirement-fights-image"]],
    ["numpy==1.21.6", ["requirement-fights-image"]],
    ["Torch==2.0", ["requirement-fights-image"]],
    ["torch @ https://example.org/torch.whl", ["requirement-fights-image"]],
    ["monai==1.3.0", ["requirement-fights-image"]],
    ["monai>=1", ["requirement-fights-image"]],
    ["numpy>=", ["requirement-unparseable"]],
    ["nump y", ["requirement-unparseable"]],
    ["numpy=1.2", ["requirement-unparseable"]],
    ["scipy==1.x", ["requirement-unparseable"]],
    ["--index numpy", ["requirement-unparseable"]],
    ["./x.whl", ["requirement-file-missing"]],
    ["--index-url https://example.org/simple", []],
  ])("%s", (line, expected) => {
    expect(codes(line)).toEqual(expected);
  });

  it("is nothing in an empty line or a comment", () => {
    for (const line of ["", "  ", "# x", "  # scipy==1"]) {
      expect(readLines(line)).toEqual([]);
    }
  });

  it("is judged by the image that it is installed in", () => {
    expect(codesOf(check("torch==1.13.1\nmonai==0.8.1\nnumpy==1.26.4", "py310"))).toEqual([]);
    expect(codesOf(check("pydicom==3.0.1", "py310"))).toEqual(["requirement-fights-server"]);
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
      const [requirement] = check(text).requirements.keys();
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

describe("a clause of a requirement", () => {
  const number = fc.oneof(
    { weight: 4, arbitrary: fc.nat(2) },
    { weight: 1, arbitrary: fc.nat(30) },
  );
  const release = fc.array(number, { minLength: 1, maxLength: 4 }).map((all) => all.join("."));
  const part = (...forms: readonly string[]) =>
    fc
      .tuple(fc.constantFrom("", "", "", ...forms), fc.nat(2))
      .map(([form, n]) => form.replace("N", `${n}`));
  const made = fc.tuple(
    fc.constantFrom("", "", "", "", "1!", "0!"),
    release,
    part("aN", "b", "rcN", "-alphaN", "C"),
    part(".postN", "-1", "r"),
    part(".devN", "dev"),
    part("+cpu", "+1", "+cu.N", "+CPU"),
  );
  const version = made.map((parts) => parts.join(""));
  const wanted = fc.oneof(
    version,
    made.map(([epoch, numbers]) => `${epoch}${numbers}.*`),
    fc.constantFrom("foo", "1.x", "1..2"),
  );
  const operator = fc.constantFrom("==", "!=", "<=", ">=", "<", ">", "~=", "===");

  it.skipIf(python === undefined)("is read, and admits versions, as with pip", () => {
    const given = fc.sample(fc.tuple(operator, wanted, version), 8000);
    const code = `
import packaging
from packaging.specifiers import InvalidSpecifier, Specifier
# Older releases go by the number of the release alone where both have more than that.
old = int(packaging.__version__.split(".")[0]) < 26
def admits(operator, wanted, version):
    if old and operator in "<>" and not wanted.replace(".", "").isdigit():
        return "not asked"
    try:
        return Specifier(operator + wanted).contains(version, prereleases=True)
    except InvalidSpecifier:
        return None
print(json.dumps([admits(*each) for each in json.load(sys.stdin)]))`;
    const theirs = runPython<(boolean | null | string)[]>(python ?? "", code, given);
    const ours = given.map(([op, v, found]) => {
      const [requirement] = check(`x${op}${v}`).requirements.keys();
      const [clause] = requirement?.clauses ?? [];
      return clause === undefined ? null : allows(clause, found);
    });
    const differ = given.flatMap((each, i) =>
      ours[i] === theirs[i] || theirs[i] === "not asked"
        ? []
        : [{ of: each.join(" "), ours: ours[i], theirs: theirs[i] }],
    );
    expect(differ).toEqual([]);
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

  it.each([
    ["numpy>=", "requirement-unparseable"],
    ["nump y", "requirement-unparseable"],
    ["numpy=1.2", "requirement-unparseable"],
    ["torch==2.0", "requirement-fights-image"],
    ["pydicom==2.3.1rc1", "requirement-fights-server"],
  ])("does not get %s", async (line, code) => {
    const { findings, plan } = await inspect(make().path, { requirement: [line] });
    expect(codesOf({ findings })).toEqual([code]);
    expect(plan).toBeUndefined();
  });

  it.each([
    ["a segmentation", () => make().path],
    ["a classifier", () => xray(make()).path],
  ])("of %s has none of the findings", async (_, mmar) => {
    const { plan } = await inspect(mmar());
    const lines = readLines(madeText(plan, ".mdai/requirements.txt"));
    const context = { image: "nvidia", wheels: new Set<string>() } as const;
    for (const isMade of [true, false]) {
      expect(checkRequirements(lines, { ...context, isMade }).findings).toEqual([]);
    }
  });

  it("joins the lines of a file that a backslash parts, and says where they begin", async () => {
    const file = join(folder, "parted.txt");
    writeFileSync(file, "# x\nscipy \\\n  ==1.10.1\nnumpy=\\\n1\n");
    const { findings } = await inspect(make().path, { requirements: file });
    expect(findings.map(({ place }) => place)).toEqual([{ file, line: 4, column: 1 }]);
    writeFileSync(file, "scipy \\\n  ==1.10.1\n");
    expect(await requirementsTxt({ requirements: file })).toMatch(/^scipy ==1\.10\.1$/m);
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
