import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { CommonOptions } from "./commands/shell.js";
import { type Ended, ended, watchOutput } from "./commands/streams.js";
import { checkCommand, checkOneArgument } from "./commands/wrong-usage.js";
import { GROUPS, type OptionEntry } from "./options/entry.js";
import { RUN_COMMAND_OPTIONS, RUN_OPTIONS } from "./options/run-table.js";
import {
  BATCH_OPTIONS,
  CONFIG_OPTION,
  DERIVATION_OPTIONS,
  INSPECT_OPTIONS,
  PACK_OPTIONS,
  REPORT_OPTIONS,
  VERIFY_OPTIONS,
  WRITING_OPTIONS,
} from "./options/table.js";
import { SHELLS } from "./options/words.js";
import { version } from "./version.js";

// The commands themselves are loaded when they run: `--help` needs none of what they import.

/** What a batch is given. */
const INPUTS =
  "folders to search for MMARs and MONAI bundles, archives, lists (.yaml), or globs of these";

const EXIT_CODES = `
Exit codes:
  0  done
  1  the MMAR or the bundle is not fit: the findings say why
  2  wrong usage: an option, or a file that an option names
  3  the machine failed: disk, permission
`;

const COMPLETION = `
For every terminal to come:
  bash  echo 'eval "$(mmar2mdai completion bash)"' >> ~/.bashrc
  zsh   mmar2mdai completion zsh > /usr/local/share/zsh/site-functions/_mmar2mdai
        (or into any other folder of $fpath)
  fish  mmar2mdai completion fish > ~/.config/fish/completions/mmar2mdai.fish
`;

/** What the argument of the commands is. */
const MMAR = "the MMAR or MONAI bundle: its folder, or a zip or tar.gz of it";

/** Collects an option that may stand several times. */
const collect = (value: string, before: string[] | undefined): string[] => [
  ...(before ?? []),
  value,
];

function collectEnv(
  value: string,
  before: Record<string, string> | undefined,
): Record<string, string> {
  const at = value.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It must be KEY=VALUE.");
  return { ...before, [value.slice(0, at)]: value.slice(at + 1) };
}

/** Adds options of a table to a command, in the order of the table. */
function addOptions(command: Command, table: Readonly<Record<string, OptionEntry>>): Command {
  for (const entry of Object.values(table)) command.addOption(toOption(entry));
  return command;
}

function toOption(entry: OptionEntry): Option {
  const { flags, text, choices, repeatable, group } = entry;
  const notes = [
    ...(entry.default === undefined ? [] : [`(default: ${entry.default})`]),
    ...(repeatable === undefined ? [] : ["(repeatable)"]),
  ];
  const option = new Option(flags, [text, ...notes].join(" "));
  if (choices !== undefined) option.choices(choices);
  if (repeatable === "mapping") option.argParser(collectEnv);
  if (repeatable === true) option.argParser(collect);
  if (group !== undefined) option.helpGroup(GROUPS[group]);
  if (entry.mandatory) option.makeOptionMandatory();
  return option;
}

/** Options of pack, batch and inspect. */
const OF_EACH_MMAR = [DERIVATION_OPTIONS, CONFIG_OPTION, REPORT_OPTIONS];

/** Options of commands that only show something. */
const ON_SCREEN = { json: REPORT_OPTIONS.json, color: REPORT_OPTIONS.color };

