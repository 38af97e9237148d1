import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Ajv, type ErrorObject } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { finding as made } from "../../src/findings/finding.js";
import { findingTable } from "../../src/findings/table.js";
import type { ReportContext, Subject } from "../../src/report/reporter.js";
import { FAILURE_RULE, sarif } from "../../src/report/sarif.js";
import { mmarMaker } from "../support/mmars.js";
import { hintOf } from "../support/words.js";
import { anySubject, context, finding, HINT, MESSAGE, reportOf, subject } from "./subjects.js";

/** SARIF's own schema, which is of JSON Schema's draft 4: in what it uses only the id differs. */
function sarifSchema(): object {
  const path = createRequire(import.meta.url).resolve("@microsoft/jest-sarif/package.json");
  const file = join(path, "../lib/schemas/sarif-2.1.0-rtm.5.json");
  const { id, $schema: _, ...schema } = JSON.parse(readFileSync(file, "utf8"));
  return { $id: id, ...schema };
}

const formats = {
  uri: (text: string) => URL.canParse(text),
  "uri-reference": (text: string) => /^[\w\-.~:/?#[\]@!$&'()*+,;=%]*$/.test(text),
  "date-time": true,
} as const;

const validate = new Ajv({ strict: false, unicodeRegExp: false, formats }).compile(sarifSchema());

function violations(log: unknown): readonly ErrorObject[] {
  return validate(log) ? [] : (validate.errors ?? []);
}

async function runOf(subjects: readonly Subject[], of: ReportContext = context) {
  const log = JSON.parse(await reportOf(sarif, subjects, of));
  expect(violations(log)).toEqual([]);
  return log.runs[0];
}

const resultOf = async (one: Subject, of?: ReportContext) => (await runOf([one], of)).results[0];

describe("SARIF", () => {
  it("is checked by a schema that refuses what is wrong", async () => {
    const log = JSON.parse(await reportOf(sarif, [subject({ findings: [finding()] })]));
    const [result] = log.runs[0].results;
    for (const wrong of [{ level: "bad" }, { message: {} }, { unknown: 1 }, { ruleIndex: -2 }]) {
      const run = { ...log.runs[0], results: [{ ...result, ...wrong }] };
      expect(violations({ ...log, runs: [run] })).not.toEqual([]);
    }
    const { tool: _, ...run } = log.runs[0];
    expect(violations({ ...log, runs: [run] })).not.toEqual([]);
  });

  it("has a rule for every code of the table, and one for failures", async () => {
    const { tool, columnKind } = await runOf([]);
    expect(columnKind).toBe("utf16CodeUnits");
    expect(tool.driver).toMatchObject({
      name: "mmar2mdai",
      version: "1.2.3",
      semanticVersion: "1.2.3",
    });
    const ids = tool.driver.rules.map((rule: { id: string }) => rule.id);
    expect(ids).toEqual([...Object.keys(findingTable), FAILURE_RULE]);
    expect(Object.keys(findingTable)).not.toContain(FAILURE_RULE);
    for (const rule of tool.driver.rules) {
      for (const key of ["shortDescription", "fullDescription", "help"]) {
        // Where the texts differ by cases, each has its line.
        expect(rule[key].text).toMatch(/^\S[^\n]*\S$|^(If .*:.*\S(\n|$)){2,}$/);
        expect(rule[key].text).not.toMatch(/undefined|\[object/);
      }
    }
    const level = (id: string) => tool.driver.rules[ids.indexOf(id)].defaultConfiguration.level;
    expect(["weights-missing", "set-env-missing", "generation-4-0"].map(level)).toEqual([
      "error",
      "warning",
      "note",
    ]);
  });

  it("tells of a finding in a folder: rule, level, text, file, place and key", async () => {
    const place = { file: "config/a b#é.json", line: 3, column: 5, key: "MMAR_CKPT" };
    const { tool, results, invocations } = await runOf([
      subject({ findings: [finding({ place })] }),
    ]);
    expect(results).toHaveLength(1);
    expect(tool.driver.rules[results[0].ruleIndex].id).toBe("weights-missing");
    expect(results[0]).toMatchObject({
      ruleId: "weights-missing",
      level: "error",
      message: { text: `${MESSAGE} ${HINT}` },
      locations: [
        {
          physicalLocation: {
            artifactLocation: {
              uri: "models/m/config/a%20b%23%C3%A9.json",
              uriBaseId: "%SRCROOT%",
            },
            region: { startLine: 3, startColumn: 5 },
          },
          logicalLocations: [{ fullyQualifiedName: "config/a b#é.json:MMAR_CKPT" }],
        },
      ],
    });
    expect(invocations).toEqual([{ executionSuccessful: true }]);
  });

  it("tells of a finding in an archive: the archive is the file, and the place in it is said", async () => {
    const place = { file: "config/a.json", line: 3, column: 5 };
    const one = subject({ location: "m.zip", isArchive: true, findings: [finding({ place })] });
    const { message, locations } = await resultOf(one);
    expect(message.text).toBe(`config/a.json:3:5: ${MESSAGE} ${HINT}`);
    expect(locations).toEqual([
      {
        physicalLocation: { artifactLocation: { uri: "m.zip", uriBaseId: "%SRCROOT%" } },
        logicalLocations: [{ name: "config/a.json", fullyQualifiedName: "config/a.json" }],
      },
    ]);
  });

  it("names what lies outside of its folder, and the folder itself", async () => {
    const uri = async (location: string, folder: string): Promise<unknown> => {
      const one = subject({ location, findings: [finding()] });
      const { locations } = await resultOf(one, { ...context, folder });
      return locations[0].physicalLocation.artifactLocation;
    };
    expect(await uri("/a/m x", "/b")).toEqual({ uri: "file:///a/m%20x" });
    expect(await uri("/b", "/b/c")).toEqual({ uri: "file:///b" });
    expect(await uri("/b", "/b")).toEqual({ uri: "./", uriBaseId: "%SRCROOT%" });
    expect(await uri("/b/..c", "/b")).toEqual({ uri: "..c", uriBaseId: "%SRCROOT%" });
    expect(await uri("/b/http:x", "/b")).toEqual({ uri: "http%3Ax", uriBaseId: "%SRCROOT%" });
  });

  it("tells of a failure as a result of its own rule", async () => {
    const { results, invocations } = await runOf([subject({ ok: false, failure: "Disk full." })]);
    expect(results).toMatchObject([
      { ruleId: FAILURE_RULE, level: "error", message: { text: "Disk full." } },
    ]);
    expect(invocations).toEqual([{ executionSuccessful: false }]);
  });

  it("has fingerprints that stay where lines move, and differ where faults do", async () => {
    const print = async (more: Partial<Subject>): Promise<string[]> => {
      const { results } = await runOf([subject(more)]);
      return results.map(
        (r: { partialFingerprints: object }) => Object.values(r.partialFingerprints)[0],
      );
    };
    for (const isArchive of [true, false]) {
      const at = (line: number, key = "a") =>
        finding({ place: { file: "x.json", line, column: line, key } });
      const [first] = await print({ isArchive, findings: [at(1)] });
      expect(first).toMatch(/^[0-9a-f]{64}$/);
      expect(await print({ isArchive, findings: [at(7)] })).toEqual([first]);
      const all = [at(1), at(2), at(1, "b"), finding(), finding({ args: { path: "other" } })];
      const several = await print({ isArchive, findings: all });
      expect(several[0]).toBe(first);
      expect(new Set(several).size).toBe(all.length);
      expect(await print({ isArchive, location: "other", findings: [at(1)] })).not.toContain(first);

      const twice = (firstLine: number, key = "a") =>
        made("json-duplicate-key", { key, firstLine }, { file: "x.json", line: firstLine + 1 });
      const [double] = await print({ isArchive, findings: [twice(1)] });
      expect(await print({ isArchive, findings: [twice(7)] })).toEqual([double]);
      expect(await print({ isArchive, findings: [twice(1, "b")] })).not.toContain(double);
    }
  });

  it("holds nothing that plain text messages take for a placeholder or a link", async () => {
    const problem = "{INFER_KEY} and {0}, [a](http://evil) and [0, 1]";
    const one = made("scores-unusable", { problem });
    const { text } = (await resultOf(subject({ findings: [one] }))).message;
    expect(text).toBe(`{INFER_KEY} and {{0}}, [a] (http://evil) and [0, 1]. ${hintOf(one)}`);
  });

  it("fits the schema for any text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anySubject, { maxLength: 3 }), async (subjects) => {
        const { results } = await runOf(subjects);
        const told = subjects.map((s) => s.findings.length + (s.failure === undefined ? 0 : 1));
        expect(results).toHaveLength(told.reduce((sum, count) => sum + count, 0));
      }),
    );
  });

  it("fits the schema for a real MMAR", async () => {
    const mmar = mmarMaker()().remove("models/model.ts").remove("commands/set_env.sh");
    const { findings } = await mmar.inspect();
    const { results } = await runOf([subject({ location: mmar.path, findings })]);
    expect(results.map((r: { ruleId: string }) => r.ruleId)).toEqual([
      "weights-missing",
      "set-env-missing",
    ]);
  });
});
