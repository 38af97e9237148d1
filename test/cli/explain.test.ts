import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { explanationOf, findingCodes, nearestCode } from "../../src/findings/explain.js";
import { finding } from "../../src/findings/finding.js";
import { DERIVATION_OPTIONS } from "../../src/options/table.js";
import { SHELLS } from "../../src/options/words.js";
import { explainHint, explanationJson, explanationText } from "../../src/report/explain-text.js";
import { paint } from "../../src/report/paint.js";
import { cli } from "../support/cli.js";
import { mmarMaker, REPOSITORY } from "../support/mmars.js";
import { completeIn, hasShell } from "../support/shells.js";

const plain = paint(false);
const make = mmarMaker();

const schema = (name: string) =>
  JSON.parse(readFileSync(join(REPOSITORY, `schemas/${name}.schema.json`), "utf8"));
const validate = new Ajv({ strict: true, allowUnionTypes: true })
  .addSchema(schema("config_mdai"))
  .compile(schema("output"));

describe("explain", () => {
  it("says what a finding means, why, what to do, and who gives it", async () => {
    const { exitCode, stdout, stderr } = await cli(["explain", "weights-lfs-pointer"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toBe(
      [
        "error weights-lfs-pointer",
        "  A file of weights is a Git LFS pointer",
        "",
        "What it means",
        ...explanationOf("weights-lfs-pointer").messages.map(({ text }) => `  ${text}`),
        "",
        "What to do",
        ...explanationOf("weights-lfs-pointer").hints.map(({ text }) => `  ${text}`),
        "",
        "What follows",
        "  An error: nothing is packed, and a bundle is not fit, until it is mended.",
        "  Given by inspect, pack, batch and run; by verify for the model in a bundle.",
        "",
        "‹…› stands for what the finding names.",
        "",
      ].join("\n"),
    );
    expect(stdout).toContain("git lfs pull");
  });

  it.each(findingCodes)("has a text for %s, and JSON by the schema", (code) => {
    const explanation = explanationOf(code);
    const text = explanationText(explanation, plain);
    for (const part of [...explanation.messages, ...explanation.hints]) {
      expect(text).toContain(part.text);
      for (const when of part.when) expect(text).toContain(when);
    }
    expect(text).not.toMatch(/undefined|\[object/);
    validate(JSON.parse(JSON.stringify(explanationJson(explanation))));
    expect(validate.errors ?? []).toEqual([]);
  });

  it("names the options that the hint names, with what they do", () => {
    const text = explanationText(explanationOf("pickle-unknown"), plain);
    expect(text).toContain(`  --trust <module.name>  ${DERIVATION_OPTIONS.trust.text}`);
  });

  it("prints JSON", async () => {
    const { exitCode, stdout } = await cli(["explain", "config-yaml-absent", "--json"]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 1,
      command: "explain",
      ok: true,
      code: "config-yaml-absent",
      severity: "info",
      area: "image",
      given_by: ["verify"],
    });
  });

  it("takes a code as a terminal shows it", async () => {
    const { exitCode, stdout } = await cli(["explain", "[weights-missing]"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^error weights-missing\n/);
  });

  it("names the nearest code where there is no such one", async () => {
    const wrong = await cli(["explain", "weights-mising"]);
    expect(wrong).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: "error: unknown code 'weights-mising'. Did you mean weights-missing?\n",
    });
    const far = await cli(["explain", "zzzzzzzzzzzz", "--json"]);
    expect(far.exitCode).toBe(2);
    expect(far.stderr).toContain("docs/findings.md lists all codes.");
    const failure = JSON.parse(far.stdout);
    expect(failure).toMatchObject({ command: "explain", ok: false, error: { kind: "usage" } });
    expect(validate(failure)).toBe(true);
    expect(nearestCode("toString")).toBeUndefined();
  });

  it.each(SHELLS.filter(hasShell))("is completed in %s with every code", async (shell) => {
    const { stdout: script } = await cli(["completion", shell]);
    const [completed] = await completeIn(shell, script, ["mmar2mdai explain weights-m"]);
    const fitting = findingCodes.filter((code) => code.startsWith("weights-m"));
    expect(fitting.length).toBeGreaterThan(0);
    // What is alone is put in at once.
    if (completed?.line !== undefined) expect(completed.line).toMatch(/explain weights-missing $/);
    else expect(completed?.offered).toEqual(fitting);
    expect(script.split(/[\s'()]+/)).toEqual(expect.arrayContaining([...findingCodes]));
  });
});

describe("below findings", () => {
  it("one line says how to learn more, of the first error or warning", async () => {
    const bad = make().remove("models/model.ts").path;
    for (const command of ["inspect", "pack"]) {
      const { stderr } = await cli([command, bad]);
      const hints = stderr.match(/^For more about .*$/gm);
      expect(hints).toEqual([expect.stringMatching(/: mmar2mdai explain weights-missing$/)]);
    }
  });

  it("there is none for infos", () => {
    const info = finding("config-yaml-absent", {});
    expect(explainHint([info], plain)).toBe("");
    expect(explainHint([info, finding("config-yaml-twice", {})], plain)).toBe(
      "For more about this finding: mmar2mdai explain config-yaml-twice",
    );
  });
});
