"""Locks by which the tools of one workspace keep out of each other's way.

Each name is one file that the kernel locks (``filelock``), so a lock is free the moment its holder dies. Whoever
needs several takes them in one canonical order, whatever order was asked for, which rules deadlock out:

    with MultiLock(root, ["docs", "queue"], timeout=30):
        ...  # nobody else holds docs or queue

Beside each lock lies a label that says who holds it. A label is for people: whether a lock is held is found out
by trying it, never by reading.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import threading
import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from autopack_hooks.errors import FatalError, LockTimeout, UsageError
from autopack_hooks.git import Repo

if TYPE_CHECKING:
    from filelock import FileLock

NAMES = ("queue", "runs", "archive", "docs", "database", "qdrant")
"""The locks there are, in the order in which they are taken."""

_FOLDER = "locks"
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_held = threading.local()


class LockError(FatalError):
    """The folder of the locks, or its file system, cannot be used for locking (exit 2)."""


@dataclass(frozen=True)
class Label:
    """Who holds a lock, or held it last; times are ISO 8601 in UTC, ``until`` is None while it is held.

    ``start`` is when the process began, which tells it from a later one of the same number; None where the
    system does not say. ``token`` is new for every acquisition.
    """

    pid: int
    host: str
    start: str | None
    since: str
    command: str
    token: str
    purpose: str = ""
    until: str | None = None

    def __str__(self) -> str:
        what = f"{self.command} ({self.purpose})" if self.purpose else self.command
        shown = f"{what}, pid {self.pid} on {self.host}, since {self.since}"
        # Anybody who can write to the folder can write a label: none may steer a terminal.
        return "".join(c if c.isprintable() else "?" for c in shown)


class MultiLock:
    """Holds every lock of ``names`` inside a ``with`` block, or none.

    ``root`` is any folder of the workspace; linked worktrees of one repository share their locks. ``timeout``
    is in seconds, for all names together; 0 tries once. ``purpose`` and ``command`` (default: the program's name)
    go into the labels, so they must hold no secret. ``names`` are words of ``NAMES``, or of ``extra``, which come
    after those. The instance may be used again, but not while it is held: no lock is re-entrant.

    Making one raises UsageError for a name that is none, or no name. Entering raises LockTimeout, which names the
    lock and its holder; LockError where the folder cannot be used; UsageError where this thread holds a lock that
    comes later in the order, or the same one. Whatever it raises, nothing stays held.
    """

    def __init__(
        self,
        root: Path,
        names: Iterable[str],
        timeout: float = 30,
        *,
        purpose: str = "",
        command: str | None = None,
        extra: Sequence[str] = (),
    ) -> None:
        self.names = ordered(names, extra)
        self._order = (*NAMES, *extra)
        self._root = Path(root)
        self._timeout = max(0.0, timeout)
        self._purpose = purpose
        self._command = command or Path(sys.argv[0] or "python").name
        self._stack: ExitStack | None = None

    def __enter__(self) -> MultiLock:
        end = time.monotonic() + self._timeout
        folder = lock_folder(self._root)
        self._refuse_disorder(folder)
        with ExitStack() as stack:
            for name in self.names:
                self._take(stack, folder, name, end)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stack, self._stack = self._stack, None
        if stack:
            stack.close()

    def _refuse_disorder(self, folder: Path) -> None:
        """Two flows that nest their locks in opposite orders would wait for each other for ever."""
        mine = [name for where, name in _held_here() if where == folder]
        for name in self.names:
            later = [other for other in mine if self._rank(other) >= self._rank(name)]
            if name in later:
                raise UsageError(f"the lock {name} is held already by this thread: no lock is re-entrant")
            if later:
                raise UsageError(f"the lock {name} must be taken before {later[0]}, which is held: take both at once")

    def _rank(self, name: str) -> int:
        return self._order.index(name) if name in self._order else len(self._order)

    def _take(self, stack: ExitStack, folder: Path, name: str, end: float) -> None:
        lock = _file_lock(folder, name)
        _acquire(lock, folder, name, max(0.0, end - time.monotonic()), self._timeout)
        stack.callback(lock.release, force=True)
        held = (folder, name)
        _held_here().append(held)
        stack.callback(_held_here().remove, held)
        label = _own_label(self._command, self._purpose)
        # The label says that the lock is given back before it is, so that it never covers the next holder's.
        stack.callback(lambda: _write_label(folder, name, replace(label, until=_now())))
        _write_label(folder, name, label)


def ordered(names: Iterable[str], extra: Sequence[str] = ()) -> tuple[str, ...]:
    """``names`` without repetition, in the order in which they are taken. Raises UsageError for an unknown one."""
    known = (*NAMES, *extra)
    wanted = set(names)
    for name in sorted(wanted):
        if not _WORD.fullmatch(name) or name not in known:
            raise UsageError(f"{name!r} is not the name of a lock: give one of {', '.join(known)}")
    if not wanted:
        raise UsageError(f"no lock is named: give one or more of {', '.join(known)}")
    return tuple(name for name in known if name in wanted)


def lock_folder(root: Path) -> Path:
    """Where the locks of the workspace around ``root`` lie; nothing is made. Raises UsageError for no folder."""
    repo = Repo.discover(root, os.environ)
    state = repo.state_dir if repo else Path(os.path.abspath(root)) / ".autopack" / "state"
    return state / _FOLDER


def read_label(folder: Path, name: str) -> Label | None:
    """What lies beside the lock: its holder, or who held it last; None where there is nothing that can be read."""
    try:
        return Label(**json.loads((folder / f"{name}.json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _file_lock(folder: Path, name: str) -> FileLock:
    # Imported here, because a command that takes no lock should not pay for it.
    from filelock import FileLock

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from error
    # The file stays when the lock is given back: removing it could split those who wait over two files. Where the
    # file system has no locks, keeping it also makes filelock raise instead of falling back to lock files.
    return FileLock(folder / f"{name}.lock", thread_local=False, preserve_lock_file=True)


def _acquire(lock: FileLock, folder: Path, name: str, seconds: float, timeout: float) -> None:
    from filelock import Timeout

    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        label = read_label(folder, name)
        holder = f"held by {label}" if label and label.until is None else "held by another process"
        raise LockTimeout(
            f"the lock {name} was not free within {timeout:g} s: {holder}; run again when it is done"
        ) from None
    except (OSError, NotImplementedError) as error:
        raise _unusable(folder, error) from error


def _unusable(folder: Path, error: Exception) -> LockError:
    reason = getattr(error, "strerror", None) or str(error)
    return LockError(
        f"{folder}: locks cannot be kept here: {reason}; check the permissions and the file system of the folder"
    )


def _held_here() -> list[tuple[Path, str]]:
    """What this thread holds."""
    if not hasattr(_held, "locks"):
        _held.locks = []
    locks: list[tuple[Path, str]] = _held.locks
    return locks


def _own_label(command: str, purpose: str) -> Label:
    return Label(os.getpid(), platform.node(), _process_start(), _now(), command, uuid.uuid4().hex, purpose)


def _write_label(folder: Path, name: str, label: Label) -> None:
    """Replace the label in one step. A label that cannot be written leaves the lock as good as it is."""
    path = folder / f"{name}.json"
    draft = path.with_suffix(f".{label.token}.tmp")
    try:
        draft.write_text(json.dumps(asdict(label)), encoding="utf-8")
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _process_start() -> str | None:
    """When this process began, from /proc (see proc(5): field 22 of stat, in ticks since the boot)."""
    try:
        ticks = int(Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()[19])
        boot = re.search(rb"^btime (\d+)$", Path("/proc/stat").read_bytes(), re.MULTILINE)
        if not boot:
            return None
        seconds = int(boot[1]) + ticks / os.sysconf("SC_CLK_TCK")
        return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")
    except (OSError, ValueError, IndexError):
        return None
