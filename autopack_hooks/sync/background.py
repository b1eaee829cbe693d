"""The hook's work with a server, in a process of its own, which the hook awaits for a moment: what takes longer goes on
without it, so that the terminal is free.

One worker runs and at most one waits. A worker that finds another one waiting goes away: the one that waits reads the
commit only when it starts, so it will see whatever this one would have seen.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autopack_hooks.core.files import write_atomic

LOG, RESULT = "background.log", "background.json"
_WAITING, _RUNNING = "background-waiting.lock", "background-running.lock"
_LONGEST = 1_000_000


PATIENCE = 1.0
"""Seconds that a hook awaits its worker."""


@dataclass(frozen=True)
class Ended:
    """How a worker ended: its exit code, and what it said."""

    exit_code: int
    said: str


def hand_over(state_dir: Path, environ: Mapping[str, str], arguments: Sequence[str]) -> Ended | None:
    """Start ``autopack-hooks ARGUMENTS`` detached, its output at the end of the log; None where it goes on after
    PATIENCE. Raises OSError.

    It runs in ``state_dir``: Python imports from where it is started, and what a pulled commit brought into the work
    tree must not be run.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    log = state_dir / LOG
    with suppress(OSError):
        if log.stat().st_size > _LONGEST:
            log.unlink()
    detached = getattr(subprocess, "DETACHED_PROCESS", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    with log.open("ab") as stream:
        before = stream.tell()
        child = subprocess.Popen(
            [sys.executable, "-m", "autopack_hooks", *arguments],
            cwd=state_dir,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
            creationflags=detached,
        )
    try:
        code = child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        # It outlives us, and nobody here will ask how it ended.
        child.returncode = 0
        return None
    return Ended(code, log.read_bytes()[before:].decode("utf-8", "replace"))


@contextmanager
def turn(state_dir: Path) -> Iterator[bool]:
    """Wait until no other worker runs; False at once where another one waits already."""
    from filelock import FileLock, Timeout

    state_dir.mkdir(parents=True, exist_ok=True)
    waiting = FileLock(state_dir / _WAITING, thread_local=False)
    running = FileLock(state_dir / _RUNNING, thread_local=False)
    try:
        waiting.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        running.acquire()
    finally:
        waiting.release()
    try:
        yield True
    finally:
        running.release()


def is_running(state_dir: Path) -> bool:
    """Whether a worker is at work now."""
    return _is_held(state_dir / _RUNNING)


def is_waiting(state_dir: Path) -> bool:
    """Whether another worker waits for its turn."""
    return _is_held(state_dir / _WAITING)


def _is_held(path: Path) -> bool:
    from filelock import FileLock, Timeout

    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0, thread_local=False):
            return False
    except (Timeout, OSError):
        return True


def note(state_dir: Path, result: Mapping[str, Any]) -> None:
    """Keep how the last worker ended, for ``status``."""
    with suppress(OSError):
        write_atomic(state_dir / RESULT, json.dumps({**result, "pid": os.getpid()}).encode())


def last(state_dir: Path) -> dict[str, Any] | None:
    """How the last worker ended; None where none did."""
    try:
        found = json.loads((state_dir / RESULT).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
