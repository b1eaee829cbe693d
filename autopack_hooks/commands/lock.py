"""The locks of the workspace: show who holds them, run a command under them, or break one whose holder is gone.

`lock run NAME... -- COMMAND` waits for the locks, runs the command, and exits with its exit code.

Examples:
    autopack-hooks lock status
    autopack-hooks lock run docs -- make docs
    autopack-hooks lock run --all -- make release
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autopack_hooks.commands import report_waiting
from autopack_hooks.commands.cli.parsing import Parser, add_global_options
from autopack_hooks.config.lock_names import UMBRELLA, known_names, ordered
from autopack_hooks.core.errors import OK, Refused, UsageError
from autopack_hooks.core.terminal import clear_screen, json_text, write_line, write_text
from autopack_hooks.locking.child import run_child
from autopack_hooks.locking.files import BreakResult, LockFiles, break_lock
from autopack_hooks.locking.multilock import Heartbeat, MultiLock, lock_folder
from autopack_hooks.locking.network import network_refusal
from autopack_hooks.locking.status import as_json, as_text, lock_statuses
from autopack_hooks.locking.umbrella import all_names
from autopack_hooks.project.workspace import Workspace


class _Parser(Parser):
    """Keep what follows ``--`` as ``rest``, unparsed: argparse would look for options and names in it."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        given = list(args or ())
        cut = given.index("--") if "--" in given else len(given)
        namespace, unknown = super().parse_known_args(given[:cut], namespace)
        namespace.rest = given[cut + 1 :] if cut < len(given) else None
        return namespace, unknown


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``lock``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=_Parser)
    status = actions.add_parser("status", help="show who holds each lock")
    status.add_argument("--format", choices=("text", "json"), default="text", help="output format")
    status.add_argument(
        "--watch", nargs="?", type=_above_zero, const=2.0, metavar="S", help="repeat every S seconds (default: 2)"
    )
    run = actions.add_parser(
        "run",
        help="run a command under locks",
        usage="%(prog)s (NAME... | --all) [--timeout S] [--ttl S] -- COMMAND...",
    )
    run.add_argument("names", nargs="*", metavar="NAME", help="the locks to hold, in any order")
    run.add_argument("--all", action="store_true", help="hold every lock, also those that are not configured")
    run.add_argument("--timeout", type=_seconds, default=30.0, metavar="S", help="how long to wait (default: 30)")
    run.add_argument("--ttl", type=_above_zero, metavar="S", help="default: locks.ttl of the configuration")
    run.add_argument("--purpose", default="", metavar="TEXT", help="shown as the reason; everybody can read it")
    breaking = actions.add_parser("break", help="clear the label of a holder that is gone, or break a stalled holder")
    breaking.add_argument("names", nargs="*", metavar="NAME", help="the locks")
    breaking.add_argument("--all", action="store_true", help="every lock that somebody left")
    breaking.add_argument("--token", metavar="T", help="the stalled holder's token, which `lock status` shows")
    breaking.add_argument("--force", action="store_true", help="break a stalled holder that lives")
    for action in (status, run, breaking):
        add_global_options(action)


def run(args: argparse.Namespace) -> int:
    """Run the action. Raises UsageError for an unknown name, LockTimeout, Refused for a live holder, LockError."""
    if args.action == "run" and not args.rest:
        raise UsageError("no command to run: give it after --; see `autopack-hooks lock run --help`")
    if args.action != "run" and args.rest is not None:
        raise UsageError(f"`{args.action}` does not run a command: drop -- and what follows it")
    workspace = Workspace.open(os.environ, args.repo, args.config)
    if args.action == "status":
        return _status(args, workspace)
    if args.all and args.names:
        raise UsageError("--all is every lock: give it without names")
    names = () if args.all else ordered(args.names, workspace.config.locks.names)
    return _run(args, workspace, names) if args.action == "run" else _break(args, workspace, names)


def watch(show: Callable[[], None], seconds: float | None, sleep: Callable[[float], None] = time.sleep) -> None:
    """Call ``show`` once, or, with ``seconds``, again after each such pause until interrupted."""
    show()
    while seconds is not None:
        sleep(seconds)
        show()


