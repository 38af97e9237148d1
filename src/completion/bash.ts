import {
  ARCHIVE_ENDINGS,
  type CompletedCommand,
  type CompletedOption,
  type CompletedProgram,
  type CompletedValue,
} from "./command-tree.js";
import { posixQuote } from "./quote.js";

/**
 * Writes the completion script for bash. It needs nothing but bash: neither the package
 * bash-completion, nor a newer bash than 3.2, which macOS has.
 */
export function bashCompletion(program: CompletedProgram): string {
  const { name, commands } = program;
  const cases = [{ ...program, name: "" }, ...commands].map(commandCase).join("\n");
  return SCRIPT.replaceAll("@NAME@", name)
    .replace("@CASES@", () => cases)
    .replace("@ENDINGS@", ARCHIVE_ENDINGS.join(" "));
}

function commandCase({ name, options, arguments: places }: CompletedCommand): string {
  return [
    `    ${name === "" ? "''" : name})`,
    "      options=(",
    ...options.map((option) => `        ${posixQuote(optionEntry(option))}`),
    "      )",
    `      arguments=(${places.map((value) => posixQuote(valueEntry("-", value))).join(" ")})`,
    "      ;;",
  ].join("\n");
}

function optionEntry({ flags, repeatable, value }: CompletedOption): string {
  const names = flags.join(",");
  return value === undefined ? `${names} ${times(repeatable)}` : valueEntry(names, value);
}

const valueEntry = (names: string, { repeatable, paths, choices }: CompletedValue): string =>
  [names, times(repeatable), paths ?? "-", ...choices].join(" ");

const times = (repeatable: boolean): string => (repeatable ? "many" : "once");

const SCRIPT = `# bash completion for @NAME@, made by: @NAME@ completion bash

# Sets options and arguments to those of a command. An entry: the flags, how often it may stand,
# and for a value which paths (- for none) and which choices there are.
_@NAME@_command() {
  case $1 in
@CASES@
    *)
      options=() arguments=()
      ;;
  esac
}

# Sets words to those up to the cursor. Bash cuts them at = and : as well.
_@NAME@_words() {
  local line=$COMP_LINE word i last=-1
  words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $last -lt 0 || $line == [[:space:]]* ]]; then
      line=\${line#"\${line%%[![:space:]]*}"}
      last=$((last + 1))
      words[last]=
    fi
    words[last]+=$word
    line=\${line#"$word"}
  done
}

# Sets entry to that of an option.
_@NAME@_entry() {
  for entry in "\${options[@]}"; do
    [[ ,\${entry%% *}, == *,"$1",* ]] && return
  done
  entry=
  return 1
}

# Offers the options that may still be given. $1: the beginning, $2: those given
_@NAME@_options() {
  local entry flag flags
  for entry in "\${options[@]}"; do
    flags=\${entry%% *}
    for flag in \${flags//,/ }; do
      [[ $entry == "$flags once"* && $2 == *" $flag "* ]] && continue 2
    done
    for flag in \${flags//,/ }; do
      [[ $flag == "$1"* ]] && COMPREPLY+=("$flag")
    done
  done
}

# Offers values. $1: the entry, $2: what stands before the value in its word, $3: the beginning
_@NAME@_value() {
  local fields choice choices prefix=$2 text=$3
  read -r -a fields <<< "$1"
  choices=("\${fields[@]:3}")
  if [[ \${#choices[@]} -gt 0 ]]; then
    if [[ \${fields[2]} != - && $text == *=* ]]; then
      prefix+=\${text%%=*}=
      text=\${text#*=}
    else
      for choice in "\${choices[@]}"; do
        [[ \${fields[2]} == - ]] || choice+='='
        [[ $choice == "$text"* ]] && COMPREPLY+=("$prefix$choice")
      done
      [[ \${fields[2]} == - ]] || compopt -o nospace 2> /dev/null
      return
    fi
  fi
  [[ \${fields[2]} == - ]] || _@NAME@_paths "\${fields[2]}" "$prefix" "$text"
}

# Offers paths. $1: which, $2: what stands before the path in its word, $3: the beginning
_@NAME@_paths() {
  local path ending text=$3
  # Bash itself puts the quote back that a word began with.
  [[ $text == [\\"\\']* ]] && text=\${text#?} && kept=$2
  compopt -o filenames 2> /dev/null
  while IFS= read -r path; do
    COMPREPLY+=("$2$path")
  done < <(
    if [[ $1 == any ]]; then
      compgen -f -- "$text"
    else
      compgen -d -- "$text"
      [[ $1 == folders ]] || for ending in @ENDINGS@; do
        compgen -f -X "!*$ending" -- "$text"
      done
    fi
  )
}

_@NAME@() {
  local IFS=$' \\t\\n'
  local words command='' options arguments entry='' given=' ' place=0 literal='' i word
  COMPREPLY=()
  _@NAME@_words
  local count=$((\${#words[@]} - 1))
  local current=\${words[count]}
  _@NAME@_command ''
  for ((i = 1; i < count; i++)); do
    word=\${words[i]}
    if [[ -n $entry ]]; then
      entry=
    elif [[ -z $literal && $word == -- ]]; then
      literal=1
    elif [[ -z $literal && $word == -?* ]]; then
      given+="\${word%%=*} "
      _@NAME@_entry "$word"
      # A switch takes no value: its entry ends after how often it may stand.
      [[ $entry == *' '*' '* ]] || entry=
    elif [[ -z $command ]]; then
      command=$word
      _@NAME@_command "$command"
    else
      place=$((place + 1))
    fi
  done

  # What readline leaves alone, since it takes the word from here on only.
  local kept='' breaks='' character
  for character in = : @; do
    [[ $COMP_WORDBREAKS == *"$character"* ]] && breaks+=$character
  done
  [[ -n $breaks ]] && kept=\${current%"\${current##*[$breaks]}"}

  if [[ -n $entry ]]; then
    _@NAME@_value "$entry" '' "$current"
  elif [[ -z $literal && $current == --*=* ]]; then
    _@NAME@_entry "\${current%%=*}" && _@NAME@_value "$entry" "\${current%%=*}=" "\${current#*=}"
  elif [[ -z $literal && $current == -* ]]; then
    _@NAME@_options "$current" "$given"
  else
    local last=$((\${#arguments[@]} - 1))
    [[ $place -gt $last && $last -ge 0 && \${arguments[last]} == '- many'* ]] && place=$last
    if [[ $place -le $last ]]; then
      _@NAME@_value "\${arguments[place]}" '' "$current"
    elif [[ -z $literal ]]; then
      _@NAME@_options "$current" "$given"
    fi
  fi
  for ((i = 0; i < \${#COMPREPLY[@]}; i++)); do
    COMPREPLY[i]=\${COMPREPLY[i]#"$kept"}
  done
}

if type compopt > /dev/null 2>&1; then
  complete -F _@NAME@ @NAME@
else
  complete -o filenames -F _@NAME@ @NAME@
fi
`;
