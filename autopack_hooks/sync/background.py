"""Runs the hook's work with a server in a process of its own, which the hook waits for only a moment.

What takes longer goes on without the hook, so that the terminal is free. One worker runs and at most one waits. A worker
that finds another one waiting goes away: the one that waits reads the commit only when it starts, so it will read
whatever this one would have read.
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
_MAX_LOG_BYTES = 1_000_000


PATIENCE = 1.0
"""Seconds that a hook waits for its worker."""


@dataclass(frozen=True)
class WorkerResult:
    """The exit code and the output of a worker."""

    exit_code: int
    output: str


def hand_over(state_dir: Path, environ: Mapping[str, str], arguments: Sequence[str]) -> WorkerResult | None:
    """Start ``autopack-hooks ARGUMENTS`` detached, its output appended to the log.

    Args:
        state_dir: The folder of the log. The worker runs there: Python imports from where it is started, and what a
            pulled commit brought into the work tree must not be run.
        environ: Its environment.
        arguments: Its arguments.

    Returns:
        The result; None where it still runs after PATIENCE seconds.

    Raises:
        OSError: It cannot be started.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    log = state_dir / LOG
    with suppress(OSError):
        if log.stat().st_size > _MAX_LOG_BYTES:
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
        # It outlives this process; without a return code Popen would warn that it is still running.
        child.returncode = 0
        return None
    return WorkerResult(code, log.read_bytes()[before:].decode("utf-8", "replace"))


@contextmanager
def turn(state_dir: Path) -> Iterator[bool]:
    """Wait until no other worker runs; yield False at once where another one waits already."""
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
    """Return True while a worker runs."""
    from filelock import FileLock, Timeout

    path = state_dir / _RUNNING
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0, thread_local=False):
            return False
    except (Timeout, OSError):
        return True


def save_result(state_dir: Path, result: Mapping[str, Any]) -> None:
    """Save the result of a worker, for ``status``."""
    with suppress(OSError):
        write_atomic(state_dir / RESULT, json.dumps({**result, "pid": os.getpid()}).encode())


def last_result(state_dir: Path) -> dict[str, Any] | None:
    """Return the result of the last worker; None where there was none."""
    try:
        result = json.loads((state_dir / RESULT).read_bytes())
    except (OSError, ValueError):
        return None
    return result if isinstance(result, dict) else None