def _status(args: argparse.Namespace, workspace: Workspace) -> int:
    settings = workspace.config.locks
    folder = lock_folder(workspace.root)
    refusal = "" if settings.allow_network_fs else network_refusal(folder)
    known, watching = known_names(settings.names), args.watch is not None

    def show() -> None:
        found = lock_statuses(folder, all_names(folder, settings.names), datetime.now(UTC), settings.grace, refusal)
        # One that is not configured counts only while somebody holds it.
        statuses = [status for status in found if status.held or status.name in known]
        if args.format == "json":
            # One line each time, so that a program can read them as they come.
            write_text(json_text([as_json(status) for status in statuses], indent=None if watching else 2))
        else:
            if watching and not clear_screen():
                write_line(datetime.now(UTC).isoformat(timespec="seconds"))
            write_text(as_text(statuses))
        sys.stdout.flush()

    watch(show, args.watch)
    return OK


def _run(args: argparse.Namespace, workspace: Workspace, names: Sequence[str]) -> int:
    settings = workspace.config.locks
    ttl = args.ttl or settings.ttl
    lock = MultiLock(
        workspace.root,
        names,
        args.timeout,
        everything=args.all,
        purpose=args.purpose,
        # Arguments can hold secrets, so the label names only the program.
        command=f"lock run {'--all ' if args.all else ''}{Path(args.rest[0]).name}",
        ttl=ttl,
        heartbeat=False,
        extra=settings.names,
        allow_network_fs=settings.allow_network_fs,
        on_wait=report_waiting,
    )
    sys.stdout.flush()
    with lock, ExitStack() as stack:
        # The heartbeat is a thread, and a process is better started before any thread.
        return run_child(args.rest, lock.descriptors(), lambda: stack.enter_context(Heartbeat(lock, ttl)))


def _break(args: argparse.Namespace, workspace: Workspace, names: Sequence[str]) -> int:
    folder = lock_folder(workspace.root)
    umbrella = LockFiles(folder, UMBRELLA).label()
    everything = args.all or (umbrella is not None and args.token == umbrella.token)
    if everything:  # the holder of the umbrella has every lock
        names = [UMBRELLA, *all_names(folder, workspace.config.locks.names)]
    refusals, nothing = [], True
    for name in names:
        try:
            broken = _break_one(args, workspace, LockFiles(folder, name))
        except Refused as refusal:
            # The others may be those of dead holders.
            refusals.append(str(refusal))
            continue
        if broken or not everything:
            write_line(_result("the umbrella lock" if name == UMBRELLA else name, broken))
        nothing = nothing and broken is None
    if refusals:
        raise Refused(refusals[0] if len(refusals) == 1 else f"{refusals[0]} (and {len(refusals) - 1} more)")
    if everything and nothing:
        write_line("all locks are free: nothing to break")
    return OK


def _break_one(args: argparse.Namespace, workspace: Workspace, lock_files: LockFiles) -> BreakResult | None:
    from autopack_hooks.audit.trail import AuditRecord, open_trail, operator_of

    def now() -> datetime:
        return datetime.now(UTC)

    def recording(broken: BreakResult) -> AbstractContextManager[object]:
        holder = {k: v for k, v in vars(broken.label).items() if v not in (None, "")} if broken.label else {}
        target = {"declared_dead" if broken.live else "cleared": True, **holder}
        return open_trail(workspace, now).writing(
            AuditRecord("lock break", operator_of(workspace), targets={lock_files.name: target})
        )

    return break_lock(
        lock_files,
        token=args.token,
        force=args.force,
        now=now(),
        grace=workspace.config.locks.grace,
        recording=recording,
    )


def _result(name: str, broken: BreakResult | None) -> str:
    if broken is None:
        return f"{name} is free: nothing to break"
    holder = str(broken.label) if broken.label else "a label that cannot be read"
    if broken.live:
        return f"{name} was broken; its holder was declared dead: {holder}"
    return f"{name} is free; cleared the label of a holder that is gone: {holder}"


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return number


def _above_zero(text: str) -> float:
    number = _seconds(text)
    if not number:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return number
