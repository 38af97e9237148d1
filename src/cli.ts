import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { CommonOptions } from "./commands/shell.js";
import {
  ARCHIVE_FORMATS,
  COMPRESSIONS,
  DEVICES,
  IMAGE_FORMS,
  LUNG_MASKS,
  REPORT_KINDS,
  SCORES,
  SHELLS,
  WINDOWS,
} from "./options/words.js";
import { version } from "./version.js";

// The commands themselves are loaded when they run: `--help` needs none of what they import.

/** What a batch is given. */
const INPUTS = "folders to search for MMARs, archives, lists (.yaml), or globs of these";

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
const MMAR = "the MMAR: its folder, or a zip or tar.gz of it";

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
  if (at < 1) throw new InvalidArgumentError("It has to be KEY=VALUE.");
  return { ...before, [value.slice(0, at)]: value.slice(at + 1) };
}

/** The options by which a user overrides what is derived, or says what goes into the bundle. */
function addDerivationOptions(command: Command): Command {
  return command
    .option("--task <task>", "what the model does, in the place of PROCESSING_TASK")
    .option("--out-classes <number>", "output channels of the network; a background channel counts")
    .option("--class-names <names>", "names of the classes without the background: a,b,c")
    .option("--data-list-key <key>", "the list of the data list that inference reads")
    .option(
      "--channel <rule>",
      "how the series of an image channel is found: NAME=ATTRIBUTE:~PATTERN (repeatable)",
      collect,
    )
    .option(
      "--threshold <value>",
      "classification: report above it, 0.5 if not set; NAME=VALUE for one class (repeatable)",
      collect,
    )
    .option("--negative-class <name>", "classification: the class that means nothing was found")
    .addOption(
      new Option("--scores <kind>", "classification: what the saved scores are").choices(SCORES),
    )
    .addOption(
      new Option("--image-form <form>", "classification: what images are written as").choices(
        IMAGE_FORMS,
      ),
    )
    .addOption(
      new Option("--window <how>", "classification: whether an image's window is applied").choices(
        WINDOWS,
      ),
    )
    .addOption(
      new Option("--lung-mask <how>", "classification: make lung masks that are wanted").choices(
        LUNG_MASKS,
      ),
    )
    .option("--root-folder <name>", "name of the MMAR's folder in the bundle")
    .addOption(new Option("--device <device>", "what it runs on (default: gpu)").choices(DEVICES))
    .option("--sw-batch-size <number>", "windows at once in a sliding window inferer (default: 1)")
    .option("--requirement <spec>", "a Python package more, as pip names it (repeatable)", collect)
    .option("--requirements <file>", "a requirements file whose lines are added")
    .option("--env <KEY=VALUE>", "an environment variable of the image (repeatable)", collectEnv)
    .option("--include <glob>", "take back what would be left out (repeatable)", collect)
    .option("--exclude <glob>", "leave out more of the MMAR (repeatable)", collect)
    .option("--no-checkpoint", "leave out the checkpoint: inference needs the TorchScript only")
    .option("--config <file>", "options as YAML (default: mmar2mdai.config.yaml beside the MMAR)");
}

/** The options by which a user says how bundles are written. */
function addWritingOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--format <format>", "form of the archive (default: zip)").choices(
        ARCHIVE_FORMATS,
      ),
    )
    .addOption(
      new Option("--compress <how>", "auto stores what would not shrink (default: auto)").choices(
        COMPRESSIONS,
      ),
    )
    .option("-f, --force", "replace what is there already")
    .option("--strict", "let warnings fail")
    .option("--manifest", "write <bundle>.manifest.json and <bundle>.sha256 beside a bundle");
}

function addCommonOptions(command: Command): Command {
  return command
    .option("--json", "print the result as JSON")
    .addOption(
      new Option("--report <kind=file>", "write a report of that kind (repeatable)")
        .choices(REPORT_KINDS)
        .argParser(collect),
    )
    .option("--no-annotations", "in GitHub Actions: no annotations and no step summary")
    .option("-q, --quiet", "print warnings and errors only")
    .option("--no-color", "print no colours (as with NO_COLOR)");
}

