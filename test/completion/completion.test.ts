import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Argument, Command, Option } from "commander";
import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { program } from "../../src/cli.js";
import { completedProgram } from "../../src/completion/command-tree.js";
import { completionScript } from "../../src/completion/completion.js";
import { SHELLS } from "../../src/options/words.js";
import { cli } from "../support/cli.js";
import { scratch } from "../support/mmars.js";
import { type Completed, completeIn, hasShell } from "../support/shells.js";

const collect = (value: string, before: string[] = []) => [...before, value];

/** What a description may hold that a shell could take for its own. */
const NASTY = `it's "so" [a] (b) {c}: x:y \\n $HOME \`id\` $(id) %d ~ #; & | <z> * ? ! é`;

/** A program with every kind of value, under the real one's name. */
function sample(): Command {
  const root = new Command("mmar2mdai").version("1.0.0", "-V, --version");
  root
    .command("one")
    .description(NASTY)
    .argument("<mmar>")
    .option("-s, --switch", NASTY)
    .option("--other")
    .option("-p, --path <path>", "a path")
    .option("--folder <folder>", "a folder")
    .option("--text <text>", NASTY)
    .option("--many <text>", "(repeatable)", collect)
    .addOption(new Option("--hidden").hideHelp())
    .addOption(new Option("-c, --choice <choice>", NASTY).choices(["red", "green", "grey"]))
    .addOption(
      new Option("--report <kind=file>", "(repeatable)")
        .choices(["sarif", "junit", "json"])
        .argParser(collect),
    );
  root.command("two").description("it's two").argument("<mmar>").argument("<folder>");
  root.command("all").description("all").argument("<path...>").option("--switch");
  root.command("pick").addArgument(new Argument("<kind>").choices(["a1", "a2", "b"]));
  root.command("none").description("nothing");
  root.command("secret", { hidden: true });
  return root;
}

/** A folder with what is to be offered, and what not. */
function files(): string {
  const folder = scratch();
  for (const name of ["my mmar", "sub"]) mkdirSync(join(folder, name));
  for (const name of ["m.zip", "m.tar.gz", "notes.txt", "my mmar/in it's.zip", "sub/s.zip"]) {
    writeFileSync(join(folder, name), "");
  }
  return folder;
}

const cwd = files();
const ONE = ["--switch", "--other", "--path", "--folder", "--text", "--many", "--choice"];
const LONG_ONE = [...ONE, "--report", "--help"].sort();
const without = (...names: string[]) => LONG_ONE.filter((name) => !names.includes(name));

/** A line after the program's name, and what is offered at its end. */
const OFFERED: readonly [string, readonly string[]][] = [
  ["", ["all", "help", "none", "one", "pick", "two"]],
  ["o", ["one"]],
  ["--ver", ["--version"]],
  // An argument: folders and archives, any path, a folder, a choice, none, a command.
  ["one ", ["m.tar.gz", "m.zip", "my mmar", "sub"]],
  ["one my\\ mmar/", ["my mmar/in it's.zip"]],
  ["one sub/", ["sub/s.zip"]],
  ["two m.zip ", ["my mmar", "sub"]],
  ["two --help m.zip s", ["sub"]],
  ["all ", ["m.tar.gz", "m.zip", "my mmar", "notes.txt", "sub"]],
  ["all m.zip notes.txt s", ["sub"]],
  ["pick a", ["a1", "a2"]],
  ["pick a1 a", []],
  ["help o", ["one"]],
  ["none x", []],
  ["unknown ", []],
  ["secret ", []],
  // Options: all, those that begin so, those that may still be given.
  ["one --", LONG_ONE],
  ["one --other --", without("--other")],
  ["one --switch --", without("--switch")],
  ["one -s --", without("--switch")],
  ["one --many a --many=b --", LONG_ONE],
  ["one --path x --text=y --", without("--path", "--text")],
  ["one -p x --", without("--path")],
  ["one -- --", []],
  ["one --oth", ["--other"]],
  ["one --hid", []],
  // Values, after a blank and in the same word.
  ["one --choice ", ["green", "grey", "red"]],
  ["one --choice gr", ["green", "grey"]],
  ["one --choice=gr", ["green", "grey"]],
  ["one m.zip -c gr", ["green", "grey"]],
  ["one --text ", []],
  ["one --path n", ["notes.txt"]],
  ["one --path=n", ["notes.txt"]],
  ["one -p s", ["sub"]],
  ["one --folder ", ["my mmar", "sub"]],
  ["one --folder=", ["my mmar", "sub"]],
  ["one --report s", ["sarif="]],
  ["one --report=j", ["json=", "junit="]],
  ["one --report junit=n", ["notes.txt"]],
  ["one --report=junit=n", ["notes.txt"]],
  ["one --report=junit=a --report ju", ["junit="]],
  // Where the argument is after options with values.
  ["one --path a --choice red -s sub/", ["sub/s.zip"]],
  ["one --path=a sub/", ["sub/s.zip"]],
];

