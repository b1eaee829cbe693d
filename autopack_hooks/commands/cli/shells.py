"""Scripts that complete command lines in bash, zsh and fish, written from the tree of the command line."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator

from autopack_hooks.commands.cli.parsing import PROGRAM
from autopack_hooks.commands.cli.tree import Node, Switch, Values

_FUNCTION = PROGRAM.replace("-", "_")


def bash(tree: Node) -> str:
    """Return the script for bash 3.2 and newer; where it has no words, readline completes file names."""
    return _BASH.format(
        program=PROGRAM,
        function=_FUNCTION,
        valued="|".join([*(f"*' {name}'" for name in _valued(tree)), *map(shlex.quote, _valued_here(tree))]),
        nodes="|".join(_at(node) for node in tree.walk() if node.path),
        values="\n".join(f"        {line}" for line in _bash_values(tree)),
        options="\n".join(f'        {_at(node)}) words="{_names(node)}" ;;' for node in tree.walk()),
        words="\n".join(f"        {branch}" for node in tree.walk() for branch in _bash_words(node)),
    )


_BASH = """\
# bash completion of {program}. Try it with: source <({program} completion bash)
# To keep it: {program} completion bash > ~/.local/share/bash-completion/completions/{program}
_{function}() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} path='' words='' skip='' place=0 word i
    COMPREPLY=()
    # Readline takes --option=value apart at the sign.
    if [[ $current == = ]]; then current=''; elif [[ $previous == = ]]; then previous=${{COMP_WORDS[COMP_CWORD - 2]}}; fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${{COMP_WORDS[i]}}
        [[ $word == -- ]] && return
        if [[ $word == = ]]; then skip=1; continue; fi
        if [[ -n $skip ]]; then skip=''; continue; fi
        case "$path $word" in {valued}) skip=1; continue ;; esac
        [[ $word == -* ]] && continue
        case ${{path:+$path }}$word in
            {nodes}) path=${{path:+$path }}$word ;;
            *) ((place++)) ;;
        esac
    done
    case "$path $previous" in
{values}
        {valued}) return ;;
    esac
    if [[ -z $words && $current == -* ]]; then case $path in
{options}
    esac; elif [[ -z $words ]]; then case $path:$place in
{words}
    esac; fi
    # Not compgen -W, which would run what a word has in it.
    for word in $words; do if [[ $word == "$current"* ]]; then COMPREPLY+=("$word"); fi; done
}}
complete -o default -o bashdefault -F _{function} {program}
"""


def _bash_values(tree: Node) -> Iterator[str]:
    for node in tree.walk():
        for switch in node.switches:
            words = _substituted(switch.values) if switch.values else ""
            if words:
                patterns = "|".join(shlex.quote(f"{' '.join(node.path)} {name}") for name in switch.names)
                yield f'{patterns}) words="{words}" ;;'


def _bash_words(node: Node) -> Iterator[str]:
    if node.children:
        yield f'{_at(node)}:*) words="{" ".join(child.path[-1] for child in node.children)}" ;;'
    for place, argument in enumerate(node.arguments):
        if words := _substituted(argument.values):
            yield f'{_at(node)}:{"*" if argument.repeatable else place}) words="{words}" ;;'


def _substituted(values: Values) -> str:
    return f"$({values.command})" if values.command else " ".join(values.words)


def _at(node: Node) -> str:
    return shlex.quote(" ".join(node.path))


def _names(node: Node) -> str:
    return " ".join(name for switch in node.switches for name in switch.names)


def _valued(tree: Node) -> list[str]:
    """Return the options that take the next word with every command that has them."""
    switches = [switch for node in tree.walk() for switch in node.switches]
    flags = {name for switch in switches if switch.values is None for name in switch.names}
    return sorted({name for switch in switches if switch.values is not None for name in switch.names} - flags)


def _valued_here(tree: Node) -> list[str]:
    """Return the commands with an option that takes the next word there, and is a flag of another command."""
    everywhere = _valued(tree)
    return [
        f"{' '.join(node.path)} {name}"
        for node in tree.walk()
        for switch in node.switches
        if switch.values is not None
        for name in switch.names
        if name not in everywhere
    ]


def zsh(tree: Node) -> str:
    """Return the script for zsh, with the purpose of each command and option."""
    functions = "\n".join(_zsh_function(node) for node in tree.walk())
    return f"""\
