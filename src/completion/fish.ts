import {
  ARCHIVE_ENDINGS,
  type CompletedCommand,
  type CompletedOption,
  type CompletedProgram,
  type CompletedValue,
  type Paths,
} from "./command-tree.js";
import { fishQuote } from "./quote.js";

/** Writes the completion script for fish. */
export function fishCompletion(program: CompletedProgram): string {
  const { name, commands, options } = program;
  const lines = [
    ...commands.map(
      ({ name: command, description }) =>
        `complete -c ${name} -n '__${name}_at "" 0' -a ${command} -d ${fishQuote(description)}`,
    ),
    ...options.map((option) => optionLine(name, "", option)),
    ...commands.flatMap((command) => commandLines(name, command)),
  ];
  return SCRIPT.replaceAll("@NAME@", name)
    .replace("@VALUED@", () => commands.flatMap(valuedCase).join("\n"))
    .replace("@LINES@", () => lines.join("\n"));
}

/** Which options of a command take a value. */
function valuedCase({ name, options }: CompletedCommand): string[] {
  const flags = options.filter((o) => o.value !== undefined).flatMap((option) => option.flags);
  if (flags.length === 0) return [];
  return [`                case ${name}`, `                    set valued ${flags.join(" ")}`];
}

function commandLines(program: string, command: CompletedCommand): string[] {
  const { name, options, arguments: places } = command;
  return [
    ...places.map((value, i) => {
      const place = `${i}${value.repeatable ? " more" : ""}`;
      return `complete -c ${program} -n '__${program}_at ${name} ${place}' ${offered(program, value)}`;
    }),
    ...options.map((option) => optionLine(program, name, option)),
  ];
}

function optionLine(program: string, command: string, option: CompletedOption): string {
  const { flags, description, repeatable, value } = option;
  const once = repeatable ? "" : ` ${value ? "value" : "switch"} ${flags.join(" ")}`;
  return [
    `complete -c ${program}`,
    `-n '__${program}_offers ${command === "" ? '""' : command}${once}'`,
    ...flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)),
    `-d ${fishQuote(description)}`,
    ...(value ? ["-r", offered(program, value)] : []),
  ].join(" ");
}

/** A pattern of the paths that are offered. */
const PATTERNS: Readonly<Record<Paths, string>> = {
  any: "",
  folders: "/$",
  archives: `(?:/|${ARCHIVE_ENDINGS.join("|").replaceAll(".", "\\.")})$`,
};

function offered(program: string, { choices, paths }: CompletedValue): string {
  if (paths === "any" && choices.length === 0) return "-F";
  if (paths === undefined) return choices.length === 0 ? "-f" : `-f -a '${choices.join(" ")}'`;
  const pattern = `"${PATTERNS[paths].replaceAll("$", "\\$")}"`;
  const call = choices.length === 0 ? "paths" : "keyed";
  return `-f -a ${fishQuote(`(__${program}_${call} ${[pattern, ...choices].join(" ")})`)}`;
}

const SCRIPT = `# fish completion for @NAME@, made by: @NAME@ completion fish

# Prints the words before the cursor, without variables that are set for the command.
function __@NAME@_words
    set -l words (commandline -opc)
    while string match -q '*=*' -- $words[1]
        set -e words[1]
    end
    set -e words[1]
    string join \\n -- $words
end

# Prints the command, and how many arguments it has.
function __@NAME@_state
    set -l command ""
    set -l valued
    set -l count 0
    set -l skip no
    set -l literal no
    for word in (__@NAME@_words)
        if test $skip = yes
            set skip no
        else if test $literal = no; and test "$word" = --
            set literal yes
        else if test $literal = no; and string match -q -- '-?*' $word
            contains -- $word $valued; and set skip yes
        else if test -z "$command"
            set command $word
            switch $word
@VALUED@
            end
        else
            set count (math $count + 1)
        end
    end
    printf '%s\\n' "$command" $count
end

# True where the command is $argv[1] and the next argument is that number $argv[2], from 0; with
# "more" a later one, too.
function __@NAME@_at
    set -l state (__@NAME@_state)
    test "$state[1]" = "$argv[1]"; or return 1
    test $state[2] -eq $argv[2]; and return
    test "$argv[3]" = more; and test $state[2] -gt $argv[2]
end

# True where the command is $argv[1] and none of the options $argv[3..] has been given. The word
# before the cursor may be one that takes a value, $argv[2], which is just being written.
function __@NAME@_offers
    set -l state (__@NAME@_state)
    test "$state[1]" = "$argv[1]"; or return 1
    set -l words (__@NAME@_words | string replace -r '^(--[^=]+)=.*' '$1=')
    for flag in $argv[3..]
        contains -- $flag= $words; and return 1
        if set -l place (contains -i -- $flag $words)
            test $argv[2] = value; and test $place -eq (count $words); or return 1
        end
    end
    return 0
end

# Prints what is being written, without the option before it in the same word.
function __@NAME@_token
    commandline -ct | string replace -r '^--[^=]+=' ''
end

# Prints the paths that begin with what is being written and match a pattern.
function __@NAME@_paths
    set -l token (__@NAME@_token)
    set -q argv[2]; and set token $argv[2]
    complete -C "'' $token" | string replace -r '\\t.*' '' | string match -r -- "^.*$argv[1]"
end

# Prints choice=path. $argv[1]: the pattern of the paths, then the choices
function __@NAME@_keyed
    set -l parts (__@NAME@_token | string split -m 1 =)
    if set -q parts[2]
        string replace -r '^' $parts[1]= -- (__@NAME@_paths $argv[1] $parts[2])
    else
        printf '%s=\\n' $argv[2..]
    end
end

complete -c @NAME@ -f
@LINES@
`;
