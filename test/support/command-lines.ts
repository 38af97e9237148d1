import { CommanderError } from "commander";
import { program } from "../../src/cli.js";

/** The command lines of the program in a text, each up to where the shell or a comment ends it. */
export function commandLines(text: string): string[] {
  const joined = text.replace(/\\\n\s*/g, " ").replace(/\s#.*$/gm, "");
  return [
    ...joined.matchAll(
      /(?<![\w./-])mmar2mdai ([a-z]+(?: (?:'[^'\n]*'|"[^"\n]*"|<[\w-]+>|[^\n'"|<;)]+)*)?)/g,
    ),
  ].map(([line]) => line.trim());
}

/** Why the program would not take a command line; undefined where it would. Nothing is run. */
export const refusal = (line: string): Promise<string | undefined> =>
  refusalOf(shellWords(line).slice(1));

/** The same for the arguments of the program. */
export async function refusalOf(args: readonly string[]): Promise<string | undefined> {
  const root = program(() => {}).configureOutput({ writeErr: () => {} });
  for (const command of root.commands) {
    command.action(() => {}).configureOutput({ writeErr: () => {} });
  }
  try {
    await root.parseAsync(args, { from: "user" });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.message;
    throw error;
  }
}

/** The words of a simple command line: quotes are taken off, nothing is substituted. */
function shellWords(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, "$1$2"),
  );
}
