"""The files of one lock: acquiring, renewing, releasing and breaking it.

``NAME.lock`` is locked by the kernel (``filelock``) for as long as the lock is held. ``NAME.json`` is the label.
``NAME.gate`` is a second kernel lock, held for a moment by whoever writes the label or breaks the lock, so that
the label and the file that it describes change together:

- A lock counts as acquired only once the new holder, under the gate, has found that ``NAME.lock`` is still the file
  that it locked, and has written its label.
- A stalled holder is broken under the gate: if the label is still that of the stalled holder, ``NAME.lock`` is removed.
  The next process creates a new one; the old holder keeps a lock on a file without a name, and finds that out.

So a break can only hit the holder whose label was read, never one that came in between.

The umbrella lock is of the same kind (``locking.umbrella``). Whoever acquires its first other lock holds the kernel's lock
on ``_all.lock`` for the moment of the attempt, so that nobody can get one while somebody has the umbrella.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from autopack_hooks.config.lock_names import UMBRELLA
from autopack_hooks.core.errors import Refused
from autopack_hooks.locking.kernel import (
    POLL,
    SHORT_POLL,
    LockError,
    exists,
    identity_of,
    is_at,
    kernel_lock,
    try_lock,
    unusable,
)
from autopack_hooks.locking.label import Label, patiently, read_label_file, write_label_file

if TYPE_CHECKING:
    from filelock import FileLock

PATIENCE = 0.05
"""Seconds that even a single attempt lasts: asking for the status holds a free lock for an instant."""

GATE_SECONDS = 1.0
"""Seconds that a change of the label waits for the gate, which is held for about a millisecond."""


EXPLAINED = "`autopack-hooks explain locks` says when it may be broken"


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

    @property
    def title(self) -> str:
        """Return how a message calls the lock."""
        return "the umbrella lock" if self.name == UMBRELLA else f"the lock {self.name}"

    def label(self) -> Label | None:
        """Return the label, None where it is missing or unreadable."""
        return read_label_file(self.label_file)

    def holder(self) -> str:
        """Return in words who holds the lock, by its label."""
        label = self.label()
        return f"held by {label}" if label and label.until is None else "held by another process"


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
        self._identity = identity_of(os.fstat(descriptor))

    def is_locked(self) -> bool:
        """Return True while this process has the kernel's lock, even if it was broken. False in a forked child."""
        return self._lock.is_locked

    def still_mine(self) -> bool:
        """Return True while the lock was neither released nor broken. False in a forked child."""
        if not self._lock.is_locked:
            return False
        return is_at(self.lock_files.lock, self._identity)

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


def acquire(
    lock_files: LockFiles,
    label: Label,
    seconds: float,
    *,
    blocked: Callable[[LockFiles], object] = lambda _: None,
    passed: bool = False,
) -> HeldLock | None:
    """Acquire a lock and label it.

    Args:
        lock_files: The lock.
        label: The label of this process.
        seconds: How long to wait.
        blocked: Called after each attempt that fails, with the lock in the way: this one or the umbrella.
        passed: The umbrella is not in the way: it is this lock or this thread's own, or this thread holds another lock,
            with which nobody can have all.

    Returns:
        The lock, None where it was not free in time.

    Raises:
        LockError: The files cannot be used.
    """
    end = time.monotonic() + max(PATIENCE, seconds)
    while True:
        held = _attempt(lock_files, label, end, blocked, passed)
        left = end - time.monotonic()
        if held or left <= 0:
            return held
        time.sleep(min(POLL, left))


def is_held(lock_files: LockFiles, patience: float = 0.0) -> bool:
    """Return whether somebody holds the lock for longer than ``patience``, by trying it; creates nothing.

    Raises LockError.
    """
    if not exists(lock_files.lock):
        return False
    lock = kernel_lock(lock_files.lock)
    if not try_lock(lock, lock_files.lock, patience, SHORT_POLL):
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
            raise Refused(f"{lock_files.title} is being acquired or released right now; try again")
        # Under the gate the holder may release the lock, but nobody else can acquire the file that is there now.
        label, live = lock_files.label(), is_held(lock_files, PATIENCE)
        if live:
            _refuse_live(lock_files.title, label, token, force, now, grace)
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
    lock = kernel_lock(lock_files.gate)
    is_open = try_lock(lock, lock_files.gate, seconds, SHORT_POLL)
    try:
        yield is_open
    finally:
        lock.release(force=True)


def _attempt(
    lock_files: LockFiles, label: Label, end: float, blocked: Callable[[LockFiles], object], passed: bool
) -> HeldLock | None:
    umbrella = LockFiles(lock_files.folder, UMBRELLA)
    descriptors: list[int] = []
    lock = kernel_lock(lock_files.lock, descriptors)
    with nullcontext(True) if passed else _passing(umbrella) as passes:
        got = passes and try_lock(lock, lock_files.lock, 0)
    if not got:
        blocked(lock_files if passes else umbrella)
        return None
    held = None
    try:
        held = _claim(lock_files, lock, descriptors[-1], label, end)
    finally:
        if held is None:
            lock.release(force=True)
    return held


@contextmanager
def _passing(umbrella: LockFiles) -> Iterator[bool]:
    """Keep the umbrella from being acquired inside the block; yield False where somebody holds it."""
    descriptors: list[int] = []
    lock = kernel_lock(umbrella.lock, descriptors)
    passes = try_lock(lock, umbrella.lock, PATIENCE, SHORT_POLL)
    try:
        yield passes and is_at(umbrella.lock, identity_of(os.fstat(descriptors[-1])))
    finally:
        lock.release(force=True)


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


def _refuse_live(lock: str, label: Label | None, token: str | None, force: bool, now: datetime, grace: float) -> None:
    if label is None or label.until is not None:
        raise Refused(f"{lock} is held by a process that has not written its label: a live holder is not broken")
    if not label.is_stalled(now, grace):
        raise Refused(f"{lock} is held by {label}: a live holder is not broken; wait for it, or end it")
    if token != label.token or not force:
        wrong = "this is not its token" if token not in (None, label.token) else "it is alive"
        raise Refused(f"{lock} is stalled, held by {label}: {wrong}; {EXPLAINED}")


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
