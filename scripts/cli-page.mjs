// Makes docs/cli.md, in the order of a man page. What there is comes from the program; what the
// program does not know of itself stands here.

const DESCRIPTION = [
  "Reads an MMAR (Medical Model ARchive) of NVIDIA Clara Train, checks it, and packs it with MD.ai's deploy code, settings and requirements into one archive for upload. The MMAR may be a folder or an archive, and is never changed.",
  "Results go to stdout, messages to stderr; with `--json` there is one JSON object on stdout and nothing else. A file is written beside its place and put there in one step, so that under its name lies the old file or the whole new one.",
  "An option may be written `--option value` or `--option=value`. After `--` everything is an argument. Of options in a config file and on the command line, the latter win.",
];

/** Command lines, what they are for, and for the tests that run them what is given, by command. */
const EXAMPLES = {
  inspect: [
    ["mmar2mdai inspect ./mmar", "What is known of an MMAR.", "given: mmar"],
    ["mmar2mdai inspect ./mmar --diff", "How its inference config will differ."],
  ],
  pack: [
    ["mmar2mdai pack ./mmar -o bundles/", "Pack it into a folder.", "given: mmar"],
    ["mmar2mdai pack ./mmar --dry-run", "What would be packed, with sizes and reasons."],
    [
      "mmar2mdai pack ./brain --channel 'T1c=SeriesDescription:~t1.*gd' --device cpu",
      "With a rule for the series of a channel, for a machine without GPU.",
      "given: brain",
    ],
    ["mmar2mdai pack ./mmar --strict --json", "In CI; see [ci.md](ci.md)."],
  ],
  batch: [
    ["mmar2mdai batch models/ -o all/ --jobs 2", "All MMARs below a folder.", "given: models"],
    [
      "mmar2mdai batch list.yaml -o listed/ --shard 2/8",
      "The second of eight parts of a list.",
      "given: list",
    ],
  ],
  verify: [
    ["mmar2mdai verify bundle.mdai.zip", "Anyone's bundle, by MD.ai's rules.", "given: bundle"],
  ],
  run: [
    [
      "mmar2mdai run ./mmar ./CT_SERIES -o out/",
      "Try a model on a series; see [run.md](run.md).",
      "not run here: needs PyTorch",
    ],
    [
      "mmar2mdai run spleen.mdai.zip study.zip --label reference.nii.gz --open",
      "A bundle, with the result compared to a label map.",
      "not run here: needs PyTorch",
    ],
  ],
  list: [["mmar2mdai list bundle.mdai.zip", "What is in a bundle, with sizes."]],
  explain: [["mmar2mdai explain weights-missing", "What a finding means, and what to do."]],
  completion: [['eval "$(mmar2mdai completion bash)"', "Completion in this terminal."]],
};

const FILES = [
  [
    "`mmar2mdai.config.yaml`",
    "Options, beside the MMAR. `--config` names another file; its relative paths start at its own folder.",
  ],
  ["`<mmar>.mdai.zip`", "The bundle, in the current folder, where `--out` names no other place."],
  [
    "`<bundle>.manifest.json`, `<bundle>.sha256`",
    "Beside the bundle, with `--manifest`: what went in, and a checksum for `sha256sum -c`.",
  ],
  ["`<bundle>.hand-over.md`", "Beside the bundle, with `--hand-over`: what to set up on MD.ai."],
  [
    "`<model>.run/`",
    "The results of `run`, in the current folder, where `--out` names no other: `report.html`, `overview.png`, `answer.json` and `masks/`.",
  ],
  [
    "`mmar2mdai/environments/`",
    "In the user's cache: the Python environments that `run` made. `run --clean` removes them.",
  ],
  [
    "`.mmar2mdai/`",
    "In the output folder of `batch`: what it remembers of each bundle. It may be deleted; then all is packed again.",
  ],
  [
    "`*.mmar2mdai-partial`",
    "A file that is being written. One that a killed run left is removed by the next run that writes into that folder: at once if it is of the same machine and container, else when nobody has changed it for 24 hours.",
  ],
];

const SEE_ALSO = [
  ["findings.md", "every finding, by its code"],
  ["ci.md", "GitHub, GitLab, Jenkins"],
  ["run.md", "trying a model on this machine"],
  ["channels.md", "models with several image channels"],
  ["classification.md", "classifiers"],
];

