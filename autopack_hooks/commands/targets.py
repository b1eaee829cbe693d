"""The options that commands which look at the targets share, and what they mean."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from autopack_hooks.project.workspace import Workspace

if TYPE_CHECKING:
    from autopack_hooks.sync.targets import Choice

MODES = {
    "docs-only": "read and count, write nothing (the default)",
    "db-only": "the database",
    "qdrant-only": "the vector index",
    "full": "both",
}


def add_modes(parser: argparse.ArgumentParser, modes: Mapping[str, str]) -> argparse._MutuallyExclusiveGroup:
    """``--db-only`` and its like; the group is returned, so that more can join it."""
    group = parser.add_mutually_exclusive_group()
    for mode, text in modes.items():
        group.add_argument(f"--{mode}", dest="mode", action="store_const", const=mode, help=text)
    return group


def add_places(parser: argparse.ArgumentParser) -> None:
    """Where the ledgers are read, where the targets are, and how long it may take."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--ref", default="HEAD", help="read the ledgers of this commit (default: HEAD)")
    source.add_argument("--worktree", action="store_true", help="read the files instead of a commit")
    parser.add_argument(
        "--database-url", metavar="URL", help="default: DATABASE_URL, the configuration, sqlite:///autopack.db"
    )
    parser.add_argument("--qdrant-host", metavar="URL", help="a Qdrant server; default: QDRANT_HOST, the configuration")
    parser.add_argument("--qdrant-path", metavar="DIR", help="the folder of an embedded Qdrant")
    parser.add_argument("--max-seconds", type=seconds, metavar="S", help="bound of the whole run (default: 120)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how the report is printed")


def seconds(text: str) -> float:
    """A number of seconds above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return number


def choice_of(args: argparse.Namespace, workspace: Workspace) -> Choice:
    """Where the targets are. Raises UsageError, TargetError."""
    from autopack_hooks.sync.targets import allowed_hosts, choose

    return choose(
        workspace.config.sync,
        workspace.environ,
        database_url=args.database_url,
        qdrant_host=args.qdrant_host,
        qdrant_path=args.qdrant_path,
        allowed=partial(allowed_hosts, workspace.repo, workspace.environ),
    )
