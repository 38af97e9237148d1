import type { Command } from "commander";
import { bashCompletion } from "./bash.js";
import { fishCompletion } from "./fish.js";
import { completedProgram } from "./model.js";
import { zshCompletion } from "./zsh.js";

const WRITERS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** A shell that a completion script can be made for. */
export type Shell = keyof typeof WRITERS;

/** The shells that a completion script can be made for. */
export const SHELLS = Object.keys(WRITERS) as readonly Shell[];

/** Writes the script by which a shell completes the command line of a program. */
export const completionScript = (root: Command, shell: Shell): string =>
  WRITERS[shell](completedProgram(root));
