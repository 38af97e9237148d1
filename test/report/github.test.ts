import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { github, githubShown, withoutCommands } from "../../src/report/github.js";
import {
  anySubject,
  anyText,
  context,
  finding,
  HINT,
  MESSAGE,
  reportOf,
  subject,
} from "./subjects.js";

/** A workflow command as GitHub's runner reads a line (actions/runner, ActionCommand.TryParseV2). */
function parse(line: string) {
  const [, name, properties, text] = /^::([a-z]+)(?: (.*?))?::(.*)$/s.exec(line) ?? [];
  if (name === undefined) return undefined;
  const decode = (value: string, pairs: readonly (readonly [string, string])[]): string =>
    pairs.reduce((all, [from, to]) => all.replaceAll(from, to), value);
  const data = [
    ["%0D", "\r"],
    ["%0A", "\n"],
    ["%25", "%"],
  ] as const;
  const given = (properties ?? "").split(",").map((pair) => {
    const at = pair.indexOf("=");
    return [pair.slice(0, at), decode(pair.slice(at + 1), [["%3A", ":"], ["%2C", ","], ...data])];
  });
  return { name, ...Object.fromEntries(given), text: decode(text ?? "", data) };
}

const commands = (report: string) => report.split("\n").slice(0, -1).map(parse);

describe("annotations", () => {
  it("stand at file, line and column", async () => {
    const place = { file: "config/a, b: 100%.json", line: 3, column: 5, key: "K" };
    const findings = [
      finding({ place }),
      finding({ severity: "warning" }),
      finding({ severity: "info" }),
    ];
    expect(commands(await reportOf(github, [subject({ findings })]))).toEqual([
      {
        name: "error",
        file: "models/m/config/a, b: 100%.json",
        line: "3",
        col: "5",
        title: "m: weights-missing",
        text: `${MESSAGE} ${HINT}`,
      },
      { name: "warning", file: "models/m", title: "m: weights-missing", text: expect.anything() },
      { name: "notice", file: "models/m", title: "m: weights-missing", text: expect.anything() },
    ]);
  });

  it("stand at the archive, and say the place in it", async () => {
    const place = { file: "a.json", line: 3, column: 5 };
    const one = subject({ isArchive: true, location: "m.zip", findings: [finding({ place })] });
    expect(commands(await reportOf(github, [one]))).toEqual([
      {
        name: "error",
        file: "m.zip",
        title: "m: weights-missing",
        text: `a.json:3:5: ${MESSAGE} ${HINT}`,
      },
    ]);
  });

  it("begin with the failure", async () => {
    const one = subject({ ok: false, failure: "Disk full.", findings: [finding()] });
    expect(commands(await reportOf(github, [one]))).toMatchObject([
      { name: "error", title: "m: mmar2mdai pack", text: "Disk full." },
      { name: "error", title: "m: weights-missing" },
    ]);
  });

  it("are relative to the report's folder, or absolute where outside of it", async () => {
    const file = async (location: string) =>
      commands(
        await reportOf(github, [subject({ location, findings: [finding()] })], {
          ...context,
          folder: "/work space",
        }),
      )[0];
    expect(await file("/work space/a/m")).toMatchObject({ file: "a/m" });
    expect(await file("/elsewhere/m")).toMatchObject({ file: "/elsewhere/m" });
  });

  it("are at most ten of a kind where they are printed, errors not lost to warnings", async () => {
    const of = (severity: "error" | "warning" | "info", count: number) =>
      Array.from({ length: count }, () => finding({ severity }));
    const subjects = [
      subject({ findings: [...of("error", 4), ...of("warning", 30), ...of("info", 9)] }),
      subject({ findings: of("error", 30) }),
    ];
    const names = commands(await reportOf(githubShown, subjects)).map((c) => c?.name);
    expect(names).toEqual([
      ...Array(4).fill("error"),
      ...Array(10).fill("warning"),
      ...Array(6).fill("error"),
    ]);
    expect(commands(await reportOf(github, subjects))).toHaveLength(73);
  });

  it("are a line each, of known properties, for any text", async () => {
    await fc.assert(
      fc.asyncProperty(anySubject, async (one) => {
        const report = await reportOf(github, [one]);
        const parsed = commands(report);
        expect(parsed).toHaveLength(one.findings.length + (one.failure === undefined ? 0 : 1));
        for (const command of parsed) {
          expect(["error", "warning", "notice"]).toContain(command?.name);
          const known = ["name", "text", "file", "line", "col", "title"];
          expect(known).toEqual(expect.arrayContaining(Object.keys(command ?? {})));
        }
      }),
    );
  });
});

describe("other output in GitHub Actions", () => {
  it.each([
    ["::stop-commands::x", "\\u003a:stop-commands::x"],
    ["a\n \t::error::x", "a\n \t\\u003a:error::x"],
    ["a ##[add-mask]x", "a ##\\u005badd-mask]x"],
    ["a::b, : and :", "a::b, : and :"],
  ])("%j is %j", (text, safe) => expect(withoutCommands(text)).toBe(safe));

  it("holds no command, and JSON stays the same value", () => {
    fc.assert(
      fc.property(fc.array(anyText), (texts) => {
        const safe = withoutCommands(texts.join("\n"));
        expect(safe.split(/[\r\n]/).filter((l) => l.trim().startsWith("::"))).toEqual([]);
        expect(safe).not.toContain("##[");
        expect(JSON.parse(withoutCommands(JSON.stringify(texts, null, 2)))).toEqual(texts);
      }),
    );
  });
});
