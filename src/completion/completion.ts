import type { Command } from "commander";
import { findingCodes } from "../findings/explain.js";
import type { Shell } from "../options/words.js";
import { bashCompletion } from "./bash.js";
import { completedProgram } from "./command-tree.js";
import { fishCompletion } from "./fish.js";
import { zshCompletion } from "./zsh.js";

const WRITERS = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
} satisfies Record<Shell, unknown>;

/** Writes the script by which a shell completes the command line of a program. */
export function completionScript(root: Command, shell: Shell): string {
  // The command line does without this list: `--help` would load the table of findings for it.
  const explain = root.commands.find((command) => command.name() === "explain");
  explain?.registeredArguments[0]?.choices(findingCodes);
  return WRITERS[shell](completedProgram(root));
}
