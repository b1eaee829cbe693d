"""The files of one lock: acquiring, renewing, releasing and breaking it.

``NAME.lock`` is locked by the kernel (``filelock``) for as long as the lock is held. ``NAME.json`` is the label.
``NAME.gate`` is a second kernel lock, held for a moment by whoever writes the label or breaks the lock, so that
the label and the file that it describes change together:

- A lock counts as acquired only once the new holder, under the gate, has found that ``NAME.lock`` is still the file
  that it locked, and has written its label.
- A stalled holder is broken under the gate: if the label is still that of the stalled holder, ``NAME.lock`` is removed.
  The next process creates a new one; the old holder keeps a lock on a file without a name, and finds that out.

So a break can only hit the holder whose label was read, never one that came in between.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from autopack_hooks.core.errors import FatalError, Refused
from autopack_hooks.locking.label import Label, patiently, read_label_file, write_label_file

if TYPE_CHECKING:
    from filelock import FileLock

POLL = 0.02
"""Seconds between two attempts of a process that waits."""

PATIENCE = 0.05
"""Seconds that even a single attempt lasts: asking for the status holds a free lock for an instant."""

GATE_SECONDS = 1.0
"""Seconds that a change of the label waits for the gate, which is held for about a millisecond."""


class LockError(FatalError):
    """The folder of the locks, or its file system, cannot be used for locking (exit 2)."""


@dataclass(frozen=True)
class LockFiles:
    """The files of the lock ``name`` in ``folder``."""

    folder: Path
    name: str

    @property
    def lock(self) -> Path:
        """Return the file that the kernel locks."""
        return self.folder / f"{self.name}.lock"

    @property
    def gate(self) -> Path:
        """Return the file that is locked while the label or the file above changes."""
        return self.folder / f"{self.name}.gate"

    @property
    def label_file(self) -> Path:
        """Return the file of the label."""
        return self.folder / f"{self.name}.json"

    def label(self) -> Label | None:
        """Return the label, None where it is missing or unreadable."""
        return read_label_file(self.label_file)


@dataclass(frozen=True)
class BreakResult:
    """A break of the lock ``name``: a ``live`` holder is declared dead, else the label of a dead one is cleared.

    ``label`` is None where it cannot be read.
    """

    name: str
    label: Label | None
    live: bool


class HeldLock:
    """A lock that this process acquired, from ``acquire``."""

    def __init__(self, lock_files: LockFiles, lock: FileLock, descriptor: int, label: Label) -> None:
        self.lock_files = lock_files
        self.label = label
        self.descriptor = descriptor
        self._lock = lock
        self._identity = _identity(os.fstat(descriptor))

    def is_locked(self) -> bool:
        """Return True while this process has the kernel's lock, even if it was broken. False in a forked child."""
        return self._lock.is_locked

    def still_mine(self) -> bool:
        """Return True while the lock was neither released nor broken. False in a forked child."""
        if not self._lock.is_locked:
            return False
        try:
            return _identity(self.lock_files.lock.stat()) == self._identity
        except OSError:
            return False

    def renew(self, now: datetime) -> bool:
        """Write into the label that the holder is alive; return ``still_mine``."""
        return self._relabel(self.label.at(now))

    def release(self, now: datetime) -> None:
        """Release the lock. Does nothing where that was done, or in a forked child."""
        if not self._lock.is_locked:
            return
        try:
            # The label says so before the lock is free, so that it never describes the next holder.
            self._relabel(self.label.at(now, released=True))
        finally:
            self._lock.release(force=True)

    def _relabel(self, label: Label) -> bool:
        """Write the label if the lock is still ours. An old one that stays does no harm: it is this holder's."""
        with suppress(OSError, LockError), gate(self.lock_files, GATE_SECONDS) as is_open:
            if is_open and self.still_mine():
                write_label_file(self.lock_files.label_file, label)
                self.label = label
        return self.still_mine()


def acquire(lock_files: LockFiles, label: Label, seconds: float) -> HeldLock | None:
    """Acquire a lock and label it; None where it was not free within ``seconds``. Raises LockError."""
    end = time.monotonic() + max(PATIENCE, seconds)
    while True:
        held = _acquire_file(lock_files, label, end)
        if held or time.monotonic() >= end:
            return held


def is_held(lock_files: LockFiles) -> bool:
    """Return whether somebody holds the lock now, by trying it; creates nothing. Raises LockError."""
    if not _exists(lock_files.lock):
        return False
    lock = _kernel_lock(lock_files.lock)
    if not _try(lock, lock_files.lock, 0):
        return True
    lock.release(force=True)
    return False


