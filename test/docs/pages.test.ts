import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findingTable } from "../../src/findings/table.js";
import { commandLines, refusal } from "../support/command-lines.js";
import { REPOSITORY } from "../support/mmars.js";

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(text: string): readonly string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

const PAGES = ["README.md", ...readdirSync(join(REPOSITORY, "docs")).map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith(".md"))
  // It is made, and tested as it would be made now.
  .filter((name) => name !== "docs/cli.md");

describe.each(PAGES)("%s", (name) => {
  const text = readFileSync(join(REPOSITORY, name), "utf8");

  it("has command lines that the program takes", async () => {
    const code = [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, inner]) => inner);
    for (const line of commandLines(code.join("\n"))) {
      expect(await refusal(line), line).toBeUndefined();
    }
  });

  it("has links to files that are there", () => {
    for (const [, target = ""] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      expect(existsSync(join(REPOSITORY, name, "..", target)), target).toBe(true);
    }
  });

  it("has links to headings that are there", () => {
    for (const [, target = "", anchor = ""] of text.matchAll(/\]\(([^)#:]*)#([^)]+)\)/g)) {
      const path = target === "" ? name : join(name, "..", target);
      expect(anchorsOf(readFileSync(join(REPOSITORY, path), "utf8")), target).toContain(anchor);
    }
  });

  it("says of each block of code what it is written in", () => {
    const fences = [...text.matchAll(/^```(.*)$/gm)].map(([, language = ""]) => language);
    expect(fences.filter((_, index) => index % 2 === 0 && fences[index] === "")).toEqual([]);
  });
});

describe("docs/index.md", () => {
  it("leads to each page of docs/, so that the site's list of pages has it", () => {
    const text = readFileSync(join(REPOSITORY, "docs/index.md"), "utf8");
    const linked = [...text.matchAll(/\]\(([\w.-]+\.md)\)/g)].map(([, target]) => `docs/${target}`);
    const pages = [...PAGES, "docs/cli.md"].filter(
      (name) => name !== "README.md" && name !== "docs/index.md",
    );
    expect(linked.sort()).toEqual(pages.sort());
  });
});

describe("README.md", () => {
  const text = readFileSync(join(REPOSITORY, "README.md"), "utf8");

  it("has at most 100 lines", () => {
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(100);
  });

  it("has the number of geometries that were tried", () => {
    const geometry = readFileSync(join(REPOSITORY, "docs/geometry.md"), "utf8");
    const [, tried] = /all (\d+) series geometries/.exec(text) ?? [];
    expect(geometry).toContain(`**${tried} of ${tried}** geometries`);
  });

  it("leads only to what the npm package has, or to the web", () => {
    const { files } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));
    // npm packs the licence by itself.
    const packed = [...files, "LICENSE"];
    for (const [, target = ""] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      expect(packed, target).toContain(target.split("/")[0]);
    }
  });
});

describe("docs/troubleshooting.md", () => {
  it("names findings that there are", () => {
    const text = readFileSync(join(REPOSITORY, "docs/troubleshooting.md"), "utf8");
    const packing = text.split("\n## ").find((part) => part.startsWith("Packing")) ?? "";
    const codes = [...packing.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`([a-z0-9]+(?:-[a-z0-9]+)+)`/g)].map(([, code]) => code),
    );
    expect(codes.length).toBeGreaterThan(15);
    for (const code of codes) expect(Object.keys(findingTable)).toContain(code);
  });
});
