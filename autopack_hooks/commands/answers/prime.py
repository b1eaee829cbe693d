"""Print what a newcomer, or an agent at the start of its work, should know: decisions in force, open problems, the newest.

The same ledgers give the same bytes.

Examples:
    autopack-hooks prime
    autopack-hooks prime --budget 300
"""

from __future__ import annotations

import argparse
import os

from autopack_hooks.core.errors import OK, UsageError
from autopack_hooks.core.terminal import write_text
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.search.prime import primed

_TOKEN = 4
"""Bytes of a token, about."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``prime``."""
    parser.add_argument(
        "--budget",
        type=int,
        default=1500,
        metavar="TOKENS",
        help="the most that is printed, in tokens of four bytes (default: 1500)",
    )


def run(args: argparse.Namespace) -> int:
    """Print the text. Raises FatalError."""
    if args.budget < 1:
        raise UsageError("--budget must be a number of tokens above 0")
    workspace = Workspace.open(os.environ, args.repo, args.config)
    write_text(primed(workspace, args.budget * _TOKEN))
    return OK
