import type { OptionEntry } from "./entry.js";
import type { OwnRunOptions } from "./run-types.js";
import { SCOPES } from "./words.js";

/** What run has besides the options of the derivation. */
export const RUN_OPTIONS = {
  out: {
    flags: "-o, --out <folder>",
    group: "output",
    text: "the folder for the results",
    default: "<model>.run here",
  },
  force: { flags: "-f, --force", group: "output", text: "replace the results of an earlier run" },
  label: {
    flags: "--label <file>",
    group: "output",
    text: "a NIfTI label map of what is right, to compare with",
  },
  scope: {
    flags: "--scope <scope>",
    group: "request",
    text: "what one request holds",
    choices: SCOPES.map((scope) => scope.toLowerCase()),
    default: "what the model needs",
  },
  series: {
    flags: "--series <name>",
    group: "request",
    text: "the series to run on: a number, UID or description; all for every one",
    repeatable: true,
  },
  annotations: {
    flags: "--annotations <file>",
    group: "request",
    text: "annotations for the request, as JSON",
  },
  click: {
    flags: "--click <x,y,image>",
    group: "request",
    text: "a click on what is meant: column and row from 0, image from 1",
    repeatable: true,
  },
  clickBackground: {
    flags: "--click-background <x,y,image>",
    group: "request",
    text: "a click on what is not meant, in the same form",
    repeatable: true,
  },
  args: {
    flags: "--args <KEY=VALUE>",
    group: "request",
    text: "an argument for the request; a value that is JSON is read as such",
    repeatable: "mapping",
  },
  timeout: {
    flags: "--timeout <seconds>",
    group: "request",
    text: "stop the run after so many seconds",
  },
  python: {
    flags: "--python <path>",
    group: "python",
    text: "a Python that has what the model needs",
    default: "the active virtual environment, else one that is made once",
  },
  yes: { flags: "-y, --yes", group: "python", text: "install packages without asking" },
} as const satisfies Record<keyof OwnRunOptions, OptionEntry>;

/** What only the command line has of a run. */
export const RUN_COMMAND_OPTIONS = {
  open: { flags: "--open", group: "output", text: "open the report in a browser" },
  clean: {
    flags: "--clean",
    group: "python",
    text: "remove the Python environments that were made, and do nothing else",
  },
} as const satisfies Record<string, OptionEntry>;