/** The program, with all its commands and options. */
export function program(setExitCode: (code: number) => void): Command {
  const root = new Command("mmar2mdai")
    .description("Turns an NVIDIA Clara MMAR into a bundle that MD.ai accepts, builds and runs.")
    .version(version(), "-V, --version")
    .addHelpText("after", EXIT_CODES)
    .showHelpAfterError("(mmar2mdai --help shows what there is)")
    .exitOverride();

  const pack = root
    .command("pack")
    .description("pack an MMAR into a bundle")
    .argument("<mmar>", MMAR)
    .option("-o, --out <path>", "the bundle, or a folder for it (default: <mmar>.mdai.zip here)");
  addWritingOptions(pack).option(
    "--dry-run",
    "write nothing; list the entries with sizes and reasons",
  );
  addCommonOptions(addDerivationOptions(pack)).action(async (mmar: string) => {
    const [{ packCommand }, { exitCode }] = await Promise.all([
      import("./commands/pack.js"),
      import("./commands/shell.js"),
    ]);
    const options = givenOptions(pack);
    setExitCode(await exitCode("pack", options, () => packCommand(mmar, options)));
  });

  const batch = root
    .command("batch")
    .description("pack many MMARs into a folder; what is up to date is left as it is")
    .argument("<inputs...>", INPUTS)
    .requiredOption("-o, --out <folder>", "the folder for the bundles; it is made if need be")
    .option("-j, --jobs <number>", "MMARs at once (default: two more than processors)")
    .option("--shard <part>", "only a part of them, as 2/8: the parts are about equally large")
    .option("--no-cache", "pack what is up to date, too");
  addWritingOptions(batch).option("--dry-run", "write nothing; say what would be packed");
  addCommonOptions(addDerivationOptions(batch)).action(async (inputs: string[]) => {
    const [{ batchCommand }, { exitCode }] = await Promise.all([
      import("./commands/batch.js"),
      import("./commands/shell.js"),
    ]);
    const options = givenOptions(batch);
    setExitCode(await exitCode("batch", options, () => batchCommand(inputs, options)));
  });

  const inspect = root
    .command("inspect")
    .description("show what is known of an MMAR, without packing it")
    .argument("<mmar>", MMAR)
    .option("--diff", "show line by line how the inference config for MD.ai differs");
  addCommonOptions(addDerivationOptions(inspect)).action(async (mmar: string) => {
    const [{ inspectCommand }, { exitCode }] = await Promise.all([
      import("./commands/inspect.js"),
      import("./commands/shell.js"),
    ]);
    const options = givenOptions(inspect);
    setExitCode(await exitCode("inspect", options, () => inspectCommand(mmar, options)));
  });

  const verify = root
    .command("verify")
    .description("check a bundle, whoever made it, against what MD.ai does with it")
    .argument("<bundle>", "the bundle: a zip or tar.gz")
    .option("--strict", "let warnings fail")
    .option("--manifest <file>", "compare it with the manifest that pack wrote beside it");
  addCommonOptions(verify).action(async (bundle: string) => {
    const [{ verifyCommand }, { exitCode }] = await Promise.all([
      import("./commands/verify.js"),
      import("./commands/shell.js"),
    ]);
    const options = givenOptions(verify);
    setExitCode(await exitCode("verify", options, () => verifyCommand(bundle, options)));
  });

  root
    .command("completion")
    .description("print a script that completes this command line in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText("after", COMPLETION)
    .action(async (shell: string) => {
      const { completionCommand } = await import("./commands/completion.js");
      setExitCode(completionCommand(root, shell));
    });
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
  ignoreClosedPipe();
  let code = 0;
  try {
    await program((result) => {
      code = result;
    }).parseAsync(argv);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

/** Who reads the output may stop before its end, as in `mmar2mdai inspect x | head -1`. */
function ignoreClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}
