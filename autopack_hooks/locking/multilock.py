"""Locks by which the tools of one workspace keep out of each other's way.

Each name is one file that the kernel locks (``filelock``), so a lock is free the moment its holder dies. Whoever
needs several acquires them in one canonical order, whatever order was asked for, which rules out deadlock:

    with MultiLock(root, ["docs", "queue"], timeout=30) as lock:
        ...  # nobody else holds docs or queue

``everything=True`` acquires the umbrella, which stands for every lock (``locking.umbrella``).

Beside each lock lies a label that names the holder. A label is for people: the only way to find out whether a lock is
held is to try it. ``docs/locks.md`` explains all this to users.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType

from autopack_hooks.config.lock_names import NAMES, UMBRELLA, ordered, rank
from autopack_hooks.config.model import LocksConfig
from autopack_hooks.core.errors import LockTimeout, UsageError
from autopack_hooks.core.git import Repo
from autopack_hooks.locking.files import HeldLock, LockFiles, acquire
from autopack_hooks.locking.kernel import LockError, make_folder
from autopack_hooks.locking.label import Label, own_label
from autopack_hooks.locking.network import network_refusal
from autopack_hooks.locking.umbrella import acquire_all

__all__ = ["NAMES", "Heartbeat", "Label", "LockError", "MultiLock", "lock_folder", "ordered", "read_label"]

NOTICE = 0.25
"""Seconds after which a waiting line names the holder."""

_FOLDER = "locks"
_held = threading.local()
_utc_now = partial(datetime.now, UTC)


class MultiLock:
    """Hold every lock of ``names`` inside a ``with`` block, or none.

    With a ``ttl`` the labels are renewed every third of it by a thread, or, without ``heartbeat``, by the holder, who
    calls ``renew``. A holder that is late with that counts as stalled and may be declared dead; ``still_mine`` is then
    False. An instance may be entered again once it was left.

    Args:
        root: Any folder of the workspace; linked worktrees of one repository share their locks.
        names: Words of ``NAMES`` or of ``extra``.
        everything: Hold every lock instead of ``names``, also those that are nowhere configured.
        timeout: Seconds to wait, for all names together; 0 tries once.
        purpose: Goes into the labels, like ``command``, so it must not hold a secret.
        command: The program's name by default.
        ttl: In how many seconds, at the latest, the holder renews the labels.
        heartbeat: Renew them from a thread.
        reentrant: Allow locks that this thread holds already; they are neither acquired again nor released.
        extra: More names; by default those of the workspace's configuration (``locks.names``).
        allow_network_fs: By default what the configuration says (``locks.allow_network_fs``).
        clock: Returns the current time, with its zone.
        on_wait: Called once for each lock that is waited for, with a line that names its holder.

    Raises:
        UsageError: A name is unknown, or there is none. On entering: this thread holds one of the locks, or one that
            comes later in the order.
        ConfigError: The configuration cannot be read.
        LockTimeout: On entering: a lock was not free in time; the message names it and its holder.
        LockError: On entering: the folder cannot be used. Whatever is raised, nothing stays held.
    """

    def __init__(
        self,
        root: Path,
        names: Iterable[str] = (),
        timeout: float = 30,
        *,
        everything: bool = False,
        purpose: str = "",
        command: str | None = None,
        ttl: float | None = None,
        heartbeat: bool = True,
        reentrant: bool = False,
        extra: Sequence[str] | None = None,
        allow_network_fs: bool | None = None,
        clock: Callable[[], datetime] = _utc_now,
        on_wait: Callable[[str], object] | None = None,
    ) -> None:
        self._root = Path(root)
        wanted = set(names)
        if everything and wanted:
            raise UsageError("the umbrella lock stands for every lock: give no names with it")
        if extra is None:
            extra = () if wanted <= set(NAMES) and not everything else _settings(self._root).names
        self._configured = extra
        self.names = (UMBRELLA,) if everything else ordered(wanted, extra)
        self._timeout = max(0.0, timeout)
        self._purpose = purpose
        self._command = command or _program()
        if ttl is not None and not 0 < ttl < float("inf"):
            raise UsageError(f"ttl must be a number of seconds above 0, not {ttl!r}")
        self._ttl = ttl
        self._heartbeat = heartbeat
        self._reentrant = reentrant
        self._allow_network_fs = allow_network_fs
        self._clock = clock
        self._on_wait = on_wait
        self._folder: Path | None = None
        self._stack: ExitStack | None = None
        self._helds: list[HeldLock] = []

    def __enter__(self) -> MultiLock:
        if self._stack:
            raise UsageError("this lock is held already: leave it before entering it again")
        end = time.monotonic() + self._timeout
        # Once per instance: finding the folder takes longer than all the rest.
        folder = self._folder = self._folder or lock_folder(self._root)
        inherited = self._refuse_disorder(folder)
        self._refuse_network(folder)
        make_folder(folder)
        label = own_label(self._command, self._purpose, self._ttl, self._clock())
        with ExitStack() as stack:
            stack.callback(self._helds.clear)
            self._helds += inherited.values()
            for name in self.names:
                if name not in inherited:
                    self._acquire(stack, folder, label, name, end)
            if self._ttl is not None and self._heartbeat:
                stack.enter_context(Heartbeat(self, self._ttl))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stack, self._stack = self._stack, None
        if stack:
            stack.close()

    def still_mine(self) -> bool:
        """Return True while all the locks are held: False outside the block, and once this holder was declared dead.

        Work that may be stopped for longer than its ttl should ask before every step that it cannot undo.
        """
        return bool(self._helds) and all(held.still_mine() for held in list(self._helds))

    def renew(self) -> bool:
        """Write into the labels that this holder is alive; return ``still_mine``. For work with its own heartbeat."""
        for held in list(self._helds):
            held.renew(self._clock())
        return self.still_mine()

    def descriptors(self) -> list[int]:
        """Return the locks' file descriptors: a process that inherits a copy keeps them held if this one is killed."""
        return [held.descriptor for held in self._helds]

    def _refuse_disorder(self, folder: Path) -> dict[str, HeldLock]:
        """Refuse an order in which two processes could wait for each other for ever.

        Returns those of the locks that this thread holds already, itself or under the umbrella, where that is allowed.
        """
        here = {held.lock_files.name: held for held in _held_in(folder)}
        covering = here.get(UMBRELLA)
        again = {name: held for name in self.names if (held := here.get(name, covering))}
        if again and not self._reentrant:
            raise UsageError(f"this thread holds {_title(next(iter(again)))} already: it cannot be acquired twice")
        for name in self.names:
            later = [other for other in here if rank(other) > rank(name)]
            if later and name not in again:
                raise UsageError(
                    f"{_title(name)} must be acquired before {later[0]}, which is held: acquire both at once"
                )
        return again

    def _refuse_network(self, folder: Path) -> None:
        reason = network_refusal(folder)
        if not reason:
            return
        allowed = self._allow_network_fs
        if not (_settings(self._root).allow_network_fs if allowed is None else allowed):
            raise LockError(reason)

    def _acquire(self, stack: ExitStack, folder: Path, label: Label, name: str, end: float) -> None:
        wait = _Wait(name, time.monotonic() + NOTICE, self._on_wait)

        def take(stack: ExitStack, part: str, end: float) -> bool:
            seconds = end - time.monotonic()
            passed = name == UMBRELLA or any(held.still_mine() for held in _held_in(folder))
            held = acquire(LockFiles(folder, part), label, seconds, blocked=wait.blocked, passed=passed)
            if held:
                self._keep(stack, held)
            return held is not None

        if name == UMBRELLA:
            got = acquire_all(stack, folder, self._configured, end, take, wait.blocked)
        else:
            got = take(stack, name, end)
        if not got:
            raise LockTimeout(
                f"{_title(name)} was not free within {self._timeout:g} s: {wait.reason}; run again when it is done"
            )

    def _keep(self, stack: ExitStack, held: HeldLock) -> None:
        """Count ``held`` as one of ours until ``stack`` is closed, which releases it."""
        stack.callback(lambda: held.release(self._clock()))
        mine = _held_here()
        mine.append(held)
        stack.callback(mine.remove, held)
        self._helds.append(held)
        stack.callback(self._helds.remove, held)


