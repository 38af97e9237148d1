import type { Argument, Command, Option } from "commander";

/** Which paths are offered: files and folders, folders, or folders and archives. */
export type Paths = "any" | "folders" | "archives";

/**
 * What is completed as a value. With choices, one of them; with paths, a path; with both,
 * `choice=path`; with neither, a text that nothing is known of.
 */
export interface CompletedValue {
  /** What the help calls it. */
  readonly name: string;
  readonly choices: readonly string[];
  readonly paths: Paths | undefined;
  /** Whether it may stand any number of times. */
  readonly repeatable: boolean;
}

export interface CompletedOption {
  /** As written on the command line: `-o`, `--out`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Whether it is offered again after it was given. */
  readonly repeatable: boolean;
  /** Undefined for a switch. */
  readonly value: CompletedValue | undefined;
}

/** A command, or the program itself. */
export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
  readonly arguments: readonly CompletedValue[];
}

/** What can be completed. Options before the command take no value. */
export interface CompletedProgram extends CompletedCommand {
  readonly commands: readonly CompletedCommand[];
}

/** Endings of the archives that an MMAR or a bundle comes in. */
export const ARCHIVE_ENDINGS = [".zip", ".tar.gz", ".tgz", ".tar"] as const;

/** What a value's name says of its paths. */
const PATH_OPTIONS: Readonly<Record<string, Paths>> = {
  file: "any",
  path: "any",
  folder: "folders",
  mmar: "archives",
  bundle: "archives",
};

/**
 * Gives what can be completed, from the program's own commands, options, choices, and names of
 * values: `<file>` and `<path>` are paths, `<folder>` is one of folders, `<mmar>` and `<bundle>`
 * one of folders and archives; `<kind=file>` with choices is one of them, `=`, and a path.
 */
export function completedProgram(root: Command): CompletedProgram {
  const commands = root.createHelp().visibleCommands(root);
  const names = commands.map((command) => command.name());
  const command: CompletedValue = {
    name: "command",
    choices: names,
    paths: undefined,
    repeatable: false,
  };
  return {
    ...completedCommand(root, names),
    arguments: [command],
    commands: commands.map((each) => completedCommand(each, names)),
  };
}

function completedCommand(command: Command, names: readonly string[]): CompletedCommand {
  return {
    name: command.name(),
    description: command.description(),
    options: command.createHelp().visibleOptions(command).map(completedOption),
    arguments: command.registeredArguments.map((argument) => completedArgument(argument, names)),
  };
}

function completedOption(option: Option): CompletedOption {
  const { flags, description, required, optional, variadic, argChoices = [] } = option;
  const repeatable = variadic || description.includes("(repeatable)");
  const name = /[<[](.*?)(?:\.\.\.)?[>\]]/.exec(flags)?.[1] ?? "";
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined),
    description,
    repeatable,
    value:
      required || optional ? completedValue(name, argChoices, undefined, repeatable) : undefined,
  };
}

function completedArgument(argument: Argument, names: readonly string[]): CompletedValue {
  const name = argument.name();
  const choices = name === "command" ? names : (argument.argChoices ?? []);
  return completedValue(name, choices, "any", argument.variadic);
}

/** @param otherwise - the paths where the name says nothing: arguments are paths, most times */
function completedValue(
  name: string,
  choices: readonly string[],
  otherwise: Paths | undefined,
  repeatable: boolean,
): CompletedValue {
  const [key, path] = name.split("=");
  const word = path ?? key ?? "";
  const isChoice = choices.length > 0 && path === undefined;
  return {
    name,
    choices,
    paths: isChoice ? undefined : (PATH_OPTIONS[word] ?? otherwise),
    repeatable,
  };
}
