import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { markdown, markdownWithin, SUMMARY_LIMIT } from "../../src/report/markdown.js";
import type { Subject } from "../../src/report/reporter.js";
import { code, prose } from "../../src/text/markdown.js";
import { anySubject, anyText, finding, HINT, MESSAGE, reportOf, subject } from "./subjects.js";

/** The cells of a table's row: "|" splits where no backslash stands before it. */
const cells = (row: string): string[] =>
  (row.match(/(?:\\.|[^|\\])+/gs) ?? []).map((cell) => cell.trim()).filter((cell) => cell !== "");

describe("Markdown", () => {
  it("is a table and a list", async () => {
    const place = { file: "config/a.json", line: 3, column: 5, key: "K" };
    const subjects = [
      subject({ name: "good", outcome: "packed into good.zip" }),
      subject({ name: "bad", ok: false, findings: [finding({ place })] }),
      subject({ name: "doubtful", findings: [finding({ severity: "warning" })] }),
      subject({ name: "stopped", ok: false, failure: "Disk full." }),
    ];
    expect(await reportOf(markdown, subjects)).toBe(
      [
        "## mmar2mdai pack",
        "",
        "2 of 4 are fine; 1 error, 1 warning.",
        "",
        "| | name | result | errors | warnings |",
        "| --- | --- | --- | ---: | ---: |",
        "| ❌ | bad | not fit | 1 | 0 |",
        "| ❌ | stopped | Disk full. | 0 | 0 |",
        "| ✅ | good | packed into good.zip | 0 | 0 |",
        "| ⚠️ | doubtful | fine | 0 | 1 |",
        "",
        "### bad",
        "",
        "`models/m`",
        "",
        `- **error** \`weights-missing\` \`config/a.json:3:5 (K)\`: ${MESSAGE} ${HINT}`,
        "",
        "### stopped",
        "",
        "`models/m`",
        "",
        "- **error** Disk full.",
        "",
        "### doubtful",
        "",
        "`models/m`",
        "",
        `- **warning** \`weights-missing\`: ${MESSAGE} ${HINT}`,
        "",
        "mmar2mdai 1.2.3",
        "",
      ].join("\n"),
    );
  });

  it.each([
    ["a|b", "a\\|b"],
    ["*a* _b_ `c`", "\\*a\\* \\_b\\_ \\`c\\`"],
    ["<img src=x>&amp;", "\\<img src=x\\>\\&amp;"],
    ["[a](http://evil)", "\\[a\\]\\(http\\://evil\\)"],
    ["www.evil.com", "www\\.evil.com"],
    ["_www.evil.com", "\\_www\\.evil.com"],
    ["@everyone", "@&#8203;everyone"],
    ["a\nb\u001b", "a\\\\u000ab\\\\u001b"],
    ["config/a-b.json, 3.5 = é脾", "config/a-b.json, 3.5 = é脾"],
  ])("%j in prose is %j", (text, shown) => expect(prose(text)).toBe(shown));

  it.each([
    ["a", "`a`"],
    ["a`b``c", "```a`b``c```"],
    ["`a", "`` `a ``"],
    [" a ", "`  a  `"],
    ["", "`  `"],
    ["a\nb", "`a\\u000ab`"],
  ])("%j as code is %j", (text, shown) => expect(code(text)).toBe(shown));

  it("prose has no character that marks up, for any text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const bare = prose(text)
          .replaceAll("@&#8203;", "")
          .replace(/\\[!-/:-@[-`{-~]/g, "");
        expect(bare).not.toMatch(/[\\`*_{}[\]()<>#+!|~&$:@\p{Cc}]/u);
      }),
    );
  });

  it("has a row of five cells for each subject, and an item for each finding, for any text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anySubject, { minLength: 1, maxLength: 4 }), async (subjects) => {
        const lines = (await reportOf(markdown, subjects)).split("\n");
        const rows = lines.filter((line) => /^\| (✅|❌|⚠️) \|/u.test(line));
        expect(rows).toHaveLength(subjects.length);
        for (const row of rows) expect(row.replace(/\\./gs, "").split("|")).toHaveLength(7);
        const told = subjects.map((s) => s.findings.length + (s.failure === undefined ? 0 : 1));
        const items = lines.filter((line) => /^- \*\*(error|warning|info)\*\* /.test(line));
        expect(items).toHaveLength(told.reduce((sum, count) => sum + count, 0));
      }),
    );
  });

  it("stays below GitHub's limit, keeps what failed, and counts the rest", async () => {
    const many = (ok: boolean, name: string): Subject[] =>
      Array.from({ length: 9000 }, (_, index) =>
        subject({
          name: `${name}${index}`,
          ok,
          findings: [
            finding({ args: { path: "é".repeat(100) }, severity: ok ? "warning" : "error" }),
          ],
        }),
      );
    const report = await reportOf(markdown, [...many(true, "good"), ...many(false, "bad")]);
    const size = Buffer.byteLength(report);
    expect(size).toBeLessThanOrEqual(SUMMARY_LIMIT);
    expect(size).toBeGreaterThan(SUMMARY_LIMIT / 2);
    expect(report).toContain("9000 of 18000 are fine; 9000 errors, 9000 warnings.");
    const count = (pattern: RegExp): number => report.match(pattern)?.length ?? 0;
    const rows = count(/^\| (✅|❌|⚠️) /gmu);
    const items = count(/^- \*\*/gm);
    expect(report).toContain(`Not shown for want of room: ${18000 - rows} rows.`);
    expect(report).toContain(`Not shown for want of room: ${18000 - items} findings.`);
    expect(count(/^\| ❌ /gmu)).toBeGreaterThan(rows / 2);
    expect(cells(report.split("\n").find((line) => line.startsWith("| ❌")) ?? "")).toEqual([
      "❌",
      "bad0",
      "not fit",
      "1",
      "0",
    ]);
  });

  it("stays below any limit that it takes, and cuts what is too long", async () => {
    const long = "x".repeat(50_000);
    const one = subject({
      name: long,
      ok: false,
      failure: long,
      findings: [finding({ args: { command: long } })],
    });
    for (const limit of [4096, 10_000, 100_000]) {
      const report = await reportOf(markdownWithin(limit), Array(20).fill(one));
      expect(Buffer.byteLength(report)).toBeLessThanOrEqual(limit);
    }
  });
});