class _Wait:
    """The wait for one lock: ``reason`` says who is in the way."""

    def __init__(self, name: str, notice: float, on_wait: Callable[[str], object] | None) -> None:
        self.reason = "held by another process"
        self._name = name
        self._notice = notice
        self._on_wait = on_wait
        self._reported: set[str] = set()

    def blocked(self, blocker: LockFiles) -> None:
        """Note that ``blocker`` is in the way; report it once, and not before the wait has lasted a moment."""
        everything = self._name == UMBRELLA
        part = f"{blocker.name} is " if everything and blocker.name != UMBRELLA else ""
        self.reason = part + blocker.holder()
        if self._on_wait and blocker.name not in self._reported and time.monotonic() >= self._notice:
            self._reported.add(blocker.name)
            self._on_wait(f"waiting for {'all locks' if everything else self._name}: {self.reason}")


class Heartbeat:
    """Renew the labels of ``lock`` every third of ``ttl`` seconds, inside a ``with`` block, from a thread."""

    def __init__(self, lock: MultiLock, ttl: float) -> None:
        self._lock = lock
        self._pause = ttl / 3
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="autopack-hooks-heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._done.wait(min(self._pause, threading.TIMEOUT_MAX)) and self._lock.renew():
            pass


def lock_folder(root: Path) -> Path:
    """Return the folder of the locks of the workspace around ``root``; creates nothing. Raises UsageError, GitError."""
    # MultiLock serves programs of others, which pass no environment: git gets that of the process.
    repo = Repo.discover(root, os.environ)
    state = repo.state_dir if repo else Path(root) / ".autopack" / "state"
    return Path(os.path.abspath(state)) / _FOLDER


def read_label(folder: Path, name: str) -> Label | None:
    """Return the label of the lock's holder, or of the last one; None where it is missing or unreadable."""
    return LockFiles(folder, name).label()


def _settings(root: Path) -> LocksConfig:
    """Return the ``locks`` of the configuration of the workspace around ``root``. Raises UsageError, ConfigError."""
    # Imported only where needed: most use the built-in names.
    from autopack_hooks.project.workspace import Workspace

    return Workspace.open(os.environ, str(root)).config.locks


def _program() -> str:
    """Return the name of the running program, without its arguments: they can hold secrets."""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    return spec.name.removesuffix(".__main__") if spec else Path(getattr(main, "__file__", None) or "python").name


def _title(name: str) -> str:
    return LockFiles(Path(), name).title


def _held_here() -> list[HeldLock]:
    """Return the locks that this thread holds."""
    if not hasattr(_held, "locks"):
        _held.locks = []
    locks: list[HeldLock] = _held.locks
    return locks


def _held_in(folder: Path) -> list[HeldLock]:
    return [held for held in _held_here() if held.lock_files.folder == folder and held.is_locked()]
