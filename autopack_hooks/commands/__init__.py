"""One command, one module: ``configure(parser)`` declares its options, ``run(args)`` returns its exit code."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from autopack_hooks.core.errors import USAGE
from autopack_hooks.core.terminal import escape


class Parser(argparse.ArgumentParser):
    """A parser that reports an error in one line, as every other error is reported."""

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """Return the value of an option; for ``--option=--`` argparse itself gives a list instead of a text."""
        values = super()._get_values(action, arg_strings)
        if action.option_strings and action.nargs is None and isinstance(values, list):
            raise argparse.ArgumentError(action, "expected one argument")
        return values

    def error(self, message: str) -> NoReturn:
        """Print one line and exit with USAGE."""
        line = f"{' '.join(message.split())}; see `{self.prog} --help`"
        self.exit(USAGE, f"autopack-hooks: error: {escape(line)}\n")
