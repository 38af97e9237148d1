import { existsSync } from "node:fs";
import type { Command } from "commander";
import { posixQuote } from "../completion/quote.js";

/** A bundle that this program made, by its name. */
const BUNDLE = /\.mdai\.(zip|tar\.gz)$/i;

/** A word as it may stand on a command line. */
const asWord = (text: string): string => (/^[\w@%+=:,./~-]+$/.test(text) ? text : posixQuote(text));

const looksLikePath = (text: string): boolean =>
  existsSync(text) || /[\\/]/.test(text) || /\.(zip|tar\.gz|tgz)$/i.test(text);

/**
 * Stops where the first word is no command, but it is plain what was meant. What is left is for the
 * command line itself, which knows commands of a similar name.
 *
 * @param words - the command line without the program's name
 * @returns the words to go on with
 */
export function checkCommand(root: Command, words: readonly string[]): readonly string[] {
  const [first, second] = words;
  const isKnown = (name: string): boolean =>
    name === "help" || root.commands.some((command) => command.name() === name);
  // `help` shows the general help for what it does not know: said is that there is no such command.
  if (first === "help" && second !== undefined && !isKnown(second)) return [second];
  if (first === undefined || first.startsWith("-") || isKnown(first)) return words;
  const meant = meantCommand(first, words);
  if (meant === undefined) return words;
  return root.error(`error: unknown command '${first}'\n(Did you mean ${meant}?)`, {
    code: "commander.unknownCommand",
  });
}

function meantCommand(first: string, words: readonly string[]): string | undefined {
  if (first === "version") return "mmar2mdai --version, or -V";
  if (!looksLikePath(first)) return undefined;
  const paths = words.filter(looksLikePath).map(asWord);
  if (paths.length > 1) return `mmar2mdai batch ${paths.join(" ")} --out <folder>`;
  return `mmar2mdai ${BUNDLE.test(first) ? "verify" : "pack"} ${asWord(first)}`;
}

/**
 * Stops where a command that takes one argument has several, and says what may have been meant. The
 * command has to allow excess arguments, since else the command line stops before.
 *
 * @param what - what the argument is: "MMAR"
 */
export function checkOneArgument(command: Command, what: string): void {
  const { args } = command;
  if (args.length < 2) return;
  const { classNames } = command.opts<{ classNames?: string }>();
  const names = args.filter((arg) => !existsSync(arg));
  let help = `Run it once for each.`;
  if (classNames !== undefined && names.length > 0 && names.length < args.length) {
    help = `Names of classes are one word, with commas: --class-names ${asWord([classNames, ...names].join(","))}`;
  } else if (command.name() === "pack") {
    help = `For several: mmar2mdai batch ${shortened(args.map(asWord))} --out <folder>`;
  }
  command.error(
    `error: too many arguments: ${command.name()} takes one ${what}, not ${args.length}. ${help}`,
    { code: "commander.excessArguments" },
  );
}

/** As many words as one can read. */
const shortened = (words: readonly string[]): string =>
  words.length > 4 ? `${words.slice(0, 3).join(" ")} …` : words.join(" ");
