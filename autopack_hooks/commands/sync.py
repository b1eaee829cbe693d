"""Bring the database and the vector index in line with the ledgers: write exactly the entries that changed.

Reads the ledgers from the last commit. Nothing is written without --execute; without a mode it does what sync.mode of the
configuration says.

Examples:
    autopack-hooks sync
    autopack-hooks sync --db-only --execute
    autopack-hooks sync --full --execute --qdrant-path .autopack/qdrant
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from autopack_hooks.commands import report_waiting
from autopack_hooks.commands.shared.targets import MODES, add_modes, add_places, clocks, seconds, settings_of
from autopack_hooks.config.model import CONFIG_NAME
from autopack_hooks.core.errors import OK, USAGE, FatalError, Terminated, UsageError
from autopack_hooks.core.findings import Severity
from autopack_hooks.core.git import locate
from autopack_hooks.core.terminal import write_line, write_progress, write_text
from autopack_hooks.project.workspace import Workspace, load_config
from autopack_hooks.sync.deadline import utc_now

if TYPE_CHECKING:
    from autopack_hooks.core.git import Repo
    from autopack_hooks.sync.gate import Gate
    from autopack_hooks.sync.report import Report
    from autopack_hooks.sync.runner import SyncRequest
    from autopack_hooks.sync.target import Progress

LONG = 1000
"""From this many changes on, a terminal shows the progress."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``sync``."""
    modes = add_modes(parser, MODES)
    modes.add_argument(
        "--hook", action="store_true", help="what git hooks call: mode from the configuration, never fails a merge"
    )
    parser.add_argument("--execute", action="store_true", help="write")
    parser.add_argument("--plan", metavar="FILE", help="write the plan as JSON, and nothing else")
    allowed = parser.add_mutually_exclusive_group()
    allowed.add_argument("--approval", metavar="FILE", help="carry out exactly the approved plan")
    allowed.add_argument(
        "--allow-deletes",
        action="store_true",
        help="delete even more than sync.max_deletes allows: see `explain guard`",
    )
    allowed.add_argument("--force", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(
        "--set-back", action="store_true", help="write to a shared target that is ahead: see `explain guard`"
    )
    former = parser.add_mutually_exclusive_group()
    former.add_argument(
        "--adopt", metavar="OLD", help="take over the entries of this project, the former name of this one"
    )
    former.add_argument(
        "--beside",
        action="store_true",
        help="fill a local store that holds other projects alone, next to their entries",
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
    parser.set_defaults(thorough=False)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    timing = parser.add_mutually_exclusive_group()
    timing.add_argument(
        "--timing", action="store_true", help="print the seconds of each phase on stderr, from a hook too; so does -v"
    )
    timing.add_argument("--no-timing", action="store_true", help="leave the timings out")


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
    write_line(f"autopack-hooks: warning: not synced: {' '.join(str(reason).split())}", error=True)


def _hook(args: argparse.Namespace) -> int:
    # Nothing heavy may be imported before the gate: hooks run at every commit and checkout.
    from autopack_hooks.sync.gate import Gate

    root, repo = locate(os.environ, args.repo)
    if repo is None:
        raise UsageError(f"{root}: not a git repository")
    if repo.is_rebasing():
        # HEAD lacks the commits that are still to be picked: their entries would be deleted, and come back.
        return OK
    gate = Gate.of(repo, Path(args.config) if args.config else root / CONFIG_NAME, os.environ)
    if gate.unchanged():
        return OK
    workspace = Workspace(root, repo, load_config(root, args.config), os.environ)
    if args.worker:
        return _work(args, workspace, gate)
    if workspace.config.sync.background and _has_server(args, workspace):
        return _hand_over(args, workspace, repo)
    code = _sync(args, workspace, gate)
    return code if args.strict else OK


def _hand_over(args: argparse.Namespace, workspace: Workspace, repo: Repo) -> int:
    """Leave the work to another process, and print its output if it ends soon."""
    from autopack_hooks.sync.background import hand_over

    config = ["--config", os.path.abspath(args.config)] if args.config else []
    strict = ["--strict"] if args.strict else []
    environ = {**repo.env, "PYTHONIOENCODING": "utf-8"}
    arguments = ["sync", "--hook", "--worker", *strict, "--repo", str(workspace.root), *config]
    result = hand_over(repo.state_dir, environ, arguments)
    if result is None:
        write_line("autopack-hooks: the sync goes on in the background; see `autopack-hooks status` for its result")
        return OK
    for line in result.output.splitlines():
        write_line(line, error="autopack-hooks: warning" in line)
    return result.exit_code if args.strict else OK


def _has_server(args: argparse.Namespace, workspace: Workspace) -> bool:
    settings = settings_of(args, workspace)
    return bool(settings.servers(settings.mode(workspace.config.sync.mode)))


def _work(args: argparse.Namespace, workspace: Workspace, gate: Gate) -> int:
    """Do the hook's work in the background, one worker at a time, and save its result."""
    from autopack_hooks.sync.background import save_result, turn

    with turn(workspace.state_dir) as mine:
        if not mine or gate.unchanged():
            return OK
        started, code, fault = _now(), USAGE, "an internal error; see its log"
        try:
            code, fault = _sync(args, workspace, gate), ""
        except FatalError as error:
            code, fault = error.exit_code, " ".join(str(error).split())
            _warn(fault)
        finally:
            result = {"started": started, "exit_code": code, "error": fault, "ended": _now()}
            save_result(workspace.state_dir, result)
    return code if args.strict else OK


def _now() -> str:
    return utc_now().isoformat(timespec="seconds")


def _sync(args: argparse.Namespace, workspace: Workspace, gate: Gate | None = None) -> int:
    request = _request(args, workspace)
    from autopack_hooks.sync.report import timings_line
    from autopack_hooks.sync.runner import run_sync

    with _stopping_on_sigterm():
        report = run_sync(request, workspace, clocks(), _progress, report_waiting)
    findings = _findings(workspace, report) if args.hook else ""
    _print(replace(report, timings=None) if args.no_timing else report, args, findings)
    if args.timing or (args.verbose and not args.no_timing):
        write_line(f"autopack-hooks: timings: {timings_line(report)}", error=True)
    if gate and report.exit_code == OK and report.revision.commit:
        gate.remember(_ledger_paths(workspace), request.settings.local_stores(request.mode), report.revision.commit)
    return report.exit_code


def _request(args: argparse.Namespace, workspace: Workspace) -> SyncRequest:
    config = workspace.config.sync
    settings = settings_of(args, workspace)
    acts = args.hook or args.execute or args.plan
    mode = settings.mode(args.mode or (config.mode if acts else "docs-only"))
    if mode != "docs-only" and not (args.execute or args.plan or args.hook):
        raise UsageError(f"--{mode} writes: add --execute to do it, or --plan FILE to see what it would do")
    if args.approval and (args.plan or not args.execute or mode == "docs-only"):
        raise UsageError("--approval is for --execute with a mode that writes")
    if (args.adopt is not None or args.beside) and (mode == "docs-only" or not (args.execute or args.plan)):
        raise UsageError("--adopt and --beside are for --execute or --plan with a mode that writes")
    if args.adopt in ("", workspace.project):
        raise UsageError(
            f"--adopt {args.adopt!r}: give the former name of the project, which is {workspace.project} now"
        )
    from autopack_hooks.sync.runner import SyncRequest

    return SyncRequest(
        mode=mode,
        settings=settings,
        ref=args.ref,
        worktree=args.worktree,
        max_seconds=args.max_seconds or config.max_seconds,
        execute=(args.execute or args.hook) and not args.plan and mode != "docs-only",
        hook=args.hook,
        plan_file=Path(args.plan) if args.plan else None,
        approval_file=Path(args.approval) if args.approval else None,
        allow_deletes=args.allow_deletes or args.force,
        set_back=args.set_back or args.force,
        lock_timeout=args.lock_timeout,
        adopt=args.adopt or "",
        beside=args.beside,
        thorough=args.thorough,
    )


def _findings(workspace: Workspace, report: Report) -> str:
    """Count what `check` has to say of the ledgers that were read: a runner hides what a passing check prints."""
    from autopack_hooks.checks.runner import report_findings
    from autopack_hooks.project.views import GitView
    from autopack_hooks.report.summary import severities

    if workspace.repo is None or not report.revision.commit:
        return ""
    with suppress(FatalError):  # the ledgers are synced, whatever hinders a check
        found = report_findings(workspace, GitView(workspace.repo, report.revision.commit))
        return severities(Counter(finding.severity.value for finding in found if finding.severity is not Severity.INFO))
    return ""


def _print(report: Report, args: argparse.Namespace, findings: str) -> None:
    from autopack_hooks.sync.report import as_json, as_line, as_text

    if not args.hook:
        write_text(as_json(report) if args.format == "json" else as_text(report))
    elif report.results and not report.exit_code:
        write_text(as_line(report, findings))
    sys.stdout.flush()
    kind = "warning: not all was synced" if args.hook else "error"
    for warning in report.warnings:
        write_line(f"autopack-hooks: warning: {' '.join(warning.split())}", error=True)
    for error in report.errors:
        write_line(f"autopack-hooks: {kind}: {' '.join(error.split())}", error=True)


def _ledger_paths(workspace: Workspace) -> list[str]:
    """Return the paths and patterns of all ledgers that are configured, or that may be there without a configuration."""
    from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS

    named = workspace.config.ledgers
    return [path for path, _ in DEFAULT_LEDGERS.values()] if named is None else [file.path for file in named.values()]


@contextmanager
def _progress(name: str, total: int) -> Iterator[Progress]:
    """Count on a terminal where the work is long."""
    if total < LONG or not sys.stderr.isatty():
        yield lambda done: None
        return
    count = 0

    def show(done: int) -> None:
        nonlocal count
        count += done
        write_progress(f"{name}: {count} of {total} entries")

    try:
        yield show
    finally:
        write_progress("")


@contextmanager
def _stopping_on_sigterm() -> Iterator[None]:
    """Raise Terminated in the body on SIGTERM, so that a run ends between two batches as it does with Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
