import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { action, echoingProgram, runAction } from "../support/action.js";
import { refusalOf } from "../support/command-lines.js";
import { REPOSITORY } from "../support/mmars.js";

const page = readFileSync(join(REPOSITORY, "docs/ci.md"), "utf8");
const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, language, text = ""]) => ({
    language,
    text,
  }),
);

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** Every object in a YAML document, however deep. */
function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.values(value).flatMap(objectsIn);
  return Array.isArray(value) ? inner : [value as Record<string, unknown>, ...inner];
}

const yaml = blocks.filter((block) => block.language === "yaml");

describe("docs/ci.md", () => {
  it("has snippets for GitHub, GitLab and Jenkins, whose YAML is YAML", () => {
    expect(page.match(/^## .*$/gm)).toEqual([
      "## GitHub",
      "## GitLab",
      "## Jenkins",
      "## Elsewhere",
    ]);
    expect(yaml.length).toBeGreaterThan(4);
    for (const { text } of yaml) expect(objectsIn(load(text)).length).toBeGreaterThan(0);
    const groovy = blocks.find(({ language }) => language === "groovy");
    expect(groovy?.text).toContain("junit ");
  });

  it("uses the action with inputs that it has, and that make a command line", async () => {
    const steps = yaml
      .flatMap(({ text }) => objectsIn(load(text)) as Step[])
      .filter(({ uses }) => uses === "./tools/mmar2mdai");
    expect(steps.length).toBeGreaterThan(2);
    for (const { with: given = {} } of steps) {
      for (const name of Object.keys(given)) expect(Object.keys(action.inputs)).toContain(name);
      const inputs = Object.entries(given).map(([name, value]) => [
        name,
        String(value).replace(/\$\{\{.*?\}\}/g, "1"),
      ]);
      const { outputs } = await runAction(echoingProgram(), Object.fromEntries(inputs));
      const { args } = JSON.parse(readFileSync(outputs.result ?? "", "utf8"));
      expect(await refusalOf(args), args.join(" ")).toBeUndefined();
    }
  });

  it("tells each input and output of the action, and reads no other", () => {
    const told = [...page.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, names = ""]) =>
      names.replaceAll("`", "").split(", "),
    );
    const known = [...Object.keys(action.inputs), ...Object.keys(action.outputs)];
    expect(told.sort()).toEqual(known.sort());
    for (const [, name] of page.matchAll(/steps\.pack\.outputs\.(\w+)/g)) {
      expect(Object.keys(action.outputs)).toContain(name);
    }
  });
});
