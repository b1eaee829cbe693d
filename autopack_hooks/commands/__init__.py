"""One command, one module: ``configure(parser)`` declares its options, ``run(args)`` returns its exit code."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any, NoReturn

from autopack_hooks.core.errors import USAGE
from autopack_hooks.core.terminal import escaped_path, write_line

if TYPE_CHECKING:
    from autopack_hooks.core.journal import Finished, Journal
    from autopack_hooks.project.workspace import Workspace

# Options that do not make it another command.
_SAME = ("repo", "verbose", "config")


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
        write_line(f"autopack-hooks: error: {' '.join(message.split())}; see `{self.prog} --help`", error=True)
        self.exit(USAGE)


def journal_of(workspace: Workspace, args: argparse.Namespace) -> Journal:
    """Return the journal of a command that changes files: with the same arguments it finishes what was begun."""
    from autopack_hooks.core.journal import Journal  # only where files are changed

    command = {key: value for key, value in vars(args).items() if key not in _SAME}
    return Journal(workspace.state_dir, workspace.root, json.dumps(command, sort_keys=True, default=str))


def show_finished(finished: Finished) -> None:
    """Print what an interrupted run left to do, and that it is done."""
    write_line(f"finished what an interrupted run began: {', '.join(finished.done)}")
    for path in finished.left:
        write_line(f"{escaped_path(path)}: left as it is: it was changed meanwhile", error=True)


def report_waiting(text: str) -> None:
    """Print for which lock a command waits, and for whom."""
    write_line(f"autopack-hooks: {text}", error=True)
