import {
  ARCHIVE_ENDINGS,
  type CompletedCommand,
  type CompletedOption,
  type CompletedProgram,
  type CompletedValue,
} from "./command-tree.js";
import { posixQuote } from "./quote.js";

/**
 * Writes the completion script for zsh: to be put into a folder of `$fpath` as `_mmar2mdai`, or to
 * be sourced after `compinit`.
 */
export function zshCompletion(program: CompletedProgram): string {
  const { name, commands, options } = program;
  const indent = (lines: readonly string[], by: string) => lines.map((l) => by + l).join(" \\\n");
  const cases = commands.flatMap((command) => [
    `        (${command.name})`,
    "          _arguments -s -S \\",
    `${indent(specs(command), "            ")} && ret=0`,
    "          ;;",
  ]);
  const described = commands.map(
    ({ name: command, description }) =>
      `        ${posixQuote(`${command}:${description.replaceAll("\\", "\\\\")}`)}`,
  );
  return SCRIPT.replace("@OPTIONS@", () => indent(options.map(optionSpec), "    "))
    .replace("@COMMANDS@", () => described.join("\n"))
    .replace("@CASES@", () => cases.join("\n"))
    .replaceAll("@NAME@", name);
}

const specs = ({ options, arguments: places }: CompletedCommand): string[] => [
  ...options.map(optionSpec),
  ...places.map((value, i) => posixQuote(`${value.repeatable ? "*" : i + 1}:${completed(value)}`)),
];

/** `'(-o --out)'{-o+,--out=}'[the bundle]:path:_files'`; the list before it rules out a second. */
function optionSpec({ flags, description, repeatable, value }: CompletedOption): string {
  const before = repeatable ? "*" : flags.length > 1 ? `(${flags.join(" ")})` : "";
  const names = flags.map((flag) => (value ? `${flag}${flag.startsWith("--") ? "=" : "+"}` : flag));
  const after = `[${description.replace(/[\\[\]]/g, "\\$&")}]${value ? `:${completed(value)}` : ""}`;
  return names.length === 1
    ? posixQuote(`${before}${names[0]}${after}`)
    : `${posixQuote(before)}{${names.join(",")}}${posixQuote(after)}`;
}

/** The value's name and how it is completed, as _arguments wants them. */
const completed = (value: CompletedValue): string =>
  `${value.name.replace(/[\\:]/g, "\\$&")}:${action(value)}`;

function action({ choices, paths }: CompletedValue): string {
  if (paths === undefined) return choices.length > 0 ? `(${choices.join(" ")})` : " ";
  const files = { any: "_files", folders: "_files -/", archives: `_files -g "${ARCHIVES}"` }[paths];
  return choices.length > 0 ? `{_@NAME@_keyed ${posixQuote(files)} ${choices.join(" ")}}` : files;
}

const ARCHIVES = `*(${ARCHIVE_ENDINGS.join("|")})(-.)`;

const SCRIPT = `#compdef @NAME@
# zsh completion for @NAME@, made by: @NAME@ completion zsh

# Completes choice=path. $1: how a path is completed, then the choices
_@NAME@_keyed() {
  local files=$1
  shift
  if compset -P '*='; then
    eval $files
  else
    compadd -S '=' -- "$@"
  fi
}

_@NAME@() {
  local curcontext="$curcontext" state line ret=1
  typeset -A opt_args
  _arguments -C -s -S \\
@OPTIONS@ \\
    '1: :->command' '*:: :->arguments' && ret=0
  case $state in
    (command)
      local -a commands=(
@COMMANDS@
      )
      _describe -t commands command commands && ret=0
      ;;
    (arguments)
      curcontext="\${curcontext%:*:*}:@NAME@-$line[1]:"
      case $line[1] in
@CASES@
      esac
      ;;
  esac
  return ret
}

if [[ \${funcstack[1]} == _@NAME@ ]]; then
  _@NAME@ "$@"
else
  compdef _@NAME@ @NAME@
fi
`;
