import { RUN_COMMAND_OPTIONS, RUN_OPTIONS } from "./run-table.js";
import {
  BATCH_OPTIONS,
  CONFIG_OPTION,
  DERIVATION_OPTIONS,
  PACK_OPTIONS,
  REPORT_OPTIONS,
  WRITING_OPTIONS,
} from "./table.js";

/**
 * The names of options in texts. The library's own texts name an option by its key, in backticks:
 * `outClasses`. Where the command line shows such a text, it says `--out-classes` instead, or the
 * key of the config file that said it. This is the one place that translates.
 */
const FLAGS = flagsOf({
  ...RUN_OPTIONS,
  ...RUN_COMMAND_OPTIONS,
  ...DERIVATION_OPTIONS,
  ...WRITING_OPTIONS,
  ...PACK_OPTIONS,
  ...BATCH_OPTIONS,
  ...REPORT_OPTIONS,
  ...CONFIG_OPTION,
});

/** The key of an option in the library. */
export type OptionName =
  | keyof typeof DERIVATION_OPTIONS
  | keyof typeof WRITING_OPTIONS
  | keyof typeof PACK_OPTIONS
  | keyof typeof BATCH_OPTIONS
  | keyof typeof REPORT_OPTIONS
  | keyof typeof RUN_OPTIONS
  | keyof typeof RUN_COMMAND_OPTIONS
  | keyof typeof CONFIG_OPTION;

/** What an option is called where a text is shown. */
export type Naming = (name: OptionName) => string;

function flagsOf(table: Readonly<Record<string, { readonly flags: string }>>): Map<string, string> {
  const long = (flags: string): string => /--[\w-]+/.exec(flags)?.[0] ?? flags;
  return new Map(Object.entries(table).map(([name, { flags }]) => [name, long(flags)]));
}

/**
 * An option in a text of the library: `` `outClasses` ``, or with a value `` `task: "segmentation"` ``
 * and `` `checkpoint: false` ``.
 */
export const option = (name: OptionName, value?: string | false): string =>
  value === undefined ? `\`${name}\`` : `\`${name}: ${JSON.stringify(value)}\``;

/** What {@link option} makes: the name, and the value as JSON. */
const OPTION = /`([A-Za-z]+)(?:: (false|"(?:[^"\\]|\\.)*"))?`/g;

/** A value behind a flag, in quotes where a shell needs them. `--no-…` says false by itself. */
function flagValue(value: string | undefined): string {
  if (value === undefined || value === "false") return "";
  const text = String(JSON.parse(value));
  return ` ${/^[\w.,/-]+$/.test(text) ? text : value}`;
}

/** `outClasses` → `--out-classes`, and `checkpoint` → `--no-checkpoint`, as the help has them. */
export const flag: Naming = (name) => FLAGS.get(name) ?? name;

/** `outClasses` → `out-classes`, as a config file has it. */
export const fileKey = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Names of options where a config file has said some of them: `out-classes in x.yaml`. */
export function namingOf(file: string, keys: readonly string[]): Naming {
  const said = new Set(keys);
  return (name) => (said.has(name) ? `${fileKey(name)} in ${file}` : flag(name));
}

/** A text of the library as the command line shows it: `--out-classes`, `--task segmentation`. */
export const onCommandLine = (text: string, naming: Naming = flag): string =>
  text.replace(OPTION, (whole, name: string, value?: string) =>
    FLAGS.has(name) ? `${naming(name as OptionName)}${flagValue(value)}` : whole,
  );
