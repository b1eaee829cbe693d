"""Bring the database and the vector index in line with the ledgers: exactly the entries that changed are written.

Reads the ledgers from the last commit. Without a mode nothing is written; a mode that writes needs --execute.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from autopack_hooks.config import CONFIG_NAME
from autopack_hooks.errors import OK, FatalError, UsageError
from autopack_hooks.workspace import Workspace, load_config, locate

if TYPE_CHECKING:
    from autopack_hooks.sync.gate import Gate


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of ``sync``."""
    modes = parser.add_mutually_exclusive_group()
    for mode, text in {
        "docs-only": "read and count, write nothing (the default)",
        "db-only": "the database",
        "qdrant-only": "the vector index",
        "full": "both",
    }.items():
        modes.add_argument(f"--{mode}", dest="mode", action="store_const", const=mode, help=text)
    modes.add_argument(
        "--hook", action="store_true", help="what git hooks call: mode from the configuration, never fails a merge"
    )
    parser.add_argument("--execute", action="store_true", help="write")
    parser.add_argument("--plan", metavar="FILE", help="write what would be done as JSON, and nothing else")
    parser.add_argument("--force", action="store_true", help="delete even more than sync.max_deletes allows")
    parser.add_argument("--strict", action="store_true", help="with --hook: fail like any other command")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--ref", default="HEAD", help="read the ledgers of this commit (default: HEAD)")
    source.add_argument("--worktree", action="store_true", help="read the files instead of a commit")
    parser.add_argument(
        "--database-url", metavar="URL", help="default: DATABASE_URL, the configuration, sqlite:///autopack.db"
    )
    parser.add_argument("--qdrant-host", metavar="URL", help="a Qdrant server; default: QDRANT_HOST, the configuration")
    parser.add_argument("--qdrant-path", metavar="DIR", help="the folder of an embedded Qdrant")
    parser.add_argument("--max-seconds", type=_seconds, metavar="S", help="bound of the whole run (default: 120)")
    parser.add_argument(
        "--lock-timeout",
        type=_seconds,
        default=30.0,
        metavar="S",
        help="how long to wait for another run (default: 30)",
    )
    parser.add_argument("--no-timing", action="store_true", help="leave the timings out")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how the report is printed")


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return number


def run(args: argparse.Namespace) -> int:
    """Sync, print the report, return its exit code. In a hook any failure is a warning and 0, unless --strict."""
    if not args.hook:
        return _sync(args, Workspace.open(os.environ, args.repo, args.config))
    try:
        return _hook(args)
    except FatalError as error:
        if args.strict:
            raise
        print(f"autopack-hooks: warning: not synced: {' '.join(str(error).split())}", file=sys.stderr)
        return OK


def _hook(args: argparse.Namespace) -> int:
    # Nothing heavy may be imported before the gate: hooks fire at every commit and checkout.
    from autopack_hooks.sync.gate import Gate

    root, repo = locate(os.environ, args.repo)
    if repo is None:
        raise UsageError(f"{root}: not a git repository")
    gate = Gate.of(repo, Path(args.config) if args.config else root / CONFIG_NAME, os.environ)
    if gate.unchanged():
        return OK
    workspace = Workspace(root, repo, load_config(root, args.config), os.environ)
    code = _sync(args, workspace, gate)
    return code if args.strict else OK


def _sync(args: argparse.Namespace, workspace: Workspace, gate: Gate | None = None) -> int:
    from autopack_hooks.sync.resolve import choose, effective_mode

    config = workspace.config.sync
    choice = choose(
        config,
        os.environ,
        database_url=args.database_url,
        qdrant_host=args.qdrant_host,
        qdrant_path=args.qdrant_path,
    )
    mode = effective_mode(config.mode if args.hook else args.mode or "docs-only", choice)
    if mode != "docs-only" and not (args.execute or args.plan or args.hook):
        raise UsageError(f"--{mode} writes: add --execute to do it, or --plan FILE to see what it would do")
    from autopack_hooks.sync.execute import Request, perform

    request = Request(
        mode=mode,
        choice=choice,
        execute=(args.execute or args.hook) and not args.plan,
        plan_file=Path(args.plan) if args.plan else None,
        force=args.force,
        ref=args.ref,
        worktree=args.worktree,
        max_seconds=args.max_seconds or config.max_seconds,
        lock_timeout=args.lock_timeout,
        timing=not args.no_timing,
        form=args.format,
        gate=gate,
    )
    return perform(request, workspace)
