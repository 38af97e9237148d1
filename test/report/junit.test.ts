import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { finding as made } from "../../src/findings/finding.js";
import { junit } from "../../src/report/junit.js";
import type { Subject } from "../../src/report/reporter.js";
import { pythonWith, runPython } from "../support/python.js";
import { anySubject, finding, HINT, MESSAGE, reportOf, subject } from "./subjects.js";

/** An element as Python's XML parser (expat) reads it. */
interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Element[];
}

const PARSE = `
import xml.etree.ElementTree as ET
def plain(e):
    return dict(tag=e.tag, attributes=e.attrib, text=e.text or "", children=[plain(c) for c in e])
print(json.dumps([plain(ET.fromstring(text.encode("utf-8"))) for text in json.load(sys.stdin)]))
`;

function parse(texts: readonly string[]): Element[] {
  const python = pythonWith("xml.etree.ElementTree");
  if (python === undefined) throw new Error("There is no python3, which reads the XML here.");
  return runPython<Element[]>(python, PARSE, texts);
}

async function suiteOf(one: Subject): Promise<Element> {
  const [root] = parse([await reportOf(junit, [one])]);
  expect(root?.tag).toBe("testsuites");
  const [suite] = root?.children ?? [];
  if (suite === undefined) throw new Error("no suite");
  return suite;
}

const shown = (suite: Element) =>
  suite.children.map(({ attributes, children: [inner] }) => [
    attributes.name,
    inner?.tag,
    inner?.attributes.message,
    inner?.text,
  ]);

describe("JUnit", () => {
  it("is one case that passed where nothing was found", async () => {
    const suite = await suiteOf(subject({ outcome: "packed into x.zip" }));
    expect(suite.attributes).toEqual({
      name: "m",
      tests: "1",
      failures: "0",
      errors: "0",
      skipped: "0",
    });
    expect(suite.children[0]?.attributes).toEqual({
      name: "pack",
      classname: "models/m",
      file: "models/m",
    });
    expect(shown(suite)).toEqual([["pack", "system-out", undefined, "packed into x.zip"]]);
  });

  it("fails for errors, and not for warnings", async () => {
    const place = { file: "a.json", line: 3, column: 5, key: "K" };
    const findings = [
      finding({ place }),
      finding({ place: { ...place, line: 4 } }),
      made("set-env-missing", {}),
    ];
    const suite = await suiteOf(subject({ ok: false, findings }));
    expect(suite.attributes).toMatchObject({ tests: "4", failures: "2", errors: "0" });
    expect(shown(suite)).toEqual([
      ["pack", undefined, undefined, undefined],
      ["weights-missing: a.json (K)", "failure", MESSAGE, `a.json:3:5 (K)\n${MESSAGE}\n${HINT}`],
      [
        "weights-missing: a.json (K) (2)",
        "failure",
        MESSAGE,
        `a.json:4:5 (K)\n${MESSAGE}\n${HINT}`,
      ],
      [
        "set-env-missing",
        "system-out",
        undefined,
        expect.stringMatching(/^warning: .*set_env\.sh.*\.\nAdd the script/),
      ],
    ]);
    expect(suite.children[1]?.attributes.file).toBe("models/m/a.json");
  });

  it("has an error where something else stopped the command", async () => {
    const suite = await suiteOf(subject({ ok: false, failure: "Disk full." }));
    expect(suite.attributes).toMatchObject({ tests: "1", failures: "0", errors: "1" });
    expect(shown(suite)).toEqual([["pack", "error", "Disk full.", "Disk full."]]);
  });

  it("is well-formed and says all for any text", async () => {
    const batches = fc.sample(fc.array(anySubject, { maxLength: 3 }), 400);
    const texts = await Promise.all(batches.map((subjects) => reportOf(junit, subjects)));
    const roots = parse(texts);
    expect(roots).toHaveLength(batches.length);
    for (const [index, { children: suites }] of roots.entries()) {
      const subjects = batches[index] ?? [];
      expect(suites).toHaveLength(subjects.length);
      for (const [at, suite] of suites.entries()) {
        const { findings = [], failure } = subjects[at] ?? {};
        expect(suite.children).toHaveLength(1 + findings.length);
        const names = suite.children.map((c) => c.attributes.name);
        expect(new Set(names).size).toBe(names.length);
        const inner = suite.children.flatMap((c) => c.children.map((i) => i.tag));
        const count = (tag: string) => inner.filter((t) => t === tag).length;
        expect(count("failure")).toBe(findings.filter((f) => f.severity === "error").length);
        expect(count("error")).toBe(failure === undefined ? 0 : 1);
      }
    }
  });

  it("keeps ordinary text as it is", async () => {
    const name = "a<b>&\"c' ]]> é脾🫀";
    const suite = await suiteOf(subject({ name, ok: false, failure: name }));
    expect(suite.attributes.name).toBe(name);
    expect(shown(suite)).toEqual([["pack", "error", name, name]]);
  });
});
