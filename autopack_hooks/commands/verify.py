"""Compare the database and the vector index with the ledgers, entry by entry; exit 1 where anything differs.

Compares every field that a target holds with what a sync would write; --quick compares the stored hashes only.
Writes nothing, except with --repair --execute, which writes the entries that differ as `sync --execute` does.

Examples:
    autopack-hooks verify --db-only
    autopack-hooks verify --full --format json
"""

from __future__ import annotations

import argparse
import os
import sys

from autopack_hooks.commands import sync
from autopack_hooks.commands.shared.targets import MODES, add_modes, add_places, clocks, settings_of
from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.terminal import write_line, write_text
from autopack_hooks.project.workspace import Workspace, refuse_nothing


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``verify``."""
    modes = {name: text for name, text in MODES.items() if name != "docs-only"}
    modes["full"] = "both (default: what is configured)"
    add_modes(parser, modes)
    parser.add_argument("--quick", action="store_true", help="trust the hashes that the targets store")
    parser.add_argument("--repair", action="store_true", help="bring the targets in line, as sync does")
    parser.add_argument("--execute", action="store_true", help="with --repair: write")
    add_places(parser)


def run(args: argparse.Namespace) -> int:
    """Print what differs; 0 equal, 1 different, 4 a target cannot be reached."""
    if args.repair != args.execute:
        given, other = ("--repair", "--execute") if args.repair else ("--execute", "--repair")
        raise UsageError(f"{given} alone does nothing: to bring the targets in line, add {other}")
    workspace = Workspace.open(os.environ, args.repo, args.config)
    refuse_nothing(workspace, workspace.ledgers(workspace.worktree), "a ledger")
    settings = settings_of(args, workspace)
    mode = settings.mode(args.mode or "auto")
    if args.repair:
        return sync.run(repairing(args, mode))
    from autopack_hooks.sync.compare import as_json, as_text, compare, exit_code
    from autopack_hooks.sync.runner import SyncRequest

    max_seconds = args.max_seconds or workspace.config.sync.max_seconds
    request = SyncRequest(mode, settings, args.ref, args.worktree, max_seconds, thorough=not args.quick)
    report = compare(request, workspace, clocks())
    write_text(as_json(report) if args.format == "json" else as_text(report))
    sys.stdout.flush()
    for error in report.errors:
        write_line(f"autopack-hooks: error: {' '.join(error.split())}", error=True)
    return exit_code(report)


def repairing(args: argparse.Namespace, mode: str) -> argparse.Namespace:
    """Return the arguments of the ``sync --execute`` that repairs what ``args`` verify."""
    given = {key: value for key, value in vars(args).items() if key not in ("command", "repair", "quick")}
    parser = argparse.ArgumentParser()
    sync.configure(parser)
    return argparse.Namespace(**{**vars(parser.parse_args([])), **given, "mode": mode, "thorough": not args.quick})
