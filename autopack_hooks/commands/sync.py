"""Bring the database and the vector index in line with the ledgers: exactly the entries that changed are written.

Reads the ledgers from the last commit. Without a mode nothing is written; a mode that writes needs --execute.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from autopack_hooks.commands.targets import MODES, add_modes, add_places, choice_of, seconds
from autopack_hooks.config.model import CONFIG_NAME
from autopack_hooks.core.errors import OK, USAGE, FatalError, UsageError
from autopack_hooks.core.git import locate
from autopack_hooks.project.workspace import Workspace, load_config

if TYPE_CHECKING:
    from autopack_hooks.core.git import Repo
    from autopack_hooks.sync.gate import Gate


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of ``sync``."""
    modes = add_modes(parser, MODES)
    modes.add_argument(
        "--hook", action="store_true", help="what git hooks call: mode from the configuration, never fails a merge"
    )
    parser.add_argument("--execute", action="store_true", help="write")
    parser.add_argument("--plan", metavar="FILE", help="write what would be done as JSON, and nothing else")
    allowed = parser.add_mutually_exclusive_group()
    allowed.add_argument("--approval", metavar="FILE", help="do exactly the plan that this approval is for")
    allowed.add_argument(
        "--force", action="store_true", help="delete even more than sync.max_deletes allows, set a shared target back"
    )
    parser.add_argument("--strict", action="store_true", help="with --hook: fail like any other command")
    add_places(parser)
    parser.add_argument(
        "--lock-timeout",
        type=seconds,
        default=30.0,
        metavar="S",
        help="how long to wait for another run (default: 30)",
    )
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--no-timing", action="store_true", help="leave the timings out")


def run(args: argparse.Namespace) -> int:
    """Sync, print the report, return its exit code. In a hook any failure is a warning and 0, unless --strict."""
    if not args.hook:
        return _sync(args, Workspace.open(os.environ, args.repo, args.config))
    try:
        return _hook(args)
    except Exception as error:
        if args.strict:
            raise
        _warn(error if isinstance(error, FatalError) else f"internal error: {type(error).__name__}: {error}{_REPORT}")
        return OK


_REPORT = "; run `autopack-hooks sync --hook --strict --verbose` and report it"


def _warn(reason: object) -> None:
    print(f"autopack-hooks: warning: not synced: {' '.join(str(reason).split())}", file=sys.stderr)


def _hook(args: argparse.Namespace) -> int:
    # Nothing heavy may be imported before the gate: hooks fire at every commit and checkout.
    from autopack_hooks.sync.gate import Gate

    root, repo = locate(os.environ, args.repo)
    if repo is None:
        raise UsageError(f"{root}: not a git repository")
    if repo.is_rebasing():
        # HEAD has not the commits that are still to be picked: their entries would be deleted, and come back.
        return OK
    gate = Gate.of(repo, Path(args.config) if args.config else root / CONFIG_NAME, os.environ)
    if gate.unchanged():
        return OK
    workspace = Workspace(root, repo, load_config(root, args.config, repo), os.environ)
    if args.worker:
        return _work(args, workspace, gate)
    if workspace.config.sync.background and _has_server(args, workspace):
        return _hand_over(args, workspace, repo)
    code = _sync(args, workspace, gate)
    return code if args.strict else OK


def _hand_over(args: argparse.Namespace, workspace: Workspace, repo: Repo) -> int:
    """Leave the work to another process, and tell what it says if it is quick."""
    from autopack_hooks.sync.background import hand_over

    config = ["--config", os.path.abspath(args.config)] if args.config else []
    strict = ["--strict"] if args.strict else []
    environ = {**repo.env, "PYTHONIOENCODING": "utf-8"}
    arguments = ["sync", "--hook", "--worker", *strict, "--repo", str(workspace.root), *config]
    ended = hand_over(repo.state_dir, environ, arguments)
    if ended is None:
        print("autopack-hooks: the sync goes on in the background; `autopack-hooks status` tells how it went")
        return OK
    for line in ended.said.splitlines():
        print(line, file=sys.stderr if "autopack-hooks: warning" in line else sys.stdout)
    return ended.exit_code if args.strict else OK


def _has_server(args: argparse.Namespace, workspace: Workspace) -> bool:
    from autopack_hooks.sync.targets import effective_mode, servers

    choice = choice_of(args, workspace)
    return bool(servers(choice, effective_mode(workspace.config.sync.mode, choice), workspace.root))


def _work(args: argparse.Namespace, workspace: Workspace, gate: Gate) -> int:
    """The hook's work in the background: one at a time, and how it ended is kept."""
    from autopack_hooks.sync.background import note, turn

    with turn(workspace.state_dir) as mine:
        if not mine or gate.unchanged():
            return OK
        started, code, fault = _now(), USAGE, "an internal error; its log tells more"
        try:
            code, fault = _sync(args, workspace, gate), ""
        except FatalError as error:
            code, fault = error.exit_code, " ".join(str(error).split())
            _warn(fault)
        finally:
            result = {"started": started, "exit_code": code, "error": fault, "ended": _now()}
            note(workspace.state_dir, result)
    return code if args.strict else OK


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _sync(args: argparse.Namespace, workspace: Workspace, gate: Gate | None = None) -> int:
    from autopack_hooks.sync.targets import effective_mode

    config = workspace.config.sync
    choice = choice_of(args, workspace)
    mode = effective_mode(config.mode if args.hook else args.mode or "docs-only", choice)
    if mode != "docs-only" and not (args.execute or args.plan or args.hook):
        raise UsageError(f"--{mode} writes: add --execute to do it, or --plan FILE to see what it would do")
    if args.approval and (args.plan or not args.execute or mode == "docs-only"):
        raise UsageError("--approval is for --execute with a mode that writes")
    from autopack_hooks.sync.execute import SyncRequest, perform

    request = SyncRequest(
        mode=mode,
        choice=choice,
        ref=args.ref,
        worktree=args.worktree,
        max_seconds=args.max_seconds or config.max_seconds,
        form=args.format,
        timing=not args.no_timing,
        execute=(args.execute or args.hook) and not args.plan and mode != "docs-only",
        plan_file=Path(args.plan) if args.plan else None,
        approval_file=Path(args.approval) if args.approval else None,
        force=args.force,
        lock_timeout=args.lock_timeout,
        gate=gate,
    )
    return perform(request, workspace)
