import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { program } from "../../src/cli.js";
import { EXIT } from "../../src/commands/shell.js";
import { ENVIRONMENT } from "../../src/environment.js";
import { packOptionNames } from "../../src/options/schema.js";
import { commandLines, refusal } from "../support/command-lines.js";
import { REPOSITORY } from "../support/mmars.js";

interface Writer {
  readonly cliPage: (
    root: Command,
    facts: {
      readonly configKeys: readonly string[];
      readonly environment: Readonly<Record<string, string>>;
      readonly made: string;
    },
  ) => string;
}

const { cliPage }: Writer = await import(join(REPOSITORY, "scripts/cli-page.mjs"));
const root = program(() => {});
const sources = readdirSync(join(REPOSITORY, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && name !== "environment.ts")
  .map((name) => readFileSync(join(REPOSITORY, "src", name), "utf8"))
  .join("\n");
const page = cliPage(root, {
  configKeys: packOptionNames,
  environment: ENVIRONMENT,
  made: "<!-- made -->",
});

/** The text of a section, up to the next heading of its level or one above. */
function section(heading: string): string {
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const [, text] = page.split(`\n${heading}\n`);
  expect(text, `the page has ${heading}`).toBeDefined();
  return text?.split(new RegExp(`\n#{1,${level}} (?!yaml-language-server)`))[0] ?? "";
}

describe("docs/cli.md", () => {
  it("has the sections of a man page, in their order", () => {
    expect([...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual([
      ...["Name", "Synopsis", "Description", "Commands", "Options", "Config file"],
      ...["Environment", "Exit status", "Files", "Examples", "See also"],
    ]);
    expect(section("## Name")).toMatch(/^\nmmar2mdai – turns an NVIDIA Clara MMAR/);
    expect(section("## Synopsis")).toContain("\nmmar2mdai pack [options] <mmar>\n");
    expect(section("## Synopsis")).toContain("\nmmar2mdai help [command]\n");
  });

  it("tells of each option of each command, once", () => {
    for (const command of root.commands) {
      const own = section(`### mmar2mdai ${command.name()}`);
      const linked = [...own.matchAll(/\]\(#(of-[a-z-]+)\)/g)].map(([, anchor]) => anchor);
      const shared = [...section("## Options").matchAll(/^### (.*)$/gm)]
        .map(([, title]) => title ?? "")
        .filter((title) =>
          linked.includes(title.toLowerCase().replace(/,/g, "").replaceAll(" ", "-")),
        )
        .map((title) => section(`### ${title}`));
      expect(shared).toHaveLength(linked.length);
      const told = [own, ...shared].join("\n");
      const flags = command
        .createHelp()
        .visibleOptions(command)
        .map((option) => option.flags);
      const items = [...told.matchAll(/^- \*\*`(-[^`]*)`\*\* – .+$/gm)].map(([, flag]) => flag);
      expect(items.sort(), command.name()).toEqual(flags.sort());
    }
  });

  it("tells choices, defaults, what may be repeated and what is required", () => {
    for (const line of [
      "- **`--format <format>`** – format of the archive. One of `zip`, `tar.gz`. Default: `zip`.",
      "- **`--env <KEY=VALUE>`** – an environment variable of the image. May be repeated.",
      "- **`-o, --out <path>`** – the bundle, or a folder for it. Default: \\<mmar\\>.mdai.zip here.",
      "- **`<mmar>`** – the MMAR or MONAI bundle: its folder, or a zip or tar.gz of it.",
      "- **`<shell>`** – the shell. One of `bash`, `zsh`, `fish`.",
    ]) {
      expect(page.split("\n")).toContain(line);
    }
    expect(page).not.toMatch(/\((?:repeatable|default|choices)/);
  });

  it("tells each key of a config file", () => {
    const rows = [...section("## Config file").matchAll(/^\| `([\w-]+)` \| (.+) \|$/gm)];
    expect(rows).toHaveLength(packOptionNames.length);
    const values = Object.fromEntries(rows.map(([, key, value]) => [key, value]));
    expect(values).toMatchObject({
      checkpoint: "`true` or `false`",
      "out-classes": "*number*",
      device: "`gpu`, `cpu`",
      include: "list of *glob*",
      env: "mapping: *KEY: VALUE*",
    });
  });

  it("tells each environment variable, and the code reads them through the one list", () => {
    const told = [...section("## Environment").matchAll(/^\| `(\w+)` \|/gm)].map(
      ([, name]) => name,
    );
    expect(told).toEqual(Object.keys(ENVIRONMENT));
    // os.tmpdir() reads TMPDIR, and the lookup of a program reads PATH.
    for (const name of Object.keys(ENVIRONMENT)) {
      if (name !== "TMPDIR" && name !== "PATH") expect(sources).toMatch(`${name}`);
    }
    // Only the named variables of process.env are read, and these are in the list.
    const read = [...sources.matchAll(/\benv\.([A-Z][A-Z0-9_]+)\b/g)].map(([, name]) => name);
    expect(Object.keys(ENVIRONMENT)).toEqual(expect.arrayContaining(read));
  });

  it("tells each exit code", () => {
    const codes = [...section("## Exit status").matchAll(/^\| (\d) \| \S.* \|$/gm)];
    expect(codes.map(([, code]) => Number(code))).toEqual(Object.values(EXIT));
  });

  it("has links that lead somewhere", () => {
    const places = [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replace(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );
    for (const [, target = ""] of page.matchAll(/\]\(([^)]+)\)/g)) {
      if (target.startsWith("#")) expect(places).toContain(target.slice(1));
      else expect(existsSync(join(REPOSITORY, "docs", target)), target).toBe(true);
    }
  });

  it("has examples that the program takes", async () => {
    const lines = commandLines(section("## Examples"));
    expect(lines.length).toBeGreaterThan(root.commands.length);
    for (const line of lines) expect(await refusal(line), line).toBeUndefined();
  });
});

describe("the check of command lines", () => {
  it("finds them, and tells what the program would not take", async () => {
    const text =
      "x=$(mmar2mdai pack 'a b' --json | jq)\n  - run: npx mmar2mdai pack x \\\n  --nope";
    const [good = "", bad = ""] = commandLines(text);
    expect([good, bad]).toEqual(["mmar2mdai pack 'a b' --json", "mmar2mdai pack x  --nope"]);
    expect(await refusal(good)).toBeUndefined();
    expect(await refusal(bad)).toMatch(/unknown option '--nope'/);
    expect(await refusal("mmar2mdai nothing x")).toMatch(/unknown command 'nothing'/);
  });
});
