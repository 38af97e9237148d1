import type { Command } from "commander";
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
export const completionScript = (root: Command, shell: Shell): string =>
  WRITERS[shell](completedProgram(root));
