"""Locks by which the tools of one workspace keep out of each other's way.

Each name is one file that the kernel locks (``filelock``), so a lock is free the moment its holder dies. Whoever
needs several takes them in one canonical order, whatever order was asked for, which rules deadlock out:

    with MultiLock(root, ["docs", "queue"], timeout=30) as lock:
        ...  # nobody else holds docs or queue

Beside each lock lies a label that says who holds it. A label is for people: whether a lock is held is found out
by trying it, never by reading. ``docs/locks.md`` tells users about all this.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from autopack_hooks.config.lock_names import NAMES, ordered, rank
from autopack_hooks.config.model import LocksConfig
from autopack_hooks.core.errors import LockTimeout, UsageError
from autopack_hooks.core.git import Repo
from autopack_hooks.locking.files import HeldLock, LockError, Spot, make_folder, take
from autopack_hooks.locking.label import Label, own_label
from autopack_hooks.locking.network import network_type

__all__ = [
    "NAMES", "Heartbeat", "Label", "LockError", "MultiLock", "lock_folder", "network_refusal", "ordered", "read_label",
]  # fmt: skip

_FOLDER = "locks"
_held = threading.local()


class MultiLock:
    """Holds every lock of ``names`` inside a ``with`` block, or none.

    ``root`` is any folder of the workspace; linked worktrees of one repository share their locks. ``timeout``
    is in seconds, for all names together; 0 tries once. ``purpose`` and ``command`` (default: the program's name)
    go into the labels, so they must hold no secret. ``names`` are words of ``NAMES`` or of ``extra``, which by default
    are those of the workspace's configuration (``locks.names``).

    With a ``ttl``, in seconds, the labels are renewed every third of it by a thread, or, without ``heartbeat``, by
    the holder, who calls ``renew``. A holder that is late with that shows as stalled and may be declared dead;
    ``still_mine`` tells it so.

    The instance may be used again, but not while it is held. No lock is re-entrant, unless ``reentrant``: then what this
    thread holds already is neither taken again nor given back. ``allow_network_fs`` is by default what the
    configuration says (``locks.allow_network_fs``).

    Making one raises UsageError for a name that is none, or no name, and ConfigError. Entering raises LockTimeout,
    which names the lock and its holder; LockError where the folder cannot be used; UsageError where this thread
    holds a lock that comes later in the order, or the same one. Whatever it raises, nothing stays held.
    """

    def __init__(
        self,
        root: Path,
        names: Iterable[str],
        timeout: float = 30,
        *,
        purpose: str = "",
        command: str | None = None,
        ttl: float | None = None,
        heartbeat: bool = True,
        reentrant: bool = False,
        extra: Sequence[str] | None = None,
        allow_network_fs: bool | None = None,
    ) -> None:
        self._root = Path(root)
        wanted = set(names)
        if extra is None:
            extra = () if wanted <= set(NAMES) else _settings(self._root).names
        self.names = ordered(wanted, extra)
        self._timeout = max(0.0, timeout)
        self._purpose = purpose
        self._command = command or Path(sys.argv[0] or "python").name
        if ttl is not None and not 0 < ttl < float("inf"):
            raise UsageError(f"a ttl must be a number of seconds above 0, not {ttl!r}")
        self._ttl = ttl
        self._heartbeat = heartbeat
        self._reentrant = reentrant
        self._allow_network_fs = allow_network_fs
        self._folder: Path | None = None
        self._stack: ExitStack | None = None
        self._helds: list[HeldLock] = []

    def __enter__(self) -> MultiLock:
        if self._stack:
            raise UsageError("this lock is held already: it can be entered again when it was left")
        end = time.monotonic() + self._timeout
        # Once is enough for an instance: finding the folder takes longer than all the rest.
        folder = self._folder = self._folder or lock_folder(self._root)
        inherited = self._refuse_disorder(folder)
        self._refuse_network(folder)
        make_folder(folder)
        label = own_label(self._command, self._purpose, self._ttl)
        with ExitStack() as stack:
            stack.callback(self._helds.clear)
            self._helds += inherited
            for name in self.names:
                if all(held.spot.name != name for held in inherited):
                    self._take(stack, Spot(folder, name), label, end)
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
        """Whether all the locks are still held: False outside the block, and once this holder was declared dead.

        Work that may be stopped for longer than its ttl should ask before everything that it cannot take back.
        """
        return bool(self._helds) and all(held.still_mine() for held in list(self._helds))

    def renew(self) -> bool:
        """Say that this holder is alive; returns ``still_mine``. For work that makes its own heartbeat."""
        for held in list(self._helds):
            held.renew()
        return self.still_mine()

    def descriptors(self) -> list[int]:
        """The file descriptors of the locks: a process that inherits a copy keeps them held if this one is killed."""
        return [held.descriptor for held in self._helds]

    def _refuse_disorder(self, folder: Path) -> list[HeldLock]:
        """Two flows that nest their locks in opposite orders would wait for each other for ever.

        Returns what of the locks this thread holds already, where that is allowed.
        """
        here = {held.spot.name: held for held in _held_here() if held.spot.folder == folder and held.is_locked()}
        again = [name for name in self.names if name in here]
        if again and not self._reentrant:
            raise UsageError(f"the lock {again[0]} is held already by this thread: no lock is re-entrant")
        for name in self.names:
            later = [other for other in here if rank(other) > rank(name)]
            if later and name not in here:
                raise UsageError(f"the lock {name} must be taken before {later[0]}, which is held: take both at once")
        return [here[name] for name in again]

    def _refuse_network(self, folder: Path) -> None:
        reason = network_refusal(folder)
        if not reason:
            return
        allowed = self._allow_network_fs
        if not (_settings(self._root).allow_network_fs if allowed is None else allowed):
            raise LockError(reason)

    def _take(self, stack: ExitStack, spot: Spot, label: Label, end: float) -> None:
        held = take(spot, label, end - time.monotonic())
        if held is None:
            raise LockTimeout(
                f"the lock {spot.name} was not free within {self._timeout:g} s: {_holder(spot)}; run again when it is done"
            )
        stack.callback(held.release)
        mine = _held_here()
        mine.append(held)
        stack.callback(mine.remove, held)
        self._helds.append(held)


class Heartbeat:
    """Renews the labels of ``lock`` every third of ``ttl`` seconds, inside a ``with`` block, from a thread."""

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
    """Where the locks of the workspace around ``root`` lie; nothing is made. Raises UsageError for no folder."""
    repo = Repo.discover(root, os.environ)
    state = repo.state_dir if repo else Path(root) / ".autopack" / "state"
    return Path(os.path.abspath(state)) / _FOLDER


def read_label(folder: Path, name: str) -> Label | None:
    """What lies beside the lock: its holder, or who held it last; None where there is nothing that can be read."""
    return Spot(folder, name).label()


def network_refusal(folder: Path) -> str:
    """Why no lock is kept in ``folder``, if it is on a network file system; else ""."""
    kind = network_type(folder)
    if kind is None:
        return ""
    return (
        f"{folder}: this is a network file system ({kind}), where a lock may not be seen by the other machines, so that "
        "two could hold it; work in a clone on a local disk, or set locks.allow_network_fs: true if one machine alone uses it"
    )


def _settings(root: Path) -> LocksConfig:
    """What the configuration of the workspace around ``root`` says of locks. Raises UsageError, ConfigError."""
    # Imported only where it is needed: most use the built-in names.
    from autopack_hooks.project.workspace import Workspace

    return Workspace.open(os.environ, str(root)).config.locks


def _holder(spot: Spot) -> str:
    label = spot.label()
    return f"held by {label}" if label and label.until is None else "held by another process"


def _held_here() -> list[HeldLock]:
    """What this thread holds."""
    if not hasattr(_held, "locks"):
        _held.locks = []
    locks: list[HeldLock] = _held.locks
    return locks
