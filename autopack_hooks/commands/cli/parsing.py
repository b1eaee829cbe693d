"""The parser of the command line: the options of every command, one-line errors, and what may have been meant."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from autopack_hooks import __version__
from autopack_hooks.core.errors import USAGE
from autopack_hooks.core.terminal import COLOR_CHOICES, write_line

PROGRAM = "autopack-hooks"
GLOBAL_DEFAULTS = {"repo": None, "config": None, "color": "auto", "verbose": False, "quiet": False}
"""The options of every command. They do not make it another command."""


class _Formatter(argparse.HelpFormatter):
    """Wrap paragraphs, and keep the lines of a list such as the examples."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        paragraphs = text.strip().split("\n\n")
        return "\n\n".join(
            p if "\n " in p else super(_Formatter, self)._fill_text(p, width, indent) for p in paragraphs
        )


class Parser(argparse.ArgumentParser):
    """A parser that reports an error in one line, as every other error is reported."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"formatter_class": _Formatter, **settings})

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse the arguments; an unknown option is an error that names the nearest."""
        namespace, unknown = self.parse_known_args(args, namespace)
        if unknown:
            option = next((word for word in unknown if word.startswith("-")), "")
            hint = did_you_mean(option.strip("-").partition("=")[0], _options_of(self), "--")
            self.error(f"unrecognized arguments: {' '.join(unknown)}{hint and f'; {hint}'}")
        return namespace

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a value that is not a choice, naming the nearest."""
        if action.choices is not None and value not in action.choices:
            known = ", ".join(map(str, action.choices))
            hint = did_you_mean(str(value), map(str, action.choices))
            raise argparse.ArgumentError(
                action, f"invalid choice: {value!r} (choose from {known}){hint and f'; {hint}'}"
            )

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """Return the value of an option; for ``--option=--`` argparse itself gives a list instead of a text."""
        values = super()._get_values(action, arg_strings)
        if action.option_strings and action.nargs is None and isinstance(values, list):
            raise argparse.ArgumentError(action, "expected one argument")
        return values

    def error(self, message: str) -> NoReturn:
        """Print one line and exit with USAGE."""
        see = "" if message.endswith("?") else f"; see `{self.prog} --help`"
        write_line(f"{PROGRAM}: error: {' '.join(message.split())}{see}", error=True)
        self.exit(USAGE)


def add_global_options(parser: argparse.ArgumentParser, default: Any = argparse.SUPPRESS) -> None:
    """Accept the options of every command.

    Args:
        parser: That of the program, of a command, or of a command's action: an option may stand behind each of them.
        default: Nothing behind a command, so that what was given before it is kept.
    """
    group = parser.add_argument_group("options of every command")
    group.add_argument(
        "--repo", metavar="DIR", default=default, help="the repository (default: the one around the working directory)"
    )
    group.add_argument(
        "--config",
        metavar="FILE",
        default=default,
        help="the configuration (default: .autopack-hooks.yaml at the root)",
    )
    group.add_argument("-v", "--verbose", action="store_true", default=default, help="say more, and show tracebacks")
    group.add_argument("-q", "--quiet", action="store_true", default=default, help="findings and results alone")
    group.add_argument(
        "--color", choices=COLOR_CHOICES, default=default, help="auto: on a terminal, without NO_COLOR (default)"
    )
    group.add_argument(
        "-V", "--version", action="version", version=f"{PROGRAM} {__version__}", help="print the version and exit"
    )


def actions_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the parsers of a command's actions by name."""
    groups = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return {name: action for group in groups for name, action in group.choices.items()}


def did_you_mean(word: str, known: Iterable[str], prefix: str = "") -> str:
    """Return the question that names the nearest of a handful of words, each after ``prefix``; "" where none is near."""
    import difflib  # only where something is wrong

    near = difflib.get_close_matches(word, list(known), 1)
    return f"did you mean {prefix}{near[0]}?" if near else ""


def _options_of(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the long options of a parser and of its actions, without their hyphens."""
    for action in parser._actions:
        yield from (option[2:] for option in action.option_strings if option.startswith("--"))
    for nested in actions_of(parser).values():
        yield from _options_of(nested)