def break_lock(
    lock_files: LockFiles,
    *,
    token: str | None,
    force: bool,
    now: datetime,
    grace: float,
    recording: Callable[[BreakResult], AbstractContextManager[object]],
) -> BreakResult | None:
    """Clear the label of a free lock, or, with ``force``, break that of a stalled holder whose ``token`` is given.

    Args:
        lock_files: The lock.
        token: The token of the stalled holder.
        force: Break a holder that lives but is stalled.
        now: The current time, with its zone.
        grace: How many seconds late with renewing a holder may be.
        recording: Gives the context in which the break happens; it may refuse by raising.

    Returns:
        What was broken, None where there was nothing to break.

    Raises:
        Refused: A process holds the lock and may not be broken; the message names it (exit 6).
        LockError: The files cannot be used or changed.
    """
    if not lock_files.label_file.exists() and not lock_files.lock.exists():
        return None
    with gate(lock_files, GATE_SECONDS) as is_open:
        if not is_open:
            raise Refused(f"the lock {lock_files.name} is being acquired or released right now; try again")
        # Under the gate the holder may release the lock, but nobody else can acquire the file that is there now.
        label, live = lock_files.label(), is_held(lock_files)
        if live:
            _refuse_live(lock_files.name, label, token, force, now, grace)
        elif (label and label.until) or not lock_files.label_file.exists():
            return None
        broken = BreakResult(lock_files.name, label, live)
        with recording(broken):
            _remove(lock_files, live)
        return broken


@contextmanager
def gate(lock_files: LockFiles, seconds: float) -> Iterator[bool]:
    """Hold the gate of a lock inside the block; yield False where it was not free within ``seconds``.

    Raises LockError.
    """
    lock = _kernel_lock(lock_files.gate)
    is_open = _try(lock, lock_files.gate, seconds, poll=0.002)
    try:
        yield is_open
    finally:
        lock.release(force=True)


def make_folder(folder: Path) -> None:
    """Create the folder of the locks where it is missing. Raises LockError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(folder, error) from error


def unusable(folder: Path, error: Exception) -> LockError:
    """Return the error that says why locks cannot be kept in ``folder``."""
    reason = getattr(error, "strerror", None) or str(error)
    return LockError(
        f"{folder}: locks cannot be kept here: {reason}; check the permissions and the file system of the folder"
    )


def _acquire_file(lock_files: LockFiles, label: Label, end: float) -> HeldLock | None:
    descriptors: list[int] = []
    lock = _kernel_lock(lock_files.lock, descriptors)
    if not _try(lock, lock_files.lock, max(0.0, end - time.monotonic())):
        return None
    held = None
    try:
        held = _claim(lock_files, lock, descriptors[-1], label, end)
    finally:
        if held is None:
            lock.release(force=True)
    return held


def _claim(lock_files: LockFiles, lock: FileLock, descriptor: int, label: Label, end: float) -> HeldLock | None:
    with gate(lock_files, max(PATIENCE, end - time.monotonic())) as is_open:
        if not is_open:
            return None
        held = HeldLock(lock_files, lock, descriptor, label)
        if not held.still_mine():
            return None
        try:
            write_label_file(lock_files.label_file, label)
        except OSError:
            # Better none than that of an earlier holder, by which this one could be mistaken for stalled.
            _drop_label(lock_files)
        return held


def _refuse_live(name: str, label: Label | None, token: str | None, force: bool, now: datetime, grace: float) -> None:
    if label is None or label.until is not None:
        raise Refused(
            f"the lock {name} is held by a process that has not written its label: a live holder is not broken"
        )
    if not label.is_stalled(now, grace):
        raise Refused(f"the lock {name} is held by {label}: a live holder is not broken; wait for it, or end it")
    if token != label.token:
        wrong = "this is not its token" if token else "give its token"
        raise Refused(f"the lock {name} is stalled, held by {label}: {wrong}; `autopack-hooks lock status` shows it")
    if not force:
        raise Refused(f"the lock {name} is stalled, held by {label}: it is alive, so it is broken only with --force")


def _remove(lock_files: LockFiles, live: bool) -> None:
    try:
        if live:
            patiently(lock_files.lock.unlink)
        patiently(lambda: lock_files.label_file.unlink(missing_ok=True))
    except OSError as error:
        raise LockError(
            f"{lock_files.lock}: cannot be broken: {error.strerror or error}; end the process that holds it instead"
        ) from error


def _drop_label(lock_files: LockFiles) -> None:
    try:
        patiently(lambda: lock_files.label_file.unlink(missing_ok=True))
    except OSError as error:
        raise unusable(lock_files.folder, error) from error


def _kernel_lock(path: Path, descriptors: list[int] | None = None) -> FileLock:
    """Return a lock on ``path``, not yet acquired; the descriptor that acquiring opens is added to ``descriptors``."""
    # Imported here, because a command that acquires no lock should not pay for it.
    from filelock import FileLock

    # The file stays when the lock is released: removing it could split waiting processes over two files. Where the
    # file system lacks locks, keeping it also makes filelock raise instead of falling back to lock files.
    hook = None if descriptors is None else descriptors.append
    return FileLock(path, thread_local=False, preserve_lock_file=True, on_acquired=hook)


def _try(lock: FileLock, path: Path, seconds: float, poll: float = POLL) -> bool:
    """Return whether the lock could be acquired within ``seconds``. Raises LockError."""
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
