import type { Command } from "commander";
import { completionScript } from "../completion/completion.js";
import type { Shell } from "../options/words.js";
import { EXIT, terminals } from "./shell.js";

/** Prints the completion script for a shell, which the command line has checked. */
export function completionCommand(root: Command, shell: string): number {
  terminals({ color: false }).out(completionScript(root, shell as Shell));
  return EXIT.done;
}
