"""One command, one module: ``configure(parser)`` declares its options, ``run(args)`` returns its exit code."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from autopack_hooks.commands.cli.parsing import GLOBAL_DEFAULTS
from autopack_hooks.core.terminal import escaped_path, write_line

if TYPE_CHECKING:
    from autopack_hooks.core.journal import Finished, Journal
    from autopack_hooks.project.workspace import Workspace


def journal_of(workspace: Workspace, args: argparse.Namespace) -> Journal:
    """Return the journal of a command that changes files: with the same arguments it finishes what was begun."""
    import json  # only where files are changed

    from autopack_hooks.core.journal import Journal

    command = {key: value for key, value in vars(args).items() if key not in GLOBAL_DEFAULTS}
    return Journal(workspace.state_dir, workspace.root, json.dumps(command, sort_keys=True, default=str))


def show_finished(finished: Finished) -> None:
    """Print what an interrupted run left to do, and that it is done."""
    write_line(f"finished what an interrupted run began: {', '.join(finished.done)}")
    for path in finished.left:
        write_line(f"{escaped_path(path)}: left as it is: it was changed meanwhile", error=True)


def report_waiting(text: str) -> None:
    """Print for which lock a command waits, and for whom."""
    write_line(f"autopack-hooks: {text}", error=True)
