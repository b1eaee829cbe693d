"""The command line as a tree of values, read from the parsers: what completion knows of commands, options and arguments."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from autopack_hooks.commands.cli.catalog import COMMANDS, parser_of, program_parser
from autopack_hooks.commands.cli.parsing import actions_of

FILES = ("FILES", "FILE", "PLAN", "PATH", "PATHS")


class Values(NamedTuple):
    """Hold what may stand at one place: ``words``, what a shell ``command`` prints, files or folders; or any text."""

    words: tuple[str, ...] = ()
    command: str = ""
    files: bool = False
    folders: bool = False


class Switch(NamedTuple):
    """An option: its spellings, its purpose, and its values, None for a flag."""

    names: tuple[str, ...]
    help: str
    metavar: str
    values: Values | None
    repeatable: bool


class Argument(NamedTuple):
    """An argument without a name: what it is called, its values, and whether there may be more than one."""

    metavar: str
    values: Values
    repeatable: bool


class Node(NamedTuple):
    """The program, a command or an action: its words, purpose, options, arguments, and the nodes below it."""

    path: tuple[str, ...]
    help: str
    switches: list[Switch]
    arguments: list[Argument]
    children: list[Node]

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def command_tree(known: Mapping[str, Values]) -> Node:
    """Return the whole command line.

    Args:
        known: What may stand for a metavar, such as ``LEDGER``, everywhere, or behind a command: ``explain CODE``.
    """
    children = [_node((name,), COMMANDS[name].summary, parser_of(name), known) for name in COMMANDS]
    return Node((), "", _switches(program_parser(), _lookup((), known)), [], children)


def _node(path: tuple[str, ...], about: str, parser: argparse.ArgumentParser, known: Mapping[str, Values]) -> Node:
    values = _lookup(path, known)
    arguments = [
        Argument(str(action.metavar or action.dest), values(action), action.nargs in ("*", "+"))
        for action in parser._actions
        if not action.option_strings and not isinstance(action, argparse._SubParsersAction)
    ]
    helps = {
        choice.dest: choice.help or ""
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for choice in action._choices_actions
    }
    children = [_node((*path, name), helps.get(name, ""), nested, known) for name, nested in actions_of(parser).items()]
    return Node(path, about, _switches(parser, values), arguments, children)


def _switches(parser: argparse.ArgumentParser, values: Callable[[argparse.Action], Values]) -> list[Switch]:
    return [
        Switch(
            tuple(action.option_strings),
            (action.help or "").replace("%%", "%"),
            str(action.metavar or action.dest.upper()),
            None if action.nargs in (0, "?") else values(action),
            isinstance(action, argparse._AppendAction),
        )
        for action in parser._actions
        if action.option_strings and action.help != argparse.SUPPRESS
    ]


def _lookup(path: Sequence[str], known: Mapping[str, Values]) -> Callable[[argparse.Action], Values]:
    def values(action: argparse.Action) -> Values:
        metavar = str(action.metavar)
        if action.choices is not None:
            return Values(words=tuple(map(str, action.choices)))
        named = known.get(" ".join([*path, metavar])) or known.get(metavar)
        return named or Values(files=metavar in FILES, folders=metavar == "DIR")

    return values
