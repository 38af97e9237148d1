import { readFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { join } from "node:path";
import { describe, expect, expectTypeOf, it } from "vitest";
import { finding } from "../../src/findings/finding.js";
import {
  describeFinding,
  documentedWords,
  findingOnCommandLine,
} from "../../src/findings/format.js";
import { areaOf, type FindingCode, findingAreas, findingTable } from "../../src/findings/table.js";
import type { Finding } from "../../src/index.js";
import { flag, type OptionName } from "../../src/options/names.js";
import { REPOSITORY } from "../support/mmars.js";

const codes = Object.keys(findingTable) as FindingCode[];

/** The options that a text names as the library does. */
const optionsOf = (text: string): OptionName[] =>
  [...text.matchAll(/`([A-Za-z]+)(: [^`]+)?`/g)]
    .map(([, name]) => name as OptionName)
    .filter((name) => flag(name) !== name);

/** What V8 tells of a file: in which ranges of its text code never ran. */
async function notRun(file: RegExp, run: () => unknown): Promise<string[]> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Debugger.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    run();
    const { result } = await session.post("Profiler.takePreciseCoverage");
    const scripts = result.filter(({ url }) => file.test(url));
    expect(scripts.length).toBe(Object.keys(findingAreas).length);
    const texts = scripts.map(async ({ scriptId, functions }) => {
      const { scriptSource } = await session.post("Debugger.getScriptSource", { scriptId });
      const ranges = functions.flatMap((f) => f.ranges).filter(({ count }) => count === 0);
      return ranges.map(({ startOffset, endOffset }) => scriptSource.slice(startOffset, endOffset));
    });
    return (await Promise.all(texts)).flat();
  } finally {
    session.disconnect();
  }
}

describe("the wordings", () => {
  it("are documented in all of their branches", async () => {
    const missed = await notRun(/\/src\/findings\/tables\/[\w-]+\.ts$/, () => {
      for (const code of codes) documentedWords(code);
    });
    expect(missed).toEqual([]);
  });

  it.each(codes)("of %s differ by the cases that it names, and by nothing else", (code) => {
    const { messages, hints } = documentedWords(code);
    const { examples } = findingTable[code];
    const said = examples.map(({ args }) => findingOnCommandLine(finding(code, args)));
    expect(new Set(said.map((one) => JSON.stringify(one))).size).toBe(examples.length);
    expect(messages.map(({ text }) => text)).toEqual([...new Set(said.map((s) => s.message))]);
    expect(hints.map(({ text }) => text)).toEqual([...new Set(said.map((s) => s.hint))]);
    const cases = examples.map(({ when }) => when);
    if (cases.length === 1) expect(cases).toEqual([undefined]);
    else expect(cases.every((when) => when !== undefined && !/^if|\.$/i.test(when))).toBe(true);
  });

  it.each(codes)("of %s name all that it carries, and are whole sentences", (code) => {
    const { messages, hints } = documentedWords(code);
    const texts = [...messages, ...hints].map(({ text }) => text);
    for (const { text } of messages) expect(text).toMatch(/^\S.*(\.|: (‹\w+›|\(none\)))$/);
    for (const { text } of hints) expect(text).toMatch(/^[A-Z-].*\S$/);
    for (const text of texts) expect(text).not.toMatch(/undefined|null\b|\[object|NaN|‹› /);
    const unnamed = findingTable[code].examples
      .flatMap(({ args }) => JSON.stringify(args).match(/‹\w+›/g) ?? [])
      .filter((name) => !texts.join(" ").includes(name));
    // Findings on weights carry the same, and not all of their hints name the command.
    expect(unnamed).toEqual(areaOf(code) === "weights" && unnamed.length > 0 ? ["‹command›"] : []);
  });

  it.each(codes)("of %s name options as their reader does", (code) => {
    for (const { args } of findingTable[code].examples) {
      const found = finding(code, args);
      const library = Object.values(describeFinding(found)).join(" ");
      // Commands in full, `mmar2mdai inspect --diff` and tar's, are the same for both.
      expect(library.replace(/`mmar2mdai [^`]*`|tar (--[\w-]+ ?)+/g, "")).not.toMatch(/--[a-z]/);
      const shown = Object.values(findingOnCommandLine(found)).join(" ");
      for (const name of optionsOf(library)) expect(shown).toContain(flag(name));
      expect(optionsOf(shown)).toEqual([]);
    }
    expect(optionsOf(documentedWords(code).title)).toEqual([]);
    expect(findingTable[code].title).not.toMatch(/--[a-z]/);
  });

  it("stand on the page of findings, in their areas", () => {
    const page = readFileSync(join(REPOSITORY, "docs/findings.md"), "utf8");
    const areas = page.split(/^## /m).slice(2);
    expect(areas.map((area) => area.split("\n")[0])).toEqual(
      Object.values(findingAreas).map(({ title }) => title),
    );
    const sections = areas.flatMap((area) => area.split(/^### /m).slice(1));
    expect(sections).toHaveLength(codes.length);
    for (const [index, section] of sections.entries()) {
      const code = codes[index] as FindingCode;
      expect(section).toMatch(
        new RegExp(`^\`${code}\`\n\n\\*${findingTable[code].severity}\\* — `),
      );
      const { title, messages, hints } = documentedWords(code);
      expect(section).toContain(`${title}.`);
      for (const { text } of [...messages, ...hints]) expect(section).toContain(text);
    }
  });
});

describe("a finding", () => {
  it("is told by its code, and so are its arguments", () => {
    const found: Finding = finding("weights-missing", {
      key: "MMAR_CKPT",
      path: "models/model.pt",
      command: "commands/train.sh",
      optional: true,
    });
    if (found.code !== "weights-missing") throw new Error(found.code);
    expectTypeOf(found.args.path).toEqualTypeOf<string>();
    expectTypeOf(found.args.optional).toEqualTypeOf<boolean>();
    const message = "MMAR_CKPT names models/model.pt, which is not in the MMAR.";
    const hint =
      "Download the model again if it came with the file; otherwise make it with commands/train.sh, or correct MMAR_CKPT. Inference needs only the TorchScript:";
    expect(describeFinding(found)).toEqual({
      message,
      hint: `${hint} \`checkpoint: false\` packs without the checkpoint.`,
    });
    expect(findingOnCommandLine(found)).toEqual({
      message,
      hint: `${hint} --no-checkpoint packs without the checkpoint.`,
    });
  });

  it("about another carries it as data", () => {
    const found = finding("aside-unreadable", {
      fault: { code: "json-duplicate-key", args: { key: "a", firstLine: 3 } },
    });
    expect(describeFinding(found).message).toBe(
      '"a" is already set in line 3; Python\'s JSON reader silently takes only the last one. Inference does not need this file; nothing is derived from it.',
    );
  });

  it("belongs to the one area whose table has its code", () => {
    const all = Object.values(findingAreas).flatMap(({ rows }) => Object.keys(rows));
    expect(all).toEqual(codes);
    expect(
      ["weights-empty", "manifest-entry", "aside-unreadable"].map((c) => areaOf(c as FindingCode)),
    ).toEqual(["weights", "manifest", "json"]);
  });

  it("of weights or JSON stops any deploy code", () => {
    const stopping = codes.filter((code) => findingTable[code].stopsAnyDeployCode);
    const faults = codes.filter((code) => /^(json|weights)-/.test(code));
    expect(stopping.sort()).toEqual([...faults, "generation-tensorflow", "name-case-clash"].sort());
  });
});