/**
 * Writes the page.
 *
 * @param root - the program, of commander
 * @param configKeys - options that a config file may hold, in camel case
 * @param environment - the environment variables that are read, each with what it does
 * @param made - the remark that the page is made
 */
export function cliPage(root, { configKeys, environment, made }) {
  const help = root.createHelp();
  const commands = help.visibleCommands(root);
  const groups = optionGroups(help, commands);
  const name = root.name();
  const sections = [
    "# The command line",
    made,
    "## Name",
    `${name} – ${lowerFirst(root.description())}`,
    "## Synopsis",
    fenced(commands.map((command) => usage(help, command))),
    "## Description",
    ...DESCRIPTION,
    "## Commands",
    table(commands.map((c) => [`[\`${c.name()}\`](#${anchor(c)})`, c.description()])),
    ...commands.flatMap((command) => commandSection(help, command, groups)),
    "## Options",
    ...groups
      .filter(isShared)
      .flatMap(({ users, options }) => [`### ${shared(users, commands)}`, ...byHeading(options)]),
    `### Of ${name} itself`,
    help.visibleOptions(root).map(optionItem).join("\n"),
    "## Config file",
    "YAML. Its keys are the long names of options; what may be repeated is a list. The first line tells an editor the [JSON Schema](../schemas/config-file.schema.json), so that it completes and checks the keys; a key `$schema` with the path is taken as well.",
    fenced(
      [
        "# yaml-language-server: $schema=./node_modules/mmar2mdai/schemas/config-file.schema.json",
        "device: gpu",
        "class-names: [liver, tumour]",
        "env: {MODEL_STAGE: test}",
      ],
      "yaml",
    ),
    table(configRows(help, commands, configKeys), ["key", "value"]),
    "## Environment",
    table(Object.entries(environment).map(([variable, text]) => [`\`${variable}\``, text])),
    "## Exit status",
    table([
      ...exitCodes(root),
      [
        "129, 130, 143",
        "stopped by SIGHUP (a closed terminal), SIGINT (Ctrl-C) or SIGTERM; nothing half-written is left",
      ],
    ]),
    "## Files",
    table(FILES),
    "## Examples",
    ...commands
      .flatMap((c) => EXAMPLES[c.name()] ?? [])
      .flatMap(([line, text, remark]) => [text, remarked(remark, fenced([line], "sh"))]),
    "## See also",
    SEE_ALSO.map(([file, text]) => `- [${file}](${file}): ${text}`).join("\n"),
  ];
  return `${sections.join("\n\n")}\n`;
}

function commandSection(help, command, groups) {
  const own = groups.find(({ users }) => users.length === 1 && users[0] === command.name());
  const others = groups.filter((group) => isShared(group) && group.users.includes(command.name()));
  const items = [
    ...command.registeredArguments.filter((a) => a.description).map(argumentItem),
    ...(own?.options ?? []).map(optionItem),
  ];
  const links = others.map(({ users }) => {
    const title = shared(users, groups.commands);
    return `[${lowerFirst(title)}](#${slug(title)})`;
  });
  return [
    `### mmar2mdai ${command.name()}`,
    fenced([usage(help, command)]),
    upperFirst(sentence(command.description())),
    items.join("\n"),
    links.length > 0 ? `And the options ${links.join("; ")}.` : "",
    afterHelp(command),
  ].filter((part) => part !== "");
}

/** Options with the commands that have them, in the order in which they are first met. */
function optionGroups(help, commands) {
  const users = new Map();
  for (const command of commands) {
    for (const option of help.visibleOptions(command)) {
      const key = JSON.stringify([option.flags, option.description, option.argChoices]);
      const known = users.get(key) ?? { option, names: [] };
      users.set(key, { ...known, names: [...known.names, command.name()] });
    }
  }
  const groups = new Map();
  for (const { option, names } of users.values()) {
    const key = names.join(" ");
    const group = groups.get(key) ?? { users: names, options: [] };
    groups.set(key, { ...group, options: [...group.options, option] });
  }
  return Object.assign([...groups.values()], { commands });
}

