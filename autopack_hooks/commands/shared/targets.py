"""What the commands that look at targets share: their options, the settings these make, and the clocks."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from autopack_hooks.project.workspace import Workspace
from autopack_hooks.sync.deadline import Clocks, utc_now

if TYPE_CHECKING:
    from autopack_hooks.sync.targets import TargetSettings

MODES = {
    "docs-only": "read and count, write nothing (the default without --execute and --plan)",
    "db-only": "the database",
    "qdrant-only": "the vector index",
    "full": "both",
}


def add_modes(parser: argparse.ArgumentParser, modes: Mapping[str, str]) -> argparse._MutuallyExclusiveGroup:
    """Add ``--db-only`` and the like; the group is returned, so that more can join it."""
    group = parser.add_mutually_exclusive_group()
    for mode, text in modes.items():
        group.add_argument(f"--{mode}", dest="mode", action="store_const", const=mode, help=text)
    return group


def add_places(parser: argparse.ArgumentParser) -> None:
    """Add the options for where the ledgers are read, and those of ``add_stores``."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--ref", default="HEAD", help="read the ledgers of this commit (default: HEAD)")
    source.add_argument("--worktree", action="store_true", help="read the files instead of a commit")
    add_stores(parser)


def add_stores(parser: argparse.ArgumentParser) -> None:
    """Add the options for where the targets are, and how long it may take."""
    parser.add_argument(
        "--database-url", metavar="URL", help="default: DATABASE_URL, the configuration, sqlite:///autopack.db"
    )
    parser.add_argument("--qdrant-host", metavar="URL", help="a Qdrant server; default: QDRANT_HOST, the configuration")
    parser.add_argument("--qdrant-path", metavar="DIR", help="the folder of an embedded Qdrant")
    parser.add_argument("--max-seconds", type=seconds, metavar="S", help="limit of the whole run (default: 120)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="the format of the report")


def seconds(text: str) -> float:
    """Parse a number of seconds above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return number


def settings_of(args: argparse.Namespace, workspace: Workspace) -> TargetSettings:
    """Return where the targets are. Raises UsageError, TargetError."""
    from autopack_hooks.sync.allowed import allowed_hosts, allowed_variables
    from autopack_hooks.sync.targets import resolve_targets

    return resolve_targets(
        workspace.config.sync,
        workspace.environ,
        workspace.root,
        database_url=args.database_url,
        qdrant_host=args.qdrant_host,
        qdrant_path=args.qdrant_path,
        allowed=partial(allowed_hosts, workspace.repo, workspace.environ),
        repo=workspace.repo,
        allowed_variables=partial(allowed_variables, workspace.repo),
    )


def clocks() -> Clocks:
    """Return the system's clocks."""
    return Clocks(time.monotonic, utc_now)
