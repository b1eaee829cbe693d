"""The files of one lock and what may be done to them.

``NAME.lock`` is locked by the kernel (``filelock``) for as long as the lock is held. ``NAME.json`` is the label.
``NAME.gate`` is a second kernel lock, held for a moment by whoever writes the label or breaks the lock, so that
the label and the file that it speaks of change together:

- A lock counts as taken only when its taker has, behind the gate, found that ``NAME.lock`` is still the file that it
  has locked, and has written its label.
- A stalled holder is broken behind the gate: when the label still is the stalled holder's, ``NAME.lock`` is removed.
  The next taker makes a new one; the old holder keeps a lock on a file that has no name, and finds that out.

So a break can only ever hit the holder whose label was looked at, never one that came in between.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autopack_hooks.core.errors import FatalError
from autopack_hooks.locking.label import Label, patiently, read_label_file, utc_now, write_label_file

if TYPE_CHECKING:
    from filelock import FileLock

POLL = 0.02
"""Seconds between two tries of those who wait."""

PATIENCE = 0.05
"""How long even a single try goes on, in seconds: a look at the status holds a free lock for an instant."""

GATE_SECONDS = 1.0
"""How long a change of the label waits for the gate, which is held for about a millisecond."""


class LockError(FatalError):
    """The folder of the locks, or its file system, cannot be used for locking (exit 2)."""


@dataclass(frozen=True)
class Spot:
    """The files of the lock ``name`` in ``folder``."""

    folder: Path
    name: str

    @property
    def lock(self) -> Path:
        """What the kernel locks."""
        return self.folder / f"{self.name}.lock"

    @property
    def gate(self) -> Path:
        """What is locked while the label or the file above changes."""
        return self.folder / f"{self.name}.gate"

    @property
    def label_file(self) -> Path:
        """Where the label lies."""
        return self.folder / f"{self.name}.json"

    def label(self) -> Label | None:
        """Who holds the lock or held it last; None where nothing that can be read says so."""
        return read_label_file(self.label_file)


class HeldLock:
    """A lock that this process holds, from ``take``."""

    def __init__(self, spot: Spot, lock: FileLock, descriptor: int, label: Label) -> None:
        self.spot = spot
        self.label = label
        self.descriptor = descriptor
        self._lock = lock
        self._identity = _identity(os.fstat(descriptor))

    def is_locked(self) -> bool:
        """Whether this process still has the kernel's lock, be it taken away or not. False in a forked child."""
        return self._lock.is_locked

    def still_mine(self) -> bool:
        """Whether the lock was neither given back nor taken away. False in a forked child."""
        if not self._lock.is_locked:
            return False
        try:
            return _identity(self.spot.lock.stat()) == self._identity
        except OSError:
            return False

    def renew(self) -> bool:
        """Say in the label that the holder is alive; False where the lock is no longer this holder's."""
        return self._relabel(replace(self.label, renewed=utc_now()))

    def release(self) -> None:
        """Give the lock back. Does nothing when that was done, or in a forked child."""
        if not self._lock.is_locked:
            return
        try:
            # The label says that the lock is given back before it is, so that it never covers the next holder's.
            self._relabel(replace(self.label, until=utc_now()))
        finally:
            self._lock.release(force=True)

    def _relabel(self, label: Label) -> bool:
        """Write the label, if the lock still is ours. An old one that stays is no harm: it is this holder's."""
        with suppress(OSError, LockError), gate(self.spot, GATE_SECONDS) as is_open:
            if is_open and self.still_mine():
                write_label_file(self.spot.label_file, label)
                self.label = label
        return self.still_mine()


def take(spot: Spot, label: Label, seconds: float) -> HeldLock | None:
    """Take a lock and label it; None where it was not free within ``seconds``. Raises LockError."""
    end = time.monotonic() + max(PATIENCE, seconds)
    while True:
        held = _take_file(spot, label, end)
        if held or time.monotonic() >= end:
            return held


def is_held(spot: Spot) -> bool:
    """Whether somebody holds the lock now, by trying it; makes nothing. Raises LockError where that cannot be told."""
    if not _exists(spot.lock):
        return False
    lock = _kernel_lock(spot.lock)
    if not _acquire(lock, spot.lock, 0):
        return True
    lock.release(force=True)
    return False


@contextmanager
def gate(spot: Spot, seconds: float) -> Iterator[bool]:
    """Hold the gate of a lock inside the block: True, or False where it could not be had within ``seconds``.

    Raises LockError.
    """
    lock = _kernel_lock(spot.gate)
    is_open = _acquire(lock, spot.gate, seconds, poll=0.002)
    try:
        yield is_open
    finally:
        lock.release(force=True)


def make_folder(folder: Path) -> None:
    """Make the folder of the locks where it is not there. Raises LockError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(folder, error) from error


def unusable(folder: Path, error: Exception) -> LockError:
    """The error that says why locks cannot be kept in ``folder``."""
    reason = getattr(error, "strerror", None) or str(error)
    return LockError(
        f"{folder}: locks cannot be kept here: {reason}; check the permissions and the file system of the folder"
    )


def _take_file(spot: Spot, label: Label, end: float) -> HeldLock | None:
    descriptors: list[int] = []
    lock = _kernel_lock(spot.lock, descriptors)
    if not _acquire(lock, spot.lock, max(0.0, end - time.monotonic())):
        return None
    held = None
    try:
        held = _claim(spot, lock, descriptors[-1], label, end)
    finally:
        if held is None:
            lock.release(force=True)
    return held


def _claim(spot: Spot, lock: FileLock, descriptor: int, label: Label, end: float) -> HeldLock | None:
    with gate(spot, max(PATIENCE, end - time.monotonic())) as is_open:
        if not is_open:
            return None
        held = HeldLock(spot, lock, descriptor, label)
        if not held.still_mine():
            return None
        try:
            write_label_file(spot.label_file, label)
        except OSError:
            # Rather none than that of an earlier holder, by which this one could be taken for stalled.
            _drop_label(spot)
        return held


def _drop_label(spot: Spot) -> None:
    try:
        patiently(lambda: spot.label_file.unlink(missing_ok=True))
    except OSError as error:
        raise unusable(spot.folder, error) from error


def _kernel_lock(path: Path, descriptors: list[int] | None = None) -> FileLock:
    """A lock on ``path`` that nobody has taken; what it opens when it is taken is added to ``descriptors``."""
    # Imported here, because a command that takes no lock should not pay for it.
    from filelock import FileLock

    # The file stays when the lock is given back: removing it could split those who wait over two files. Where the
    # file system has no locks, keeping it also makes filelock raise instead of falling back to lock files.
    hook = None if descriptors is None else descriptors.append
    return FileLock(path, thread_local=False, preserve_lock_file=True, on_acquired=hook)


def _acquire(lock: FileLock, path: Path, seconds: float, poll: float = POLL) -> bool:
    """Whether the lock could be had. Raises LockError."""
    from filelock import Timeout

    try:
        lock.acquire(timeout=seconds, poll_interval=poll)
        return True
    except Timeout:
        return False
    except (OSError, NotImplementedError) as error:
        raise unusable(path.parent, error) from error


def _exists(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise unusable(path.parent, error) from error
    return True


def _identity(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_dev, stat.st_ino