/** The program, with all its commands and options. */
export function program(onEnd: (end: Ended) => void): Command {
  const root = new Command("mmar2mdai")
    .description(
      "Turns an NVIDIA Clara MMAR or a MONAI bundle into a bundle that MD.ai accepts, builds and runs.",
    )
    .version(version(), "-V, --version")
    .addHelpText("after", EXIT_CODES)
    .showHelpAfterError("(mmar2mdai --help shows what there is)")
    .exitOverride();

  const pack = root
    .command("pack")
    .description("pack an MMAR into a bundle")
    .argument("<mmar>", MMAR);
  for (const table of [PACK_OPTIONS, WRITING_OPTIONS, ...OF_EACH_MMAR]) addOptions(pack, table);
  pack.action(async (mmar: string) => {
    const [{ packCommand }, { exitCode }] = await Promise.all([
      import("./commands/pack.js"),
      import("./commands/shell.js"),
    ]);
    const options = givenOptions(pack);
    onEnd(await exitCode("pack", options, () => packCommand(mmar, options)));
  });

  const batch = root
    .command("batch")
    .description("pack many MMARs into a folder; what is up to date is left as it is")
    .argument("<inputs...>", INPUTS);
  for (const table of [BATCH_OPTIONS, WRITING_OPTIONS, ...OF_EACH_MMAR]) addOptions(batch, table);
  batch.action(async (inputs: string[]) => {
    const [{ batchCommand }, { exitCode }] = await Promise.all([
      import("./commands/batch.js"),
      import("./commands/shell.js"),
    ]);
    const options = givenOptions(batch);
    onEnd(await exitCode("batch", options, () => batchCommand(inputs, options)));
  });

  const inspect = root
    .command("inspect")
    .description("show what is known of an MMAR, without packing it")
    .argument("<mmar>", MMAR);
  for (const table of [...OF_EACH_MMAR, INSPECT_OPTIONS]) addOptions(inspect, table);
  inspect.action(async (mmar: string) => {
    const [{ inspectCommand }, { exitCode }] = await Promise.all([
      import("./commands/inspect.js"),
      import("./commands/shell.js"),
    ]);
    const options = givenOptions(inspect);
    onEnd(await exitCode("inspect", options, () => inspectCommand(mmar, options)));
  });

  const run = root
    .command("run")
    .description("run a model on DICOM files here, and show what it finds")
    .argument("[model]", "the MMAR or MONAI bundle, or a bundle that mmar2mdai packed")
    .argument("[dicom...]", "DICOM files, folders of them, or zips");
  // What a request's annotations are is not what GitHub's are.
  const { annotations: _annotations, ...reportOptions } = REPORT_OPTIONS;
  // What runs it here is MONAI, whatever runs it on MD.ai.
  const { device, runtime: _runtime, ...derivation } = DERIVATION_OPTIONS;
  const ofRun = { ...RUN_OPTIONS, ...RUN_COMMAND_OPTIONS };
  const onHere = { device: { ...device, default: "cpu" } };
  for (const table of [ofRun, onHere, derivation, CONFIG_OPTION, reportOptions]) {
    addOptions(run, table);
  }
  run.action(async (model: string | undefined, dicom: string[]) => {
    const [{ runCommand }, { exitCode }] = await Promise.all([
      import("./commands/run.js"),
      import("./commands/shell.js"),
    ]);
    const options = givenOptions(run);
    onEnd(await exitCode("run", options, () => runCommand(model, dicom, options)));
  });

  const verify = root
    .command("verify")
    .description("check a bundle, whoever made it, against what MD.ai does with it")
    .argument("<bundle>", "the bundle: a zip or tar.gz");
  for (const table of [VERIFY_OPTIONS, REPORT_OPTIONS]) addOptions(verify, table);
  verify.action(async (bundle: string) => {
    const [{ verifyCommand }, { exitCode }] = await Promise.all([
      import("./commands/verify.js"),
      import("./commands/shell.js"),
    ]);
    const options = givenOptions(verify);
    onEnd(await exitCode("verify", options, () => verifyCommand(bundle, options)));
  });

  const list = root
    .command("list")
    .description("show what is in a bundle, as a tree with sizes")
    .argument("<bundle>", "the bundle: a zip or tar.gz, or its folder");
  addOptions(list, ON_SCREEN);
  list.action(async (bundle: string) => {
    const [{ listCommand }, { exitCode }] = await Promise.all([
      import("./commands/list.js"),
      import("./commands/shell.js"),
    ]);
    const options = givenOptions(list);
    onEnd(await exitCode("list", options, () => listCommand(bundle, options)));
  });

  const explain = root
    .command("explain")
    .description("say what a finding means, and what to do about it")
    .argument("<code>", "the code of the finding: weights-missing");
  addOptions(explain, ON_SCREEN);
  explain.action(async (code: string) => {
    const [{ explainCommand }, { exitCode }] = await Promise.all([
      import("./commands/explain.js"),
      import("./commands/shell.js"),
    ]);
    const options = givenOptions(explain);
    onEnd(await exitCode("explain", options, () => explainCommand(code, options)));
  });

  root
    .command("completion")
    .description("print a script that completes this command line in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText("after", COMPLETION)
    .action(async (shell: string) => {
      const { completionCommand } = await import("./commands/completion.js");
      onEnd(ended(completionCommand(root, shell)));
    });
  for (const [command, what] of [
    [pack, "MMAR"],
    [inspect, "MMAR"],
    [verify, "bundle"],
    [list, "bundle"],
  ] as const) {
    command.allowExcessArguments().hook("preAction", () => checkOneArgument(command, what));
  }
  for (const command of root.commands) {
    command.showHelpAfterError(`(mmar2mdai ${command.name()} --help shows its options)`);
  }
  return root;
}

/** The options that the user gave; `--no-checkpoint` must not win over a config file when absent. */
function givenOptions(command: Command): CommonOptions & Readonly<Record<string, unknown>> {
  const given = Object.entries(command.opts()).filter(
    ([name]) => command.getOptionValueSource(name) !== "default",
  );
  return { color: true, ...Object.fromEntries(given) };
}

/**
 * Runs the command line.
 *
 * @param argv - as in process.argv
 * @returns the exit code
 */
export async function main(argv: readonly string[]): Promise<number> {
  const output = watchOutput();
  let end = ended(0);
  const root = program((result) => {
    end = result;
  });
  try {
    await root.parseAsync([...argv.slice(0, 2), ...checkCommand(root, argv.slice(2))]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    end = ended(error.exitCode === 0 ? 0 : 2);
  }
  const fault = await output.fault();
  if (fault === undefined) return end.exitCode;
  const { MachineError } = await import("./errors.js");
  const { message } = new MachineError(fault, "print to", "stdout");
  process.stderr.write(`error: ${[message, end.done].filter((text) => text !== "").join("\n")}\n`);
  return 3;
}