#compdef {PROGRAM}
# zsh completion of {PROGRAM}. To keep it: {PROGRAM} completion zsh > a folder of $fpath, as the file _{PROGRAM}
{functions}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _{_FUNCTION} "$@"; else compdef _{_FUNCTION} {PROGRAM}; fi
"""


def _zsh_function(node: Node) -> str:
    name = "_".join([f"_{_FUNCTION}", *node.path]).replace("-", "_")
    specs = [spec for switch in node.switches for spec in _zsh_switch(switch)]
    if not node.children:
        places = enumerate(node.arguments, 1)
        specs += [
            _quoted(f"{'*' if argument.repeatable else place}:{argument.metavar}:{_zsh_values(argument.values)}")
            for place, argument in places
        ]
        return f"{name}() {{\n    _arguments -s {' '.join(specs)}\n}}"
    listed = " ".join(_quoted(f"{child.path[-1]}:{_plain(child.help)}") for child in node.children)
    branches = "\n".join(
        f"            {child.path[-1]}) {name}_{child.path[-1].replace('-', '_')} ;;" for child in node.children
    )
    return f"""{name}() {{
    local curcontext=$curcontext state line
    typeset -A opt_args
    _arguments -C -s {" ".join(specs)} '1: :->name' '*:: :->rest'
    case $state in
        name) local -a known=({listed}); _describe command known ;;
        rest) case $line[1] in
{branches}
        esac ;;
    esac
}}"""


def _zsh_switch(switch: Switch) -> Iterator[str]:
    text = re.sub(r"([\[\]\\:])", r"\\\1", _plain(switch.help))
    value = "" if switch.values is None else f":{switch.metavar}:{_zsh_values(switch.values)}"
    others = "" if switch.repeatable or len(switch.names) == 1 else f"({' '.join(switch.names)})"
    for name in switch.names:
        sign = "=" if value and name.startswith("--") else ""
        yield _quoted(f"{'*' if switch.repeatable else others}{name}{sign}[{text}]{value}")


def _zsh_values(values: Values) -> str:
    if values.command:
        command = values.command.replace(":", "\\:")
        return f'{{compadd -- ${{(f)"$({command})"}}}}'
    if values.words:
        return f"({' '.join(values.words)})"
    return "_files -/" if values.folders else "_files" if values.files else " "


def fish(tree: Node) -> str:
    """Return the script for fish, with the purpose of each command and option."""
    lines = [line for node in tree.walk() for line in _fish_node(node)]
    return _FISH.format(
        program=PROGRAM,
        function=_FUNCTION,
        valued=" ".join(_valued(tree)),
        valued_here=" ".join(map(shlex.quote, _valued_here(tree))),
        nodes=" ".join(_at(node) for node in tree.walk() if node.path),
        lines="\n".join(lines),
    )


_FISH = """\
# fish completion of {program}. To keep it: {program} completion fish > ~/.config/fish/completions/{program}.fish
function __{function}_at
    set -l path
    set -l skip 0
    set -g __{function}_place 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word {valued}; or contains -- "$(string join ' ' -- $path $word)" {valued_here}
            set skip 1
        else if not string match -q -- '-*' $word; and contains -- "$(string join ' ' $path $word)" {nodes}
            set path $path $word
        else if not string match -q -- '-*' $word
            set -g __{function}_place (math $__{function}_place + 1)
        end
    end
    test "$path" = "$argv"
end
complete -c {program} -f
{lines}
"""


def _fish_node(node: Node) -> Iterator[str]:
    at = f"complete -c {PROGRAM} -n {_quoted(' '.join([f'__{_FUNCTION}_at', *node.path]))}"
    for child in node.children:
        yield f"{at} -a {child.path[-1]} -d {_quoted(_plain(child.help))}"
    for place, argument in enumerate(node.arguments):
        here = f"{at[:-1]}; and test $__{_FUNCTION}_place {'-ge' if argument.repeatable else '='} {place}'"
        if argument.values.files:
            yield f"{here} -F"
        elif wanted := _fish_values(argument.values):
            yield f"{here} {wanted}"
    for switch in node.switches:
        names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in switch.names)
        value = "" if switch.values is None else f" {_fish_option(switch.values)}"
        yield f"{at} {names}{value} -d {_quoted(_plain(switch.help))}"


def _fish_option(values: Values) -> str:
    return f"-x {_fish_values(values)}".rstrip() if not values.files else "-r -F"


def _fish_values(values: Values) -> str:
    if values.folders:
        return '-a "(__fish_complete_directories)"'
    if values.command:
        return f"-a {_quoted(f'({values.command})')}"
    return f"-a {_quoted(' '.join(values.words))}" if values.words else ""


def _plain(text: str) -> str:
    """Return a purpose as one short line."""
    return re.split(r"[;(]", " ".join(text.split()))[0].strip()


def _quoted(text: str) -> str:
    """Return ``text`` in single quotes, as sh and zsh read it; fish reads it the same without a quote inside."""
    return "'" + text.replace("'", "'\\''") + "'"


SHELLS: dict[str, Callable[[Node], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
