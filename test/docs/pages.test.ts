import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandLines, refusal } from "../support/command-lines.js";
import { REPOSITORY } from "../support/mmars.js";

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
});
