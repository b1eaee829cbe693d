"""The locks of the workspace: show who holds them, run a command under them, or break one whose holder is gone.

`lock run NAME... -- COMMAND` waits for the locks, runs the command, and exits with its exit code.

Examples:
    autopack-hooks lock status
    autopack-hooks lock run docs -- make docs
    autopack-hooks lock break docs
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

from autopack_hooks.commands.cli.parsing import Parser, add_global_options
from autopack_hooks.config.lock_names import known_names, ordered
from autopack_hooks.core.errors import OK, UsageError
from autopack_hooks.core.terminal import clear_screen, json_text, write_line, write_text
from autopack_hooks.locking.child import run_child
from autopack_hooks.locking.files import BreakResult, LockFiles, break_lock
from autopack_hooks.locking.multilock import Heartbeat, MultiLock, lock_folder
from autopack_hooks.locking.network import network_refusal
from autopack_hooks.locking.status import as_json, as_text, lock_statuses
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
        "run", help="run a command under locks", usage="%(prog)s NAME... [--timeout S] [--ttl S] -- COMMAND..."
    )
    run.add_argument("names", nargs="+", metavar="NAME", help="the locks to hold, in any order")
    run.add_argument("--timeout", type=_seconds, default=30.0, metavar="S", help="how long to wait (default: 30)")
    run.add_argument("--ttl", type=_above_zero, metavar="S", help="default: locks.ttl of the configuration")
    run.add_argument("--purpose", default="", metavar="TEXT", help="shown as the reason; everybody can read it")
    breaking = actions.add_parser("break", help="clear the label of a holder that is gone, or break a stalled holder")
    breaking.add_argument("names", nargs=1, metavar="NAME", help="the lock")
    breaking.add_argument("--token", metavar="T", help="the stalled holder's token, which `lock status` shows")
    breaking.add_argument("--force", action="store_true", help="break a stalled holder that lives")
    for action in (status, run, breaking):
        add_global_options(action)


def run(args: argparse.Namespace) -> int:
    """Run the action. Raises UsageError for an unknown name, LockTimeout, Refused for a live holder, LockError."""
    if args.action == "run" and not args.rest:
        raise UsageError("no command to run: give it after --")
    if args.action != "run" and args.rest is not None:
        raise UsageError(f"lock {args.action} does not run a command: drop -- and what follows it")
    workspace = Workspace.open(os.environ, args.repo, args.config)
    if args.action == "status":
        return _status(args, workspace)
    names = ordered(args.names, workspace.config.locks.names)
    return _run(args, workspace, names) if args.action == "run" else _break(args, workspace, names[0])


def watch(show: Callable[[], None], seconds: float | None, sleep: Callable[[float], None] = time.sleep) -> None:
    """Call ``show`` once, or, with ``seconds``, again after each such pause until interrupted."""
    show()
    while seconds is not None:
        sleep(seconds)
        show()


def _status(args: argparse.Namespace, workspace: Workspace) -> int:
    settings = workspace.config.locks
    folder, names = lock_folder(workspace.root), known_names(settings.names)
    refusal = "" if settings.allow_network_fs else network_refusal(folder)
    watching = args.watch is not None

    def show() -> None:
        statuses = lock_statuses(folder, names, datetime.now(UTC), settings.grace, refusal)
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
        purpose=args.purpose,
        # Arguments can hold secrets, so the label names only the program.
        command=f"lock run {Path(args.rest[0]).name}",
        ttl=ttl,
        heartbeat=False,
        extra=settings.names,
        allow_network_fs=settings.allow_network_fs,
    )
    sys.stdout.flush()
    with lock, ExitStack() as stack:
        # The heartbeat is a thread, and a process is better started before any thread.
        return run_child(args.rest, lock.descriptors(), lambda: stack.enter_context(Heartbeat(lock, ttl)))


def _break(args: argparse.Namespace, workspace: Workspace, name: str) -> int:
    from autopack_hooks.audit.trail import AuditRecord, open_trail, operator_of

    def now() -> datetime:
        return datetime.now(UTC)

    def recording(broken: BreakResult) -> AbstractContextManager[object]:
        holder = {k: v for k, v in vars(broken.label).items() if v not in (None, "")} if broken.label else {}
        target = {"declared_dead" if broken.live else "cleared": True, **holder}
        return open_trail(workspace, now).writing(
            AuditRecord("lock break", operator_of(workspace), targets={name: target})
        )

    broken = break_lock(
        LockFiles(lock_folder(workspace.root), name),
        token=args.token,
        force=args.force,
        now=now(),
        grace=workspace.config.locks.grace,
        recording=recording,
    )
    write_line(_result(name, broken))
    return OK


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