/** The options below the headings that the help has, where there are several. */
function byHeading(options) {
  const groups = new Map();
  for (const option of options) {
    const heading = option.helpGroupHeading ?? "Other:";
    groups.set(heading, [...(groups.get(heading) ?? []), option]);
  }
  return [...groups].flatMap(([heading, group]) => [
    ...(groups.size > 1 ? [`**${heading.replace(/:$/, "")}**`] : []),
    group.map(optionItem).join("\n"),
  ]);
}

const isShared = ({ users }) => users.length > 1;

/** `Of pack, batch and inspect`. */
function shared(users, commands) {
  const withOptions = commands.filter(
    (command) => command.createHelp().visibleOptions(command).length > 0,
  );
  if (users.length === withOptions.length) return "Of every command";
  return `Of ${users.slice(0, -1).join(", ")} and ${users.at(-1)}`;
}

/** The command `help` does not know which program it is of. */
const usage = (help, command) =>
  `${command.parent === null ? "mmar2mdai " : ""}${help.commandUsage(command)}`;

function argumentItem(argument) {
  return `- **\`<${argument.name()}${argument.variadic ? "..." : ""}>\`** – ${facts(argument.description, argument)}`;
}

function optionItem(option) {
  return `- **\`${option.flags}\`** – ${facts(option.description, option)}`;
}

/** A description as sentences: what it is, its choices, its default, whether it may be repeated. */
function facts(description, { argChoices, mandatory }) {
  const [, fallback] = /\(default: ([^()]*)\)/.exec(description) ?? [];
  const text = description.replace(/ *\((?:default: [^()]*|repeatable)\)/g, "");
  return [
    sentence(text),
    argChoices ? `One of ${argChoices.map((choice) => `\`${choice}\``).join(", ")}.` : "",
    fallback ? `Default: ${fallback.includes(" ") ? escaped(fallback) : `\`${fallback}\``}.` : "",
    description.includes("(repeatable)") ? "May be repeated." : "",
    mandatory ? "Required." : "",
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/** The config file's keys and what they may be. */
function configRows(help, commands, keys) {
  const options = commands.flatMap((command) => help.visibleOptions(command));
  return keys.map((key) => {
    const option = options.find((each) => each.attributeName() === key);
    if (option === undefined) throw new Error(`No command has the option ${key}.`);
    const long = option.long.replace(/^--(no-)?/, "");
    return [`\`${long}\``, configValue(option)];
  });
}

function configValue({ flags, argChoices, description, required }) {
  if (!required) return "`true` or `false`";
  if (argChoices) return argChoices.map((choice) => `\`${choice}\``).join(", ");
  const [, value] = /<(.*)>/.exec(flags) ?? [];
  if (!description.includes("(repeatable)")) return `*${value}*`;
  return value.includes("=") ? `mapping: *${value.replace("=", ": ")}*` : `list of *${value}*`;
}

/** The rows of the exit codes that the program's help ends with. */
const exitCodes = (root) =>
  [...afterText(root).matchAll(/^ {2}(\d+) {2,}(.+)$/gm)].map(([, code, text]) => [code, text]);

const afterHelp = (command) => {
  const text = afterText(command);
  return text === "" ? "" : fenced(text.trim().split("\n"));
};

/** What the help has after the part that commander makes. */
function afterText(command) {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text.slice(command.helpInformation().length);
}

const fenced = (lines, language = "text") => `\`\`\`${language}\n${lines.join("\n")}\n\`\`\``;

/** A block with a remark for the tests above it, which a reader does not see. */
const remarked = (remark, block) => (remark === undefined ? block : `<!-- ${remark} -->\n${block}`);

function table(rows, head = ["", ""]) {
  const lines = [
    head,
    ["---", "---"],
    ...rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|"))),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Angle brackets would be taken for HTML. */
const escaped = (text) => text.replace(/[<>*_]/g, "\\$&");

const lowerFirst = (text) => text.charAt(0).toLowerCase() + text.slice(1);

const upperFirst = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const sentence = (text) => {
  const whole = escaped(text);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
};

/** GitHub's name for a heading's place. */
const slug = (title) =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
const anchor = (command) => slug(`mmar2mdai ${command.name()}`);