/** A line before and after Tab. */
const INSERTED: readonly [string, string][] = [
  ["one my", "one my\\ mmar/"],
  ["one --path 'not", "one --path 'notes.txt' "],
  ['one "my mmar/', 'one "my mmar/in it\'s.zip" '],
  ["one my\\ mmar/", "one my\\ mmar/in\\ it\\'s.zip "],
  ["one --path=my\\ mmar/", "one --path=my\\ mmar/in\\ it\\'s.zip "],
  ["one --path no", "one --path notes.txt "],
  ["one --path=no", "one --path=notes.txt "],
  ["one --choice=r", "one --choice=red "],
  ["one --report sa", "one --report sarif="],
  ["one --report=sa", "one --report=sarif="],
  ["one --report=sarif=my", "one --report=sarif=my\\ mmar/"],
  ["one --report sarif=sub/s", "one --report sarif=sub/s.zip "],
  ["one --oth", "one --other "],
  ["one --path ~/scr", "one --path ~/script "],
];

const real = () => program(() => {});

describe.each(SHELLS.filter(hasShell))("in %s", (shell) => {
  const script = completionScript(sample(), shell);
  let answers: ReadonlyMap<string, Completed>;
  const complete = async (lines: readonly string[], env = {}, its = script) => {
    const typed = lines.map((line) => `mmar2mdai ${line}`);
    const completed = await completeIn(shell, its, typed, { cwd, env });
    return new Map(completed.map((answer, i) => [lines[i] ?? "", answer]));
  };
  beforeAll(async () => {
    answers = await complete([...OFFERED, ...INSERTED].map(([line]) => line));
  });

  it("the script passes the shell's own check", async () => {
    for (const each of [script, completionScript(real(), shell)]) {
      const path = join(scratch(), "script");
      writeFileSync(path, each);
      expect((await execa(shell, ["-n", path])).stderr).toBe("");
    }
  });

  it.each(OFFERED)("offers at the end of %j %j", (line, expected) => {
    // Fish offers the word with the choice, the others what follows its `=`.
    const offered = answers.get(line)?.offered.map((word) => word.replace(/^junit=(?=.)/, ""));
    expect(offered).toEqual(expected);
  });

  // Fish does not tell what it inserts.
  if (shell !== "fish") {
    it.each(INSERTED)("makes of %j %j", (line, expected) => {
      expect(answers.get(line)?.line).toBe(`mmar2mdai ${expected}`);
    });
  }

  it("knows every command of the program itself, and its options", async () => {
    const { commands } = completedProgram(real());
    const names = commands.map((command) => command.name);
    const lines = ["", ...names.map((name) => `${name} --`)];
    const offered = await complete(lines, {}, completionScript(real(), shell));
    expect(offered.get("")?.offered).toEqual(names.sort());
    for (const { name, options } of commands) {
      const flags = options.map((option) => option.flags.at(-1)).sort();
      expect(offered.get(`${name} --`)?.offered, name).toEqual(flags);
    }
  });

  it("is there after variables and other commands", async () => {
    const [completed] = await completeIn(shell, script, ["true; A=1 mmar2mdai pick a"]);
    expect(completed?.offered).toEqual(["a1", "a2"]);
  });

  if (shell !== "bash") {
    it("shows descriptions as they are", async () => {
      const shown = await complete(["", "one --switc"]);
      for (const { texts } of shown.values()) expect(texts.join("\n")).toContain(NASTY);
    });
  }

  if (shell === "bash") {
    it.each([
      ["without compopt, as in bash 3.2", { NO_COMPOPT: "1" }],
      ["where words are cut at blanks only", { BREAKS: " \t\n" }],
    ])("works %s", async (_, env) => {
      // Without compopt an = is quoted, and a blank follows: no harm, but not the same.
      const lines = INSERTED.filter(([line]) => !line.includes("--report"));
      const typed = lines.map(([line]) => line);
      const completed = await complete(typed, env);
      const became = typed.map((line) => completed.get(line)?.line);
      expect(became).toEqual(lines.map(([, expected]) => `mmar2mdai ${expected}`));
    });
  }

  if (shell === "bash") {
    it("has nothing that bash 3.2 does not read", () => {
      // A case in a substitution ends it there; the rest came with bash 4.
      for (const [, inside] of script.matchAll(/[<$]\(\n([\s\S]*?)\n {2}\)/g)) {
        expect(inside).not.toMatch(/\bcase\b|;;/);
      }
      expect(script).not.toMatch(
        /declare -A|local -[An]|mapfile|readarray|\$\{\w+(?:,|\^|@)|&>>|\|&|\[-\d\]|;&/,
      );
    });
  }

  if (shell === "zsh") {
    it("works as a file of $fpath", async () => {
      const completed = await complete(["pick a"], { AUTOLOADED: "1" });
      expect(completed.get("pick a")?.offered).toEqual(["a1", "a2"]);
    });
  }
});

describe("what the scripts rely on", () => {
  const { commands, options } = completedProgram(real());
  const all = [...options, ...commands.flatMap((command) => command.options)];

  it("options before the command take no value, so that the command is found", () => {
    expect(options.filter((option) => option.value !== undefined)).toEqual([]);
  });

  it("names and choices need no quotes", () => {
    const words = [...commands, ...all.flatMap((o) => o.value ?? [])].flatMap((each) =>
      "choices" in each ? each.choices : each.name,
    );
    for (const word of [...words, ...all.flatMap((option) => option.flags)]) {
      expect(word).toMatch(/^[\w.-]+$/);
    }
  });

  it("a value of the form kind=file has its kinds as choices", () => {
    for (const { flags, value } of all) {
      if (value?.paths === undefined || !value.name.includes("=")) continue;
      expect(value.choices.length, flags.join()).toBeGreaterThan(0);
    }
  });

  it("an option that may be repeated says so", () => {
    for (const command of real().commands) {
      for (const option of command.options) {
        // commander calls a parser that collects with what it has so far; its own for choices, too.
        const ofChoices = new Option("-x <x>").choices(["a"]).parseArg?.toString();
        const parser = option.parseArg;
        if (parser?.length === 2 && parser.toString() !== ofChoices) {
          expect(option.description, option.flags).toContain("(repeatable)");
        }
      }
    }
  });
});

describe("mmar2mdai completion", () => {
  it.each(SHELLS)("prints the script for %s", async (shell) => {
    const { exitCode, stdout, stderr } = await cli(["completion", shell]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(completionScript(real(), shell));
  });

  it("takes no other shell", async () => {
    const { exitCode, stdout, stderr } = await cli(["completion", "tcsh"]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/'tcsh' is invalid.*bash, zsh, fish/);
  });
});
